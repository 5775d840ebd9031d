"""Leaving out one site at a time: what R's loop over sites gives, aligned between groups, refused where it must be."""

import numpy as np
import pytest

import cds
from cds import catalog
from cds.core.measure import Interval, NotEstimable
from cds.stats.replicates import jackknife, leave_one_out, present_in
from tests.samples import drawn, reference_rows, small

BINARY = catalog.measures("binary")


def test_the_interval_of_three_means_is_the_t_interval_over_three_sites():
    # Three sites of equal size: leaving one out gives the mean of the other two, and the jackknife the usual error.
    means, whole = np.array([1.0, 2.0, 6.0]), 3.0
    found = jackknife((9 - means) / 2, whole, 0.95, "identity")
    assert isinstance(found, Interval)
    assert found.se == pytest.approx(np.std(means, ddof=1) / np.sqrt(3))
    assert found.high - whole == pytest.approx(4.302652729696 * found.se)  # R: qt(.975, 2)
    assert found.details == {"sites": 3, "df": 2}


def test_the_reference_errors_are_those_of_a_loop_in_r():
    # R 4.2.2, pROC; b is binary.csv with b$lp <- qlogis(b$risk), tight <- glm.control(epsilon = 1e-14, maxit = 100):
    #   jk <- function(f) { t0 <- f(b); t <- sapply(unique(b$site), function(j) f(b[b$site != j, ]))
    #                       k <- length(t); sqrt((k - 1) / k * sum((t - t0)^2)) }
    #   jk(function(d) coef(glm(outcome ~ lp, binomial, d, control = tight))[[2]])
    #   jk(function(d) coef(glm(outcome ~ offset(lp), binomial, d, control = tight))[[1]])
    #   jk(function(d) qlogis(as.numeric(roc(d$outcome, d$risk, direction = "<", levels = c(0, 1))$auc)))
    #   jk(function(d) log(mean(d$outcome) / mean(d$risk)))
    # For comparison: rms::robcov(lrm(outcome ~ lp), site) gives .1788 for the slope, which is not enlarged for few
    # clusters; by hand with k/(k - 1) the intercept has .1931 and log O:E .1085.
    rows = reference_rows()
    found = cds.evaluate.binary(rows.outcome, rows.risk, site=rows.site, groups={"sex": rows.sex}, replicates=0)
    expected = {
        "calibration_slope": 0.192766496439,
        "calibration_in_the_large": 0.197947235415,
        "auroc": 0.203178456163,
        "observed_expected": 0.112311359589,
    }
    assert {name: found[name].result.interval.scale_se for name in expected} == pytest.approx(expected, rel=1e-9)
    # The same loop on plogis(auc) of the men less that of the women:
    gap = found.get("auroc", kind="difference", attribute="sex", group="male")
    assert (gap.estimate, gap.se) == pytest.approx((-0.016249132445, 0.049088079234), rel=1e-8)


def test_a_replicate_is_the_analysis_without_the_site():
    sample, site = drawn(90, 4), np.arange(90) % 3
    measure = BINARY["ici"]
    value = measure.compute(sample, smoother="rcs")
    found = leave_one_out(sample, [(measure, {"smoother": "rcs"}, value)], [site == k for k in range(3)])
    without = measure.compute(small(sample.outcome[site != 1], sample.risk[site != 1]), smoother="rcs")
    assert found[0, 1] == pytest.approx(without, rel=1e-12)


def test_a_site_without_a_row_leaves_the_value_as_it_is_and_does_not_count():
    sample, site = drawn(60, 4), np.arange(60) % 3
    inside = [*(site == k for k in range(3)), np.zeros(60, bool)]
    measure = BINARY["brier"]
    value = measure.compute(sample)
    values = leave_one_out(sample, [(measure, {}, value)], inside)[0]
    present = present_in(sample, inside)
    assert present.tolist() == [True, True, True, False] and values[3] == value
    with_it, without = (jackknife(v, value, 0.95, "identity", sites=3) for v in (values, values[:3]))
    assert with_it == without


