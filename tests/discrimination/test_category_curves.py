"""ROC curves and predictions of each category."""

import numpy as np
import pytest

from cds.discrimination.category_curves import category_curves
from cds.discrimination.validator import validate
from tests.class_samples import CATEGORIES, WANTED, classes, drawn_classes, reference
from tests.studies import answered, parts


def test_each_categorys_roc_encloses_its_auroc():
    _, roc = category_curves(reference())
    for category in CATEGORIES:
        rows = roc.columns["category"] == category
        area = np.trapezoid(roc.columns["true_positive_rate"][rows], roc.columns["false_positive_rate"][rows])
        assert area == pytest.approx(WANTED["ovr_auroc"][category])


def test_a_category_that_nobody_has_has_predictions_but_no_roc():
    sample = drawn_classes(60, 1)
    spread, roc = category_curves(classes(np.minimum(sample.code, 1), sample.probability))
    assert set(spread.columns["category"]) == set("abc") and set(roc.columns["category"]) == set("ab")


def test_the_validator_hands_over_findings_and_both_curves():
    findings, curves, _ = parts(validate(answered(drawn_classes(120, 2))))
    assert {f.measure for f in findings} == {"auroc", "hand_till_m", "polytomous_discrimination_index"}
    assert [c.name for c in curves] == ["distribution_by_category", "roc_by_category"]
