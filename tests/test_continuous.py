"""Every measure of a continuous outcome: weights, order, replicates, and R's answers from arrays and command line."""

import json

import numpy as np
import pytest

import cds
from cds import catalog
from cds.cli import main
from cds.core.errors import DataError, NoEstimateError, PredictionError
from cds.core.measure import Estimate, NotEstimable
from tests.samples import EXPECTED, REFERENCE
from tests.values import OBSERVED, PREDICTED, drawn_values, reference_values, values

MEASURES = list(catalog.measures("continuous").values())
R = EXPECTED["continuous"]
ANSWERS = {
    "calibration_slope": R["calibration_slope"]["estimate"],
    "calibration_intercept": R["calibration_intercept"],
    "calibration_in_the_large": R["calibration_in_the_large"]["estimate"],
    "mae": R["mae"],
    "rmse": R["rmse"],
    "r_squared": R["r2_of_predictions"],
    "pearson": R["pearson"],
}
ERRORS = {name: R[name]["se"] for name in ("calibration_slope", "calibration_in_the_large")}
PROTOCOL = """
schema = "cds.protocol/1"
name = "reference"
version = "1"
question = "Does the command line agree with R?"

[outcome]
kind = "continuous"
column = "observed"
unit = "RMDQ points"

[cohort]
patient = "patient"

[predictions]
value = "predicted"

[measures]
replicates = 0

[[criteria]]
measure = "mae"
at_most = 3.5
"""
each = pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)


def agree(one, other, rel=1e-9):
    assert isinstance(one, float), one
    assert one == pytest.approx(other, rel=rel, abs=1e-10)


def rows_of(sample, rows):
    return values(
        sample.observed[rows], sample.predicted[rows], low=sample.low[rows], high=sample.high[rows], interval_level=0.9
    )


@each
def test_every_measure_is_explained_and_says_which_unit_it_has(measure):
    assert measure.label and measure.formula and measure.interval_name and "doi:10." in measure.source
    sample = drawn_values(60, 1, shift=1, slope=0.9)
    tenfold = values(*(10 * part for part in (sample.observed, sample.predicted)), low=10 * sample.low,
                     high=10 * sample.high, interval_level=0.9)  # fmt: skip
    agree(measure.compute(tenfold), measure.compute(sample) * (10 if measure.in_unit else 1))


@each
def test_weights_of_two_equal_doubled_rows_and_weights_of_zero_are_absent(measure):
    sample = drawn_values(140, 4, shift=1, slope=0.8)
    weights = np.random.default_rng(5).integers(0, 4, 140).astype(float)
    agree(
        measure.compute(sample.reweight(weights)),
        measure.compute(rows_of(sample, np.repeat(range(140), weights.astype(int)))),
    )


@each
def test_the_order_of_the_rows_changes_nothing(measure):
    sample, order = drawn_values(140, 6), np.random.default_rng(7).permutation(140)
    agree(measure.compute(rows_of(sample, order)), measure.compute(sample))


@each
def test_a_replicate_is_the_physically_resampled_data(measure):
    sample, rows = drawn_values(140, 9), np.random.default_rng(10).integers(0, 140, 140)
    replicate = sample.resample(np.bincount(rows, minlength=140).astype(float))
    agree(measure.compute(replicate), measure.compute(rows_of(sample, rows)))


@each
def test_fractional_weights_that_are_all_equal_change_nothing(measure):
    sample = drawn_values(140, 12)
    agree(measure.compute(sample.reweight(np.full(140, 0.5))), measure.compute(sample))


@each
@pytest.mark.parametrize(
    ("observed", "predicted"), [([1.0], [2.0]), ([1.0, 2.0], [3.0, 3.0]), ([2.0] * 5, range(5)), (range(5), range(5))]
)
def test_few_patients_and_constants_give_a_finite_number_or_a_reason(measure, observed, predicted):
    sample = values(list(observed), list(predicted))
    value = measure.compute(sample)
    assert isinstance(value, NotEstimable) or np.isfinite(value)
    if isinstance(value, float) and measure.interval:
        measure.interval(sample, value, 0.95)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_array_interface_agrees_with_r(name):
    rows = reference_values()
    found = cds.evaluate.continuous(rows["observed"], rows["predicted"], replicates=0)
    assert found[name].estimate == pytest.approx(ANSWERS[name], rel=1e-8)
    if name in ERRORS:
        assert found[name].se == pytest.approx(ERRORS[name], rel=1e-8)
    assert found[name].low < found[name].estimate < found[name].high


