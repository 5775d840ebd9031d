"""What times to an event hand over beyond their numbers: curves per horizon, error over time, groups, 1,000 people."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from cds.core.measure import NotEstimable
from cds.core.protocol import ValidationProtocol
from cds.core.study import subgroups
from cds.stats.ends_of_risk import ENDS
from cds.survival.calibration_curve import calibration_curve
from cds.survival.validator import validate
from tests.studies import answered, parts
from tests.survival.tied import drawn, reference_competing, reference_survival, survival

HORIZONS = (90.0, 180.0, 365.0)
GROUPS = {"sex": np.tile(["f", "m"], 250)}


def study(sample=None, horizons=HORIZONS, **more):
    """Nothing is answered: the numbers are findings of other families."""
    sample = reference_survival() if sample is None else sample
    built = replace(answered(thresholds=(0.2, 0.4)), samples=(sample,))
    settings = built.settings.model_copy(update={"horizons": horizons, **more})
    return replace(built, settings=settings, answers={})


def handed(made):
    findings, curves, tables = parts(validate(made))
    assert not findings
    return curves, tables


def test_each_horizon_has_its_calibration_tenths_and_decision_curve():
    curves, tables = handed(study())
    by_name = {name: [c for c in curves if c.name == name] for name in {c.name for c in curves}}
    for name in ("calibration", "calibration_tenths", "decision"):
        assert [c.facts["horizon"] for c in by_name[name]] == list(HORIZONS), name
    assert len(by_name["risk_groups"]) == len(by_name["brier_over_time"]) == 1
    assert set(by_name) == {"calibration", "calibration_tenths", "decision", "risk_groups", "brier_over_time"}
    [table] = tables
    assert table.name == "per_thousand" and len(table.rows) == 6
    assert by_name["decision"][1].facts["of"] == "180 days"


def test_only_the_horizons_asked_for_are_drawn():
    curves, _ = handed(study(horizons=(180.0,)))
    assert {c.facts["horizon"] for c in curves if "horizon" in c.facts} == {180}
    [over_time] = [c for c in curves if c.name == "brier_over_time"]
    assert over_time.columns["time"].tolist() == list(HORIZONS)  # wherever there are risks


def test_groups_have_calibration_curves_of_their_own_and_no_tenths():
    made = replace(study(horizons=(180.0,)), groups=subgroups(GROUPS))
    curves, _ = handed(made)
    mine = [(c.name, c.group) for c in curves if c.attribute == "sex"]
    assert mine == [("calibration", "f"), ("calibration", "m")]
    [women] = [c for c in curves if c.group == "f"]
    alone = calibration_curve(made.sample.where(GROUPS["sex"] == "f"), 180.0, 0.95)
    assert women.columns["observed"] == pytest.approx(alone.columns["observed"], rel=1e-12)


def test_an_empty_group_has_no_curve():
    made = replace(study(horizons=(180.0,)), groups=subgroups(GROUPS, levels={"sex": ("f", "m", "x")}))
    assert {c.group for c in handed(made)[0] if c.attribute} == {"f", "m"}


def test_competing_risks_are_drawn_by_aalen_johansen():
    curves, [table] = handed(study(reference_competing(), horizons=(365.0,)))
    assert Counter(c.name for c in curves) == Counter(
        ["calibration", "calibration_tenths", "decision", "risk_groups"]  # one horizon: no error over time
    )
    assert "(Aalen–Johansen)" in table.note
    [tenths] = [c for c in curves if c.name == "calibration_tenths"]
    assert "log(−log(1 − F))" in tenths.note


def test_without_thresholds_there_is_no_table():
    assert handed(study(thresholds=()))[1] == []


def test_imputations_are_pooled_over_the_risks_that_all_of_them_have():
    one, other = drawn(400, 3), drawn(400, 4)
    made = replace(study(horizons=(30.0,)), samples=(one, other))
    curves, _ = handed(made)
    found = {c.name: c for c in curves}
    calibration = found["calibration"]
    assert calibration.facts["imputations"] == 2
    assert "pooled over 2 imputations by Rubin's rules" in calibration.note
    risks = [s.at(30.0).risk_now for s in (one, other)]
    assert calibration.columns["risk"][0] == pytest.approx(max(risk.min() for risk in risks))
    assert calibration.columns["risk"][-1] == pytest.approx(min(risk.max() for risk in risks))
    assert found["decision"].facts["imputations"] == found["brier_over_time"].facts["imputations"] == 2
    each = [
        calibration_curve(s, 30.0, 0.95, grid=calibration.columns["risk"]).columns["observed"] for s in (one, other)
    ]
    pooled = expit(np.mean([logit(observed) for observed in each], axis=0))
    assert calibration.columns["observed"] == pytest.approx(pooled, rel=1e-9)
    for name in ("calibration_tenths", "risk_groups"):
        assert "first" in found[name].note


def test_equal_imputations_give_the_curve_of_one():
    sample = drawn(300, 5)
    [both] = [c for c in handed(replace(study(horizons=(30.0,)), samples=(sample, sample)))[0] if c.name == "decision"]
    [one] = [c for c in handed(study(sample, horizons=(30.0,)))[0] if c.name == "decision"]
    assert both.columns["model"] == pytest.approx(one.columns["model"], abs=1e-12)


def test_imputations_without_common_risks_have_no_calibration_curve():
    low, high = (survival(risk=np.full(24, r) + 0.01 * np.arange(24) / 24, horizons=(4.0,)) for r in (0.1, 0.8))
    curves, _ = handed(replace(study(horizons=(4.0,)), samples=(low, high)))
    assert "calibration" not in {c.name for c in curves}


def test_at_landmarks_nothing_is_drawn_of_the_stacked_rows():
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "renewed", "version": "1", "question": "Do renewed risks hold?",
            "time_unit": "days", "outcome": {"kind": "survival", "time": "t", "event": "e", "competing": "none: made"},
            "cohort": {"patient": "p", "visit": "landmark"}, "landmark": {"times": [0, 60]},
            "measures": {"horizons": [90]},
            "criteria": [
                {"measure": "uno_c", "horizon": 90, "across": "landmark", "each": True, "at_least": 0.5}
            ],
        }
    )  # fmt: skip
    assert list(validate(replace(study(), protocol=protocol))) == []


def test_other_kinds_of_outcome_hand_over_nothing():
    assert list(validate(answered())) == []


def test_a_horizon_beyond_follow_up_has_no_curve_and_does_no_harm_to_the_others():
    curves, [table] = handed(study(survival(horizons=(4.0, 50.0)), horizons=(4.0, 50.0)))
    assert {c.facts["horizon"] for c in curves if c.name in ("calibration", "decision")} == {4}
    [over_time] = [c for c in curves if c.name == "brier_over_time"]
    assert over_time.columns["time"].tolist() == [4] and over_time.facts["left_out"] == [50]
    assert [("–" in row) for row in table.rows] == [False, False, True, True]


def test_nobody_with_the_event_neither_crashes_nor_draws_a_calibration_curve():
    curves, _ = handed(study(survival(event=np.zeros(24)), horizons=(2.0, 4.0)))
    assert "calibration" not in {c.name for c in curves}
    assert isinstance(calibration_curve(survival(event=np.zeros(24)), 2.0, 0.95), NotEstimable)


def test_the_common_curve_of_imputations_whose_risks_reach_1_ends_at_the_last_one_below():
    full, samples = reference_survival(), []
    for least in (0, 1):
        risk = full.risk.copy()
        risk[least : least + 40] = 1.0
        samples.append(survival(full.time, full.status, risk, horizons=HORIZONS, time_unit="days"))
    curves, _ = handed(replace(study(samples[0], horizons=(180.0,)), samples=tuple(samples)))
    [curve] = [c for c in curves if c.name == "calibration"]
    below = [s.risk[s.risk[:, 1] < 1, 1].max() for s in samples]
    assert curve.columns["risk"][-1] == pytest.approx(min(below))
    assert np.isfinite(curve.columns["observed"]).all() and ENDS in curve.note
