"""Times to an event and visits from arrays to findings: any library, every refusal, groups, weights, imputations."""

from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cds
from cds.core.errors import DataError, NoEstimateError, PredictionError
from cds.survival.concordance import HARRELL_C
from tests.survival.tied import drawn, reference_survival, survival
from tests.survival.tied import repeated as rows_of
from tests.visits import WEEKS, drawn_visits

HORIZONS = (15.0, 30.0)
TIMES = drawn(160, 3)
COMPETING = drawn(160, 4, kind="competing_risks")
VISITS = drawn_visits(40, 2)
SEX = np.tile(["f", "m", "m", "f"], 40)
KINDS = {"survival": (cds.evaluate.survival, TIMES), "competing_risks": (cds.evaluate.competing_risks, COMPETING)}
FEW = {"time": [2.0, 4, 5, 8], "risk": {6: [0.9, 0.6, 0.4, 0.3]}}


def of_times(kind="survival", convert=np.asarray, rows=slice(None), **more):
    evaluate, sample = KINDS[kind]
    risk = {h: convert(sample.risk[rows, k]) for k, h in enumerate(HORIZONS)}
    options = {"replicates": 0, "thresholds": (0.3,), "jobs": 1, **more}
    return evaluate(convert(sample.time[rows]), convert(sample.status[rows]), risk, **options)


def of_visits(convert=np.asarray, rows=slice(None), **more):
    s = VISITS
    given = {"visit": s.visit, "patient": s.patient, "low": s.low, "high": s.high}
    options = {"interval_level": 0.9, "replicates": 0, "jobs": 1, **more}
    named = {name: convert(values[rows]) for name, values in given.items()}
    return cds.evaluate.repeated(convert(s.observed[rows]), convert(s.predicted[rows]), **{**named, **options})


def same(one, other):
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


def numbers(findings):
    return {
        (f.measure, f.kind, f.group, f.horizon, f.threshold): f.record()
        for f in findings
        if f.record()["status"] == "estimated"
    }


def few(evaluate=cds.evaluate.survival, name="event", ended=(1, 1, 0, 1), **changes):
    given = {**FEW, name: ended, "replicates": 0, "jobs": 1, **changes}
    return evaluate(given.pop("time"), given.pop(name), given.pop("risk"), **given)


@pytest.mark.parametrize(
    "convert",
    [np.ndarray.tolist, pd.Series, lambda x: pd.Series(x, index=range(5, 5 + len(x))), pl.Series, pa.array],
    ids=["list", "pandas", "index", "polars", "arrow"],
)
def test_every_array_library_gives_the_same_numbers(convert):
    for kind in KINDS:
        same(of_times(kind, convert), of_times(kind))
    same(of_visits(convert), of_visits())


def test_a_boolean_event_and_horizons_in_any_order_are_the_same():
    risk = {h: TIMES.risk[:, k] for k, h in reversed(list(enumerate(HORIZONS)))}
    turned = cds.evaluate.survival(TIMES.time, TIMES.status == 1, risk, thresholds=(0.3,), replicates=0, jobs=1)
    same(turned, of_times())


