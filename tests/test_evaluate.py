"""Arrays in, findings out: any array library, any legal data, and plain reasons for the rest."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cds
from cds.array_inputs import MISSING_GROUP, as_levels
from cds.core.errors import DataError, NoEstimateError, PredictionError
from tests.samples import drawn, reference_rows

SAMPLE = drawn(120, 3)
RISKS_OF_SIX = [0.1, 0.8, 0.6, 0.3, 0.4, 0.5]
SEX = np.where(np.arange(120) % 3 == 0, "male", "female")
NEEDS_TWO_CLASSES = (
    "calibration_in_the_large", "calibration_slope", "ici", "e50", "e90", "emax", "eci", "auroc",
    "discrimination_slope", "scaled_brier", "nagelkerke_r2",
)  # fmt: skip


def evaluated(outcome=SAMPLE.outcome, risk=SAMPLE.risk, **more):
    return cds.evaluate.binary(outcome, risk, **{"replicates": 0, "thresholds": (0.3,), "jobs": 1} | more)


def same(one, other):
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        pd.Series,
        lambda x: pd.Series(x, index=range(500, 620)),
        lambda x: pd.Series(x).convert_dtypes(),
        pd.array,
        pl.Series,
        pa.array,
        lambda x: pa.chunked_array([x[:50], x[50:]]),
    ],
    ids=["list", "tuple", "pandas", "index", "nullable", "extension", "polars", "arrow", "chunked"],
)
def test_every_array_library_gives_the_same_numbers(kind):
    found = evaluated(kind(SAMPLE.outcome), kind(SAMPLE.risk), groups={"sex": kind(SEX)})
    same(found, evaluated(groups={"sex": SEX}))


@pytest.mark.parametrize(
    "kind", [lambda x: x, lambda x: x.tolist(), pd.Series, lambda x: pd.Series(x, dtype="boolean"), pl.Series, pa.array]
)
def test_a_boolean_outcome_is_zero_and_one(kind):
    same(evaluated(kind(SAMPLE.outcome == 1)), evaluated())


def test_integer_outcomes_and_the_callers_arrays_stay_as_they_are():
    outcome, risk = SAMPLE.outcome.astype(int), SAMPLE.risk.copy()
    evaluated(outcome, risk)
    assert outcome.dtype.kind == "i" and outcome.flags.writeable and risk.flags.writeable
    assert risk.tolist() == SAMPLE.risk.tolist()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"risk": [0.1, 0.2, 1.5]}, PredictionError, r"risk must lie in \[0, 1\]; it does not at row 2"),
        ({"risk": [0.1, -0.2, 0.5]}, PredictionError, r"it does not at row 1"),
        ({"risk": [0.1, np.nan, 0.5]}, PredictionError, "it is missing at row 1"),
        ({"risk": [np.inf, 0.2, 0.5]}, PredictionError, "it does not at row 0"),
        ({"risk": ["low", "high", "low"]}, DataError, "risk must be numbers"),
        ({"risk": [0.1, 0.2]}, DataError, "outcome has 3, risk has 2"),
        ({"outcome": [0, 1, 2]}, DataError, "outcome must be 0 or 1, got another value at row 2"),
        ({"outcome": [0, np.nan, 1]}, DataError, "outcome must not be missing at row 1"),
        ({"outcome": pl.Series([0, None, 1])}, DataError, "outcome must not be missing at row 1"),
        ({"outcome": pd.Series([0, None, 1], dtype="Int64")}, DataError, "outcome must not be missing at row 1"),
        ({"outcome": ["no", "yes", "no"]}, DataError, "outcome must be numbers"),
        ({"outcome": pd.DataFrame({"y": [0, 1, 0]})}, DataError, "outcome must have one dimension"),
        ({"outcome": [], "risk": []}, DataError, "no rows"),
        ({"weights": [1, 2, -1]}, DataError, "weights must not be negative at row 2"),
        ({"weights": [0, 0, 0]}, DataError, "weights must not all be 0"),
        ({"patient": ["a", None, "b"]}, DataError, "patient must not be missing"),
        ({"groups": {"sex": ["f", "m"]}}, DataError, "outcome has 3, risk has 3, sex has 2"),
        ({"groups": {"sex": ["f", "m", "m"]}, "references": {"sex": "w"}}, DataError, "'w' is no level of 'sex'"),
        ({"groups": {"sex": ["f", "m", "m"]}, "references": {"sx": "m"}}, DataError, "Did you mean 'sex'"),
        ({"level": 1.0}, DataError, "level: "),
        ({"thresholds": (0.0,)}, DataError, "thresholds.0: "),
        ({"thresholds": (0.2, 0.2)}, DataError, "settings: thresholds must differ"),
        ({"smoother": "gam"}, DataError, "smoother: "),
        ({"replicates": -1}, DataError, "replicates: "),
        ({"clip": (0.9, 0.1)}, DataError, "settings: clip must be two bounds"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_in_words(given, error, message):
    with pytest.raises(error, match=message):
        evaluated(**{"outcome": [0, 1, 0], "risk": [0.1, 0.6, 0.3], **given})


def test_risks_of_zero_and_one_make_logit_measures_descriptive():
    risk = np.r_[0.0, 1.0, SAMPLE.risk[2:]]
    found = evaluated(np.r_[0.0, 1.0, SAMPLE.outcome[2:]], risk)
    assert found["calibration_slope"].record()["details"]["descriptive"].startswith("2 risks of exactly 0 or 1")
    assert found["log_loss"].estimate > 0  # they were right
    wrong = evaluated(np.r_[1.0, SAMPLE.outcome[1:]], np.r_[0.0, SAMPLE.risk[1:]])
    with pytest.raises(NoEstimateError, match="infinite: a risk of exactly 0 or 1 was wrong"):
        wrong["log_loss"].estimate  # noqa: B018  # it raises


def test_declared_bounds_make_them_judgeable():
    found = evaluated(np.r_[1.0, SAMPLE.outcome[1:]], np.r_[0.0, SAMPLE.risk[1:]], clip=(0.001, 0.999))
    details = found["calibration_slope"].record()["details"]
    assert details["clipped"] == 1 and "descriptive" not in details
    assert found["log_loss"].record()["details"] == {"clipped": 1}


@pytest.mark.parametrize("event", [0, 1])
def test_one_outcome_class_leaves_reasons_where_two_are_needed(event):
    found = evaluated(np.full(120, event), groups={"sex": SEX}, replicates=10)
    for name in NEEDS_TWO_CLASSES:
        row = found[name].record()
        assert row["status"] == "not_estimable" and "only one outcome class" in row["reason"], name
    assert found["brier"].low < found["brier"].high


def test_a_perfect_auroc_in_five_patients_has_no_interval():
    for replicates in (0, 200):
        found = evaluated([0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.7], replicates=replicates)["auroc"]
        assert found.estimate == 1
        with pytest.raises(NoEstimateError, match="edge of its range"):
            found.low  # noqa: B018  # it raises


def test_missing_levels_are_a_group_of_their_own():
    assert as_levels([1.0, 2, np.nan]).tolist() == ["1", "2", MISSING_GROUP]
    assert as_levels(pl.Series(["a", None])).tolist() == ["a", MISSING_GROUP]
    assert as_levels(pd.Series([True, None], dtype="boolean")).tolist() == ["True", MISSING_GROUP]
    sex = np.where(np.arange(120) < 20, None, SEX)
    found = evaluated(groups={"sex": sex})
    assert found.get("brier", attribute="sex", group=MISSING_GROUP).record()["n"] == 20


def test_whole_numbers_name_groups_without_a_decimal_point():
    found = evaluated(groups={"region": np.arange(120) % 2 + 1.0}, references={"region": "1"})
    assert found.get("auroc", kind="difference", attribute="region", group="2").reference_group == "1"


def test_a_group_of_two_patients_neither_crashes_nor_has_a_bootstrap_interval():
    found = evaluated(groups={"g": np.where(np.arange(120) < 2, "few", "many")}, replicates=60)
    with pytest.raises(NoEstimateError, match="were not estimable"):
        found.get("log_loss", attribute="g", group="few").low  # noqa: B018  # it raises


def test_several_rows_of_a_patient_take_the_bootstrap_of_patients():
    patient = np.repeat([f"P{k}" for k in range(40)], 3)
    found = evaluated(patient=patient, replicates=40)["auroc"]
    assert found.record()["method"] == "bootstrap percentile"
    same(evaluated(patient=patient), evaluated(patient=pl.Series(patient)))


def test_the_numbers_follow_the_seed_and_nothing_else():
    one, again, other = (evaluated(replicates=25, seed=seed) for seed in (4, 4, 5))
    same(one, again)
    assert one["log_loss"].low != other["log_loss"].low
    assert one["auroc"].low == other["auroc"].low  # analytic


def test_the_level_is_that_of_the_intervals():
    narrow, wide = (evaluated(level=level, replicates=60) for level in (0.5, 0.95))
    for name in ("auroc", "calibration_slope", "log_loss", "net_benefit"):
        assert narrow[name].high - narrow[name].low < wide[name].high - wide[name].low
        assert narrow[name].record()["level"] == 0.5


def test_the_smoother_chosen_is_primary_and_the_others_stand_beside():
    found = evaluated(smoother="lowess")
    assert found["ici"].parameters == {"smoother": "lowess"}
    others = [f.parameters["smoother"] for f in found if f.measure == "ici" and f.analysis == "other_smoother"]
    assert sorted(others) == ["loess", "rcs"]


def test_nothing_is_judged_and_no_data_check_runs():
    found = evaluated(groups={"sex": SEX})
    assert {f.verdict for f in found} == {None}
    assert "dataquality" not in {f.family for f in found}


def test_weights_of_two_equal_doubled_rows_in_every_number_and_count():
    weighted = evaluated(weights=np.full(120, 2.0), groups={"sex": SEX})
    doubled = evaluated(np.repeat(SAMPLE.outcome, 2), np.repeat(SAMPLE.risk, 2), groups={"sex": np.repeat(SEX, 2)})
    for one, other in zip(weighted, doubled, strict=True):
        assert one.estimate == pytest.approx(other.estimate, rel=1e-9, abs=1e-12), one.measure
        assert one.record()["n"] == other.record()["n"]


def test_a_few_lines_of_a_notebook_work():
    rows = reference_rows()
    findings = cds.evaluate.binary(
        rows["outcome"], rows["risk"], thresholds=(0.1, 0.2), groups={"sex": rows["sex"]}, replicates=0
    )
    assert findings.get("net_benefit", threshold=0.2, attribute="sex", group="female").estimate > 0
    with pytest.raises(KeyError, match=r"threshold=0.1; threshold=0.2"):
        findings["net_benefit"]
    with pytest.raises(NoEstimateError, match="ask for replicates"):
        findings["scaled_brier"].low  # noqa: B018  # it raises


def test_whole_weights_give_the_numbers_and_the_intervals_of_repeated_rows():
    rng = np.random.default_rng(3)
    risk = rng.uniform(0.05, 0.9, 60)
    outcome = (rng.random(60) < risk).astype(float)
    weights = rng.integers(0, 4, 60)
    rows = np.repeat(np.arange(60), weights)
    weighted = cds.evaluate.binary(outcome, risk, weights=weights, thresholds=(0.3,), replicates=50)
    repeated = cds.evaluate.binary(outcome[rows], risk[rows], thresholds=(0.3,), replicates=50)
    assert [f.record() for f in weighted] == [f.record() for f in repeated]


def test_sampling_weights_are_relative_and_count_rows():
    rng = np.random.default_rng(4)
    risk = rng.uniform(0.05, 0.9, 80)
    outcome = (rng.random(80) < risk).astype(float)
    weights = rng.integers(1, 4, 80)
    once = cds.evaluate.binary(outcome, risk, weights=weights, design="sampling", replicates=50)
    scaled = cds.evaluate.binary(outcome, risk, weights=weights * 20, design="sampling", replicates=50)
    for a, b in zip(once, scaled, strict=True):
        if a.record()["estimate"] is None:
            continue
        assert a.record()["estimate"] == pytest.approx(b.record()["estimate"], rel=1e-9)
        assert a.record()["n"] == b.record()["n"] == 80
        assert a.record()["events"] == int(outcome.sum())


def test_weighted_rows_have_no_p_value_of_spiegelhalters_z():
    found = cds.evaluate.binary([0, 1, 1, 0, 1, 0], RISKS_OF_SIX, weights=[1.5, 1, 1, 1, 1, 1], replicates=0)
    assert "p_value" not in found["spiegelhalter_z"].record()["details"]
    plain = cds.evaluate.binary([0, 1, 1, 0, 1, 0], RISKS_OF_SIX, replicates=0)
    assert 0 < plain["spiegelhalter_z"].record()["details"]["p_value"] < 1


def test_whole_weights_that_add_up_to_too_many_rows_are_refused():
    with pytest.raises(DataError, match="sampling"):
        cds.evaluate.binary([0, 1, 1], [0.1, 0.5, 0.6], weights=[1e9, 1, 1])


def test_distances_are_not_contrasted_between_groups_but_stand_beside_their_null():
    rng = np.random.default_rng(5)
    risk = rng.uniform(0.05, 0.9, 300)
    outcome = (rng.random(300) < risk).astype(float)
    found = cds.evaluate.binary(outcome, risk, groups={"sex": np.repeat(["f", "m"], 150)}, replicates=40)
    assert not [f for f in found if f.kind != "estimate" and f.measure in ("ici", "e50", "e90", "emax", "eci")]
    for sex in ("f", "m"):
        details = found.get("ici", attribute="sex", group=sex).record()["details"]
        assert 0 < details["expected_if_calibrated"] < 0.2
        assert details["null_replicates"] == 40


def test_groups_without_a_name_are_refused_in_words():
    with pytest.raises(DataError, match=r'such as \{"sex": sex\}'):
        evaluated(groups=pd.Series(["f", "m"]), replicates=0)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"patients": [1, 2]}, "no option 'patients'. Did you mean 'patient'"),
        ({"design": "case-control"}, "no design 'case-control'. Did you mean 'case_control'"),
        ({"jobs": 0}, "jobs must be a whole number"),
        ({"references": "f"}, "references must be a mapping"),
    ],
)
def test_an_option_that_nothing_reads_is_refused(option: dict[str, object], told: str):
    with pytest.raises(DataError, match=told):
        evaluated(replicates=0, **option)


def test_probabilities_that_are_no_table_are_refused_in_words():
    with pytest.raises(DataError, match="probabilities must be numbers"):
        cds.evaluate.nominal(["a", "b"], [[1.0], [0.5, 0.5]], classes=["a", "b"])


def test_numbers_whose_powers_overflow_are_refused():
    with pytest.raises(DataError, match="overflow at row 1"):
        cds.evaluate.continuous([1.0, 1e200, 2.0], [1.0, 2.0, 3.0])


def test_intersections_are_groups_compared_with_the_pair_of_references():
    rng = np.random.default_rng(5)
    groups = {"sex": rng.choice(["f", "m"], 120), "edu": rng.choice(["low", "high"], 120)}
    found = evaluated(
        groups=groups, references={"sex": "m", "edu": "high"}, intersections=[("sex", "edu")], thresholds=()
    )
    one = found.get("calibration_in_the_large", attribute="sex×edu", group="f×low", kind="difference")
    assert one.reference_group == "m×high"
    inside = (groups["sex"] == "f") & (groups["edu"] == "low")
    alone = evaluated(SAMPLE.outcome[inside], SAMPLE.risk[inside], thresholds=())
    mine = found.get("calibration_in_the_large", attribute="sex×edu", group="f×low")
    assert mine.estimate == pytest.approx(alone["calibration_in_the_large"].estimate, rel=1e-10)
    with pytest.raises(DataError, match="names 'ed', which is not among groups"):
        evaluated(groups=groups, intersections=[("sex", "ed")])


def test_durations_and_dates_are_no_numbers_and_a_cause_is_a_whole_one():
    days = pd.Series([30.0, 90.0, 400.0, 20.0])
    risk = {365: [0.2, 0.3, 0.4, 0.5]}
    with pytest.raises(DataError, match=r"time must be numbers, got durations.*Timedelta"):
        cds.evaluate.survival(pd.to_timedelta(days, unit="D"), [1, 0, 0, 1], risk, replicates=0)
    with pytest.raises(DataError, match="time must be numbers, got dates"):
        cds.evaluate.survival(pd.Timestamp("2026-01-01") + pd.to_timedelta(days, unit="D"), [1, 0, 0, 1], risk)
    with pytest.raises(DataError, match="cause must be a whole number"):
        cds.evaluate.competing_risks(days, [1, 2, 0, 1], risk, cause="1")
