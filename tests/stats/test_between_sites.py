"""Sites together: who is left out and why, on the measure's scale, refused where the rest is no fair selection."""

import numpy as np
import pytest

from cds import catalog
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.study import Answer, Request, Subgroup
from cds.stats.between_sites import METHOD, between_sites, by_reason, mean_of_sites, on_scale, prediction
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
