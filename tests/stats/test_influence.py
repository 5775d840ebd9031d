"""Terms whose squares add up to a variance."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.influence import of_a_mean, paired_se


def test_the_squares_of_a_mean_s_terms_are_its_squared_standard_error() -> None:
    each = np.array([1.0, 2.0, 4.0, 9.0])
    terms = of_a_mean(each)
    assert isinstance(terms, np.ndarray)
    assert terms @ terms == pytest.approx(np.var(each, ddof=1) / 4, rel=1e-12)


def test_the_paired_error_is_that_of_the_differences() -> None:
    ours, theirs = np.array([1.0, 2.0, 4.0, 9.0]), np.array([2.0, 2.0, 1.0, 5.0])
    a, b = of_a_mean(ours), of_a_mean(theirs)
    assert isinstance(a, np.ndarray)
    assert isinstance(b, np.ndarray)
    assert paired_se(a, b) == pytest.approx(np.std(ours - theirs, ddof=1) / 2, rel=1e-12)


def test_one_patient_has_no_error() -> None:
    assert of_a_mean(np.array([1.0])) == NotEstimable("fewer than two patients")
