"""Kaplan–Meier, its variance and the reverse for censorings, against R, with heavy ties, zero times and late entry."""

import numpy as np
import pytest

from cds.stats.kaplan_meier import Steps, censoring_survival, greenwood, kaplan_meier, risk_table
from tests.survival.tied import STATUS, TIME, competing, drawn, reference_survival, survival

# R 4.2.2, survival 3.5.3, prodlim 2019.11.13, with t, s and e as tests/survival/tied.py types them:
#   f <- survfit(Surv(t, e) ~ 1); f$surv, f$std.err^2, f$n.risk, f$n.event, f$n.censor
#   g <- prodlim(Hist(t, e) ~ 1, data = data.frame(t, e), reverse = TRUE); predict(g, times = f$time)
#   w <- rep(c(1,2,0,3), 6); i <- rep(1:24, w)                     # weights: the same of t[i], e[i]
#   n <- c(-1,-2,0,0,.5,0,1,0,1,2,0,1,3,0,2,1,0,4,3,0,5,0,2,6)     # entry: survfit(Surv(n, t, e) ~ 1)
#   a <- as.integer(s > 0)                                         # any event: the same of t and a
WEIGHTS = np.tile([1.0, 2, 0, 3], 6)
ENTRY = np.array([-1, -2, 0, 0, 0.5, 0, 1, 0, 1, 2, 0, 1, 3, 0, 2, 1, 0, 4, 3, 0, 5, 0, 2, 6])
ALL = np.arange(10.0)
WEIGHTED_TIMES = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 9])  # at 8 nobody has weight
R = {
    "plain": {
        "at_risk": (24, 22, 19, 15, 12, 8, 5, 3, 2, 1),
        "events": (1, 1, 2, 1, 1, 2, 0, 1, 0, 0),
        "censored": (1, 2, 2, 2, 3, 1, 2, 0, 1, 1),
        "survival": (
            0.9583333333333334, 0.9147727272727273, 0.8184808612440192, 0.7639154704944179, 0.7002558479532164,
            0.5251918859649123, 0.5251918859649123, 0.3501279239766082, 0.3501279239766082, 0.3501279239766082,
        ),
        "greenwood": (
            0.001811594202898551, 0.003976096367400716, 0.010168046831796998, 0.014929951593701762,
            0.022505709169459334, 0.064172375836126005, 0.064172375836126005, 0.230839042502792663,
            0.230839042502792663, 0.230839042502792663,
        ),
        "censoring": (
            0.9565217391304348, 0.8654244306418220, 0.7636097917427841, 0.6545226786366721, 0.4760164935539434,
            0.3966804112949529, 0.2380082467769717, 0.2380082467769717, 0.1190041233884858, 0.0,
        ),
    },
    "weights": {
        "at_risk": (36, 33, 29, 23, 18, 12, 9, 5, 3),
        "events": (1, 0, 3, 3, 0, 1, 0, 2, 0),
        "censored": (2, 4, 3, 2, 6, 2, 4, 0, 3),
        "survival": (
            0.9722222222222222, 0.9722222222222222, 0.8716475095785441, 0.7579543561552557, 0.7579543561552557,
            0.6947914931423177, 0.6947914931423177, 0.4168748958853906, 0.4168748958853906,
        ),
        "greenwood": (
            0.0007936507936507938, 0.0007936507936507938, 0.0047724306344995998, 0.0112941697649343829,
            0.0112941697649343829, 0.0188699273406919589, 0.0188699273406919589, 0.1522032606740252869,
            0.1522032606740252869,
        ),
        "censoring": (
            0.9428571428571428, 0.8285714285714285, 0.7329670329670329, 0.6596703296703297, 0.4397802197802199,
            0.3598201798201799, 0.1999000999000999, 0.1999000999000999, 0.0,
        ),
    },
    "entry": {
        "at_risk": (2, 10, 11, 10, 9, 6, 4, 3, 2, 1),
        "events": (1, 1, 2, 1, 1, 2, 0, 1, 0, 0),
        "censored": (1, 2, 2, 2, 3, 1, 2, 0, 1, 1),
        "survival": (
            0.5, 0.45, 0.3681818181818182, 0.3313636363636364, 0.2945454545454546, 0.1963636363636364,
            0.1963636363636364, 0.1309090909090909, 0.1309090909090909, 0.1309090909090909,
        ),
        "greenwood": (
            0.5, 0.5111111111111111, 0.5313131313131314, 0.5424242424242424, 0.5563131313131312, 0.6396464646464645,
            0.6396464646464645, 0.8063131313131312, 0.8063131313131312, 0.8063131313131312,
        ),
    },
    "any event": {
        "at_risk": (24, 22, 19, 15, 12, 8, 5, 3, 2, 1),
        "ended": (1, 2, 2, 2, 2, 2, 0, 1, 0, 0),
        "censored": (1, 1, 2, 1, 2, 1, 2, 0, 1, 1),
        "survival": (
            0.9583333333333334, 0.8712121212121212, 0.7795055821371611, 0.6755715045188730, 0.5629762537657276,
            0.4222321903242957, 0.4222321903242957, 0.2814881268828638, 0.2814881268828638, 0.2814881268828638,
        ),
        "greenwood": (
            0.001811594202898551, 0.006357048748353095, 0.012548999212749382, 0.022805409469159644,
            0.039472076135826303, 0.081138742802492975, 0.081138742802492975, 0.247805409469159660,
            0.247805409469159660, 0.247805409469159660,
        ),
        "censoring": (  # the same as prodlim(Hist(t, s) ~ 1, reverse = TRUE)
            0.9565217391304348, 0.9086956521739130, 0.8017902813299232, 0.7401141058430061, 0.5920912846744049,
            0.4934094038953374, 0.2960456423372024, 0.2960456423372024, 0.1480228211686012, 0.0,
        ),
    },
}  # fmt: skip
CURVES = {"survival": kaplan_meier, "greenwood": greenwood, "censoring": censoring_survival}


