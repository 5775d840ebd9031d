"""Calibration curves of each category, and up to each where the categories are ordered."""

import numpy as np
import pytest

from cds.calibration.category_curves import category_curves
from cds.calibration.curve import calibration_curve
from cds.calibration.validator import validate
from cds.core.sample_kinds import OrdinalSample
from cds.core.study import OVERALL
from tests.class_samples import CATEGORIES, classes, drawn_classes, reference
from tests.studies import answered, parts


def test_each_category_has_the_binary_curve_of_itself_against_the_rest():
    sample = reference()
    curve, tenths = category_curves(sample, "rcs", 0.95)
    rows = curve.columns["category"] == "specialist"
    wanted = calibration_curve(sample.one_vs_rest("specialist"), "rcs", 0.95, OVERALL)
    for name in ("risk", "observed", "low", "high"):
        assert curve.columns[name][rows] == pytest.approx(wanted.columns[name])
    assert curve.facts["categories"]["specialist"]["events"] == 141
    assert tenths.name == f"{curve.name}_tenths" and set(tenths.columns["category"]) == set(CATEGORIES)


def test_ordered_categories_have_cumulative_curves_too_but_for_the_last():
    names = [c.name for c in category_curves(reference(OrdinalSample), "rcs", 0.95)]
    assert names == [
        "calibration_by_category",
        "calibration_by_category_tenths",
        "cumulative_calibration",
        "cumulative_calibration_tenths",
    ]
    cumulative = list(category_curves(reference(OrdinalSample), "rcs", 0.95))[2]
    assert set(cumulative.columns["category"]) == set(CATEGORIES[:-1])


def test_a_category_without_a_curve_keeps_its_tenths_and_says_why():
    sample = drawn_classes(60, 1)
    curve, tenths = category_curves(classes(np.minimum(sample.code, 1), sample.probability), "rcs", 0.95)
    assert curve.facts["categories"]["c"]["no_curve"] == "only one outcome class"
    assert np.isnan(curve.columns["observed"][curve.columns["category"] == "c"]).all()
    assert set(tenths.columns["category"]) == set("abc")


def test_the_validator_shows_the_smoothers_of_each_category_together():
    _, curves, (smoothers,) = parts(validate(answered(drawn_classes(120, 2))))
    assert [c.name for c in curves] == ["calibration_by_category", "calibration_by_category_tenths"]
    assert smoothers.header[0] == "category, smoother"
    assert [row[0] for row in smoothers.rows][:4] == ["a, rcs", "a, lowess", "a, loess", "b, rcs"]
