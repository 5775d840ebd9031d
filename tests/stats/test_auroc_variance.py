"""The variance of an AUROC in a study of given size."""

import pytest

from cds.stats.auroc_variance import auroc_variance


def test_it_is_hanley_and_mcneils_with_as_many_events_as_others() -> None:
    # With n/2 events the two variances differ only in the (n1 − 1), (n0 − 1) of theirs, which are both n/2 − 1 here.
    n, auc = 200, 0.8
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    hanley = (auc * (1 - auc) + (n / 2 - 1) * (q1 - auc**2 + q2 - auc**2)) / (n / 2) ** 2
    assert auroc_variance(auc, prevalence=0.5, n=n) == pytest.approx(hanley, rel=1e-12)


def test_more_patients_and_a_commoner_outcome_make_it_smaller() -> None:
    assert auroc_variance(0.7, prevalence=0.3, n=400) < auroc_variance(0.7, prevalence=0.3, n=200)
    assert auroc_variance(0.7, prevalence=0.3, n=400) < auroc_variance(0.7, prevalence=0.1, n=400)
