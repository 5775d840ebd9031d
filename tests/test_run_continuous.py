"""A continuous outcome from end to end: registered, validated, reported; and what is refused on the way."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.errors import DataError, InputError, PredictionError, ProtocolError
from cds.core.protocol import ValidationProtocol
from cds.core.standing import standing_of
from cds.run_files import plain
from cds.run_folder import results_schema

CARD = {
    "schema": "cds.card/1",
    "name": "disability",
    "version": "1",
    "outcome": "continuous",
    "outcome_column": "rmdq",
    "predicts": "disability at 12 months",
    "synthetic": True,
    "inputs": [
        {"name": "baseline", "label": "Disability now", "type": "number", "range": [0, 24], "required": False},
        {"name": "age", "label": "Age", "type": "number", "unit": "years", "range": [18, 90]},
    ],
}
EQUATION = """
schema = "cds.equation/1"
model = "linear"
intercept = 1.0

[[terms]]
input = "baseline"
coefficient = 0.7
missing = 7.0

[[terms]]
input = "age"
coefficient = 0.02

[interval]
level = 0.9
t = 1.65
residual_variance = 9.0
"""


def drawn(n: int, seed: int) -> pd.DataFrame:
    """Made-up patients whose disability follows the one before and age."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "patient": [f"P{k:04d}" for k in range(n)],
            "baseline": rng.normal(11, 4, n).clip(0, 24).round(),
            "age": rng.integers(20, 80, n),
            "sex": rng.choice(["female", "male"], n),
        }
    )
    frame["rmdq"] = (1 + 0.7 * frame["baseline"] + 0.02 * frame["age"] + rng.normal(0, 3, n)).round(1)
    return frame


def protocol(**more) -> ValidationProtocol:
    raw = {
        "schema": "cds.protocol/1",
        "name": "disability",
        "version": "1",
        "question": "Is it close enough to plan follow-up?",
        "outcome": {"kind": "continuous", "column": "rmdq", "unit": "RMDQ points"},
        "cohort": {"patient": "patient", "groups": ["sex"], "references": {"sex": "female"}},
        "measures": {"replicates": 0},
        "criteria": [
            {"measure": "calibration_in_the_large", "within": [-1, 1]},
            {"measure": "calibration_slope", "within": [0.7, 1.3]},
            {"measure": "mae", "at_most": 3.5},
        ],
    }
    return ValidationProtocol.model_validate({**raw, **more})


def frozen(**named) -> ValidationProtocol:
    return protocol(predictions={"value": "predicted", **named}, refitting={"comparator": "none"})


def written(folder: Path, frame: pd.DataFrame) -> Path:
    path = folder / "data.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def ridge(tmp_path):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    made = drawn(400, 1)
    fitted = make_pipeline(SimpleImputer(), Ridge()).fit(made[["baseline", "age"]], made["rmdq"])
    return cds.registry.add(fitted, CARD, development=made, root=tmp_path / "registry")


def test_a_ridge_regression_is_registered_validated_and_reported(ridge, tmp_path):
    frame = drawn(300, 2)
    frame.loc[:40, "baseline"] = np.nan
    run = cds.validate(ridge, written(tmp_path, frame), protocol())
    assert run.readiness == "ready"
    found = run.findings
    assert found["mae"].estimate < 3.5 and found["mae"].record()["events"] is None
    assert found["interval_coverage"].record()["reason"] == "the model gives no prediction intervals"
    checks = {f.code: f for f in found if f.kind == "data_fault" and f.attribute is None}
    assert checks["DQ008"].severity is None and checks["DQ007"].severity is None
    missing = next(t for t in run.record.tables if t.name == "missing_inputs")
    assert missing.header == ("Input", "Missing", "Lowest third", "Middle third", "Highest third")
    jsonschema.validate(plain(run.record.results()), results_schema())
    out = run.save(tmp_path / "run")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Mean absolute error (RMDQ points)" in page
    assert "The outcome is a number" in page and "per 1,000 patients" not in page
    assert "standard deviation" in page and "with the outcome" not in page
    assert (out / "curves" / "value_bins.csv").is_file() and (out / "figures" / "value_bins.svg").is_file()
    assert json.loads((out / "results.json").read_text(encoding="utf-8"))["readiness"] == "ready"


def test_its_standing_cites_the_error_in_its_unit_and_no_decision(ridge, tmp_path):
    standing = standing_of(cds.validate(ridge, written(tmp_path, drawn(300, 2)), protocol()).record)
    labels = [row["label"] for row in standing.performance if row["attribute"] is None]
    assert "Mean absolute error (RMDQ points)" in labels
    assert standing.events is None and standing.decision == ()


def test_a_published_equation_with_intervals_is_validated(tmp_path):
    (tmp_path / "equation.toml").write_text(EQUATION, encoding="utf-8")
    model = cds.registry.add(tmp_path / "equation.toml", {**CARD, "name": "linear"}, root=tmp_path / "registry")
    found = cds.validate(model, written(tmp_path, drawn(500, 4)), protocol()).findings
    assert found["interval_coverage"].low < 0.9 < found["interval_coverage"].high
    assert found["interval_coverage"].record()["details"]["nominal_level"] == 0.9
    assert found["interval_score"].estimate > 2 * 1.65 * 3


