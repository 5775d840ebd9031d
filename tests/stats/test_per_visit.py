"""Continuous measures at each visit, and over all visits with errors clustered by patient."""

from dataclasses import replace

import numpy as np
import pytest

from cds import catalog
from cds.core.measure import Interval, NotEstimable
from cds.core.protocol import MeasuresSection
from cds.core.study import OVERALL, Request
from cds.stats.estimation import estimate
from cds.stats.per_visit import by_patient, clustered_interval
from tests.values import values
from tests.visits import PATIENT, VISIT, drawn_visits, visits

MEASURES = catalog.measures("repeated")
LIFTED = {name: m for name, m in MEASURES.items() if m.also_without_horizon}
CONTINUOUS = catalog.measures("continuous")
# R 4.2.2, sandwich 3.0.2 (cl, i, p and y: see tests/visits.py)
#   mean(y - p); cl(y - p); mean(abs(y - p)); cl(abs(y - p))
#   f <- lm(y ~ p); coef(f); sqrt(diag(vcovCL(f, i, type = "HC1", cadjust = TRUE)))
#   m <- sqrt(mean((y - p)^2)); cl((y - p)^2) / (2 * m)
#   q <- mean((y - p)^2) / mean((y - mean(y))^2); 1 - q; cl((q * (y - mean(y))^2 - (y - p)^2) / mean((y - mean(y))^2))
#   z <- function(x) (x - mean(x)) / sqrt(mean((x - mean(x))^2)); a <- z(p); b <- z(y); r <- cor(p, y)
#   cl(a * b - r / 2 * (a^2 + b^2)) * sqrt(31 / 28)
CLUSTERED = {
    "calibration_in_the_large": (-0.29032258064516, 0.3404723172502),
    "mae": (1.058064516129, 0.17419336668429),
    "calibration_intercept": (0.66698254123769, 0.94313311050644),
    "calibration_slope": (0.72003340775124, 0.26322793673992),
    "rmse": (1.3249467426911, 0.17932741971047),
    "r_squared": (0.21679665738162, 0.26636342870577),
    "pearson": (0.54746056504837, 0.14698848892191),
}


def interval_of(name, sample, level=0.95, **given) -> Interval:
    measure = MEASURES[name]
    value = measure.compute(sample, **given)
    assert measure.interval is not None and isinstance(value, float)
    found = measure.interval(sample, value, level, **given)
    assert isinstance(found, Interval), found
    return found


def test_every_continuous_measure_is_asked_at_visits_too():
    assert set(LIFTED) == set(CONTINUOUS)
    for name, measure in LIFTED.items():
        assert measure.kind == "repeated" and measure.parameters == ("horizon",)
        assert measure.family == CONTINUOUS[name].family


def test_two_patients_with_three_rows_by_hand():
    # errors 1, 3 and -1 about their mean 1: the patients' sums are 0 + 2 and -2, and 2·(2² + 2²)/3² is the variance
    sample = values([2, 5, 2], [1, 2, 3], patient=np.array([0, 0, 1]))
    terms = np.array([0.0, 2.0, -2.0]) / np.sqrt(6)
    assert by_patient(terms, sample) @ by_patient(terms, sample) == pytest.approx(2 * 8 / 9)
    found = clustered_interval(terms, sample, 1.0, 0.95)
    assert isinstance(found, Interval) and found.details == {"patients": 2, "df": 1}
    assert found.high == pytest.approx(1 + 12.706204736 * np.sqrt(16 / 9), rel=1e-8)


@pytest.mark.parametrize("name", CLUSTERED)
def test_over_all_visits_value_and_clustered_error_are_those_of_sandwich(name):
    value, se = CLUSTERED[name]
    assert MEASURES[name].compute(visits()) == pytest.approx(value, rel=1e-10)
    found = interval_of(name, visits())
    assert found.se == pytest.approx(se, rel=1e-9)
    assert found.details["patients"] == 14 and found.method.startswith("cluster-robust by patient")


def test_at_a_visit_slope_and_mean_are_those_of_lm_and_t_test():
    # R 4.2.2: s <- v == 12; f <- lm(y[s] ~ p[s]); coef(f); sqrt(diag(vcov(f))); confint(f)[2, ]; t.test(y[s] - p[s])
    sample = visits()
    slope = interval_of("calibration_slope", sample, horizon=12.0)
    assert MEASURES["calibration_slope"].compute(sample, horizon=12.0) == pytest.approx(0.98765432098765, rel=1e-10)
    assert slope.se == pytest.approx(0.54477198726265, rel=1e-10)
    assert (slope.low, slope.high) == pytest.approx((-0.26859213438341, 2.2439007763587), rel=1e-10)
    assert MEASURES["calibration_intercept"].compute(sample, horizon=12.0) == pytest.approx(-0.080246913580248)
    mean = interval_of("calibration_in_the_large", sample, horizon=26.0)
    assert (mean.low, mean.high) == pytest.approx((-0.94353624080645, 0.37686957413979), rel=1e-9)
    assert mean.method == "student t"


@pytest.mark.parametrize("name", LIFTED)
def test_a_visit_is_what_the_continuous_measure_says_of_its_rows(name):
    sample = drawn_visits(60, seed=1)
    part = sample.at(12.0)
    assert MEASURES[name].compute(sample, horizon=12.0) == CONTINUOUS[name].compute(part)
    assert MEASURES[name].interval(sample, CONTINUOUS[name].compute(part), 0.9, horizon=12.0) == CONTINUOUS[
        name
    ].interval(part, CONTINUOUS[name].compute(part), 0.9)


