"""A group with too few events is not assessable, in every kind of outcome: the reason says how many are missing."""

import numpy as np
import pytest

from cds.core.protocol import ValidationProtocol
from cds.core.sample_kinds import ContinuousSample, OrdinalSample
from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from cds.core.verdict import apply_criteria
from cds.fairness.gap import gaps
from tests.class_samples import drawn_classes
from tests.samples import drawn, small
from tests.studies import answered

OUTCOMES = {
    "binary": {"column": "y"},
    "nominal": {"column": "y", "categories": ["a", "b", "c"]},
    "ordinal": {"column": "y", "categories": ["a", "b", "c"]},
    "continuous": {"column": "y"},
    "survival": {"time": "t", "event": "e", "competing": "none: nobody dies"},
    "competing_risks": {"time": "t", "status": "s"},
}


def judged(sample, groups, *criteria, minimum=50, **settings):
    """The criteria's findings across the attribute g, judged as a run judges them."""
    study = answered(sample, groups={"g": groups}, references={"g": "a"}, **settings)
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?",
            "outcome": {"kind": sample.kind, **OUTCOMES[sample.kind]},
            "cohort": {"groups": ["g"], "references": {"g": "a"}, "minimum_events": minimum},
            "measures": {
                "thresholds": study.settings.thresholds, "horizons": study.settings.horizons, "replicates": 0,
            },
            "criteria": [{"across": "g", **criterion} for criterion in criteria],
        }
    )  # fmt: skip
    findings = [*map(study.finding, study.answers.values()), *gaps(study, "g", "a")]
    found = [f for f in apply_criteria(findings, protocol, study.measures) if f.criterion is not None]
    return {f.group: f for f in found}


def groups_of(n, few):
    """Group a, and b with ``few`` rows at the end."""
    return np.where(np.arange(n) >= n - few, "b", "a")


def followed(n=300, seed=5):
    """Times to an event or censoring; events pile up late, so that an early horizon has few."""
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.weibull(2, n) * 100)
    return {"time": time, "status": (rng.random(n) < 0.8).astype(int), "risk": np.sort(rng.uniform(0.05, 0.9, (n, 2)))}


def test_a_group_with_one_event_too_few_names_the_number_missing():
    outcome = np.r_[np.tile([1.0, 0, 0], 100), np.ones(49), np.zeros(51)]
    risk = np.random.default_rng(1).uniform(0.1, 0.8, 400)
    found = judged(small(outcome, risk), groups_of(400, 100), {"measure": "brier", "at_most": 0.9, "each": True})
    assert found["a"].verdict == "meets"
    assert (found["b"].verdict, found["b"].verdict_reason) == (
        "not_assessable", "49 events or non-events, 1 fewer than the protocol's minimum of 50",
    )  # fmt: skip


def test_exactly_the_minimum_is_enough():
    outcome = np.r_[np.tile([1.0, 0, 0], 100), np.ones(50), np.zeros(50)]
    risk = np.random.default_rng(1).uniform(0.1, 0.8, 400)
    found = judged(small(outcome, risk), groups_of(400, 100), {"measure": "brier", "at_most": 0.9, "each": True})
    assert {f.verdict for f in found.values()} == {"meets"}


def test_non_events_count_as_events_do():
    outcome = np.r_[np.tile([1.0, 0, 0], 100), np.ones(90), np.zeros(10)]
    risk = np.random.default_rng(1).uniform(0.1, 0.8, 400)
    found = judged(small(outcome, risk), groups_of(400, 100), {"measure": "auroc", "at_least": 0.1, "each": True})
    assert found["b"].verdict_reason.startswith("10 events or non-events, 40 fewer")


@pytest.mark.parametrize(
    "criterion",
    [
        {"measure": "auroc", "difference_within": [-0.9, 0.9]},
        {"measure": "observed_expected", "ratio_within": [0.01, 100]},
        {"measure": "net_benefit_gain", "threshold": 0.2, "difference_within": [-1, 1]},
    ],
)
def test_a_contrast_needs_the_minimum_in_both_groups(criterion):
    found = judged(drawn(500, 3), groups_of(500, 60), criterion)
    assert found["b"].verdict == "not_assessable"
    assert "fewer than the protocol's minimum of 50" in found["b"].verdict_reason
    turned = judged(drawn(500, 3), np.where(groups_of(500, 60) == "a", "b", "a"), criterion)
    assert turned["b"].verdict_reason == found["b"].verdict_reason
    assert judged(drawn(500, 3), groups_of(500, 250), criterion)["b"].verdict == "meets"


