"""Instability by hand: two patients and two refits, and the curves of a study."""

from dataclasses import replace

import numpy as np
import pytest

from cds.core.finding import Curve, Table
from cds.core.measure import NotEstimable
from cds.core.study import Request
from cds.internal.instability import Instability
from cds.internal.instability_curves import _net_benefit, instability
from cds.internal.redone import Redone, measured, redone, source_of
from cds.stats.ends_of_risk import ENDS
from tests.internal.refittable import drawn, fitted, protocol, study_of


def by_hand() -> Instability:
    return Instability(np.array([0.2, 0.6]), np.array([[0.3, 0.5], [0.1, 0.9]]), np.ones(2))


def test_mean_absolute_prediction_error_by_hand():
    one = by_hand()
    assert one.absolute_error == pytest.approx([0.1, 0.2])  # |.3−.2|, |.1−.2|; |.5−.6|, |.9−.6|
    assert one.mape == pytest.approx(0.15)


def test_classification_instability_by_hand():
    assert by_hand().changed(0.55) == pytest.approx([0.0, 0.5])
    assert by_hand().changed(0.2) == pytest.approx([0.5, 0.0])  # a risk at the threshold is flagged


def test_weights_of_2_equal_a_doubled_patient():
    one = by_hand()
    doubled = Instability(np.repeat(one.original, [2, 1]), np.repeat(one.refits, [2, 1], axis=1), np.ones(3))
    assert Instability(one.original, one.refits, np.array([2.0, 1.0])).mape == pytest.approx(doubled.mape)


def parts(study, made):
    found = list(instability(study, study.sample, made))
    return {c.name: c for c in found if isinstance(c, Curve)}, [t for t in found if isinstance(t, Table)]


def test_identical_refits_are_stable():
    data = drawn(120)
    study = study_of(data, fitted(data), protocol())
    same = Redone((), (study.sample,) * 4, study.sample, {"refits": 4, "refits_failed": 0})
    curves, tables = parts(study, same)
    assert curves["absolute_prediction_error"].columns["error"].max() == 0
    assert curves["classification_instability"].columns["0.3"].max() == 0
    assert dict(tables[0].rows)["Mean absolute prediction error (MAPE)"] == "0.000"


def test_curves_hold_bands_of_patients_and_a_line_per_refit():
    data = drawn(220)
    study = study_of(data, fitted(data), protocol())
    curves, tables = parts(study, redone(source_of(study), study.sample, 12))
    bands = curves["prediction_instability"].columns
    assert len(bands["low"]) == 20  # of 11 patients each, the protocol's smallest printed cell
    assert (bands["low"] <= bands["high"]).all()
    assert curves["prediction_instability_grid"].columns["count"].sum() == 220 * 12
    for name in ("calibration_instability", "decision_instability"):
        assert sum(column.startswith("refit_") for column in curves[name].columns) == 12
    assert tables[0].section == "instability"


def test_the_decision_curves_are_those_of_the_net_benefit():
    data = drawn(100)
    study = study_of(data, fitted(data), protocol())
    told = measured(study, study.sample, [Request("net_benefit", threshold=0.3)])
    assert _net_benefit(study.sample, np.array([0.3])) == pytest.approx(told)


def test_above_5_percent_of_failed_refits_nothing_is_drawn():
    data = drawn(60)
    study = study_of(data, fitted(data), protocol())
    samples = (study.sample,) * 9 + (NotEstimable("no fit"),)
    curves, tables = parts(study, Redone((), samples, study.sample, {"refits": 10, "refits_failed": 1}))
    assert not curves
    assert "1 of 10 refits failed (limit 5 %): no fit (1)" in tables[0].rows[0][1]


def test_the_calibration_of_refits_is_drawn_below_risks_of_1_and_the_note_says_so():
    data = drawn(120)
    study = study_of(data, fitted(data), protocol())
    risk = np.where(np.arange(120) < 6, 1.0, study.sample.risk)
    sample = replace(study.sample, risk=risk)
    made = Redone((), (sample,) * 3, sample, {"refits": 3, "refits_failed": 0})
    curves = {c.name: c for c in instability(study, sample, made) if isinstance(c, Curve)}
    found = curves["calibration_instability"]
    assert found.columns["risk"].max() < 1 and np.isfinite(found.columns["original"]).all()
    assert found.note.endswith(f"; {ENDS}")