def case(name):
    made = {
        "plain": (survival(), ALL),
        "weights": (survival(weights=WEIGHTS), WEIGHTED_TIMES),
        "entry": (survival(entry=ENTRY), ALL),
        "any event": (competing(), ALL),
    }
    return made[name]


@pytest.mark.parametrize("name", R)
def test_the_numbers_at_risk_and_ending_are_those_of_r(name):
    sample, when = case(name)
    table = risk_table(sample)
    rows = np.searchsorted(table.time, when)
    for column in ("at_risk", "events", "ended", "censored"):
        if column in R[name]:
            assert getattr(table, column)[rows] == pytest.approx(R[name][column], abs=1e-12), column


@pytest.mark.parametrize(("name", "curve"), [(name, curve) for name in R for curve in CURVES if curve in R[name]])
def test_the_curves_are_those_of_r(name, curve):
    sample, when = case(name)
    assert CURVES[curve](sample).at(when) == pytest.approx(R[name][curve], rel=1e-12, abs=1e-15)


def test_the_reference_case_in_months_is_that_of_r():
    # k <- read.csv("survival.csv"); k$p <- ceiling(k$days / 30); q <- c(1, 3, 6, 12)
    # z <- summary(survfit(Surv(p, event) ~ 1, data = k), times = q); z$surv; (z$std.err / z$surv)^2
    # g <- prodlim(Hist(p, event) ~ 1, data = k, reverse = TRUE); predict(g, times = q); predict(g, times = q - 1e-9)
    days = reference_survival()
    months = survival(np.ceil(days.time / 30), days.status, days.risk, horizons=(3.0, 6.0, 12.0))
    when = np.array([1.0, 3, 6, 12])
    left = (0.8760000000000000, 0.7320000000000000, 0.5850869038846195, 0.4083020957059505)
    assert kaplan_meier(months).at(when) == pytest.approx(left, rel=1e-12)
    spread = (0.0002831050228310502, 0.0007322404371584701, 0.0014660022146870302, 0.0035020402735845956)
    assert greenwood(months).at(when) == pytest.approx(spread, rel=1e-12)
    free = (1.0, 0.9672131147540983, 0.8443190177734998, 0.6367834080069131)
    assert censoring_survival(months).at(when) == pytest.approx(free, rel=1e-12)
    before = (1.0, 1.0, 0.8955934520512427, 0.6563767436378951)
    assert censoring_survival(months).before(when) == pytest.approx(before, rel=1e-12)


