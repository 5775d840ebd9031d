"""Studies and requests: subgroups in order, parameters named once, answers as findings."""

import numpy as np
import pandas as pd

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.measure import NotEstimable
from cds.core.protocol import MeasuresSection
from cds.core.study import OVERALL, Answer, Request, Study, Subgroup, subgroups
from tests.samples import small


def study(seed=1) -> Study:
    cohort = Cohort(patients=np.arange(24).astype(str), features=pd.DataFrame(index=range(24)))
    return Study(
        cohort=cohort, samples=(small(),), measures=catalog.measures("binary"), settings=MeasuresSection(seed=seed)
    )


def test_subgroups_come_attribute_by_attribute_in_sorted_order():
    found = subgroups({"sex": np.array(["m", "f", "m"]), "age": np.array(["old", "old", "young"])})
    assert [(s.attribute, s.level) for s in found] == [("sex", "f"), ("sex", "m"), ("age", "old"), ("age", "young")]
    assert found[Subgroup("sex", "m")].tolist() == [True, False, True]
    assert OVERALL.overall and not Subgroup("sex", "m").overall


def test_a_request_names_only_the_parameters_it_has():
    assert Request("auroc").parameters == {}
    assert Request("ici", smoother="rcs").parameters == {"smoother": "rcs"}
    assert Request("net_benefit", threshold=0.2).parameters == {"threshold": 0.2}


def test_an_answer_becomes_a_finding_of_its_family():
    request = Request("ici", Subgroup("sex", "f"), smoother="lowess", analysis="other_smoother")
    answered = study().with_answers([Answer(request, NotEstimable("no")), Answer(Request("brier"), NotEstimable("no"))])
    (found,) = answered.findings("calibration")
    assert (found.attribute, found.group, found.analysis) == ("sex", "f", "other_smoother")
    assert found.parameters == {"smoother": "lowess"}
    assert [f.measure for f in answered.findings("overall")] == ["brier"]
    assert not list(answered.findings("utility"))


def test_the_generator_follows_the_seed():
    assert study().rng.random() == study().rng.random() != study(seed=2).rng.random()


def test_the_sample_is_the_only_one():
    one = study()
    assert one.sample is one.samples[0]


def test_subgroups_follow_a_declared_order_which_adds_no_level():
    ages = {"age": np.array(["9 and over", "under 5", "5 to under 9", "?"])}
    order = {"age": ("under 5", "5 to under 9", "9 and over", "(missing)")}
    found = [s.level for s in subgroups(ages, {"age": ["(missing)"]}, order)]
    assert found == ["under 5", "5 to under 9", "9 and over", "(missing)", "?"]
    assert [s.level for s in subgroups(ages, orders=order)] == ["under 5", "5 to under 9", "9 and over", "?"]
