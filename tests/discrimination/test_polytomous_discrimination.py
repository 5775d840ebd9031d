"""Polytomous discrimination index."""

from itertools import product

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.discrimination.auroc import auroc
from cds.discrimination.polytomous_discrimination import by_category, polytomous_discrimination_index
from tests.class_samples import classes, drawn_classes, reference
from tests.samples import small


def by_all_sets(code, probability):
    """The definition: every set of one patient of each category, ties at the top shared."""
    members = [np.flatnonzero(code == k) for k in range(probability.shape[1])]
    found = []
    for chosen in product(*members):
        for i in range(len(members)):
            p = probability[list(chosen), i]
            found.append((p[i] == p.max()) / (p == p.max()).sum())
    return np.mean(found)


def test_three_patients_by_hand():
    # Highest p_a: the one of a. Highest p_b: b and c tie, so ½. Highest p_c: the one of b, so 0.
    sample = classes([0, 1, 2], [[0.6, 0.2, 0.2], [0.1, 0.4, 0.5], [0.3, 0.4, 0.3]])
    assert polytomous_discrimination_index(sample) == pytest.approx((1 + 0.5 + 0) / 3)


@pytest.mark.parametrize("categories", [2, 3, 4, 5])
def test_it_is_the_mean_over_all_sets_ties_included(categories):
    rng = np.random.default_rng(categories)
    probability = rng.multinomial(10, np.full(categories, 1 / categories), 5 * categories) / 10
    code = np.arange(5 * categories) % categories
    found = polytomous_discrimination_index(classes(code, probability))
    assert found == pytest.approx(by_all_sets(code, probability))


def test_the_reference_case_with_each_categorys_own_index():
    # R 4.2.2, by brute force: g <- expand.grid(which(y == 1), which(y == 2), which(y == 3)); for category i
    # M <- matrix(P[as.matrix(g), i], nrow(g)); mean((M[, i] == apply(M, 1, max)) / rowSums(M == apply(M, 1, max)))
    sample = reference()
    assert polytomous_discrimination_index(sample) == pytest.approx(0.5799167281164, rel=1e-10)
    own = by_category(sample)
    assert list(own["by_category"].values()) == pytest.approx([0.5299071359628, 0.5557936607855, 0.6540493876009])
    assert own["by_chance"] == pytest.approx(1 / 3)


def test_the_reference_case_rounded_to_one_decimal_so_that_many_tie():
    # The same commands in R on round(P, 1)
    sample = reference()
    rounded = sample.probability.round(1)
    tied = reference()
    object.__setattr__(tied, "probability", rounded)  # rows of rounded numbers no longer sum to 1
    assert polytomous_discrimination_index(tied) == pytest.approx(0.5717902755546, rel=1e-10)


def test_with_two_categories_it_is_the_auroc():
    binary = small()
    sample = classes(binary.outcome.astype(int), np.column_stack([1 - binary.risk, binary.risk]))
    assert polytomous_discrimination_index(sample) == pytest.approx(auroc(binary))


def test_guessing_gives_one_over_the_number_of_categories():
    assert polytomous_discrimination_index(classes([0, 1, 2, 0], np.full((4, 3), 1 / 3))) == pytest.approx(1 / 3)


def test_an_absent_category_is_named():
    sample = drawn_classes(60, 1)
    value = polytomous_discrimination_index(classes(np.minimum(sample.code, 1), sample.probability))
    assert isinstance(value, NotEstimable) and "'c'" in value.reason
