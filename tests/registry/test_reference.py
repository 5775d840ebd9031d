from pathlib import Path

import pytest

from cds.core.errors import RegistryError
from cds.registry.reference import Reference, parse_reference, registry_root
from cds.registry.sums import SUMS


def test_names_versions_and_folders_are_told_apart(tmp_path):
    assert parse_reference("a-b@1.0") == Reference("a-b", "1.0")
    assert parse_reference("a-b") == Reference("a-b")
    (tmp_path / SUMS).write_text("")
    assert parse_reference(tmp_path) == Reference(folder=tmp_path)


@pytest.mark.parametrize("text", ["", "@1", "a@", "a@b@c", "A@1", "a b", "a@.hidden", "../a", "/etc"])
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(RegistryError):
        parse_reference(text)


def test_the_root_is_given_named_or_beside(monkeypatch):
    monkeypatch.delenv("CDS_REGISTRY", raising=False)
    assert registry_root() == Path("registry")
    monkeypatch.setenv("CDS_REGISTRY", "/models")
    assert registry_root() == Path("/models")
    assert registry_root("here") == Path("here")