@pytest.mark.parametrize("kind", ["nominal", "ordinal"])
def test_of_several_categories_the_rarest_counts_and_of_one_category_it_and_the_rest(kind):
    sample = drawn_classes(600, 2, **({"kind": OrdinalSample} if kind == "ordinal" else {}))
    groups = groups_of(600, 90)
    rarest = min(np.bincount(sample.code[groups == "b"]))
    found = judged(sample, groups, {"measure": "brier", "at_most": 1.9, "each": True})
    assert found["a"].verdict == "meets"
    told = f"{rarest} patients of the rarest category, {50 - rarest} fewer than the protocol's minimum of 50"
    assert (found["b"].verdict, found["b"].verdict_reason) == ("not_assessable", told)
    here = int((sample.code[groups == "b"] == 0).sum())
    found = judged(sample, groups, {"measure": "auroc", "category": "a", "at_least": 0.01, "each": True})
    assert found["b"].verdict_reason == (
        f"{here} events or non-events, {50 - here} fewer than the protocol's minimum of 50"
    )


@pytest.mark.parametrize("kind", ["survival", "competing_risks"])
def test_of_times_the_events_by_the_horizon_count_and_those_known_to_be_without(kind):
    parts, groups = followed(), groups_of(300, 150)
    if kind == "competing_risks":
        parts["status"][::7] = 2
    sample = (SurvivalSample if kind == "survival" else CompetingRisksSample)(**parts, horizons=(40.0, 100.0))
    inside = groups == "b"
    early = int(((sample.status == 1) & (sample.time <= 40))[inside].sum())
    assert early < 50
    criterion = {"measure": "brier", "at_most": 0.99, "each": True}
    found = judged(sample, groups, {**criterion, "horizon": 40}, horizons=sample.horizons)
    assert found["b"].verdict == "not_assessable"
    assert found["b"].verdict_reason.startswith(f"{early} events or non-events, {50 - early} fewer")
    without = (sample.time > 100) | ((sample.time == 100) & (sample.status == 0)) | (sample.status > 1)
    beyond = int(without[inside].sum())
    late_events = int(((sample.status == 1) & (sample.time <= 100))[inside].sum())
    fewest = min(beyond, late_events)
    found = judged(sample, groups, {**criterion, "horizon": 100}, horizons=sample.horizons, minimum=fewest)
    assert found["b"].verdict == "meets"
    found = judged(sample, groups, {**criterion, "horizon": 100}, horizons=sample.horizons, minimum=fewest + 1)
    assert found["b"].verdict_reason.startswith(f"{fewest} events or non-events, 1 fewer")


def test_of_a_survival_contrast_the_smaller_group_counts_by_the_horizon():
    sample = SurvivalSample(**followed(), horizons=(40.0, 100.0))
    groups = groups_of(300, 40)
    criterion = {"measure": "observed_expected", "ratio_within": [0.01, 100], "horizon": 100}
    found = judged(sample, groups, criterion, horizons=sample.horizons)
    assert found["b"].verdict == "not_assessable"
    assert "fewer than the protocol's minimum of 50" in found["b"].verdict_reason


def test_an_outcome_that_is_a_number_has_no_events_to_lack():
    rng = np.random.default_rng(1)
    predicted = rng.normal(5, 2, 300)
    sample = ContinuousSample(observed=predicted + rng.normal(0, 1, 300), predicted=predicted)
    found = judged(sample, groups_of(300, 20), {"measure": "mae", "at_most": 9, "each": True})
    assert {f.verdict for f in found.values()} == {"meets"}


def test_a_group_without_any_event_says_why_it_has_no_number():
    outcome = np.r_[np.tile([1.0, 0, 0], 100), np.zeros(60)]
    risk = np.random.default_rng(1).uniform(0.1, 0.8, 360)
    found = judged(small(outcome, risk), groups_of(360, 60), {"measure": "auroc", "at_least": 0.1, "each": True})
    assert (found["b"].verdict, found["b"].verdict_reason) == ("not_assessable", "only one outcome class")
