"""What the discrimination family hands over: findings, the ROC curve and the risks by outcome."""

import numpy as np
import pytest

from cds.discrimination.auroc import auroc
from cds.discrimination.validator import risk_distribution, roc_curve, validate
from tests.samples import drawn, small
from tests.studies import answered, parts


def test_findings_and_two_curves():
    findings, curves, tables = parts(validate(answered()))
    assert {f.measure for f in findings} == {"auroc", "average_precision", "discrimination_slope"}
    assert [c.name for c in curves] == ["risk_distribution", "roc"] and not tables


def test_one_class_has_no_roc_curve():
    _, curves, _ = parts(validate(answered(small(np.zeros(240), drawn(240, 3).risk))))
    assert [c.name for c in curves] == ["risk_distribution"]


@pytest.mark.parametrize("weights", [None, np.random.default_rng(1).integers(0, 3, 24).astype(float)])
def test_the_area_under_the_drawn_curve_is_the_auroc(weights):
    sample = small(weights=weights)
    drawn_curve = roc_curve(sample).columns
    x, y = drawn_curve["false_positive_rate"], drawn_curve["true_positive_rate"]
    assert (x[0], y[0], x[-1], y[-1]) == pytest.approx((0, 0, 1, 1))
    assert np.trapezoid(y, x) == pytest.approx(auroc(sample))


def test_every_patient_is_in_one_bin_the_certain_ones_too():
    found = risk_distribution(small([1, 0, 1, 0], [0.0, 0.04, 0.05, 1.0])).columns
    assert (found["left"][0], found["right"][-1], len(found["left"])) == (0, 1, 20)
    assert (found["events"][:2].tolist(), found["non_events"][[0, -1]].tolist()) == ([1, 1], [1, 1])
    assert found["events"].sum() == found["non_events"].sum() == 2
