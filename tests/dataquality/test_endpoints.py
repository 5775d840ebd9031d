import numpy as np

from cds.core.outcome import CompetingRisks, Survival
from cds.core.protocol import MeasuresSection
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.endpoints import endpoints, predicted_endpoints
from tests.dataquality.planted import rows, study
from tests.dataquality.test_leakage import of_outcome


def test_the_state_at_the_horizon_is_known_or_not() -> None:
    outcome = Survival(np.array([1.0, 5, 5, 9, 2]), np.array([1, 1, 0, 0, 0]), "weeks")
    [one] = endpoints(of_outcome(outcome, n=5, horizons=(5.0,), x0=np.zeros(5)))
    np.testing.assert_array_equal(one.value, [1, 1, 0, 0, np.nan])
    assert one.about == "by 5 weeks" and one.is_event


def test_another_cause_is_known_not_to_be_the_event() -> None:
    outcome = CompetingRisks(np.array([1.0, 2, 9]), np.array([2, 1, 1]), "weeks")
    [one] = endpoints(of_outcome(outcome, n=3, horizons=(5.0,), x0=np.zeros(3)))
    np.testing.assert_array_equal(one.value, [0, 1, 0])


def test_the_last_horizon_with_enough_patients_is_taken() -> None:
    time = np.r_[np.full(30, 2.0), np.full(30, 6.0)]
    outcome = Survival(time, np.r_[np.ones(30, int), np.zeros(30, int)], "weeks")
    [one] = endpoints(of_outcome(outcome, n=60, horizons=(5.0, 50.0), x0=np.zeros(60)))
    assert one.about == "by 5 weeks"


def test_predictions_stand_beside_what_they_predict() -> None:
    [one] = predicted_endpoints(study(rows()))
    assert one.predicted is not None and len(one.predicted) == 400
    time = np.r_[np.full(20, 2.0), np.full(20, 9.0)]
    risk = np.column_stack([np.full(40, 0.1), np.linspace(0.2, 0.9, 40)])
    sample = CompetingRisksSample(time=time, status=np.ones(40, int), risk=risk, horizons=(1.0, 5.0))
    made = Study(
        cohort=study(rows()).cohort, samples=(sample,), measures={}, settings=MeasuresSection(horizons=(1.0, 5.0))
    )
    [one] = predicted_endpoints(made)
    assert one.predicted is not None
    np.testing.assert_array_equal(one.predicted, risk[:, 1])
