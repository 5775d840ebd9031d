"""Decisions about one category at a time."""

import pytest

from cds.utility.category_curves import category_decisions, category_table
from cds.utility.net_benefit import net_benefit
from cds.utility.validator import validate
from tests.class_samples import classes, drawn_classes
from tests.studies import answered, parts


def test_each_categorys_curve_is_the_net_benefit_of_its_own_probability():
    sample = drawn_classes(120, 2)
    curve = category_decisions(sample, (0.3,), 0.95)
    here = (curve.columns["category"] == "b") & (curve.columns["threshold"] == 0.3)
    assert curve.columns["model"][here] == pytest.approx([net_benefit(sample.one_vs_rest("b"), 0.3)])


def test_of_a_thousand_patients_by_hand():
    # At .5: a is said of the first two of four, rightly of one; treating all is worth 1/4 − 3/4.
    sample = classes([0, 1, 1, 2], [[0.6, 0.2, 0.2], [0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]])
    first = category_table([sample], (0.5,)).rows[0]
    assert first == ("a, 0.5", "250", "0", "250", "500", "0", "-500", "0")


def test_there_are_curves_only_where_thresholds_are_named():
    findings, curves, tables = parts(validate(answered(drawn_classes(120, 2), thresholds=(0.3,))))
    assert {(f.measure, f.category) for f in findings} == {
        (m, c) for m in ("net_benefit", "net_benefit_treat_all", "net_benefit_gain") for c in "abc"
    }
    assert [c.name for c in curves] == ["decision_by_category"] and [t.name for t in tables] == ["per_thousand"]
    findings, curves, tables = parts(validate(answered(drawn_classes(120, 2), thresholds=())))
    assert not findings and not curves and not tables
