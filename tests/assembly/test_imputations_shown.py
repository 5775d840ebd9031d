"""What is drawn from one imputation says so."""

import numpy as np

from cds.assembly.imputations_shown import labelled
from cds.core.finding import Curve, Table
from tests.samples import drawn
from tests.studies import answered


def shown(outputs, m):
    study = answered(drawn(60, 1))
    object.__setattr__(study, "samples", (study.sample,) * m)
    return list(labelled(outputs, study))


ROC = Curve("roc", "discrimination", "ROC", {"x": np.arange(2)})
POOLED = Curve("calibration", "calibration", "C", {"x": np.arange(2)}, facts={"imputations": 3})
TABLE = Table("distinct_risks", "calibration", "D", ("a",), (("b",),), "few")


def test_a_curve_or_table_of_the_first_imputation_is_labelled():
    roc, pooled, table = shown([ROC, POOLED, TABLE], 3)
    assert roc.note == "the first of 3 imputations"
    assert pooled is POOLED and table.note == "few Shown: the first of 3 imputations."


def test_with_one_sample_nothing_is_labelled():
    assert shown([ROC, TABLE], 1) == [ROC, TABLE]


def test_what_is_pooled_by_itself_or_of_another_family_stays():
    counts = Table("per_thousand", "utility", "P", ("a",), (("b",),))
    missing = Table("inputs_missing", "dataquality", "M", ("a",), (("b",),))
    assert shown([counts, missing], 4) == [counts, missing]
