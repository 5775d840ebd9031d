"""Ordinal C."""

from itertools import combinations

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.core.sample_kinds import OrdinalSample
from cds.discrimination.auroc import auroc
from cds.discrimination.ordinal_c import expected_rank, jackknife_interval, ordinal_c
from tests.class_samples import classes, drawn_classes, reference
from tests.samples import small


def ordered(code, probability):
    return classes(code, probability, OrdinalSample)


def test_four_patients_by_hand():
    # Expected ranks 1.4, 2.0, 2.0, 2.7 with categories a, b, c, b: of five comparable pairs a–b, a–c, a–b are right,
    # b–c ties (½), c–b of the last is wrong.
    sample = ordered([0, 1, 2, 1], [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.0, 1.0, 0.0], [0.1, 0.1, 0.8]])
    assert expected_rank(sample).tolist() == [1.4, 2.0, 2.0, 2.7]
    assert ordinal_c(sample) == pytest.approx(3.5 / 5)


def test_it_is_the_mean_over_all_pairs():
    sample = drawn_classes(60, 3, OrdinalSample, categories=4, digits=1)
    rank = expected_rank(sample)
    pairs = [(i, j) for i, j in combinations(range(60), 2) if sample.code[i] != sample.code[j]]
    right = [
        0.5 if rank[i] == rank[j] else float((rank[i] < rank[j]) == (sample.code[i] < sample.code[j])) for i, j in pairs
    ]
    assert ordinal_c(sample) == pytest.approx(np.mean(right))


def test_the_reference_case_with_its_error():
    # R 4.2.2, survival 3.5: er <- round(as.vector(P %*% 1:3), 12); cc <- concordance(y ~ er); cc$concordance;
    # sqrt(cc$var)
    sample = reference(OrdinalSample)
    value = ordinal_c(sample)
    assert value == pytest.approx(0.6903717145875, rel=1e-10)
    assert jackknife_interval(sample, value, 0.95).se == pytest.approx(0.02157973845711, rel=1e-8)


def test_the_reference_case_rounded_so_that_expected_ranks_tie():
    # The same on round(P, 1)
    sample = reference(OrdinalSample)
    object.__setattr__(sample, "probability", sample.probability.round(1))
    value = ordinal_c(sample)
    assert value == pytest.approx(0.66184979696262, rel=1e-10)
    assert jackknife_interval(sample, value, 0.95).se == pytest.approx(0.02192311634315, rel=1e-8)


def test_with_two_categories_it_is_the_auroc():
    binary = small()
    sample = ordered(binary.outcome.astype(int), np.column_stack([1 - binary.risk, binary.risk]))
    assert ordinal_c(sample) == pytest.approx(auroc(binary))


def test_an_empty_category_between_others_changes_nothing_and_one_category_alone_has_no_pairs():
    sample = drawn_classes(60, 1, OrdinalSample)
    assert isinstance(ordinal_c(ordered(np.where(sample.code == 1, 0, sample.code), sample.probability)), float)
    alone = ordinal_c(ordered(np.full(60, 1), sample.probability))
    assert isinstance(alone, NotEstimable) and "category" in alone.reason
