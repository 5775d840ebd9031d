"""The key of the fingerprints: made once, for its owner only, never in the registry."""

import stat

import pytest

from cds.core.errors import InputError
from cds.registry.fingerprint_key import KEY_FILE, key_for, key_path, read_key


@pytest.fixture
def place(tmp_path, monkeypatch):
    path = tmp_path / "config" / "deep" / "key"
    monkeypatch.setenv(KEY_FILE, str(path))
    return path


def test_the_key_is_made_once_and_for_its_owner_only(place, tmp_path) -> None:
    assert read_key() is None
    made = key_for(tmp_path / "registry")
    assert len(made) == 32 and read_key() == made == key_for(tmp_path / "registry")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert [path.name for path in place.parent.iterdir()] == ["key"]


def test_without_the_variable_it_lies_in_the_configuration_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(KEY_FILE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert key_path() == tmp_path / "cds" / "fingerprint.key"


def test_a_key_in_the_registry_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "registry" / "m" / "key"))
    with pytest.raises(InputError, match="must not lie in the registry"):
        key_for(tmp_path / "registry")


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"g" * 64])
def test_a_file_that_is_no_key_is_refused_and_never_overwritten(place, tmp_path, content) -> None:
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as a fingerprint key"):
        key_for(tmp_path / "registry")
    assert place.read_bytes() == content


def test_a_key_that_cannot_be_made_says_so(place, tmp_path) -> None:
    place.parent.parent.write_text("a file where the folder would be")
    with pytest.raises(InputError, match=r"cannot be (made|read)"):
        key_for(tmp_path / "registry")
