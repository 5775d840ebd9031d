"""A horizon that follow-up does not reach has a reason that names the latest usable one."""

import numpy as np
import pytest

from cds.stats.end_of_follow_up import refused_after_the_end, refused_with_entry, refused_without_anyone_beyond
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
