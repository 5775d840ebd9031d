"""Rivals: the very same patients, or a refusal that names the rival."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cds
from cds.assembly.rivals import LOGISTIC, rival_of, rivals_of, with_comparator
from cds.core.errors import InputError, ProtocolError
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import Risk, Value
from cds.protocol import LoadedProtocol


class Fixed:
    """A model that says x to a power."""

    adapter = "fixed"

    def __init__(self, name="one", power=1.0, kind=Risk, column="x"):
        outcome = "binary" if kind is Risk else "continuous"
        inputs = (Feature(name=column, type="number"),)
        self.card = ModelCard(name=name, version="1", outcome=outcome, inputs=inputs)
        self.power, self.kind, self.column = power, kind, column

    def predict(self, features, *, horizons=None):
        from cds.stats.inputs import prepare_inputs

        return self.kind(prepare_inputs(self.card, features)[self.column].to_numpy(float) ** self.power)


def registered(*args, **more):
    fixed = Fixed(*args, **more)
    return cds.wrap(fixed, fixed.card)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    x = rng.uniform(0.05, 0.95, 300)
    y = (rng.random(300) < x).astype(float)
    y[:4] = np.nan
    pd.DataFrame({"x": x, "z": x**1.5, "y": y}).to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"


def protocol(**more):
    from cds.core.protocol import ValidationProtocol

    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
            "outcome": {"kind": "binary", "column": "y", "missing": "exclude"},
            "measures": {"replicates": 0, "thresholds": [0.3]},
            "criteria": [{"measure": "auroc", "at_least": 0.6}], **more,
        }
    )  # fmt: skip


def test_a_rival_is_judged_on_the_patients_with_an_outcome(data: Path) -> None:
    run = cds.validate(registered(), data, protocol(), against=[registered("two", power=2.0), "predictions:z"], jobs=1)
    brier = run.findings.get("brier", analysis="rival", parameters={"against": "two@1"})
    frame = pd.read_csv(data).dropna()
    assert brier.estimate == pytest.approx(np.mean((frame["y"] - frame["x"] ** 2) ** 2))
    assert brier.result.n == 296
    assert run.findings.get("brier", analysis="rival", parameters={"against": "z"}).estimate == pytest.approx(
        np.mean((frame["y"] - frame["z"]) ** 2)
    )
    told = next(note for note in run.record.notes if note.startswith("Compared with"))
    assert "two@1 (fixed, not hashed: it is in memory only); z: the predictions in column z" in told


def test_the_verdict_is_the_model_s_own(data: Path) -> None:
    alone = cds.validate(registered(), data, protocol(), jobs=1)
    beside = cds.validate(registered(), data, protocol(), against=[registered("two", power=9.0)], jobs=1)
    assert alone.readiness == beside.readiness
    assert [f.record() for f in alone.record.judged] == [f.record() for f in beside.record.judged]


def test_rivals_that_do_not_fit_are_refused_together(data: Path) -> None:
    others = [registered("values", kind=Value), registered("elsewhere", column="absent"), "predictions:nope"]
    with pytest.raises(InputError) as refused:
        cds.validate(registered(), data, protocol(), against=others, jobs=1)
    told = str(refused.value)
    assert "the model gives Value (to compare with: values@1)" in told
    assert "'absent'" in told
    assert "(to compare with: elsewhere@1)" in told
    assert "no column 'nope' (to compare with: nope)" in told


def test_a_model_is_not_compared_with_itself_or_twice() -> None:
    with pytest.raises(InputError, match="one@1 would be compared with itself") as refused:
        rivals_of([registered(), registered("two"), registered("two")], registered())
    assert "two@1 is named twice" in str(refused.value)


def test_predictions_need_their_column() -> None:
    with pytest.raises(InputError, match="names no column"):
        rival_of("predictions:")


def test_the_regression_needs_a_model_that_can_be_refitted_and_a_protocol_that_allows_it() -> None:
    loaded = LoadedProtocol(protocol(), "", False, Path())
    with pytest.raises(InputError, match="cannot be refitted"):
        with_comparator(loaded, [LOGISTIC], registered())
    ruled_out = LoadedProtocol(protocol(refitting={"comparator": "none"}), "", False, Path())
    with pytest.raises(ProtocolError, match="rules out"):
        with_comparator(ruled_out, [LOGISTIC], None)
    assert with_comparator(loaded, ["a@1"], None) == (loaded, ("a@1",))
