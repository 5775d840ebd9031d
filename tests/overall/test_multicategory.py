"""Brier score and log loss over several categories."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.overall.brier import brier
from cds.overall.multicategory import (
    brier_interval,
    clipped_probabilities,
    multicategory_brier,
    multicategory_log_loss,
)
from tests.class_samples import WANTED, classes, reference
from tests.samples import small

THREE = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]


def test_three_patients_by_hand():
    # (.5² + .3² + .2²) + (.1² + .4² + .3²) + (.8² + .2² + .6²) = .38 + .26 + 1.04
    sample = classes([0, 1, 0], THREE)
    assert multicategory_brier(sample) == pytest.approx(1.68 / 3)
    assert multicategory_log_loss(sample) == pytest.approx(-np.log(0.5 * 0.6 * 0.2) / 3)


def test_with_two_categories_the_brier_score_is_twice_the_binary_one():
    binary = small()
    sample = classes(binary.outcome.astype(int), np.column_stack([1 - binary.risk, binary.risk]))
    assert multicategory_brier(sample) == pytest.approx(2 * brier(binary))


def test_the_reference_case():
    # R 4.2.2: Rscript tests/reference/make_expected.R; the error is sd(rowSums((Y - P)^2)) / sqrt(450)
    sample = reference()
    assert multicategory_brier(sample) == pytest.approx(WANTED["brier_sum"], rel=1e-8)
    assert multicategory_log_loss(sample) == pytest.approx(WANTED["log_loss_mean"], rel=1e-8)
    assert brier_interval(sample, WANTED["brier_sum"], 0.95).se == pytest.approx(0.01782871464928, rel=1e-8)


def test_a_category_said_to_be_impossible_that_happens_is_infinitely_bad():
    sample = classes([0, 2], [[1.0, 0.0, 0.0], [0.4, 0.6, 0.0]])
    value = multicategory_log_loss(sample)
    assert isinstance(value, NotEstimable) and value.reason.startswith("infinite: 1 patients")
    assert multicategory_log_loss(sample.reweight(np.array([2.0, 0.0]))) == 0


def test_declared_bounds_are_used_and_counted():
    sample = classes([0, 2], [[1.0, 0.0, 0.0], [0.4, 0.6, 0.0]], clip=(0.01, 0.99))
    assert multicategory_log_loss(sample) == pytest.approx(-(np.log(0.99) + np.log(0.01)) / 2)
    assert clipped_probabilities(sample) == {"clipped": 2}
    assert clipped_probabilities(classes([0, 1, 0], THREE)) == {}
