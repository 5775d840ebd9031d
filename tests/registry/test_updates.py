"""An update of a shipped model holds its equation, copied, behind the same sums."""

from pathlib import Path

import numpy as np
import pytest

import cds
from cds.core.errors import CardError, RegistryError
from cds.models.update_file import Linear, LogOdds
from cds.registry.trial import trial_rows
from cds.registry.updates import add_update

NAME = "swespine-disc-herniation-satisfaction"


def local(parent):
    return parent.card.model_copy(update={"version": "local", "parent": parent.card.identity})


def test_a_shipped_equation_is_copied_into_the_new_version(tmp_path: Path) -> None:
    parent = cds.load_model(NAME)
    rows = trial_rows(parent.card)
    assert rows is not None
    new = add_update(parent, local(parent), LogOdds(method="recalibrate", intercept=0.3, slope=0.5), root=tmp_path)
    again = cds.load_model(f"{NAME}@local", root=tmp_path)
    before, after = (model.predict(rows).values for model in (parent, again))
    assert np.log(after / (1 - after)) == pytest.approx(0.3 + 0.5 * np.log(before / (1 - before)), rel=1e-9)
    assert (again.sha256, again.adapter, again.card.parent) == (new.sha256, "updated", parent.card.identity)
    assert (Path(new.source) / "equation.toml").is_file()
    assert cds.registry.verify(root=tmp_path) == (f"{NAME}@local",)


def test_a_step_that_does_not_fit_writes_nothing(tmp_path: Path) -> None:
    parent = cds.load_model(NAME)
    with pytest.raises(CardError):
        add_update(parent, local(parent), Linear(method="intercept", intercept=1.0), root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_version_itself_is_never_taken(tmp_path: Path) -> None:
    parent = cds.load_model(NAME)
    with pytest.raises(RegistryError, match="is a shipped model"):
        add_update(parent, parent.card, LogOdds(method="intercept", intercept=0.1), root=tmp_path)


def test_an_update_knows_its_parents_patients_and_its_own(tmp_path: Path, cohort, card, fitted) -> None:
    parent = cds.registry.add(fitted, card, development=cohort, root=tmp_path)
    own = cohort.assign(age=cohort["age"] + 0.5)
    step = LogOdds(method="recalibrate", intercept=0.3, slope=0.5)
    add_update(parent, local(parent), step, patients=own, root=tmp_path)
    held = cds.load_model("made-up@local", root=tmp_path).load_fingerprints()
    assert [(one.seen, one.scope) for one in held] == [
        ("development", "made-up@1/development/inputs"),
        ("update", "made-up@local/update/inputs"),
    ]
    assert (held[0].digests == parent.load_fingerprints()[0].digests).all()
    assert not np.isin(held[1].digests, held[0].digests).any()
