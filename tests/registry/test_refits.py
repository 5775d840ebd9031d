"""Refits stored beside a model: read back, verified like every file, and refused where they cannot be had."""

import numpy as np
import pytest

from cds.core.errors import ArtifactError, DataError, RegistryError
from cds.registry import add, load_model, verify
from cds.registry.refits import REFITS


def test_the_refits_survive_storage_and_the_rows_do_not(cohort, card, fitted, tmp_path):
    added = add(fitted, card, development=cohort, instability=50, root=tmp_path)
    loaded = load_model("made-up@1", root=tmp_path)
    assert len(loaded.refits) == 50
    risks = np.array([refit.predict(cohort.head(3)).values for refit in loaded.refits])
    assert (risks == [refit.predict(cohort.head(3)).values for refit in added.refits]).all()
    assert (risks.std(axis=0) > 0).all()
    assert loaded.sha256 == added.sha256
    files = {path.name for path in (tmp_path / "made-up" / "1").iterdir()}
    assert files == {"card.toml", "entry.toml", "model.skops", "check.json", REFITS, "fingerprints.bin", "SHA256SUMS"}


def test_the_same_development_data_give_the_same_bytes(cohort, card, fitted, tmp_path):
    one = add(fitted, card, development=cohort, instability=50, root=tmp_path / "one")
    two = add(fitted, card, development=cohort, instability=50, root=tmp_path / "two")
    assert one.sha256 == two.sha256


def test_without_instability_there_are_no_refits(card, fitted, tmp_path):
    add(fitted, card, root=tmp_path)
    assert load_model("made-up@1", root=tmp_path).refits == ()


def test_exchanged_refits_are_noticed(cohort, card, fitted, tmp_path):
    add(fitted, card, development=cohort, instability=50, root=tmp_path)
    path = tmp_path / "made-up" / "1" / REFITS
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RegistryError, match=REFITS):
        load_model("made-up@1", root=tmp_path)
    with pytest.raises(RegistryError, match=REFITS):
        verify(root=tmp_path)


def test_too_few_or_too_many_refits_are_refused(cohort, card, fitted, tmp_path):
    for count in (10, 5000):
        with pytest.raises(DataError, match=f"50 to 1000 refits, got {count}"):
            add(fitted, card, development=cohort, instability=count, root=tmp_path)
    assert not (tmp_path / "made-up").exists()


def test_without_development_data_or_with_missing_outcomes_there_are_none(cohort, card, fitted, tmp_path):
    with pytest.raises(DataError, match="needs the development data"):
        add(fitted, card, instability=50, root=tmp_path)
    unknown = cohort.astype({"chronic": float})
    unknown.loc[[1, 2], "chronic"] = np.nan
    with pytest.raises(DataError, match="2 of 200 are missing"):
        add(fitted, card, development=unknown, instability=50, root=tmp_path)


def test_a_model_that_cannot_be_refitted_is_refused_with_the_reason(tmp_path):
    from cds.registry.refits import refit_bytes
    from cds.registry.shipped import load_shipped

    model = load_shipped("breast-recurrence").model
    import pandas as pd

    with pytest.raises(ArtifactError, match="cannot be refitted"):
        refit_bytes(model, pd.DataFrame({"x": [1.0]}), 50)


def test_refits_that_fail_too_often_are_refused(cohort, card, fitted, tmp_path):
    rare = cohort.assign(chronic=[1] * 2 + [0] * 198)  # 14 % of the bootstrap samples have no event
    with pytest.raises(DataError, match="refits failed \\(limit 5 %\\)"):
        add(fitted, card, development=rare, instability=50, root=tmp_path)


def test_the_command_line_stores_them(cohort, card, fitted, tmp_path, capsys):
    from cds.cli import main
    from cds.core.model_card import ModelCard
    from cds.models.sklearn_pipeline import ADAPTER
    from cds.registry.card_file import card_text

    (tmp_path / "card.toml").write_text(card_text(ModelCard.model_validate(card)), encoding="utf-8")
    ADAPTER.save(fitted, tmp_path / "model.skops")
    cohort.to_csv(tmp_path / "dev.csv", index=False)
    given = ["--card", "card.toml", "--artifact", "model.skops", "--development", "dev.csv", "--root", "r"]
    named = [str(tmp_path / part) if part[0] != "-" else part for part in given]
    assert main(["registry", "add", *named, "--instability", "50"]) == 0
    assert "registered" in capsys.readouterr().out
    assert len(load_model("made-up@1", root=tmp_path / "r").refits) == 50
