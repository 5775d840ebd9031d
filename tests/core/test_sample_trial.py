"""The sample of a trial: checked once, everyone in the arm as randomised."""

import numpy as np
import pytest

from cds.core.errors import DataError
from tests.longitudinal.trials import ARM, ARMS, BASE, CLUSTER, NAN, Y, trial, visits


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"arms": ("alone",), "arm": np.zeros(24)}, "two arms or more"),
        ({"arm": ARM + 1}, "outside the declared arms"),
        ({"outcome": np.full(24, 2.0), "binary": True}, "must be 0 or 1"),
        ({"outcome": np.full(24, np.inf)}, "must be finite"),
        ({"visits": (1.0, 2.0)}, "a column for each visit"),
        ({"primary_visit": 3.0}, "no follow-up visit"),
        ({"covariates": np.full(24, NAN)}, "covariates must be finite"),
        ({"benefit": np.ones(24)}, "a column for each arm"),
        ({"clustered": True}, "needs the clusters' codes"),
        ({"clustered": True, "patient": np.zeros(24)}, "holds several arms"),
    ],
)
def test_what_is_not_a_trial_is_refused(given, reason):
    with pytest.raises(DataError, match=reason):
        trial(**given)


def test_arms_and_visits_are_found_by_name():
    sample = visits(primary_visit=2.0)
    assert (sample.categories, sample.control) == (ARMS[1:], "usual care")
    assert (sample.column(None), sample.column(3.0)) == (1, 2)
    with pytest.raises(DataError, match="Did you mean 'therapy'"):
        sample.position("therapie")
    with pytest.raises(DataError, match="no follow-up visit 9"):
        sample.column(9.0)


def test_a_part_keeps_arms_outcomes_and_baseline_together():
    part = visits().where(ARM == 1)
    assert len(part) == 8 and part.outcome.shape == (8, 3)
    assert part.baseline.tolist() == BASE[ARM == 1].tolist()


def test_clusters_are_the_units_that_are_drawn():
    sample = trial(clustered=True, patient=CLUSTER)
    assert sample.analytic and len(np.unique(sample.patient_codes)) == 12


def test_absent_patients_are_not_observed():
    weights = np.where(np.arange(24) < 2, 0.0, 1.0)
    assert trial(weights=weights).observed(None).sum() == 21
    assert np.isnan(Y).sum() == 1
