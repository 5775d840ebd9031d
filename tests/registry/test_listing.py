import pytest

from cds.core.errors import RegistryError
from cds.registry import add, list_models, set_alias, show, verify
from cds.registry.shipped import shipped_models


@pytest.fixture
def registry(cohort, card, fitted, tmp_path):
    add(fitted, card, background=cohort.drop(index=[3, 50]), root=tmp_path)
    add(fitted, {**card, "version": "2"}, root=tmp_path)
    set_alias("made-up@2", "production", root=tmp_path)
    return tmp_path


def test_shipped_models_are_listed_without_a_registry(tmp_path):
    listed = list_models(root=tmp_path / "none")
    assert [entry.name for entry in listed] == list(shipped_models())
    assert {entry.source for entry in listed} == {"shipped"}
    assert all(entry.sha256 and entry.adapter == "equation" for entry in listed)


def test_registered_models_come_first_with_their_aliases_and_background(registry):
    first, second, *_ = list_models(root=registry)
    assert (first.identity, first.aliases, first.has_background) == ("made-up@1", (), True)
    assert (second.identity, second.aliases, second.has_background) == ("made-up@2", ("production",), False)
    assert first.adapter == "sklearn_pipeline" and first.standing is None and not first.problem


def test_a_damaged_version_is_listed_with_its_problem_and_hides_no_other(registry):
    (registry / "made-up" / "1" / "card.toml").write_text("x")
    first, second, *_ = list_models(root=registry)
    assert "card.toml does not match" in first.problem and first.card is None
    assert not second.problem


def test_show_tells_of_registered_and_shipped_models(registry):
    assert show("made-up@production", root=registry).identity == "made-up@2"
    assert show("start-back", root=registry).source == "shipped"
    with pytest.raises(RegistryError, match="Did you mean"):
        show("made-upp", root=registry)


def test_verify_names_every_file_of_every_model_that_does_not_match(registry):
    assert verify(root=registry) == ("made-up@1", "made-up@2")
    assert verify("made-up@production", root=registry) == ("made-up@2",)
    (registry / "made-up" / "1" / "card.toml").write_text("x")
    (registry / "made-up" / "2" / "added.py").write_text("x")
    with pytest.raises(RegistryError) as refused:
        verify(root=registry)
    assert "card.toml does not match" in str(refused.value)
    assert "files that were never registered: added.py" in str(refused.value)


def test_a_shipped_model_has_no_recorded_sums_to_verify(registry):
    with pytest.raises(RegistryError, match="comes with the package"):
        verify("start-back", root=registry)
