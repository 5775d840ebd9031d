"""Patients against those of development: who differs, and whether lower discrimination is case mix or the model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.finding import Finding, Table
from cds.core.measure import NotEstimable
from cds.core.model_card import DevelopmentSummary, Feature, InputSummary, ModelCard
from cds.core.outcome import Binary
from cds.core.prediction import Risk, RiskByHorizon, Value
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from cds.core.study import Study
from cds.dataquality.case_mix import case_mix
from cds.stats.implied_concordance import implied_auroc, implied_c
from cds.stats.prediction_summary import summaries
from tests.dataquality.planted import faults, rows, study, tables, told

INPUTS = (
    Feature(name="age", label="Age", type="number", unit="years"),
    Feature(name="sex", label="Sex", type="category", levels={"f": "female", "m": "male"}),
)
N = 1000


def patients(seed, *, spread=1.0, slope=1.0, age=45.0, male=0.4, n=N):
    """Inputs, risks and outcomes: risks spread by ``spread``, outcomes that follow slope·logit."""
    rng = np.random.default_rng(seed)
    logit = -0.5 + spread * rng.normal(size=n)
    event = (rng.random(n) < 1 / (1 + np.exp(-(-0.5 + slope * (logit + 0.5))))).astype(float)
    features = pd.DataFrame({"age": rng.normal(age, 10, n), "sex": np.where(rng.random(n) < male, "m", "f")})
    return features, event, 1 / (1 + np.exp(-logit))


def development(risk, **claims):
    """A card of inputs of age 45 (10) and 40 % men, whose model predicted these risks."""
    inputs = {
        "age": InputSummary(n=N, missing=0, mean=45.0, sd=10.0),
        "sex": InputSummary(n=N, missing=0, counts={"f": 600, "m": 400}),
    }
    found = DevelopmentSummary(rows=N, inputs=inputs, predictions={} if risk is None else summaries(Risk(risk)))
    return ModelCard(name="m", version="1", outcome="binary", inputs=INPUTS, development=found, claims=claims)


def made(features, event, risk, card, **more):
    sample = BinarySample(outcome=event, risk=risk, **more)
    codes = np.arange(len(features)).astype(str)
    return Study(
        cohort=Cohort(patients=codes, features=features, outcome=Binary(event)), samples=(sample,),
        measures=catalog.measures("binary"), settings=MeasuresSection(), card=card,
    )  # fmt: skip


def implied(found):
    [finding] = [one for one in found if isinstance(one, Finding) and one.measure == "implied_c"]
    return finding


THEN = patients(1)[2]


def test_nothing_is_raised_on_patients_like_those_of_development() -> None:
    found = list(case_mix(made(*patients(2), development(THEN, auroc=0.75))))
    [row] = [one for one in found if isinstance(one, Finding) and one.code == "DQ022"]
    assert row.severity is None and row.details == {"inputs_compared": 2, "predictions_compared": 1}


def test_the_implied_concordance_stands_beside_the_observed_one() -> None:
    features, event, risk = patients(2)
    found = implied(case_mix(made(features, event, risk, development(THEN, auroc=0.75))))
    assert (found.family, found.kind, found.analysis) == ("dataquality", "estimate", "case_mix")
    assert found.estimate == pytest.approx(implied_auroc(risk).value)
    assert found.low < found.estimate < found.high
    details = found.record()["details"]
    assert details["observed"] == pytest.approx(catalog.measures("binary")["auroc"].compute(BinarySample(
        outcome=event, risk=risk)))  # fmt: skip
    assert details["low"] < details["observed_minus_implied"] < details["high"]
    assert (details["claimed"], details["compared_with"]) == (0.75, "auroc")
    assert details["development_implied"] == pytest.approx(implied_auroc(THEN).value)


def test_patients_who_are_more_alike_explain_a_lower_concordance() -> None:
    found = faults(case_mix(made(*patients(3, spread=0.5), development(THEN, auroc=0.75))))
    narrower, laid = (str(one.verdict_reason) for one in found)
    assert [one.severity for one in found] == ["warning", "info"]
    assert narrower.startswith(
        "The linear predictor spreads less here (sd 0.5"
    ) and "than in development (sd 0.99)" in (narrower)
    assert (
        "The loss is to be laid to patients who are more alike (or to risks surer of an overfitted model's own "
        "development data); that the model itself ranks worse is not shown." in laid
    )
    assert "; in development they implied 0.7" in laid and "Observed − implied: " in laid and "(95 % interval " in laid


def test_a_model_that_ranks_worse_is_told_from_case_mix() -> None:
    [fault] = faults(case_mix(made(*patients(4, slope=0.3), development(THEN, auroc=0.75))))
    assert fault.severity == "info"
    assert "Case mix does not explain it: the model ranks these patients worse than its risks promise." in str(
        fault.verdict_reason
    )
    assert fault.details["high"] < 0


def test_both_are_told_where_both_are_to_blame() -> None:
    found = faults(case_mix(made(*patients(5, spread=0.6, slope=0.2), development(THEN))))
    sentence = str(found[-1].verdict_reason)
    assert "to be laid to patients who are more alike" in sentence and "the rest to the model: it ranks" in sentence


def test_a_claim_alone_may_have_been_optimistic() -> None:
    sentence = told(case_mix(made(*patients(6, spread=0.5), development(None, auroc=0.75))))
    assert "; 0.75 was claimed" in sentence and "(or to an optimistic claim)" in sentence


def test_other_patients_are_named_with_both_numbers_and_what_to_look_at() -> None:
    found = faults(case_mix(made(*patients(7, age=55, male=0.8), development(THEN))))
    [fault] = [one for one in found if "standardised_differences" in one.details]
    sentence = str(fault.verdict_reason)
    assert fault.severity == "warning"
    assert sentence.startswith("2 of 2 inputs lie more than half a standard deviation from development: Age: 5")
    assert "(sd 10) here, 45 (sd 10) in development" in sentence
    assert "in development: 40%" not in sentence and "male: 40% in development" in sentence
    assert "look at the coding and units of these inputs first." in sentence
    assert fault.details["standardised_differences"]["age"] == pytest.approx(1.0, abs=0.15)


def test_small_samples_differ_by_chance() -> None:
    raised = 0
    for seed in range(200):
        found = faults(case_mix(made(*patients(100 + seed, n=30), development(THEN))))
        raised += any(one.severity == "warning" for one in found)
    assert raised <= 6


def test_the_table_sets_both_side_by_side() -> None:
    [table] = tables(case_mix(made(*patients(2), development(THEN, auroc=0.75))))
    assert isinstance(table, Table) and table.header == ("", "Development", "Here", "Standardised difference")
    assert [row[0] for row in table.rows] == [
        "Age", "Sex", "Predicted risk, mean (sd)", "Linear predictor, mean (sd)", "C-statistic implied by the risks",
        "C-statistic observed",
    ]  # fmt: skip
    assert table.rows[0][1] == "45 (sd 10)" and table.rows[5][1] == "0.75 (claimed)"
    assert all("nan" not in cell for row in table.rows for cell in row)


def test_few_patients_have_no_printed_numbers() -> None:
    found = list(case_mix(made(*patients(2, n=8), development(THEN))))
    [table] = tables(found)
    assert {row[2] for row in table.rows} == {"×"} and "× Not printed" in table.note


def test_levels_of_few_patients_are_not_named() -> None:
    features, event, risk = patients(2)
    features["sex"] = np.where(np.arange(N) < 5, "m", "f")
    [fault] = [o for o in faults(case_mix(made(features, event, risk, development(THEN)))) if o.severity == "warning"]
    assert "Sex: × here, by level in development" in str(fault.verdict_reason)


def test_weights_of_2_are_doubled_rows_and_give_no_interval() -> None:
    features, event, risk = patients(2)
    weighted = implied(case_mix(made(features, event, risk, development(THEN), weights=np.full(N, 2.0))))
    doubled = implied_auroc(np.repeat(risk, 2)).value
    assert weighted.estimate == pytest.approx(doubled)
    assert isinstance(weighted.result.interval, NotEstimable)


def test_times_are_compared_up_to_the_last_horizon() -> None:
    rng = np.random.default_rng(9)
    hazard = np.exp(rng.normal(size=N))
    latent, end = rng.exponential(1 / hazard), rng.uniform(0.5, 3, N)
    time, status = np.minimum(latent, end), (latent <= end).astype(int)
    risk = np.column_stack([1 - np.exp(-0.5 * hazard), 1 - np.exp(-hazard)])
    made_of = {"time": time, "status": status, "risk": risk, "horizons": (0.5, 1.0)}
    card = ModelCard(
        name="m", version="1", outcome="survival", horizons=(0.5, 1.0), time_unit="years", claims={"harrell_c": 0.8},
        development=DevelopmentSummary(rows=N, predictions=summaries(RiskByHorizon(risk, (0.5, 1.0)))),
    )  # fmt: skip
    cohort = Cohort(patients=np.arange(N).astype(str), features=pd.DataFrame(index=range(N)))
    settings = MeasuresSection(horizons=(0.5, 1.0))
    survival = Study(
        cohort=cohort, samples=(SurvivalSample(**made_of),), measures=catalog.measures("survival"), settings=settings,
        card=card,
    )  # fmt: skip
    found = implied(case_mix(survival))
    assert (found.horizon, found.estimate) == (1.0, pytest.approx(implied_c(risk[:, 1]).value))
    details = found.record()["details"]
    assert details["compared_with"] == "uno_c" and details["low"] < 0 < details["high"] and details["claimed"] == 0.8
    competing = replace(
        survival, samples=(CompetingRisksSample(**made_of),), measures=catalog.measures("competing_risks")
    )
    found = implied(case_mix(competing))
    assert found.estimate == pytest.approx(implied_auroc(risk[:, 1]).value)
    assert found.record()["details"]["compared_with"] == "dynamic_auroc" and found.parameters == {"cause": 1}


def test_numbers_have_a_spread_and_no_implied_concordance() -> None:
    then, rng = np.random.default_rng(1).normal(50, 10, N), np.random.default_rng(2)
    observed = rng.normal(50, 5, N)
    card = ModelCard(
        name="m", version="1", outcome="continuous",
        development=DevelopmentSummary(rows=N, predictions=summaries(Value(then))),
    )  # fmt: skip
    cohort = Cohort(patients=np.arange(N).astype(str), features=pd.DataFrame(index=range(N)))
    sample = ContinuousSample(observed=observed, predicted=observed + rng.normal(size=N))
    numbers = Study(cohort=cohort, samples=(sample,), measures={}, settings=MeasuresSection(), card=card)
    found = list(case_mix(numbers))
    assert told(found).startswith("The prediction spreads less here (sd 5.")
    assert not [one for one in found if isinstance(one, Finding) and one.measure == "implied_c"]


def test_categories_have_one_each() -> None:
    features, event, risk = patients(2)
    sample = NominalSample(code=event.astype(int), probability=np.column_stack([1 - risk, risk]), categories=("a", "b"))
    made_of = replace(
        made(features, event, risk, development(THEN)), samples=(sample,), measures=catalog.measures("nominal")
    )
    found = [one for one in case_mix(made_of) if isinstance(one, Finding) and one.measure == "implied_c"]
    assert [one.category for one in found] == ["a", "b"]
    assert found[1].estimate == pytest.approx(implied_auroc(risk).value)


def test_without_development_or_card_it_says_so_and_still_gives_the_implied_one() -> None:
    features, event, risk = patients(2)
    for card, why in [(None, "came with the data"), (ModelCard(name="m", version="1", outcome="binary"), "register")]:
        found = list(case_mix(made(features, event, risk, card)))
        [row] = [one for one in found if isinstance(one, Finding) and one.code == "DQ022"]
        assert isinstance(row.result, NotEstimable) and why in row.result.reason
        assert implied(found).estimate == pytest.approx(implied_auroc(risk).value)


def test_a_sample_chosen_by_its_outcome_shows_no_case_mix() -> None:
    [row] = case_mix(made(*patients(2), development(THEN), shows_prevalence=False))
    assert isinstance(row.result, NotEstimable)


def test_clean_planted_rows_raise_nothing() -> None:
    assert not [one for one in faults(case_mix(study(rows()))) if one.severity == "warning"]
