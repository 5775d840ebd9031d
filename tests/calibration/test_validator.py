"""What the calibration family hands over: findings, a curve per group, tenths, and the smoothers side by side."""

import numpy as np
import pytest

from cds.calibration.validator import validate
from tests.samples import small
from tests.studies import answered, parts

SEX = {"sex": np.where(np.arange(240) % 3 == 0, "m", "f")}


def test_a_curve_overall_and_per_group_and_tenths_overall():
    findings, curves, _ = parts(validate(answered(groups=SEX)))
    assert {f.family for f in findings} == {"calibration"}
    assert [(c.name, c.group) for c in curves] == [
        ("calibration", None),
        ("calibration_tenths", None),
        ("calibration", "f"),
        ("calibration", "m"),
    ]
    assert [c.facts["n"] for c in curves if c.name == "calibration"] == [240, 160, 80]


@pytest.mark.parametrize("smoother", ["rcs", "lowess", "loess"])
def test_the_smoothers_stand_side_by_side_whichever_was_chosen(smoother):
    study = answered(smoother=smoother)
    _, curves, tables = parts(validate(study))
    (table,) = tables
    assert table.name == "smoothers" and f"smoother is {smoother}" in table.note
    assert sorted(row[0] for row in table.rows) == ["loess", "lowess", "rcs"] and table.rows[0][0] == smoother
    ici = table.header.index("Integrated calibration index")
    (chosen,) = [a for a in study.answers.values() if a.request.measure == "ici" and a.request.analysis == "primary"]
    assert table.rows[0][ici] == f"{chosen.result.value:.4f}"
    assert curves[0].facts["smoother"] == smoother


def test_few_distinct_risks_have_a_table_and_reasons_instead_of_a_curve():
    few = small(np.arange(240) % 2, np.tile([0.1, 0.3, 0.6], 80))
    _, curves, tables = parts(validate(answered(few)))
    assert [c.name for c in curves] == ["calibration_tenths"]
    assert [t.name for t in tables] == ["distinct_risks", "smoothers"]
    assert "too few for a curve" in tables[1].rows[0][1]
