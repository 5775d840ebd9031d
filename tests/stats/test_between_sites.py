"""Sites together: who is left out and why, on the measure's scale, refused where the rest is no fair selection."""

import numpy as np
import pytest

from cds import catalog
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.study import Answer, Request, Subgroup
from cds.stats.between_sites import METHOD, between_sites, by_reason, mean_of_sites, on_scale, prediction
from cds.stats.intervals import wilson
from tests.samples import EXPECTED

BINARY = catalog.measures("binary")


def asked(name, *results, patients=None):
    sites = {Subgroup("site", str(k)): np.zeros(1, bool) for k in range(len(results))}
    masks = {s: np.ones(n, bool) for s, n in zip(sites, patients or [10] * len(results), strict=True)}
    answers = [Answer(Request(name, s, analysis="by_site"), result) for s, result in zip(sites, results, strict=True)]
    (found,) = between_sites(answers, BINARY, masks, 0.95)
    return found


def estimate(value, se, scale="identity"):
    return Estimate(
        value, Interval(value - se, value + se, 0.95, "wald", se, se if scale == "identity" else None), scale
    )


def test_the_mean_of_auroc_is_formed_on_the_logit_scale_and_brought_back():
    results = []
    for site in EXPECTED["sites"]["per_site"]:
        auc = 1 / (1 + np.exp(-site["logit_auc"]))
        results.append(estimate(auc, np.sqrt(site["v_logit_auc"]) * auc * (1 - auc), "logit"))
    found, expected = mean_of_sites(asked("auroc", *results)), EXPECTED["sites"]["logit_auroc"]
    back = [1 / (1 + np.exp(-v)) for v in (expected["mean"], *expected["ci"])]
    assert (found.value, found.interval.low, found.interval.high) == pytest.approx(back, rel=1e-9)
    assert (found.method, found.interval.scale_se) == (METHOD, pytest.approx(expected["se_hksj"], rel=1e-9))
    new = [1 / (1 + np.exp(-v)) for v in expected["prediction_interval_t_k_minus_2"]]
    assert (found.details["prediction_low"], found.details["prediction_high"]) == pytest.approx(new, rel=1e-9)


def test_a_site_without_estimate_interval_or_error_is_left_out_with_its_reason():
    none = Estimate(0.2, NotEstimable("zero variance"), "identity")
    good = [estimate(0.2, 0.01), estimate(0.3, 0.02), estimate(0.25, 0.01)]
    found = asked("brier", good[0], NotEstimable("no events"), none, *good[1:],
                  patients=[10, 1, 1, 10, 10])  # fmt: skip
    assert found.left_out == {"1": "no events", "2": "zero variance"}
    assert found.used == ["0", "3", "4"]
    told = mean_of_sites(found).details
    assert told["sites_left_out"] == {"no events": ["1"], "zero variance": ["2"]}
    assert "hold 6% of the patients" in told["caution"]


def test_a_mean_of_the_sites_that_happened_to_have_events_is_refused():
    found = asked("brier", estimate(0.2, 0.01), estimate(0.3, 0.02), NotEstimable("no events"), patients=[10, 10, 15])
    result = mean_of_sites(found)
    assert result == NotEstimable("the sites without an estimate hold 43% of the patients (1 site: no events)")
    assert prediction(found) == {"no_prediction": "the sites without an estimate hold 43% of the patients"}


def test_estimates_at_the_edge_of_the_scale_cannot_be_pooled():
    assert isinstance(on_scale(estimate(1.0, 0.1, "logit"), "logit"), NotEstimable)
    assert isinstance(on_scale(estimate(0.5, 0.0), "identity"), NotEstimable)


def test_reasons_are_told_once():
    assert by_reason({"a": "x", "b": "y", "c": "x"}) == {"x": ["a", "c"], "y": ["b"]}


def test_intervals_without_end_are_refused_instead_of_overflowing():
    sites = {Subgroup("site", str(k)): np.ones(10, bool) for k in range(3)}
    answers = [
        Answer(Request("observed_expected", s, analysis="by_site"), estimate(value, value * 0.1, "log"))
        for s, value in zip(sites, (0.1, 1.0, 20.0), strict=True)
    ]
    (found,) = between_sites(answers, BINARY, sites, 0.9999)
    assert "no end" in prediction(found)["no_prediction"]
    assert mean_of_sites(found).value == pytest.approx(1.26, abs=0.01)


def counted(successes, total):
    found = wilson(successes, total, 0.95)
    return Estimate(successes / total, found, "identity", total, successes)


# R 4.2.2, metafor 3.8.1: e <- escalc("PLO", xi = c(8, 20, 5, 9, 14), ni = c(10, 31, 5, 12, 15));
#   f <- rma(e$yi, e$vi, test = "knha", control = list(threshold = 1e-13, maxiter = 1000))
def test_a_proportion_is_pooled_on_the_logit_scale_with_a_half_added_where_everyone_was_found():
    found = mean_of_sites(asked("sensitivity", *(counted(*c) for c in ((8, 10), (20, 31), (5, 5), (9, 12), (14, 15)))))
    expected = (0.763011778739, 0.552784421069, 0.893461680961)
    assert (found.value, found.interval.low, found.interval.high) == pytest.approx(expected, rel=1e-9)
    # plogis(coef(f) + c(-1, 1)*qt(.975, 3)*sqrt(f$tau2 + f$se^2))
    new = (found.details["prediction_low"], found.details["prediction_high"])
    assert new == pytest.approx((0.371813296673, 0.945985342965), rel=1e-9)
    assert found.details["tau2"] == pytest.approx(0.164349046905, rel=1e-8)
    assert found.details["sites_with_half_added"] == 1 and "sites_left_out" not in found.details
    assert "84 %" in found.details["prediction_coverage"]


def test_bounds_of_a_proportion_stay_inside_nought_and_one():
    found = mean_of_sites(asked("npv", *(counted(*c) for c in ((99, 100), (60, 80), (50, 50)))))
    ends = (found.interval.low, found.interval.high, found.details["prediction_low"], found.details["prediction_high"])
    assert all(0 < end < 1 for end in ends)