REFUSED_TIMES = [
    ({"time": [-2.0, 4, 5, 8]}, DataError, "time must not be negative at row 0"),
    ({"time": [2.0, np.nan, 5, 8]}, DataError, "follow-up is missing at row 1"),
    ({"time": [2.0, np.inf, 5, 8]}, DataError, "time must be finite"),
    ({"time": ["a", "b", "c", "d"]}, DataError, "time must be numbers"),
    ({"time": [2.0, 4, 5]}, DataError, "time has 3, status has 4"),
    ({"entry": [0.0, 4, 0, 0]}, DataError, "entry must come before the end of follow-up at row 1"),
    ({"entry": [0.0, 1]}, DataError, "time has 4, entry has 2"),
    ({"risk": [0.9, 0.6, 0.4, 0.3]}, DataError, r"mapping of horizons to risks, such as \{90"),
    ({"risk": {}}, DataError, r"mapping of horizons to risks, such as \{90"),
    ({"risk": {"soon": [0.9, 0.6, 0.4, 0.3]}}, DataError, "horizons of risk must be numbers, got 'soon'"),
    ({"risk": {6: [0.9, 0.6]}}, DataError, "time has 4, risk by 6 has 2"),
    ({"risk": {6: [0.9, 1.6, 0.4, 0.3]}}, PredictionError, r"in \[0, 1\]; it does not at row 1"),
    ({"risk": {6: [0.9, np.nan, 0.4, 0.3]}}, PredictionError, "it is missing at row 1"),
    ({"risk": {3: [0.5] * 4, 6: [0.9, 0.4, 0.6, 0.2]}}, PredictionError, "not decrease.* at rows 1, 3"),
    ({"horizons": (6, 7)}, DataError, r"there is no risk by 7; risk has \[6.0\]"),
    ({"grid": (5,)}, DataError, r"there is no risk by 5; risk has \[6.0\]"),
    ({"linear_predictor": [0.1, 0.2]}, DataError, "risk has 4, linear_predictor has 2"),
    ({"linear_predictor": [0.1, 0.2, np.nan, 1]}, DataError, "linear predictor must not be missing at row 2"),
    ({"censoring": [0.1, 0.2, np.nan, 1]}, DataError, "covariates of the censoring model must be finite at row 2"),
    ({"thresholds": (1.0,)}, DataError, "thresholds.0: "),
    ({"thresholds": 0.3}, DataError, "thresholds must be a sequence of numbers"),
    ({"clip": (0.9, 0.1)}, DataError, "settings: clip must be two bounds"),
    ({"weights": [1, 1, -1, 1]}, DataError, "weights must not be negative at row 2"),
    ({"groups": {"sex": ["f"]}}, DataError, "time has 4, risk has 4, sex has 1"),
    ({"imputation": [1, 1, 2, 2]}, DataError, "imputation needs patient"),
    ({"design": "case_control", "prevalence": 0.3}, DataError, "cannot weigh a"),
    ({"smoother": "rcs"}, DataError, "there is no option 'smoother'"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "told"), REFUSED_TIMES)
@pytest.mark.parametrize(
    ("evaluate", "name"), [(cds.evaluate.survival, "event"), (cds.evaluate.competing_risks, "status")]
)
def test_what_cannot_be_judged_is_refused_in_words(evaluate, name, changes, error, told):
    with pytest.raises(error, match=told):
        few(evaluate, name, **changes)


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        ((1, 2, 0, 1), "event must be 0 or 1; other codes are competing events at row 1"),
        ((1, -3, 0, 1), "positive code at row 1"),
        ((1, np.nan, 0, 1), "follow-up is missing at row 1"),
        ((1, 0.5, 0, 1), "event must be whole numbers, it is not at row 1"),
        (("yes", "no", "no", "yes"), "event must be numbers"),
        ((1, 0, 1), "time has 4, status has 3"),
    ],
)
def test_other_events_than_zero_and_one_are_refused(ended, told):
    with pytest.raises(DataError, match=told):
        few(ended=ended)


def test_follow_up_that_is_no_choice_is_refused():
    with pytest.raises(DataError, match="follow_up: "):
        few(follow_up="whole")


def test_a_cause_that_never_occurs_is_refused():
    competing = partial(few, cds.evaluate.competing_risks, "status")
    with pytest.raises(DataError, match="status never holds 3, the cause of interest"):
        competing((1, 2, 0, 1), cause=3)
    nothing = competing((0, 0, 0, 0))  # nobody had any event: a reason, no refusal
    assert nothing.get("calibration_slope", horizon=6).record()["status"] == "not_estimable"


def test_survival_probabilities_given_as_risks_are_told_so():
    with pytest.raises(PredictionError, match="These look like survival probabilities: risk = 1 − survival"):
        few(risk={3: [0.9, 0.8, 0.7, 0.6], 6: [0.5, 0.4, 0.3, 0.2]})