def test_a_site_whose_weights_are_all_zero_is_not_present():
    sample = drawn(20, 1).reweight((np.arange(20) >= 5).astype(float))
    assert present_in(sample, [np.arange(20) < 5, np.arange(20) >= 5]).tolist() == [False, True]


def test_groups_at_different_sites_are_compared_with_the_degrees_of_freedom_of_the_one_at_fewer_sites():
    sample = drawn(400, 5)
    site = np.arange(400) % 8
    group = np.where((site < 3) & (np.arange(400) % 16 < 8), "few", "many")
    found = cds.evaluate.binary(
        sample.outcome, sample.risk, site=site, groups={"g": group}, references={"g": "many"}, replicates=0
    )
    few = found.get("brier", attribute="g", group="few")
    gap = found.get("brier", attribute="g", group="few", kind="difference")
    assert few.result.interval.details == {"sites": 3, "df": 2}
    assert gap.result.interval.details == {"sites": 8, "df": 2}
    each = [found.get("brier", attribute="g", group=g).se for g in ("few", "many")]
    assert gap.se == pytest.approx(np.hypot(*each), rel=0.5)


def test_a_group_at_one_site_has_no_interval_and_neither_has_its_contrast():
    sample = drawn(200, 5)
    site = np.arange(200) % 4
    group = np.where(site == 0, "one", "rest")
    found = cds.evaluate.binary(sample.outcome, sample.risk, site=site, groups={"g": group}, replicates=0)
    for kind in ("estimate", "difference"):
        result = found.get("brier", attribute="g", group="one", kind=kind).result
        assert isinstance(result.interval, NotEstimable) and "one site" in result.interval.reason


def test_any_site_without_which_nothing_can_be_estimated_refuses_the_interval():
    values = np.r_[np.full(39, 0.7), np.nan]
    found = jackknife(values, 0.7, 0.95, "identity")
    assert isinstance(found, NotEstimable) and "in 1 of 40" in found.reason


@pytest.mark.parametrize(("values", "told"), [([0.5], "one site"), ([0.5, 0.5], "zero variance")])
def test_no_interval_without_variation(values, told):
    found = jackknife(np.array(values), 0.5, 0.95, "identity")
    assert isinstance(found, NotEstimable) and told in found.reason


def test_an_interval_without_end_is_refused_instead_of_overflowing():
    found = jackknife(np.array([1e-30, 1e30]), 1.0, 0.9999, "log")
    assert isinstance(found, NotEstimable) and "no end" in found.reason


def test_one_site_keeps_the_intervals_by_patient():
    sample = drawn(100, 5)
    plain = cds.evaluate.binary(sample.outcome, sample.risk, replicates=0)
    one = cds.evaluate.binary(sample.outcome, sample.risk, site=np.zeros(100), replicates=0)
    assert one["auroc"].result.interval == plain["auroc"].result.interval


def test_a_test_statistic_gets_no_interval_from_sites():
    sample = drawn(100, 5)
    found = cds.evaluate.binary(sample.outcome, sample.risk, site=np.arange(100) % 5, replicates=0)
    assert isinstance(found["spiegelhalter_z"].result.interval, NotEstimable)
    assert not [f for f in found if f.measure in ("spiegelhalter_z", "ici") and f.analysis == "by_site"]


def test_weights_of_two_equal_doubled_rows_and_leave_the_cluster_robust_error_as_it_is():
    sample = drawn(120, 6)
    site = np.arange(120) % 6
    plain, doubled, weighted = (
        cds.evaluate.binary(outcome, risk, site=where, replicates=0, **more)
        for outcome, risk, where, more in (
            (sample.outcome, sample.risk, site, {}),
            (np.tile(sample.outcome, 2), np.tile(sample.risk, 2), np.tile(site, 2), {}),
            (sample.outcome, sample.risk, site, {"weights": np.full(120, 2.0), "design": "sampling"}),
        )
    )
    for measure in ("auroc", "calibration_slope", "observed_expected", "brier"):
        errors = [found[measure].se for found in (plain, doubled, weighted)]
        assert errors == pytest.approx([errors[0]] * 3, rel=1e-7), measure