def test_every_drawn_point_stands_for_enough_patients(tmp_path):
    frame = drawn(75, 4).assign(predicted=lambda f: 0.7 * f["baseline"])
    run = cds.validate(None, written(tmp_path, frame), frozen())
    for curve in run.record.curves:
        if "n" in curve.columns:
            assert min(curve.columns["n"]) >= 11, curve.name


@pytest.mark.parametrize("rule", ["refuse", "exclude"])
def test_missing_outcomes_are_refused_or_counted_by_fifths_of_the_prediction(tmp_path, rule):
    frame = drawn(200, 5).assign(predicted=lambda f: 0.7 * f["baseline"])
    frame.loc[[3, 8, 11], "rmdq"] = np.nan
    asked = frozen().model_copy(update={"outcome": frozen().outcome.model_copy(update={"missing": rule})})
    path = written(tmp_path, frame)
    if rule == "refuse":
        with pytest.raises(DataError, match="'rmdq' is missing in 3 of 200 rows, at rows 3, 8, 11"):
            cds.validate(None, path, asked)
        return
    shown = asked.model_copy(update={"cohort": asked.cohort.model_copy(update={"small_cell": 1})})
    for counted, protocol in ((True, shown), (False, asked)):
        record = cds.validate(None, path, protocol).record
        table = next(t for t in record.tables if t.name == "missing_outcomes")
        assert table.header[0] == "predicted value (fifths)" and len(table.rows) == 5
        if counted:
            assert sum(int(row[2]) for row in table.rows) == 3
        else:  # three patients are fewer than the smallest cell, so their places are hidden
            assert "×" in {row[2] for row in table.rows}
            assert not {row[2] for row in table.rows} & {"1", "2", "3"}
        assert record.rows == 197


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("rmdq", "much", "'rmdq' must hold finite numbers; it does not at row 9"),
        ("rmdq", "inf", "'rmdq' must hold finite numbers; it does not at row 9"),
        ("predicted", "inf", "'predicted' must hold a finite prediction in every row, got none at row 9"),
        ("predicted", "", "'predicted' must hold a finite prediction in every row, got none at row 9"),
        ("predicted", "high", "'predicted' must hold numbers, got text at row 9"),
        ("high", "-50", "must not lie above the upper one, it does at row 9"),
        ("low", "1000", "must not lie above the upper one, it does at row 9"),
        ("predicted", "99", "must hold its prediction, it does not at row 9"),
        ("low", "", "'low' must hold a finite prediction in every row, got none at row 9"),
    ],
)
def test_faulty_values_are_refused_with_their_rows(tmp_path, column, value, told):
    frame = drawn(50, 6).assign(predicted=lambda f: 0.7 * f["baseline"])
    frame = frame.assign(low=frame["predicted"] - 5, high=frame["predicted"] + 5).astype({column: object})
    frame.loc[9, column] = value
    with pytest.raises((DataError, PredictionError), match=told):
        cds.validate(None, written(tmp_path, frame), frozen(low="low", high="high"))


def test_what_the_section_lacks_is_told(tmp_path):
    path = written(tmp_path, drawn(50, 6))
    with pytest.raises(ProtocolError, match="names no value"):
        cds.validate(None, path, protocol(predictions={"low": "a", "high": "b"}))
    with pytest.raises(InputError, match="no column 'predicted'"):
        cds.validate(None, path, frozen())
    with pytest.raises(ValueError, match="name low but not high: a prediction interval has two bounds"):
        frozen(low="low")
    with pytest.raises(ValueError, match="name high but not low"):
        frozen(high="high")
    with pytest.raises(ValueError, match="interval_level says nothing without low and high"):
        frozen(interval_level=0.9)


@pytest.mark.parametrize("setting", [{"thresholds": [0.2]}, {"clip": [0.01, 0.99]}])
def test_settings_that_mean_nothing_for_a_number_are_refused(tmp_path, setting):
    asked = protocol(measures={"replicates": 0, **setting}, predictions={"value": "predicted"})
    with pytest.raises(ProtocolError, match=f"measures.{next(iter(setting))}"):
        cds.validate(None, written(tmp_path, drawn(50, 6)), asked)


def test_the_minimum_of_events_is_not_applied_and_the_run_says_so(tmp_path):
    frame = drawn(40, 7).assign(predicted=lambda f: 1 + 0.7 * f["baseline"] + 0.02 * f["age"])
    record = cds.validate(None, written(tmp_path, frame), frozen()).record
    assert all(f.verdict != "not_assessable" for f in record.judged)
    assert any("minimum of events was not applied" in note for note in record.notes)


def test_a_unit_that_only_the_card_declares_is_printed(ridge, tmp_path):
    from cds.report.validation import validation_view

    asked = protocol(outcome={"kind": "continuous", "column": "rmdq"})
    carded = cds.wrap(ridge.model.estimator, {**CARD, "unit": "points"})
    record = cds.validate(carded, written(tmp_path, drawn(200, 2)), asked).record
    assert record.unit == "points"
    assert any("(points)" in row.label for row in validation_view(record).criteria)
    assert "points" in next(c for c in record.curves if c.name == "value_bins").x_label