def test_the_latest_usable_horizon_is_named():
    found = few(risk={6: [0.9, 0.6, 0.4, 0.3], 8: [0.9, 0.7, 0.5, 0.4], 9: [0.95, 0.8, 0.6, 0.5]})
    assert found.get("observed_expected", horizon=6).estimate > 0
    assert found.get("observed_expected", horizon=8).estimate > 0  # at the very end of follow-up
    with pytest.raises(NoEstimateError, match="no follow-up reaches 9; the latest usable horizon is 8"):
        found.get("observed_expected", horizon=9).estimate  # noqa: B018  # it raises
    for horizon in (8, 9):
        with pytest.raises(NoEstimateError, match=f"beyond {horizon}; the latest usable horizon lies before 8"):
            found.get("brier", horizon=horizon).estimate  # noqa: B018  # it raises


def test_measures_are_asked_at_each_horizon_and_at_those_alone_that_are_wanted():
    found = of_times()
    assert {f.horizon for f in found} == {None, *HORIZONS}
    assert {f.horizon for f in of_times(horizons=(30,))} == {None, 30}
    with pytest.raises(KeyError, match=r"horizon=15.*horizon=30"):
        found["brier"]
    assert found.get("brier", horizon=15).estimate == of_times(horizons=(15,)).get("brier", horizon=15).estimate


def test_a_linear_predictor_gives_harrells_c_over_all_of_follow_up():
    sample, lp = reference_survival(), np.log(-np.log1p(-reference_survival().risk[:, 0]))
    risk = {h: sample.risk[:, k] for k, h in enumerate(sample.horizons)}
    found = cds.evaluate.survival(sample.time, sample.status, risk, linear_predictor=lp, replicates=0, jobs=1)
    with_lp = survival(sample.time, sample.status, sample.risk, horizons=sample.horizons, linear_predictor=lp)
    assert found["harrell_c"].estimate == HARRELL_C.compute(with_lp)
    assert found.get("calibration_slope", horizon=None).low < 1.2


def test_follow_up_beyond_the_horizon_is_seen_where_it_is_asked_for():
    to_horizon, whole = of_times(), of_times(follow_up="all")
    for one in (to_horizon, whole):
        assert one.get("calibration_slope", horizon=15).estimate > 0
    assert (
        to_horizon.get("calibration_slope", horizon=15).estimate != whole.get("calibration_slope", horizon=15).estimate
    )
    assert to_horizon.get("brier", horizon=15).estimate == whole.get("brier", horizon=15).estimate


