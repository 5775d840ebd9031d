"""Horizons, grid, censoring model and cause are put together as the protocol says, and what is assumed is told."""

import numpy as np
import pandas as pd
import pytest

from cds.assembly.times import (
    censoring_covariates,
    horizons_to_ask,
    refuse_unfitted_censoring,
    time_notes,
    time_rules,
)
from cds.core.cohort import Cohort
from cds.core.errors import DataError, PredictionError
from cds.core.prediction import Risk, RiskByHorizon
from cds.core.protocol import ValidationProtocol
from tests.samples import drawn
from tests.survival.tied import reference_survival


def protocol(outcome=None, criteria=None, **measures):
    survival = {"kind": "survival", "time": "t", "event": "e", "competing": "none: nobody dies"}
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q", "time_unit": "days",
            "outcome": outcome or survival, "measures": {"horizons": [90, 365], **measures},
            "criteria": criteria or [{"measure": "harrell_c", "at_least": 0.6}],
        }
    )  # fmt: skip


FRAME = pd.DataFrame({"age": [30.0, 40.0, 50.0], "sex": ["f", "m", "f"], "arm": ["a", "b", "c"]})
COHORT = Cohort(patients=np.array(["1", "2", "3"]), features=FRAME)
RISKS = RiskByHorizon(np.tile([0.2, 0.4], (3, 1)), (90.0, 365.0))


class AtGivenTimes:
    """A model with risks at some times only, or at any time where none are given."""

    def __init__(self, times=None):
        self.times = times

    def predict(self, features, *, horizons=None):
        if self.times is not None and set(horizons) - set(self.times):
            raise PredictionError("no risk by that horizon")
        return RiskByHorizon(np.zeros((len(features), len(horizons))), tuple(horizons))


def test_a_horizon_without_a_risk_is_refused_with_those_there_are():
    with pytest.raises(DataError, match=r"no predicted risk by 180 days.*Risks are given at 90, 365"):
        time_rules(protocol(horizons=[90, 180]), COHORT, RISKS)


def test_the_rules_hold_what_the_protocol_declares():
    rules = time_rules(protocol(follow_up="all", censoring="cox", censoring_given=["age"]), COHORT, RISKS)
    assert (rules.cause, rules.follow_up, rules.censoring.tolist()) == (1, "all", [[30], [40], [50]])
    competing = {"kind": "competing_risks", "time": "t", "status": "s", "cause": 0, "censored": 9}
    assert time_rules(protocol(competing), COHORT, RISKS).cause == 9
    assert time_rules(protocol(), COHORT, Risk(np.array([0.1, 0.2, 0.3]))) is None


def test_a_model_of_any_time_is_asked_at_a_hundred_steps_and_one_of_few_at_its_own():
    asked = horizons_to_ask(protocol(), AtGivenTimes(), FRAME)
    assert len(asked) == 101 and asked[-1] == 365 and 90 in asked  # 90 is no multiple of 3.65
    assert horizons_to_ask(protocol(), AtGivenTimes((90.0, 365.0)), FRAME) == (90.0, 365.0)
    assert horizons_to_ask(protocol(grid=[30, 60]), AtGivenTimes(), FRAME) == (30.0, 60.0, 90.0, 365.0)


def test_categories_become_columns_and_missing_covariates_are_refused():
    assert censoring_covariates(FRAME, ()) is None
    assert censoring_covariates(FRAME, ("age", "arm")).tolist() == [[30, 0, 0], [40, 1, 0], [50, 0, 1]]
    with pytest.raises(DataError, match="'age', on which censoring may depend, is missing at row 1"):
        censoring_covariates(FRAME.assign(age=[30.0, None, 50.0]), ("age",))
    with pytest.raises(DataError, match="do not vary"):
        censoring_covariates(FRAME.assign(sex="f"), ("sex",))


def test_a_declared_model_of_censoring_that_cannot_be_fitted_is_refused():
    with pytest.raises(DataError, match=r"Cox model of the censoring times cannot be fitted.*censoring = 'marginal'"):
        refuse_unfitted_censoring(reference_survival(censoring=np.ones((500, 1))))
    varying = np.random.default_rng(1).normal(size=(500, 1))
    refuse_unfitted_censoring(reference_survival(censoring=varying))
    refuse_unfitted_censoring(reference_survival())
    refuse_unfitted_censoring(drawn(20, 1))


def test_what_is_assumed_is_told():
    told = " ".join(time_notes(protocol(), reference_survival()))
    assert "assume that censoring is independent of everything" in told
    assert "follow-up up to it only" in told and "risks at 90, 180, 365 days only" in told
    late = reference_survival(entry=np.zeros(500) - 0.0)
    assert "Patients entered late" not in told
    assert list(time_notes(protocol(), drawn(20, 1))) == []
    assert late.entry is not None


def test_horizons_are_needed_increase_and_lie_after_time_zero():
    for measures, message in (
        ({"horizons": []}, "name the times at which the risk is judged"),
        ({"horizons": [0, 90]}, "nobody can have had the event by time 0"),
        ({"horizons": [365, 90]}, r"\[measures\] horizons must increase: 365 stands before 90"),
        ({"horizons": [90, 90]}, r"\[measures\] horizons must increase: 90 stands before 90"),
        ({"horizons": [90], "censoring": "cox"}, "goes with censoring_given"),
    ):
        with pytest.raises(ValueError, match=message):
            protocol(**measures)


def test_a_criterion_names_a_horizon_of_the_protocol():
    criteria = [{"measure": "uno_c", "horizon": 180, "at_least": 0.6}]
    with pytest.raises(ValueError, match=r"horizon 180 is not among horizons \[90.0, 365.0\]"):
        protocol(criteria=criteria)
