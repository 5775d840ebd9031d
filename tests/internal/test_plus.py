"""The .632+ rule by hand, its parts against R, and what it refuses."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.internal.optimism import apparent_results, measure_twice
from cds.internal.plus import answers, no_information, weighed
from cds.internal.redone import Redone
from tests.internal.test_optimism import reference


def found():
    study, made, requests = reference()
    twice, apparent = measure_twice(study, made, requests), apparent_results(study, requests, made.whole)
    return {answer.request.measure: answer.result for answer in answers(study, made, apparent, requests, twice)}


def test_without_overfitting_the_weight_is_632():
    rule = weighed(0.2, 0.2, 0.3, higher_is_better=False)
    assert (rule.value, rule.weight, rule.overfitting) == (pytest.approx(0.2), pytest.approx(0.632), 0)


def test_a_model_that_knows_nothing_keeps_nothing_of_its_apparent_value():
    rule = weighed(0.0, 0.25, 0.25, higher_is_better=False)  # R = 1, w = 1
    assert rule.value == pytest.approx(0.25)
    assert rule.overfitting == 1


def test_left_out_worse_than_chance_counts_as_chance():
    assert weighed(0.9, 0.4, 0.5, higher_is_better=True).value == pytest.approx(0.5)


def test_half_way_by_hand():
    rule = weighed(0.9, 0.7, 0.5, higher_is_better=True)  # R = .5: w = .632 / (1 − .184) = .774510
    assert rule.value == pytest.approx(0.9 - 0.2 * 0.632 / 0.816)


def test_left_out_values_are_those_of_r():
    # Rscript tests/internal/optimism.R: means over the resamples of the measure in the patients left out
    left_out = {name: result.details["left_out"] for name, result in found().items()}
    assert left_out["auroc"] == pytest.approx(0.710982321893, rel=1e-9)
    assert left_out["brier"] == pytest.approx(0.215611711383, rel=1e-9)


def test_dealt_out_predictions_estimate_efrons_no_information_value():
    # Rscript tests/internal/optimism.R: gamma, the mean of (y_i − p_j)² over all pairs
    study, made, requests = reference()
    brier = next(r for r in requests if r.measure == "brier")
    assert no_information(study, brier, made) == pytest.approx(0.283071889352, abs=0.004)


def test_only_errors_and_ranks_with_a_value_by_chance_have_it():
    assert {"brier", "log_loss", "auroc"} == set(found())


def test_refits_that_all_failed_give_the_reason():
    study, made, requests = reference()
    failed = [NotEstimable("no fit")] * len(made.samples)
    none = Redone(made.rows, tuple(failed), made.whole, {"refits": 20, "refits_failed": 20})
    twice = measure_twice(study, none, requests)
    apparent = apparent_results(study, requests, none.whole)
    assert np.isnan(twice.in_bootstrap).all()
    assert all(isinstance(answer.result, NotEstimable) for answer in answers(study, none, apparent, requests, twice))
