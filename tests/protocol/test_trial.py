"""What a trial's protocol may ask."""

import pytest

from cds.core.protocol import ValidationProtocol
from cds.protocol.trial import trial_criteria_faults, trial_faults


def protocol(*, outcome=None, trial=None, criteria=None, **more):
    return ValidationProtocol(
        **{
            "schema": "cds.protocol/1", "name": "t", "version": "1", "question": "Does it help?",
            "outcome": outcome or {"kind": "continuous", "column": "pain"},
            "trial": {"arm": "arm", "control": 0, **(trial or {})},
            "criteria": criteria or [{"measure": "treatment_effect", "at_most": 0, "category": "1"}], **more,
        }
    )  # fmt: skip


SURVIVAL = {"kind": "survival", "time": "t", "event": "e", "competing": "none: nobody dies"}
VISITS = {"patient": "id", "visit": "week"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"outcome": SURVIVAL, "measures": {"horizons": [90]}}, "survival outcome are not analysed"),
        ({"trial": {"baseline": "pain"}}, "the outcome's own column"),
        ({"trial": {"stratified_by": ["pain"]}}, "also serves as"),
        ({"outcome": {"kind": "continuous", "column": "pain", "missing": "weight"}}, "is not done in trials"),
        ({"outcome": {"kind": "binary", "column": "e"}, "trial": {"responder": {"at_most": 1}}}, "already an event"),
        ({"trial": {"baseline_visit": 0}}, "no column holds the visits"),
        ({"cohort": {"visit": "week"}, "trial": {"baseline_visit": 0}}, "told by their name"),
        ({"measures": {"horizons": [12]}}, "no column holds them"),
        ({"cohort": VISITS, "measures": {"horizons": [0, 12]}, "trial": {"baseline_visit": 0}}, "holds the baseline"),
        ({"cohort": VISITS, "measures": {"horizons": [6, 12]}, "trial": {"primary_visit": 9}}, "not among measures"),
        ({"cohort": {"site": "centre"}}, "enter as a covariate"),
        ({"sampling": "sampling"}, "does not fit a randomised trial"),
    ],
)
def test_what_does_not_fit_a_trial_is_told(given, reason):
    faults = trial_faults(protocol(**given))
    assert len(faults) == 1 and reason in faults[0][0] and faults[0][1]


def test_a_plain_trial_has_no_faults():
    assert trial_faults(protocol()) == [] and trial_criteria_faults(protocol()) == []


def test_responders_stand_beside_the_effect_of_the_same_arm():
    alone = {"measure": "responder_risk_difference", "at_least": 0, "category": "1"}
    effect = {"measure": "treatment_effect", "at_most": 0, "category": "1"}
    rule = {"responder": {"at_most": 1}}
    (fault,) = trial_criteria_faults(protocol(criteria=[alone], trial=rule))
    assert "stands alone" in fault[0]
    assert trial_criteria_faults(protocol(criteria=[alone, effect], trial=rule)) == []
    (other,) = trial_criteria_faults(protocol(criteria=[alone, {**effect, "category": "2"}], trial=rule))
    assert "same arm" in other[1]
    (fault,) = trial_criteria_faults(protocol(criteria=[alone, effect]))
    assert "declares no responder rule" in fault[0]


@pytest.mark.parametrize("measure", ["treatment_effect", "mixed_model_effect"])
@pytest.mark.parametrize(
    ("better", "bound", "told"),
    [("higher", {"at_most": -1}, "at_most below 0"), ("lower", {"at_least": 1}, "at_least above 0")],
)
def test_a_bound_that_only_a_harmful_effect_meets_is_refused(measure, better, bound, told):
    criterion = {"measure": measure, "category": "1"}
    (fault,) = trial_criteria_faults(protocol(trial={"better": better}, criteria=[{**criterion, **bound}]))
    assert f"{told} asks for a harmful effect" in fault[0] and "bound round" in fault[1]
    turned = {"at_least": -1.0} if better == "higher" else {"at_most": 1.0}  # does not exclude a small harm: allowed
    assert trial_criteria_faults(protocol(trial={"better": better}, criteria=[{**criterion, **turned}])) == []


def test_an_arm_is_named_by_its_label():
    labels = {"labels": {"0": "usual care", "1": "therapy"}}
    criteria = [{"measure": "treatment_effect", "at_most": 0, "category": "1"}]
    (fault,) = trial_criteria_faults(protocol(trial=labels, criteria=criteria))
    assert "no arm '1'" in fault[0]
    criteria = [{"measure": "treatment_effect", "at_most": 0}]
    (fault,) = trial_criteria_faults(protocol(trial=labels, criteria=criteria))
    assert fault[1] == 'Add category = "therapy" to it'