def test_four_patients_counted_by_hand():
    # event at 1, event and censoring tied at 2, censoring at 3
    sample = survival([1.0, 2, 2, 3], [1, 1, 0, 0], [0.5] * 4)
    assert kaplan_meier(sample).value.tolist() == pytest.approx([3 / 4, 3 / 4 * 2 / 3, 1 / 2])
    assert greenwood(sample).value == pytest.approx([1 / 12, 1 / 12 + 1 / 6, 1 / 12 + 1 / 6])
    assert censoring_survival(sample).value == pytest.approx([1, 1 / 2, 0])  # at 2 only two are left to be censored


def test_steps_change_at_their_times_and_not_before():
    steps = Steps(np.array([1.0, 3.0]), np.array([0.6, 0.2]))
    when = np.array([0.0, 1.0, 2.9, 3.0, 99.0])
    assert steps.at(when).tolist() == [1, 0.6, 0.6, 0.2, 0.2]
    assert steps.before(when).tolist() == [1, 1, 0.6, 0.6, 0.2]
    assert float(steps.at(3.0)) == 0.2
    assert Steps(np.array([]), np.array([]), start=0.0).at(when).tolist() == [0] * 5


@pytest.mark.parametrize("kind", ["survival", "competing_risks"])
def test_the_shares_of_events_and_censorings_multiply_to_those_still_followed(kind):
    sample = drawn(200, 4, kind=kind)
    table = risk_table(sample)
    both = kaplan_meier(sample).value * censoring_survival(sample).value
    assert both == pytest.approx(np.r_[table.at_risk[1:], 0] / 200, abs=1e-12)


@pytest.mark.parametrize("kind", ["survival", "competing_risks"])
def test_whole_weights_are_repeated_rows_and_a_weight_of_zero_is_no_row(kind):
    sample = drawn(60, 5, kind=kind)
    weights = np.random.default_rng(6).integers(0, 4, 60)
    rows = np.repeat(np.arange(60), weights)
    times = np.sort(np.unique(sample.time[rows]))
    made = competing if kind == "competing_risks" else survival
    repeated = made(sample.time[rows], sample.status[rows], sample.risk[rows], horizons=sample.horizons)
    for curve in CURVES.values():
        assert curve(sample.reweight(weights)).at(times) == pytest.approx(curve(repeated).at(times), rel=1e-12)


def test_the_order_of_rows_and_equal_fractional_weights_change_nothing():
    order = np.random.default_rng(7).permutation(24)
    shuffled = competing(TIME[order], STATUS[order], np.full(24, 0.5))
    for name, curve in CURVES.items():
        assert curve(shuffled).value == pytest.approx(curve(competing()).value, rel=1e-12)
        if name != "greenwood":
            assert curve(competing(weights=np.full(24, 0.3))).value == pytest.approx(
                curve(competing()).value, abs=1e-12
            )


@pytest.mark.parametrize("status", [0, 1])
def test_one_patient_has_curves_too(status):
    sample = survival([5.0], [status], [0.5])
    assert kaplan_meier(sample).at(5.0) == 1 - status
    assert censoring_survival(sample).at(5.0) == status
    assert greenwood(sample).at(5.0) == (np.inf if status else 0)


def test_the_horizon_of_the_sample_changes_no_curve_and_each_is_made_once():
    sample = survival()
    assert kaplan_meier(sample) is kaplan_meier(sample)
    assert risk_table(sample) is risk_table(sample)
    assert kaplan_meier(sample.at(2.0)).value.tolist() == kaplan_meier(sample).value.tolist()
