"""Net benefit by a horizon: by hand, R's numbers, the binary one without censoring, errors as the bootstrap's."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.kaplan_meier import greenwood, kaplan_meier
from cds.stats.resampling import Plan, Task, bootstrap
from cds.survival.net_benefit import NET_BENEFIT, NET_BENEFIT_GAIN, NET_BENEFIT_TREAT_ALL, survival_influence
from cds.utility import net_benefit as binary
from tests.samples import EXPECTED
from tests.survival.test_calibration_at_horizon import with_entry
from tests.survival.tied import breast_cancer, drawn, reference_survival, repeated, survival

MEASURES = (NET_BENEFIT, NET_BENEFIT_TREAT_ALL, NET_BENEFIT_GAIN)
CASES = [
    pytest.param(float(h["horizon"]), row, id=f"{h['horizon']}-{row['threshold']}")
    for h in EXPECTED["survival"]["horizons"]
    for row in h["net_benefit"]
]


def se(measure, sample, horizon, threshold):
    value = measure.compute(sample, horizon=horizon, threshold=threshold)
    return measure.interval(sample, value, 0.95, horizon=horizon, threshold=threshold).se


def test_half_are_flagged_and_half_of_those_have_the_event():
    # flagged: event at 1, censored at 4: 1 − S = ½; f = ½; at t = .2 the odds are ¼: ½·½ − ½·½·¼
    sample = survival([1.0, 4, 4, 4], [1, 0, 0, 0], [0.5, 0.4, 0.1, 0.1], horizons=(3.0,))
    assert NET_BENEFIT.compute(sample, horizon=3.0, threshold=0.2) == pytest.approx(3 / 16)
    assert NET_BENEFIT_TREAT_ALL.compute(sample, horizon=3.0, threshold=0.2) == pytest.approx(1 / 4 - 3 / 16)
    assert NET_BENEFIT_GAIN.compute(sample, horizon=3.0, threshold=0.2) == pytest.approx(3 / 16 - 1 / 16)
    assert NET_BENEFIT_GAIN.compute(sample, horizon=3.0, threshold=0.3) == pytest.approx(1 / 4 - 1 / 4 * 3 / 7)


@pytest.mark.parametrize(("horizon", "expected"), CASES)
def test_the_values_are_those_of_r(horizon, expected):
    sample, given = reference_survival(), {"horizon": horizon, "threshold": expected["threshold"]}
    model, everyone = expected["model"], expected["all"]
    assert NET_BENEFIT.compute(sample, **given) == pytest.approx(model, rel=1e-9)
    assert NET_BENEFIT_TREAT_ALL.compute(sample, **given) == pytest.approx(everyone, rel=1e-9)
    assert NET_BENEFIT_GAIN.compute(sample, **given) == pytest.approx(model - max(everyone, 0), rel=1e-8)


def test_delayed_entry_is_respected_as_in_r():
    # R 4.2.2, survival 3.5.3: en as in the tests of the slope; b <- risk_180 >= .3
    # S <- summary(survfit(Surv(en, days, event) ~ 1, data = s[b, ], id = patient, robust = TRUE), times = 180)
    # c(mean(b) * (1 - S$surv / .7), S$std.err)
    sample = with_entry()
    assert NET_BENEFIT.compute(sample, horizon=180.0, threshold=0.3) == pytest.approx(0.268480976426, rel=1e-9)
    flagged = sample.at(180.0).reweight((sample.at(180.0).risk_now >= 0.3).astype(float))
    terms = survival_influence(flagged, 180.0)
    assert np.sqrt(terms @ terms) == pytest.approx(0.0289637180044, rel=1e-9)


@pytest.mark.shared
def test_the_german_trial_gives_the_published_number(shared_folder):
    sample = breast_cancer(shared_folder)
    assert NET_BENEFIT.compute(sample, horizon=5.0, threshold=0.23) == pytest.approx(0.3615001684, rel=1e-9)


def test_without_censoring_it_is_the_binary_one():
    rng = np.random.default_rng(2)
    time, risk = rng.integers(1, 9, 60).astype(float), rng.random(60)
    sample = survival(time, np.ones(60), risk, horizons=(4.0,))
    same = BinarySample(outcome=(time <= 4).astype(float), risk=risk)
    others = (binary.NET_BENEFIT, binary.NET_BENEFIT_TREAT_ALL, binary.NET_BENEFIT_GAIN)
    for measure, other in zip(MEASURES, others, strict=True):
        value = other.compute(same, threshold=0.4)
        assert measure.compute(sample, horizon=4.0, threshold=0.4) == pytest.approx(value, rel=1e-9)
        error = other.interval(same, value, 0.95, threshold=0.4).se
        assert se(measure, sample, 4.0, 0.4) == pytest.approx(error * np.sqrt(59 / 60), rel=1e-9)


def test_the_influence_on_kaplan_meier_is_greenwoods_variance():
    sample = drawn(150, 4)
    terms = survival_influence(sample.at(30.0), 30.0)
    survival_there, spread = kaplan_meier(sample).at(30.0), greenwood(sample).at(30.0)
    assert terms @ terms == pytest.approx(float(survival_there**2 * spread), rel=1e-10)
    assert terms.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.7])
def test_the_errors_agree_with_the_bootstrap(threshold):
    sample, given = drawn(400, 7), {"horizon": 30.0, "threshold": threshold}
    plan = Plan([sample], [np.arange(400)], sample.patient_codes, [Task(0, m, given) for m in MEASURES])
    drawn_values = bootstrap(plan, replicates=800, seed=1)
    for measure, values in zip(MEASURES, drawn_values, strict=True):
        assert se(measure, sample, 30.0, threshold) == pytest.approx(values.std(), rel=0.09)


@pytest.mark.parametrize("measure", [NET_BENEFIT, NET_BENEFIT_GAIN], ids=lambda m: m.name)
def test_the_influence_terms_have_the_intervals_error(measure):
    terms = measure.influence(drawn(200, 7), horizon=30.0, threshold=0.4)
    assert np.sqrt(terms @ terms) == pytest.approx(se(measure, drawn(200, 7), 30.0, 0.4), rel=1e-12)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_weights_repeat_rows_and_the_order_of_rows_does_not_matter(measure):
    sample, counts, given = drawn(90, 3), np.arange(90) % 3.0, {"horizon": 30.0, "threshold": 0.4}
    rows = np.repeat(np.arange(90), counts.astype(int))
    weighted = measure.compute(sample.reweight(counts), **given)
    assert weighted == pytest.approx(measure.compute(repeated(sample, rows), **given), rel=1e-9)
    assert weighted == pytest.approx(measure.compute(repeated(sample, rows[::-1]), **given), rel=1e-9)
    equal = measure.compute(sample.reweight(np.full(90, 0.3)), **given)
    assert equal == pytest.approx(measure.compute(sample, **given), rel=1e-9)


def test_nobody_above_the_threshold_gains_nothing():
    sample = drawn(50, 1)
    assert NET_BENEFIT.compute(sample, horizon=15.0, threshold=0.999) == 0.0
    assert isinstance(NET_BENEFIT.interval(sample, 0.0, 0.95, horizon=15.0, threshold=0.999), NotEstimable)


def test_follow_up_that_ends_early_has_a_reason_unless_everyone_flagged_had_the_event():
    sample = survival([1.0, 2, 9, 9], [1, 0, 0, 0], [0.9, 0.9, 0.1, 0.1], horizons=(5.0, 10.0))
    reason = NET_BENEFIT.compute(sample, horizon=5.0, threshold=0.5).reason
    assert reason == "among those with risk ≥ 0.5 no follow-up reaches 5; the latest usable horizon is 2"
    assert isinstance(NET_BENEFIT_GAIN.compute(sample, horizon=5.0, threshold=0.5), NotEstimable)
    assert "no follow-up reaches 10" in NET_BENEFIT_TREAT_ALL.compute(sample, horizon=10.0, threshold=0.5).reason
    all_had = survival([1.0, 2, 9, 9], [1, 1, 0, 0], [0.9, 0.9, 0.1, 0.1], horizons=(5.0,))
    assert NET_BENEFIT.compute(all_had, horizon=5.0, threshold=0.5) == pytest.approx(0.5)


def test_a_replicate_compares_with_what_is_better_in_the_full_sample():
    sample = survival([1.0, 9, 9, 9], [1, 0, 0, 0], [0.5, 0.4, 0.1, 0.1], horizons=(5.0,))
    drawn_sample = sample.resample(np.array([3.0, 1, 0, 0]))
    model = NET_BENEFIT.compute(drawn_sample, horizon=5.0, threshold=0.45)
    assert NET_BENEFIT_TREAT_ALL.compute(sample, horizon=5.0, threshold=0.45) < 0
    assert NET_BENEFIT_TREAT_ALL.compute(drawn_sample, horizon=5.0, threshold=0.45) > 0
    assert NET_BENEFIT_GAIN.compute(drawn_sample, horizon=5.0, threshold=0.45) == pytest.approx(model)
