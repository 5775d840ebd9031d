"""A horizon that follow-up does not reach has a reason that names the latest usable one."""

import numpy as np
import pytest

from cds.core.sample_times import SurvivalSample
from cds.stats.end_of_follow_up import (
    refused_after_an_early_end,
    refused_after_the_end,
    refused_with_entry,
    refused_without_anyone_beyond,
)
from cds.survival.calibration_at_horizon import observed_expected
from cds.survival.net_benefit import net_benefit, net_benefit_treat_all
from tests.survival.tied import TIME, survival

HORIZONS = (8.0, 9.0, 12.0)  # the last of the 24 patients is followed to 9


def sample(horizon=None, **more):
    whole = survival(horizons=HORIZONS, time_unit="months", **more)
    return whole if horizon is None else whole.at(horizon)


def test_weighting_for_censoring_needs_somebody_followed_beyond_the_horizon():
    assert refused_without_anyone_beyond(sample(8.0)) is None
    at_the_end, after = (refused_without_anyone_beyond(sample(h)) for h in (9.0, 12.0))
    assert at_the_end.reason == ("nobody is followed beyond 9 months; the latest usable horizon lies before 9 months")
    assert after.reason == "nobody is followed beyond 12 months; the latest usable horizon lies before 9 months"


def test_observed_risk_reaches_to_the_very_end_of_follow_up():
    assert refused_after_the_end(sample(8.0)) is None
    assert refused_after_the_end(sample(9.0)) is None
    assert refused_after_the_end(sample(12.0)).reason == (
        "no follow-up reaches 12 months; the latest usable horizon is 9 months"
    )


@pytest.mark.parametrize("refused", [refused_without_anyone_beyond, refused_after_the_end])
def test_all_of_follow_up_is_never_too_late(refused):
    assert refused(sample()) is None


def test_patients_without_weight_do_not_lengthen_follow_up():
    weights = np.where(TIME == 9, 0.0, 1.0)
    assert refused_without_anyone_beyond(sample(8.0, weights=weights)).reason.endswith("lies before 8 months")
    assert refused_after_the_end(sample(8.0, weights=weights)) is None
    assert refused_after_the_end(sample(9.0, weights=weights)).reason.endswith("horizon is 8 months")


def test_without_a_unit_the_sentence_ends_with_the_number():
    told = refused_after_the_end(survival(horizons=HORIZONS).at(12.0))
    assert told.reason == "no follow-up reaches 12; the latest usable horizon is 9"


def test_late_entry_is_refused_by_name_and_nothing_else_is():
    late = sample(8.0, entry=TIME - 1)
    assert refused_with_entry(sample(8.0), "the Brier score") is None
    assert refused_with_entry(late, "the Brier score").reason == (
        "the Brier score has no convention for patients who enter follow-up late (left truncation)"
    )


def entering_late(entry, **more):
    """The first patient is alone at risk at 2 and has the event; the others enter at 3."""
    return SurvivalSample(
        time=np.array([2.0, 5, 6, 7, 9]), status=np.array([1, 0, 1, 0, 0]), risk=np.full((5, 1), 0.3), horizons=(8.0,),
        entry=np.array(entry), time_unit="days", **more,
    ).at(8.0)  # fmt: skip


def test_a_curve_that_falls_to_zero_before_others_enter_says_nothing_of_them():
    sample = entering_late([0.0, 3, 3, 3, 3])
    told = (
        "at 2 days all of the few patients then at risk had had an event, while others entered later: Kaplan–Meier is "
        "0 from then on and says nothing of them"
    )
    assert refused_after_the_end(sample).reason == told
    assert observed_expected(sample, 8.0).reason == told
    assert net_benefit(sample, 8.0, 0.2).reason == told
    assert net_benefit_treat_all(sample, 8.0, 0.2).reason == told


def test_one_more_at_risk_or_nobody_of_weight_afterwards_leaves_the_curve_as_it_is():
    assert refused_after_the_end(entering_late([0.0, 1, 3, 3, 3])) is None
    alone = entering_late([0.0, 3, 3, 3, 3], weights=np.array([1.0, 0, 0, 0, 0]))
    assert refused_after_an_early_end(alone) is None


def test_those_flagged_can_run_out_before_others_of_them_enter():
    sample = entering_late([0.0, 0, 3, 3, 3])
    flagged = sample.reweight(np.array([1.0, 0, 1, 1, 1]))
    assert refused_after_an_early_end(sample) is None
    assert refused_after_an_early_end(flagged).reason.startswith("at 2 days all of the few patients")
