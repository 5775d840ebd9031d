import json
from pathlib import Path

import numpy as np
import pytest

from cds.core.errors import ArtifactError, RegistryError
from cds.core.model import Standing
from cds.registry import add, find_card, load_model, record_standing, set_alias
from cds.registry import version as version_module
from cds.registry.sums import SUMS, sums_text


@pytest.fixture
def registry(card, fitted, tmp_path):
    add(fitted, card, root=tmp_path)
    return tmp_path


def test_it_is_found_by_version_alias_bare_name_and_folder(registry, card, fitted):
    by_version = load_model("made-up@1", root=registry)
    set_alias("made-up@1", "production", root=registry)
    for reference in ("made-up@production", "made-up", registry / "made-up" / "1", str(registry / "made-up" / "1")):
        assert load_model(reference, root=registry).sha256 == by_version.sha256
    add(fitted, {**card, "version": "2"}, root=registry)
    with pytest.raises(
        RegistryError, match=r"several versions. It has versions 1, 2 and alias production: say which, such as"
    ):
        load_model("made-up", root=registry)


def test_the_registry_may_be_named_by_the_environment(registry, monkeypatch):
    monkeypatch.setenv("CDS_REGISTRY", str(registry))
    assert load_model("made-up@1").card.name == "made-up"


def test_a_card_is_found_where_its_model_would_be(registry):
    assert find_card("made-up@1", root=registry) == load_model("made-up@1", root=registry).card
    assert find_card("epds", root=registry) == load_model("epds", root=registry).card
    for nowhere in ("epds@no-such-version", "no-such-model"):
        with pytest.raises(RegistryError):
            find_card(nowhere, root=registry)
    (registry / "made-up" / "1" / "card.toml").write_text("changed", encoding="utf-8")
    with pytest.raises(RegistryError, match=r"card\.toml"):
        find_card("made-up@1", root=registry)


def test_shipped_models_load_without_a_registry(tmp_path):
    found = load_model("start-back@9-item", root=tmp_path / "none")
    assert found.source == "shipped" and found.standing is None
    assert load_model("start-back", root=tmp_path / "none").sha256 == found.sha256


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("made-upp@1", r"Did you mean 'made-up'\?"),
        ("made-up@7", r"no version or alias '7'. It has version 1"),
        ("models:/made-up@production", r"MLflow references .* not supported in this version"),
        ("predictions:", "names no model"),
        ("../made-up/1", "no registered model in the folder"),
        ("made-up@../1", "no registered model in the folder"),
        ("Made Up", "names no model"),
        ("start-back@8", "has no version '8'"),
    ],
)
def test_a_reference_that_leads_nowhere_says_what_there_is(reference, message, registry):
    with pytest.raises(RegistryError, match=message):
        load_model(reference, root=registry)


@pytest.mark.parametrize("name", ["model.skops", "card.toml", "entry.toml", "check.json"])
def test_a_changed_file_is_named(name, registry):
    path = registry / "made-up" / "1" / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(RegistryError, match=f"{name} does not match its recorded sha256"):
        load_model("made-up@1", root=registry)


def test_all_changed_and_absent_files_are_listed_at_once(registry):
    folder = registry / "made-up" / "1"
    (folder / "card.toml").write_text("")
    (folder / "model.skops").unlink()
    with pytest.raises(RegistryError) as refused:
        load_model("made-up@1", root=registry)
    assert "card.toml does not match" in str(refused.value)
    assert "model.skops is recorded but cannot be read" in str(refused.value)


def test_a_file_swapped_after_its_verification_is_never_read(registry, cohort, monkeypatch):
    before = load_model("made-up@1", root=registry).predict(cohort).values
    verified = version_module.make_model
    folder = registry / "made-up" / "1"

    def swap_then_load(artifact, content, card, **options):
        for path in folder.iterdir():
            path.write_bytes(b"swapped")
        return verified(artifact, content, card, **options)

    monkeypatch.setattr(version_module, "make_model", swap_then_load)
    assert np.array_equal(load_model("made-up@1", root=registry).predict(cohort).values, before)
    assert (folder / "model.skops").read_bytes() == b"swapped"


def test_the_private_copy_is_readable_by_nobody_else_and_gone_afterwards(registry, monkeypatch):
    from cds.catalog import adapters

    seen = {}
    honest = adapters()["sklearn_pipeline"]

    def load(path, card):
        seen["path"], seen["mode"] = path, path.parent.stat().st_mode & 0o777
        return honest.load(path, card)

    from dataclasses import replace

    monkeypatch.setattr(version_module.catalog, "adapters", lambda: {honest.name: replace(honest, load=load)})
    load_model("made-up@1", root=registry)
    assert seen["mode"] == 0o700 and not Path(seen["path"]).exists()


def test_a_version_that_predicts_otherwise_than_when_registered_is_refused(registry):
    folder = registry / "made-up" / "1"
    held = json.loads((folder / "check.json").read_text())
    held["predictions"][0][0] += 1e-3  # as another version of a library would
    (folder / "check.json").write_text(json.dumps(held))
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != SUMS}
    (folder / SUMS).write_text(sums_text(files))
    with pytest.raises(ArtifactError, match="made-up@1 predicts otherwise than when it was registered"):
        load_model("made-up@1", root=registry)


def test_the_latest_standing_is_attached_also_by_folder(registry):
    model = load_model("made-up@1", root=registry)
    for created, readiness in (("2026-11-20T10:00:00Z", "not_ready"), ("2026-11-19T10:00:00Z", "ready")):
        standing = Standing("run", created, readiness, model.sha256, "p", "q", "pop", "external", 200, 80)
        record_standing(model.card, standing, root=registry)
    assert load_model("made-up@1", root=registry).standing.readiness == "ready"
    assert load_model(registry / "made-up" / "1", root="elsewhere").standing.readiness == "ready"
    assert load_model("made-up@1", root=registry).sha256 == model.sha256
