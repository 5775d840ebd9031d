"""The coverage study counts rightly, has the truth right, and runs; its committed table is what the code writes."""

import csv

import numpy as np
import pytest

from benchmarks.coverage import corrected, paired, simultaneous, weighted
from benchmarks.coverage.mechanisms import BINARY, CONTINUOUS, NOMINAL
from benchmarks.coverage.parts import PARTS
from benchmarks.coverage.simulate import Effort, coverage_of, rng_of
from benchmarks.coverage.tally import Tally, error_of
from benchmarks.coverage.writing import CONCLUSIONS, FOLDER, outside, read, save, table
from cds import catalog
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_binary import BinarySample

SMALL = Effort(analytic=6, bootstrap=3, replicates=19, more_replicates=39)


def test_misses_on_either_side_and_missing_intervals_are_counted():
    tally = Tally("p", "m", 10, "x", "analytic", truth=1.0)
    for low, high in ((0.0, 2.0), (1.5, 2.0), (0.0, 0.5), (0.9, 1.1)):
        tally.add(Interval(low, high, 0.95, "wald"))
    tally.add(NotEstimable("no events"))
    row = tally.row()
    assert (row["coverage"], row["too_low"], row["too_high"], row["not_estimable"]) == (0.5, 0.25, 0.25, 0.2)
    assert row["repetitions"] == 5


def test_the_error_of_a_share_is_binomial_and_never_zero():
    assert error_of(0.95, 1000) == pytest.approx(0.00689, abs=1e-5)
    assert error_of(1.0, 100) > 0


@pytest.mark.parametrize("mechanism", BINARY)
def test_the_truth_is_that_of_a_very_large_sample(mechanism):
    measures, drawn = catalog.measures("binary"), mechanism.draw(300_000, rng_of(99))
    population = mechanism.population()
    for name in ("calibration_in_the_large", "calibration_slope", "auroc", "brier", "observed_expected"):
        assert measures[name].compute(population) == pytest.approx(measures[name].compute(drawn), abs=0.03)


def test_a_calibrated_mechanism_has_slope_one_and_intercept_zero():
    measures, population = catalog.measures("binary"), BINARY[0].population()
    assert measures["calibration_slope"].compute(population) == pytest.approx(1, abs=1e-6)
    assert measures["calibration_in_the_large"].compute(population) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "mechanism"), [("binary", BINARY[0]), ("continuous", CONTINUOUS[0]), ("nominal", NOMINAL[0])]
)
def test_a_part_gives_a_row_for_each_measure_and_method(kind, mechanism):
    measures = {k: m for k, m in list(catalog.measures(kind).items()) if k in ("brier", "scaled_brier", "mae")}
    rows = list(coverage_of("p", mechanism, 60, measures, SMALL, key=(98,)))
    assert {row["method"] for row in rows} <= {"analytic", "percentile", "BCa"}
    assert len(rows) >= 2
    again = list(coverage_of("p", mechanism, 60, measures, SMALL, key=(98,)))
    assert str(rows) == str(again)  # the seed decides


def test_rows_replace_the_same_rows_and_leave_the_others(tmp_path):
    first = Tally("p", "m", 10, "x", "analytic", truth=1.0)
    first.add(Interval(0, 2, 0.95, "wald"))
    other = Tally("q", "m", 10, "x", "analytic", truth=1.0)
    other.add(Interval(0, 0.5, 0.95, "wald"))
    save("p", [first.row()], tmp_path)
    save("q", [other.row()], tmp_path)
    first.add(Interval(3, 4, 0.95, "wald"))
    save("p", [first.row()], tmp_path)
    assert [(r["part"], r["coverage"]) for r in read(tmp_path)] == [("p", "0.5"), ("q", "0.0")]


def test_intervals_that_are_to_hold_at_once_miss_where_one_of_them_does():
    tally = Tally("p", "m", 10, "x", "simultaneous", truth=0.0)
    holds, low, high = (Interval(a, b, 0.95, "wald") for a, b in ((-1.0, 1.0), (-2.0, -1.0), (1.0, 2.0)))
    for several in ([holds, holds], [holds, low], [high, holds], [low, high]):
        tally.add_all(several, [0.0, 0.0])
    tally.add_all([holds, NotEstimable("no events")], [0.0, 0.0])
    row = tally.row()
    assert (row["coverage"], row["too_low"], row["too_high"], row["not_estimable"]) == (0.25, 0.5, 0.25, 0.2)


@pytest.mark.parametrize(
    ("part", "measure", "expected"),
    [
        (corrected, "brier", 2),  # two ways to develop the model
        (paired, "auroc", 2),  # two sizes
        (simultaneous, "brier", 2),  # two sizes
        (weighted, "brier", 2),  # two mechanisms
    ],
)
def test_a_combined_part_gives_its_rows_for_the_measures_asked_for(part, measure, expected):
    effort = Effort(analytic=8, bootstrap=2, replicates=19, more_replicates=19, only=(measure,))
    found = list(part.rows(effort))
    assert len(found) == expected
    assert {row["measure"] for row in found} == {measure}
    assert all(0 <= float(row["coverage"]) <= 1 for row in found)


def test_the_regression_of_the_optimism_part_finds_the_true_coefficients():
    recipe = corrected.RECIPES[0]
    rng = rng_of(97)
    x = recipe.patients(200_000, rng)
    y = (rng.random(len(x)) < 1 / (1 + np.exp(-x @ recipe.effects))).astype(float)
    assert recipe.fit(x, y, np.ones(len(x))) == pytest.approx(recipe.effects, abs=0.03)
    shrunken = corrected.Recipe("ridge", 6, 1e9).fit(x, y, np.ones(len(x)))
    assert shrunken[1:] == pytest.approx(0, abs=1e-3)


def test_weighted_patients_stand_for_the_population_that_they_were_drawn_from():
    measures = catalog.measures("binary")
    drawn = weighted.sampled(BINARY[1], 60_000, rng_of(96))
    plain = BinarySample(outcome=drawn.outcome, risk=drawn.risk)
    truth = measures["brier"].compute(BINARY[1].population())
    assert measures["brier"].compute(drawn) == pytest.approx(truth, abs=0.004)
    assert measures["brier"].compute(plain) > truth + 0.02


def test_what_lies_outside_by_more_than_chance_is_bold():
    row = {"quantity": "coverage", "coverage": "0.86", "monte_carlo_error": "0.011"}
    assert outside(row)
    assert not outside({**row, "coverage": "0.92"})
    assert not outside({**row, "coverage": "nan"})


def test_the_committed_table_is_that_of_the_committed_numbers():
    rows = read()
    assert {row["part"] for row in rows} == set(PARTS)
    body = table(rows).split("Each cell:")[1]
    assert (FOLDER / "results.md").read_text(encoding="utf-8").split("Each cell:")[1] == body


def test_the_conclusions_stand_at_the_head_of_the_table():
    text, head = (FOLDER / "results.md").read_text(encoding="utf-8"), CONCLUSIONS.read_text(encoding="utf-8").strip()
    assert text.index(head) < text.index("Each cell:")


def test_at_500_patients_every_primary_interval_covers():
    # The interval that the report prints first: analytic where there is one, else the bootstrap's.
    with (FOLDER / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r["n"] == "500" and r["quantity"] == "coverage"]
    assert {r["measure"] + ", " + r["method"] for r in rows if outside(r)} <= {
        "calibration_in_the_large, prediction interval",  # of a new site, from ten of 50: the decision says so
    }
    assert np.mean([float(r["coverage"]) for r in rows if r["method"] == "analytic"]) == pytest.approx(0.95, abs=0.01)