@pytest.mark.parametrize("kind", KINDS)
def test_groups_have_their_numbers_and_gaps_at_each_horizon(kind):
    found = of_times(kind, groups={"sex": SEX}, references={"sex": "f"})
    alone = of_times(kind, rows=SEX == "m")
    for horizon in HORIZONS:
        mine = found.get("brier", horizon=horizon, attribute="sex", group="m")
        assert mine.estimate == pytest.approx(alone.get("brier", horizon=horizon).estimate, rel=1e-12)
        other = found.get("brier", horizon=horizon, attribute="sex", group="f")
        gap = found.get("brier", horizon=horizon, kind="difference", attribute="sex", group="m")
        assert gap.reference_group == "f"
        assert gap.estimate == pytest.approx(mine.estimate - other.estimate, rel=1e-9)
        ratio = found.get("observed_expected", horizon=horizon, kind="ratio", attribute="sex", group="m")
        parts = [found.get("observed_expected", horizon=horizon, attribute="sex", group=g).estimate for g in "mf"]
        assert ratio.estimate == pytest.approx(parts[0] / parts[1], rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_weights_are_repeated_rows_in_every_number_and_interval(kind):
    weights = np.random.default_rng(5).integers(0, 3, 160)
    rows = np.repeat(np.arange(160), weights)
    weighted = of_times(kind, weights=weights, replicates=20)
    assert [f.record() for f in weighted] == [f.record() for f in of_times(kind, rows=rows, replicates=20)]
    assert len(rows_of(KINDS[kind][1], rows)) == weighted.get("brier", horizon=15).record()["n"]


def test_whole_weights_are_repeated_rows_of_visits_too():
    whole = np.full(len(VISITS), 2.0)
    with pytest.raises(DataError, match="several rows at the same visit"):
        of_visits(weights=whole)  # a patient seen twice at a visit is a fault, not a weight
    halves = of_visits(weights=np.full(len(VISITS), 0.5))
    assert halves.get("mae", horizon=4).estimate == pytest.approx(of_visits().get("mae", horizon=4).estimate)


def test_sampling_weights_are_relative():
    weights = np.random.default_rng(6).integers(1, 4, 160)
    once, scaled = (of_times(weights=weights * k, design="sampling") for k in (1, 30))
    for key, one in numbers(once).items():
        assert numbers(scaled)[key]["estimate"] == pytest.approx(one["estimate"], rel=1e-9, abs=1e-12), key
    assert once.get("brier", horizon=15).record()["n"] == 160


def stacked(kind, **more):
    evaluate, sample = KINDS[kind]
    rng = np.random.default_rng(7)
    order = rng.permutation(160)
    risks = [sample.risk, np.clip(sample.risk * 1.1, 0, 0.99)]
    parts = [np.arange(160), order]
    risk = {h: np.concatenate([r[rows, k] for r, rows in zip(risks, parts, strict=True)])
            for k, h in enumerate(HORIZONS)}  # fmt: skip
    rows = np.concatenate(parts)
    options = {"patient": rows, "imputation": np.repeat([1, 2], 160), "replicates": 0, "jobs": 1, **more}
    pooled = evaluate(sample.time[rows], sample.status[rows], risk, **options)
    each = [
        evaluate(sample.time, sample.status, {h: r[:, k] for k, h in enumerate(HORIZONS)}, replicates=0, jobs=1)
        for r in risks
    ]
    return pooled, each


@pytest.mark.parametrize("kind", KINDS)
def test_imputations_are_pooled_by_rubins_rules(kind):
    pooled, each = stacked(kind)
    for horizon in HORIZONS:
        mine, parts = pooled.get("brier", horizon=horizon), [f.get("brier", horizon=horizon) for f in each]
        assert mine.estimate == pytest.approx(np.mean([p.estimate for p in parts]), rel=1e-9)
        variance = np.mean([p.se**2 for p in parts]) + 1.5 * np.var([p.estimate for p in parts], ddof=1)
        assert mine.se == pytest.approx(variance**0.5, rel=1e-9)
        assert mine.record()["n"] == 160 and "Rubin" in mine.record()["method"]


def test_imputations_do_not_go_with_censoring_covariates():
    with pytest.raises(DataError, match="censoring covariates go with one row per patient"):
        stacked("survival", censoring=np.ones(320))
    with pytest.raises(DataError, match="censoring covariates go with one row per patient"):
        of_times(weights=np.full(160, 2), censoring=np.arange(160.0))


def test_censoring_may_depend_on_covariates():
    covariate = np.log(TIMES.risk[:, 0])
    one, table = (of_times(censoring=given) for given in (covariate, covariate[:, None]))
    same(one, table)
    assert one.get("brier", horizon=30).estimate != of_times().get("brier", horizon=30).estimate


def test_late_entry_leaves_what_is_weighted_for_censoring_without_a_value():
    kept = TIMES.time > 3
    found = of_times(rows=kept, entry=np.full(kept.sum(), 2.0))
    with pytest.raises(NoEstimateError, match="enter follow-up late"):
        found.get("brier", horizon=15).estimate  # noqa: B018  # it raises
    assert found.get("observed_expected", horizon=15).estimate > 0


@pytest.mark.parametrize("kind", KINDS)
def test_several_rows_of_a_patient_are_drawn_together(kind):
    once = of_times(kind, replicates=30)
    clustered = of_times(kind, replicates=30, patient=np.repeat(np.arange(40), 4))
    key = {"horizon": 15.0}
    assert clustered.get("brier", **key).record()["method"] == "bootstrap percentile"
    assert clustered.get("brier", **key).low != once.get("brier", **key).low
    assert clustered.get("brier", **key).estimate == once.get("brier", **key).estimate


def test_visits_are_clustered_by_patient():
    found = of_visits()
    overall = found.get("calibration_in_the_large", horizon=None)
    errors = VISITS.observed - VISITS.predicted
    naive = errors.std(ddof=1) / len(errors) ** 0.5
    assert overall.estimate == pytest.approx(errors.mean())
    assert overall.se > 1.3 * naive  # a patient's three errors are alike
    at_four = found.get("mae", horizon=4)
    assert at_four.estimate == pytest.approx(np.abs(errors[VISITS.visit == 4]).mean())
    assert {f.horizon for f in found} == {None, *WEEKS}
    assert {f.horizon for f in of_visits(visits=(12,))} == {None, 12}
    with pytest.raises(NoEstimateError, match="nobody was seen at visit 99"):
        of_visits(visits=(99,)).get("mae", horizon=99).estimate  # noqa: B018  # it raises


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"patient": None}, DataError, "repeated outcomes need patient: whose rows are the same person's"),
        ({"patient": ["a", "a", "a", "b"]}, DataError, "several rows at the same visit"),
        ({"patient": ["a", None, "b", "b"]}, DataError, "patient must not be missing"),
        ({"observed": [1.0, np.nan, 3, 4]}, DataError, "missing at row 1"),
        ({"predicted": [1.0, np.inf, 3, 4]}, PredictionError, "row 1"),
        ({"visit": [1.0, 2, 1]}, DataError, "outcome has 4, visit has 3"),
        ({"visit": [1.0, np.nan, 1, 2]}, DataError, "visit must not be missing at row 1"),
        ({"predicted": [1.0, 2, 3]}, DataError, "observed has 4, predicted has 3"),
        ({"low": [0.0] * 4}, PredictionError, "two bounds, got one"),
        ({"low": [0.0, 0, 0, 5], "high": [9.0] * 4}, PredictionError, "row 3"),
        ({"interval_level": 1.5}, DataError, "interval_level must lie between 0 and 1, got 1.5"),
    ],
)  # fmt: skip
def test_visits_that_cannot_be_judged_are_refused_in_words(changes, error, told):
    given = {
        "observed": [1.0, 2, 3, 4], "predicted": [1.0, 2, 2, 4], "visit": [1.0, 2, 1, 2], "patient": [1, 1, 2, 2],
        "replicates": 0, "jobs": 1, **changes,
    }  # fmt: skip
    with pytest.raises(error, match=told):
        cds.evaluate.repeated(given.pop("observed"), given.pop("predicted"), **given)


def test_the_number_of_processes_changes_no_number():
    for evaluated in (of_times, partial(of_times, "competing_risks"), of_visits):
        same(evaluated(replicates=12, jobs=1), evaluated(replicates=12, jobs=2))


def test_the_callers_arrays_stay_as_they_are():
    time, status, risk = TIMES.time.copy(), TIMES.status.copy(), TIMES.risk[:, 0].copy()
    cds.evaluate.survival(time, status, {15: risk}, replicates=0, jobs=1)
    assert time.flags.writeable and status.flags.writeable and risk.flags.writeable


def test_nothing_is_judged_and_every_finding_of_a_cause_names_it():
    assert {f.verdict for f in of_times(groups={"sex": SEX})} == {None}
    assert {f.parameters.get("cause") for f in of_times("competing_risks")} == {1}
    assert {f.parameters.get("cause") for f in of_times("competing_risks", cause=2)} == {2}
