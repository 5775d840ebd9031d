"""Observed over expected and the calibration slope by a horizon: by hand, invariances, and R's numbers."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.survival.calibration_at_horizon import CALIBRATION_SLOPE, NO_LINEAR_PREDICTOR, OBSERVED_EXPECTED, slope_fit
from tests.samples import EXPECTED
from tests.survival.tied import breast_cancer, drawn, reference_survival, repeated, survival

HORIZONS = EXPECTED["survival"]["horizons"]


def ratio(sample, horizon):
    return OBSERVED_EXPECTED.compute(sample, horizon=horizon)


def slope(sample, horizon=None):
    return CALIBRATION_SLOPE.compute(sample, **({} if horizon is None else {"horizon": horizon}))


def se(measure, sample, **given):
    interval = measure.interval(sample, measure.compute(sample, **given), 0.95, **given)
    assert isinstance(interval, Interval), interval
    return interval.se


def with_entry():
    """The reference case with entries (7·patient mod 60) where they lie before the end of follow-up."""
    sample = reference_survival()
    entry = (np.arange(1, 501) * 7 % 60).astype(float)
    return reference_survival(entry=np.where(entry < sample.time, entry, 0.0))


def test_two_of_four_had_the_event_where_one_was_expected():
    # at 1 one of four, at 3 one of two: 1 − 3/4 · 1/2 = 5/8 by 3; expected 1/4
    sample = survival([1.0, 2, 3, 4], [1, 0, 1, 0], [0.1, 0.2, 0.3, 0.4], horizons=(3.0,))
    assert ratio(sample, 3.0) == pytest.approx(2.5)


@pytest.mark.parametrize("expected", HORIZONS, ids=lambda h: str(h["horizon"]))
def test_observed_over_expected_and_its_interval_are_those_of_r(expected):
    sample, horizon = reference_survival(), float(expected["horizon"])
    value = ratio(sample, horizon)
    assert value == pytest.approx(expected["observed_expected"]["estimate"], rel=1e-10)
    interval = OBSERVED_EXPECTED.interval(sample, value, 0.95, horizon=horizon)
    assert interval.low == pytest.approx(expected["observed_expected"]["low"], rel=1e-10)
    assert interval.high == pytest.approx(expected["observed_expected"]["high"], rel=1e-10)


@pytest.mark.parametrize("follow_up", ["to_horizon", "all"])
@pytest.mark.parametrize("expected", HORIZONS, ids=lambda h: str(h["horizon"]))
def test_the_slope_at_a_horizon_and_its_error_are_those_of_r(expected, follow_up):
    name = {"to_horizon": "calibration_to_horizon", "all": "calibration_all_follow_up"}[follow_up]
    sample, horizon, of_r = reference_survival(follow_up=follow_up), float(expected["horizon"]), expected[name]
    assert slope(sample, horizon) == pytest.approx(of_r["calibration_slope"]["estimate"], rel=1e-10)
    assert se(CALIBRATION_SLOPE, sample, horizon=horizon) == pytest.approx(of_r["calibration_slope"]["se"], rel=1e-9)
    assert CALIBRATION_SLOPE.details(sample, horizon=horizon)["follow_up"] == follow_up


def test_the_slope_on_the_linear_predictor_is_that_of_r():
    import pandas as pd

    from tests.samples import REFERENCE

    lp = pd.read_csv(REFERENCE / "cases" / "survival.csv")["lp"].to_numpy()
    sample, expected = reference_survival(linear_predictor=lp), EXPECTED["survival"]["calibration_slope"]
    assert slope(sample) == pytest.approx(expected["estimate"], rel=1e-10)
    assert se(CALIBRATION_SLOPE, sample) == pytest.approx(expected["se"], rel=1e-9)
    assert slope(reference_survival()) == NotEstimable(NO_LINEAR_PREDICTOR)


def test_the_robust_error_stands_in_the_details():
    # R 4.2.2, survival 3.5.3: t <- pmin(days, 180); e <- ifelse(days <= 180, event, 0); cl <- log(-log(1 - risk_180));
    # sqrt(vcov(coxph(Surv(t, e) ~ cl, robust = TRUE, control = coxph.control(eps = 1e-11, iter.max = 100))))
    found = CALIBRATION_SLOPE.details(reference_survival(), horizon=180.0)["se_robust"]
    assert found == pytest.approx(0.0817551823347, rel=1e-9)


def test_delayed_entry_is_respected_as_in_r():
    # en <- (patient * 7) %% 60; en <- ifelse(en < days, en, 0); t, e and cl as above
    # k <- summary(survfit(Surv(en, days, event) ~ 1), times = 180); oe <- (1 - k$surv) / mean(risk_180);
    # oe * exp(c(0, -1, 1) * qnorm(.975) * k$std.err / (1 - k$surv))
    sample = with_entry()
    value = ratio(sample, 180.0)
    interval = OBSERVED_EXPECTED.interval(sample, value, 0.95, horizon=180.0)
    assert [value, interval.low, interval.high] == pytest.approx([2.04801572328, 1.85686353467, 2.25884580342])
    # f <- coxph(Surv(en, t, e) ~ cl, control = coxph.control(eps = 1e-11, iter.max = 100)); c(coef(f), sqrt(vcov(f)))
    assert slope(sample, 180.0) == pytest.approx(0.736363052778, rel=1e-10)
    assert se(CALIBRATION_SLOPE, sample, horizon=180.0) == pytest.approx(0.0808400303198, rel=1e-9)
    assert "entered" in CALIBRATION_SLOPE.details(sample, horizon=180.0)["delayed_entry"]
    assert "entered" in OBSERVED_EXPECTED.details(sample, horizon=180.0)["delayed_entry"]


def test_fractional_weights_as_in_r():
    # w <- 1 + (patient %% 3) / 2; coef(coxph(Surv(t, e) ~ cl, weights = w, robust = FALSE));
    # (1 - summary(survfit(Surv(days, event) ~ 1, weights = w), times = 180)$surv) / weighted.mean(risk_180, w)
    sample = reference_survival(weights=1 + np.arange(1, 501) % 3 / 2)
    assert slope(sample, 180.0) == pytest.approx(0.794870509637, rel=1e-10)
    assert ratio(sample, 180.0) == pytest.approx(1.4098368158, rel=1e-10)


@pytest.mark.shared
def test_the_german_trial_gives_the_published_numbers(shared_folder):
    sample = breast_cancer(shared_folder)
    assert ratio(sample, 5.0) == pytest.approx(1.017390182, rel=1e-9)
    assert slope(sample, 5.0) == pytest.approx(1.056203952, rel=5e-9)
    assert se(CALIBRATION_SLOPE, sample, horizon=5.0) == pytest.approx(0.1226128276, rel=5e-9)


@pytest.mark.parametrize("measure", [OBSERVED_EXPECTED, CALIBRATION_SLOPE], ids=lambda m: m.name)
def test_weights_repeat_rows_and_the_order_of_rows_does_not_matter(measure):
    sample = drawn(80, 3)
    counts = np.arange(80) % 3.0
    rows = np.repeat(np.arange(80), counts.astype(int))
    weighted = measure.compute(sample.reweight(counts), horizon=30.0)
    assert weighted == pytest.approx(measure.compute(repeated(sample, rows), horizon=30.0), rel=1e-9)
    assert weighted == pytest.approx(measure.compute(repeated(sample, rows[::-1]), horizon=30.0), rel=1e-9)
    equal = measure.compute(sample.reweight(np.full(80, 0.3)), horizon=30.0)
    assert equal == pytest.approx(measure.compute(sample, horizon=30.0), rel=1e-9)


def test_a_replicate_is_warm_started_and_agrees_with_the_rows_it_stands_for():
    sample = drawn(300, 5)
    counts = np.random.default_rng(1).multinomial(300, np.full(300, 1 / 300)).astype(float)
    rows = np.repeat(np.arange(300), counts.astype(int))
    fresh = slope(repeated(sample, rows), 30.0)
    assert slope(sample.resample(counts), 30.0) == pytest.approx(
        fresh, abs=1e-3 * slope_fit(repeated(sample, rows).at(30.0)).se(0)
    )


def test_a_horizon_after_the_end_names_the_latest_usable_one():
    sample = survival([1.0, 2, 3], [1, 1, 0], [0.2, 0.5, 0.1], horizons=(3.0, 4.0), time_unit="days")
    for found in (ratio(sample, 4.0), slope(sample, 4.0)):
        assert found == NotEstimable("no follow-up reaches 4 days; the latest usable horizon is 3 days")
    assert isinstance(ratio(sample, 3.0), float)


def test_without_events_or_with_equal_risks_there_is_a_reason():
    none = survival([5.0, 6, 7], [0, 0, 0], [0.2, 0.5, 0.1])
    assert ratio(none, 2.0) == 0.0
    assert "no events" in OBSERVED_EXPECTED.interval(none, 0.0, 0.95, horizon=2.0).reason
    assert "no events" in slope(none, 2.0).reason
    assert "same in all" in slope(survival([1.0, 6, 7], [1, 0, 0], [0.2] * 3), 2.0).reason
    assert "no events are expected" in ratio(survival([1.0, 6, 7], [1, 0, 0], [0.0] * 3), 2.0).reason
    everyone = survival([1.0, 1, 2], [1, 1, 1], [0.2, 0.5, 0.1])
    assert "nobody is left" in OBSERVED_EXPECTED.interval(everyone, ratio(everyone, 2.0), 0.95, horizon=2.0).reason


def test_risks_of_exactly_0_or_1_are_left_out_and_counted_unless_bounds_are_declared():
    sample, outer = drawn(80, 3), drawn(80, 3)
    risk = outer.risk.copy()
    risk[:3] = 0.0
    sample = survival(outer.time, outer.status, risk, horizons=outer.horizons)
    kept = repeated(outer, np.arange(3, 80))
    assert slope(sample, 30.0) == pytest.approx(slope(kept, 30.0), rel=1e-9)
    details = CALIBRATION_SLOPE.details(sample, horizon=30.0)
    assert details["left_out"] == 3
    assert "descriptive" in details
    clipped = survival(outer.time, outer.status, risk, horizons=outer.horizons, clip=(0.01, 0.99))
    assert CALIBRATION_SLOPE.details(clipped, horizon=30.0)["clipped"] >= 3
    assert slope(clipped, 30.0) != pytest.approx(slope(kept, 30.0), rel=1e-3)
    assert "exactly 0 or 1" in slope(survival(outer.time, outer.status, risk * 0, horizons=outer.horizons), 30.0).reason
