"""Fine–Gray regression: as finegray() and coxph() in R, and Cox's where no other event occurs."""

import numpy as np
import pytest

from cds.stats.cloglog import cloglog
from cds.stats.cox import CoxFit, fit_on_risk_sets
from cds.stats.fine_gray import log_hazard_se, subdistribution_sets
from cds.stats.intervals import weighted_quantiles
from cds.stats.risk_sets import RiskSets
from cds.stats.splines import restricted_cubic
from tests.competing_samples import FINE_GRAY_CASES, R, drawn, reference_case, repeated, times, without_competing


def fitted(sample, **more):
    view = sample.at(sample.horizons[0])
    values = cloglog(view)
    design = restricted_cubic(values, weighted_quantiles(values, None, (0.1, 0.5, 0.9)))
    fit = fit_on_risk_sets(design, subdistribution_sets(view), weights=view.weights, **more)
    assert isinstance(fit, CoxFit)
    return fit


def test_the_risk_sets_of_four_patients_by_hand():
    # One is taken at 1, one censored at 2; events at 3 and 4. G just before 3 and 4 is 2/3 (three are left at 2).
    sample = times([1, 2, 3, 4], [2, 0, 1, 1], [0.5] * 4, 4)
    sets = subdistribution_sets(sample.at(4.0))
    assert sets.sums(np.ones(4)) == pytest.approx([2 + 2 / 3, 1 + 2 / 3])
    assert sets.accumulated(np.array([1.0, 10.0])) == pytest.approx([2 / 3 * 11, 0, 1, 11])


@pytest.mark.parametrize("case", FINE_GRAY_CASES)
def test_coefficients_and_robust_errors_are_those_of_finegray(case):
    fit = fitted(reference_case(case))
    assert fit.coefficients == pytest.approx(R[case]["fine_gray"], rel=1e-8)
    assert np.sqrt(np.diag(fit.robust_covariance())) == pytest.approx(R[case]["robust"], rel=1e-8)


def test_over_all_of_follow_up_too():
    # As in tests/competing_samples.py, without censoring at the horizon.
    fit = fitted(reference_case(follow_up="all"))
    assert fit.coefficients == pytest.approx([0.90135913840415, 0.0556959014374508], rel=1e-8)


def test_without_another_event_it_is_coxs_regression():
    competing, survival = without_competing()
    view = survival.at(9.0)
    sets = RiskSets.of(view.followed[0], view.followed[1])
    cox = fit_on_risk_sets(fitted(competing).covariates, sets)
    assert isinstance(cox, CoxFit)
    assert fitted(competing).coefficients == pytest.approx(cox.coefficients)


def test_the_error_of_the_hazard_is_near_that_of_survfit():
    # survfit of the clustered fit at the knots: std.err / surv / -log(surv). R takes tied events and the baseline
    # otherwise into account; the two agree to a few percent.
    fit = fitted(reference_case())
    knots = np.array([-1.9352050026315775, -0.9229115707806134, 0.0235335959456793])
    found = log_hazard_se(fit, restricted_cubic(knots, knots), 365.0)
    assert found == pytest.approx([0.20104283462797, 0.102948277812271, 0.101004604360361], rel=0.03)


def test_weights_of_two_equal_doubled_rows():
    sample, weights = drawn(200), np.arange(200) % 3
    view = sample.reweight(weights).at(7.0)
    weighted = fit_on_risk_sets(cloglog(view)[None, :], subdistribution_sets(view), weights=view.weights)
    doubled = repeated(sample, weights).at(7.0)
    other = fit_on_risk_sets(cloglog(doubled)[None, :], subdistribution_sets(doubled))
    assert isinstance(weighted, CoxFit) and isinstance(other, CoxFit)
    assert weighted.coefficients == pytest.approx(other.coefficients)
