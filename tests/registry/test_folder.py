import os

import pytest

from cds.core.errors import RegistryError, ResourceError
from cds.registry import folder as folder_module
from cds.registry.folder import aliases, names, set_alias, version_folder, versions, write_file, write_version


@pytest.fixture
def root(tmp_path):
    for version in ("1", "2"):
        write_version(tmp_path, "made-up", version, {"card.toml": b"a", "model.skops": b"b"})
    return tmp_path


def test_a_version_is_written_with_its_sums_and_nothing_beside_it(root):
    assert versions(root, "made-up") == ["1", "2"] and names(root) == ["made-up"]
    assert {path.name for path in (root / "made-up").iterdir()} == {"1", "2"}
    assert {path.name for path in (root / "made-up" / "1").iterdir()} == {"card.toml", "model.skops", "SHA256SUMS"}


def test_of_two_writers_of_a_version_one_wins_whole(root):
    with pytest.raises(RegistryError, match="made-up@1 is registered already"):
        write_version(root, "made-up", "1", {"card.toml": b"other"})
    assert (root / "made-up" / "1" / "card.toml").read_bytes() == b"a"
    assert {path.name for path in (root / "made-up").iterdir()} == {"1", "2"}


@pytest.mark.parametrize("failing", ["_write_synced", "_move"])
def test_a_write_that_fails_leaves_nothing(failing, root, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, failing, full)
    with pytest.raises(ResourceError, match="cannot be written: No space left on device"):
        write_version(root, "made-up", "3", {"card.toml": b"a"})
    assert {path.name for path in (root / "made-up").iterdir()} == {"1", "2"}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    write_file(tmp_path / "a" / "aliases.toml", b"old")

    def interrupted(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(ResourceError):
        write_file(tmp_path / "a" / "aliases.toml", b"new")
    assert (tmp_path / "a" / "aliases.toml").read_bytes() == b"old"
    assert len(list((tmp_path / "a").iterdir())) == 1


def test_an_alias_points_to_a_version_and_can_be_moved(root):
    set_alias("made-up@1", "production", root=root)
    assert version_folder(root, "made-up", "production").name == "1"
    set_alias("made-up@2", "production", root=root)
    set_alias("made-up@production", "trial", root=root)
    assert aliases(root, "made-up") == {"production": "2", "trial": "2"}


@pytest.mark.parametrize(
    ("reference", "alias", "message"),
    [
        ("made-up@9", "production", "no version or alias '9'"),
        ("made-up", "production", "an alias needs its version"),
        ("made-upp@1", "production", "Did you mean 'made-up'"),
        ("start-back@9-item", "production", "Shipped models have no aliases"),
        ("made-up@1", "2", "is a version of 'made-up' and cannot be an alias"),
        ("made-up@1", "../x", "is no alias"),
    ],
)
def test_an_alias_that_cannot_be_is_refused(reference, alias, message, root):
    with pytest.raises(RegistryError, match=message):
        set_alias(reference, alias, root=root)


def test_a_version_cannot_take_the_name_of_an_alias(root):
    set_alias("made-up@1", "3", root=root)
    with pytest.raises(RegistryError, match="'3' is an alias"):
        folder_module.refuse_taken(root, "made-up", "3")


def test_a_damaged_file_of_aliases_is_named(root):
    (root / "made-up" / "aliases.toml").write_text("[aliases")
    with pytest.raises(RegistryError, match="the file of aliases is damaged"):
        version_folder(root, "made-up", "production")
