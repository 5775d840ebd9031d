"""What the fairness family hands over: the gaps, and which groups were compared with which."""

import numpy as np

from cds.fairness.validator import validate
from tests.studies import answered, parts

GROUPS = {
    "sex": np.where(np.arange(240) % 3 == 0, "m", "f"),
    "age": np.array(["old", "mid", "young"])[np.arange(240) % 3],
}


def test_gaps_per_attribute_and_a_table_of_the_groups():
    findings, curves, tables = parts(validate(answered(groups=GROUPS, references={"sex": "m"})))
    contrasts = [f for f in findings if f.kind != "estimate"]
    assert {(f.attribute, f.group, f.reference_group) for f in contrasts} == {
        ("sex", "f", "m"),
        ("age", "old", "mid"),
        ("age", "young", "mid"),
    }
    assert {f.kind for f in contrasts} == {"difference", "ratio"} and not curves
    others = {(f.analysis, f.attribute) for f in findings if f.kind == "estimate"}
    assert others == {("heterogeneity", "age"), ("partially_pooled", "age")}  # two groups are contrasted, not pooled
    assert [t.name for t in tables if t.name.startswith("mitigation")] == [
        "mitigation_sex_0.2", "mitigation_sex_0.4", "mitigation_age_0.2", "mitigation_age_0.4",
    ]  # fmt: skip
    assert tables[0].rows == (
        ("sex", "f", "160", "58", ""),
        ("sex", "m", "80", "25", "reference"),
        ("age", "mid", "80", "31", "reference (the largest; none was named)"),
        ("age", "old", "80", "25", ""),
        ("age", "young", "80", "27", ""),
    )


def test_without_groups_nothing_is_compared():
    assert parts(validate(answered())) == ([], [], [])