@pytest.mark.parametrize("name", LIFTED)
@pytest.mark.parametrize("horizon", [None, 26.0])
def test_weights_of_two_are_doubled_rows_and_of_zero_none(name, horizon):
    sample = drawn_visits(40, seed=2)
    weight = np.random.default_rng(3).integers(0, 3, 40).astype(float)[sample.patient_codes]
    rows = np.repeat(np.arange(120), weight.astype(int))
    copies = np.concatenate([np.arange(int(w)) for w in weight])
    doubled = replace(
        sample.where(np.full(120, True)),
        **{part: getattr(sample, part)[rows] for part in ("observed", "predicted", "visit", "low", "high")},
        patient=sample.patient_codes[rows] * 10 + copies,
        _rows={}, _memo={},
    )  # fmt: skip
    wanted = MEASURES[name].compute(doubled, horizon=horizon)
    assert MEASURES[name].compute(sample.reweight(weight), horizon=horizon) == pytest.approx(wanted, rel=1e-9)
    assert MEASURES[name].compute(sample.resample(weight), horizon=horizon) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("name", LIFTED)
def test_the_order_of_rows_changes_nothing(name):
    sample, order = drawn_visits(40, seed=4), np.random.default_rng(5).permutation(120)
    shuffled = replace(
        sample,
        **{p: getattr(sample, p)[order] for p in ("observed", "predicted", "visit", "low", "high", "patient")},
        _rows={}, _memo={},
    )  # fmt: skip
    assert MEASURES[name].compute(shuffled) == pytest.approx(MEASURES[name].compute(sample), rel=1e-10)
    one, other = interval_of(name, shuffled), interval_of(name, sample)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-9)


def test_doubling_every_row_within_its_patient_leaves_the_clustered_error_alone():
    sample = drawn_visits(50, seed=6)
    once = interval_of("calibration_in_the_large", sample)
    both = values(np.tile(sample.observed, 2), np.tile(sample.predicted, 2), patient=np.tile(sample.patient_codes, 2))
    terms = CONTINUOUS["calibration_in_the_large"].influence(both)
    twice = clustered_interval(terms, both, 0.0, 0.95)
    assert isinstance(twice, Interval) and twice.se == pytest.approx(once.se, rel=1e-10)


def test_a_visit_that_nobody_attended_has_a_reason():
    found = MEASURES["mae"].compute(visits(), horizon=52.0)
    assert found == NotEstimable("nobody was seen at visit 52")
    drawn = visits().resample(np.where(VISIT == 4, 0.0, 1.0))
    assert MEASURES["mae"].compute(drawn, horizon=4.0) == NotEstimable("nobody was seen at visit 4")


@pytest.mark.parametrize("name", LIFTED)
def test_one_patient_gives_a_number_or_a_reason(name):
    sample = drawn_visits(40, seed=7).where(np.arange(120) < 3)
    for horizon in (None, 4.0):
        value = MEASURES[name].compute(sample, horizon=horizon)
        assert isinstance(value, NotEstimable) or np.isfinite(value)
        if isinstance(value, float):
            found = MEASURES[name].interval(sample, value, 0.95, horizon=horizon)
            if name != "interval_coverage" or horizon is None:  # Wilson's needs one patient only
                assert isinstance(found, NotEstimable)


def test_the_influence_has_a_term_per_patient_whose_squares_are_the_variance():
    sample = visits()
    for name in ("mae", "rmse", "calibration_in_the_large", "pearson"):
        terms = MEASURES[name].influence(sample)
        assert len(terms) == 14
        assert terms @ terms == pytest.approx(interval_of(name, sample).se ** 2, rel=1e-10)


def test_weighted_rows_get_their_interval_from_patients_drawn_again():
    sample = visits(weights=np.where(PATIENT % 2 == 0, 2.0, 1.0))
    settings = MeasuresSection(replicates=50, horizons=(4.0,))
    asked = [Request("mae"), Request("mae", horizon=4.0), Request("mae", OVERALL, horizon=52.0)]
    overall, visit, absent = estimate(asked, MEASURES, sample, {}, settings)
    for answer in (overall, visit):
        assert answer.result.interval.method == "bootstrap percentile"
    assert overall.result.details == {"patients": 14, "visits": 3}
    assert absent.result == NotEstimable("nobody was seen at visit 52")


def test_clustered_intervals_cover_and_intervals_that_ignore_the_patient_do_not():
    # 60 patients with three visits, correlated errors, true mean error 0, slope 1 and error |N(0, 5)|: 400 cohorts,
    # whose Monte Carlo error at 95 % is 1.1 points.
    truth = {"calibration_in_the_large": 0.0, "calibration_slope": 1.0, "mae": np.sqrt(5) * np.sqrt(2 / np.pi)}
    hits = {(name, how): 0 for name in truth for how in ("clustered", "naive")}
    for seed in range(400):
        sample = drawn_visits(60, seed=1000 + seed)
        apart = replace(sample.at(None), patient=None, _rows={}, _memo={})
        for name, true in truth.items():
            value = MEASURES[name].compute(sample)
            both = {
                "clustered": MEASURES[name].interval(sample, value, 0.95),
                "naive": CONTINUOUS[name].interval(apart, value, 0.95),
            }
            for how, found in both.items():
                hits[name, how] += found.low <= true <= found.high
    covered = {key: count / 400 for key, count in hits.items()}
    assert all(0.92 <= covered[name, "clustered"] <= 0.98 for name in truth), covered
    assert all(covered[name, "naive"] < 0.85 for name in truth), covered