def test_the_command_line_agrees_with_r(tmp_path, capsys):
    path = tmp_path / "protocol.toml"
    path.write_text(PROTOCOL, encoding="utf-8")
    data = str(REFERENCE / "cases" / "continuous.csv")
    given = ["--protocol", str(path), "--model", "predictions:", "--data", data, "--out", str(tmp_path / "run")]
    assert main(["validate", *given]) == 3  # no calibration criterion: inconclusive
    written = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    found = {f["measure"]: f for f in written["findings"] if f["kind"] == "estimate"}
    for name, answer in ANSWERS.items():
        assert found[name]["estimate"] == pytest.approx(answer, rel=1e-8)
        assert found[name]["events"] is None and found[name]["n"] == 400
    assert found["interval_coverage"]["reason"] == "the model gives no prediction intervals"
    told = capsys.readouterr().out
    assert "not asked: No criterion on calibration was set" in told


def test_bounds_at_a_level_give_coverage_and_score():
    found = cds.evaluate.continuous(
        OBSERVED, PREDICTED, low=PREDICTED - 4, high=PREDICTED + 4, interval_level=0.9, replicates=0
    )
    assert found["interval_coverage"].estimate == pytest.approx(0.84375)
    result = found["interval_coverage"].result
    assert isinstance(result, Estimate) and result.details["nominal_level"] == 0.9
    assert found["interval_score"].estimate == pytest.approx(13.375)


def test_groups_are_compared_by_their_difference():
    found = cds.evaluate.continuous(
        OBSERVED, PREDICTED, groups={"side": ["a", "b"] * 16}, references={"side": "a"}, replicates=0
    )
    gap = found.get("mae", kind="difference", attribute="side")
    one, other = (found.get("mae", attribute="side", group=g).estimate for g in ("b", "a"))
    assert gap.estimate == pytest.approx(one - other)
    assert gap.low < gap.estimate < gap.high


def test_several_rows_per_patient_take_the_bootstrap():
    found = cds.evaluate.continuous(OBSERVED, PREDICTED, patient=np.arange(32) // 2, replicates=100)
    assert found["mae"].record()["method"] == "bootstrap percentile"
    with pytest.raises(NoEstimateError, match="ask for replicates"):
        _ = cds.evaluate.continuous(OBSERVED, PREDICTED, patient=np.arange(32) // 2, replicates=0)["mae"].low


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"observed": [1, np.nan, 3]}, DataError, "missing at row 1"),
        ({"observed": [1, np.inf, 3]}, DataError, "infinite value at row 1"),
        ({"observed": ["1", "x", "3"]}, DataError, "observed must be numbers"),
        ({"predicted": [1, np.inf, 3]}, PredictionError, r"must be finite numbers within .+, got others at row 1"),
        ({"predicted": [1, np.nan, 3]}, (DataError, PredictionError), "row 1"),
        ({"low": [0, 0, 0]}, PredictionError, "two bounds, got one"),
        ({"low": [0, 5, 0], "high": [9, 4, 9]}, PredictionError, "must not lie above the upper one, it does at row 1"),
        ({"low": [0, 0, 0], "high": [9, 1, 9]}, PredictionError, "must hold its prediction, it does not at row 1"),
        ({"interval_level": 95}, DataError, "between 0 and 1, got 95"),
        ({"predicted": [1, 2]}, DataError, "same number of rows"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_rows(given, error, told):
    with pytest.raises(error, match=told):
        cds.evaluate.continuous(**{"observed": [1, 2, 3], "predicted": [1, 2, 3], **given})


@pytest.mark.parametrize("measure", [m for m in MEASURES if m.influence], ids=lambda m: m.name)
def test_the_terms_of_a_paired_difference_sum_to_the_analytic_variance(measure):
    sample = drawn_values(80, 3, shift=1)
    terms = measure.influence(sample)
    interval = measure.interval(sample, measure.compute(sample), 0.95)
    assert (terms @ terms) ** 0.5 == pytest.approx(interval.se)
    assert isinstance(measure.influence(values([1.0], [2.0])), NotEstimable)
