"""Calibration along a continuous attribute: a curve and a test for every kind of outcome, pooled over imputations."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, NotEstimable
from cds.core.model_card import Feature, ModelCard
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import OrdinalSample
from cds.core.sample_times import SurvivalSample
from cds.core.study import Study, subgroups
from cds.fairness.along_fit import AlongFit, fit_along
from cds.fairness.continuous import View, along, curve_along, views
from tests.class_samples import reference as classes
from tests.class_samples import reference_rows as class_rows
from tests.competing_samples import reference_case
from tests.samples import REFERENCE, drawn, reference_rows, reference_sample
from tests.studies import parts
from tests.values import drawn_values
from tests.visits import drawn_visits


def study(samples: Any, x: Any, *, site: Any = None, **more: Any) -> Study:
    samples = samples if isinstance(samples, tuple) else (samples,)
    n = len(samples[0])
    return Study(
        cohort=Cohort(
            patients=samples[0].patient_codes.astype(str), features=pd.DataFrame(index=range(n)),
            continuous={"age": np.asarray(x, dtype=np.float64)},
        ),
        samples=samples, measures=catalog.measures(samples[0].kind), settings=MeasuresSection(replicates=0),
        sites={} if site is None else subgroups({"site": np.asarray(site).astype(str)}), **more,
    )  # fmt: skip


def numbers(rows: pd.DataFrame) -> np.ndarray:
    return ((rows["patient"] * 37) % 101).to_numpy(dtype=np.float64)


def told(given: Study) -> tuple[list[Finding], list[Curve], list[Table]]:
    return parts(along(given))


def result(finding: Finding) -> Estimate:
    assert isinstance(finding.result, Estimate)
    return finding.result


def test_a_binary_outcome_has_one_curve_one_test_and_one_row() -> None:
    findings, curves, tables = told(study(reference_sample(), reference_rows()["age"]))
    (finding,), (curve,), (table,) = findings, curves, tables
    assert (finding.measure, finding.analysis, finding.attribute) == ("calibration_in_the_large", "along", "age")
    # R's values: tests/fairness/test_along_fit.py
    assert result(finding).value == pytest.approx(2.033326804701, rel=1e-8)
    assert result(finding).details["p_value"] == pytest.approx(0.56551849472374, rel=1e-8)
    assert result(finding).details["p_value_nonlinear"] == pytest.approx(0.58423520685277, rel=1e-8)
    assert isinstance(result(finding).interval, NotEstimable)
    assert {len(column) for column in curve.columns.values()} == {101}
    assert (curve.columns["low"] < curve.columns["difference"]).all()
    assert curve.attribute is None and curve.facts["of"] == "age"
    assert table.rows[0][:2] == ("age", "600")
    assert table.rows[0][-1] == "χ² 2.0 on 3, p = 0.566"


def test_the_ends_of_the_curve_leave_a_small_cell_of_patients_beyond_them() -> None:
    age = reference_rows()["age"].to_numpy()
    (_, (curve,), _) = told(study(reference_sample(), age))
    assert (age <= curve.columns["value"][0]).sum() >= 11
    assert (age >= curve.columns["value"][-1]).sum() >= 11
    assert age.max() > curve.columns["value"][-1]


def rising(seed: int, n: int) -> Study:
    """Patients whose log-odds lie (age − 50)/30 above those predicted."""
    rng = np.random.default_rng(seed)
    age, logit = rng.uniform(20, 80, n), rng.normal(-0.5, 1, n)
    outcome = (rng.random(n) < 1 / (1 + np.exp(-(logit + (age - 50) / 30)))).astype(float)
    return study(BinarySample(outcome=outcome, risk=1 / (1 + np.exp(-logit))), age)


def test_an_error_that_rises_with_age_is_found_and_the_interval_covers_it() -> None:
    (finding,), _, _ = told(rising(3, 4000))
    assert result(finding).details["p_value"] < 1e-20
    at, covered = np.array([25.0, 40, 50, 60, 75]), np.zeros(5)
    for seed in range(200):
        given = rising(seed, 500)
        fit = fit_along(given.sample, given.cohort.continuous["age"], None)
        assert isinstance(fit, AlongFit)
        value, se = fit.at(at)
        covered += np.abs(value - (at - 50) / 30) <= 1.959964 * se
    assert ((covered / 200 >= 0.9) & (covered / 200 <= 0.99)).all()


def test_the_test_rejects_about_as_often_as_it_says_where_there_is_nothing_to_find() -> None:
    rejected = 0
    for seed in range(200):
        sample, age = drawn(400, seed), np.random.default_rng(seed + 1000).uniform(20, 80, 400)
        (finding,), _, _ = told(study(sample, age))
        rejected += result(finding).details["p_value"] < 0.05
    assert 3 <= rejected <= 19  # 10 expected; beyond these bounds with probability below .005


def test_every_category_of_a_nominal_outcome_is_followed_one_against_the_rest() -> None:
    findings, curves, tables = told(study(classes(), numbers(class_rows())))
    assert [f.category for f in findings] == ["self_care", "physiotherapy", "specialist"]
    assert [c.facts["of"] for c in curves] == ["age self_care", "age physiotherapy", "age specialist"]
    # R 4.2.2, rms 6.5.0: glm(I(outcome == "self_care") ~ rcs(x, k) + offset(qlogis(p_self_care)), binomial)
    assert result(findings[0]).value == pytest.approx(7.46772293349, rel=1e-6)
    assert tables[0].header[1] == "of"


def test_ordered_categories_are_followed_up_to_each_but_the_last() -> None:
    findings, curves, _ = told(study(classes(OrdinalSample), numbers(class_rows())))
    assert [f.category for f in findings] == ["self_care", "physiotherapy"]
    assert curves[0].facts["of"] == "age self_care or lower"
    assert views(classes(OrdinalSample)) == (View(category="self_care"), View(category="physiotherapy"))


def test_times_are_followed_at_every_horizon() -> None:
    rows = pd.read_csv(REFERENCE / "cases" / "survival.csv")
    sample = SurvivalSample(
        time=rows["days"], status=rows["event"], risk=rows[["risk_90", "risk_180"]].to_numpy(), horizons=(90.0, 180.0)
    )
    findings, curves, tables = told(study(sample, numbers(rows)))
    assert [f.horizon for f in findings] == [90, 180]
    assert result(findings[1]).value == pytest.approx(3.97931642276, rel=1e-6)  # see test_along_fit.py
    assert curves[1].facts["horizon"] == 180
    assert [row[1] for row in tables[0].rows] == ["by 90", "by 180"]


def test_competing_risks_say_their_cause() -> None:
    rows = pd.read_csv(REFERENCE / "cases" / "competing.csv")
    (finding,), _, _ = told(study(reference_case(), numbers(rows)))
    assert finding.parameters == {"cause": 1}
    assert result(finding).value == pytest.approx(3.01472140773, rel=1e-6)


def test_a_continuous_outcome_is_followed_in_its_own_unit() -> None:
    sample = drawn_values(300, 4)
    (finding,), (curve,), _ = told(study(sample, np.random.default_rng(2).uniform(20, 80, 300)))
    assert result(finding).details["statistic"] == "F"
    assert result(finding).details["denominator_df"] == 296
    assert curve.y_label == "Observed − predicted"


def test_visits_count_a_patient_once_in_the_errors() -> None:
    sample = drawn_visits(120, 6)
    age = np.random.default_rng(2).uniform(20, 80, 120)[sample.patient_codes]
    (finding,), (curve,), _ = told(study(sample, age))
    assert result(finding).n == 360
    alone = fit_along(replace(sample.at(None), patient=None), age, None)
    assert isinstance(alone, AlongFit)
    at = alone.at(curve.columns["value"])
    assert curve.columns["difference"] == pytest.approx(at[0], rel=1e-8, abs=1e-10)
    wider = (curve.columns["high"] - curve.columns["low"]) / (2 * 1.96 * at[1])
    assert wider.mean() > 1.3  # a patient's three errors share most of their variance


def test_imputations_are_pooled_point_by_point_and_the_test_by_d1() -> None:
    rows = pd.read_csv(REFERENCE / "cases" / "imputed.csv")
    each = [part for _, part in rows.groupby("imputation")]
    samples = tuple(BinarySample(outcome=p["outcome"].to_numpy(float), risk=p["risk"].to_numpy()) for p in each)
    (finding,), (curve,), _ = told(study(samples, numbers(each[0])))
    # R 4.2.2, mice 3.15.0: D1(as.mira(fits), as.mira(fits0), dfcom = 1e12), fits of rcs(x, k) + offset(qlogis(risk))
    assert result(finding).value == pytest.approx(0.429864891185, rel=1e-6)
    assert result(finding).details["p_value"] == pytest.approx(0.73160842939, rel=1e-6)
    assert result(finding).details["denominator_df"] == pytest.approx(14629.97, rel=1e-4)
    assert curve.facts["imputations"] == len(each)


def test_sites_make_the_curve_and_the_test_clustered() -> None:
    rows = reference_rows()
    (finding,), _, _ = told(study(reference_sample(), rows["age"], site=rows["site"]))
    assert result(finding).value == pytest.approx(1.11294611976, rel=1e-6)  # see test_along_fit.py
    assert result(finding).details["denominator_df"] == 5
    two = study(reference_sample(), rows["age"], site=rows["site"] > 3)
    (finding,), (curve,), _ = told(two)
    assert isinstance(finding.result, NotEstimable) and "sites than terms" in finding.result.reason
    assert np.isfinite(curve.columns["low"]).all()


def test_where_there_is_no_curve_the_reason_is_a_finding_and_a_row() -> None:
    findings, curves, tables = told(study(drawn(100, 3), np.full(100, np.nan)))
    assert isinstance(findings[0].result, NotEstimable) and not curves
    assert tables[0].rows[0][-1] == "nobody has a value of it"


def test_without_a_continuous_attribute_there_is_nothing() -> None:
    given = study(drawn(100, 3), np.arange(100))
    assert told(replace(given, cohort=replace(given.cohort, continuous={}))) == ([], [], [])


def test_the_card_names_the_axis() -> None:
    card = ModelCard(
        name="m", version="1", outcome="binary",
        inputs=(Feature(name="age", type="number", label="Age", unit="years"),),
    )  # fmt: skip
    given = study(drawn(200, 3), np.arange(200), card=card)
    fit = fit_along(given.sample, given.cohort.continuous["age"], None)
    assert isinstance(fit, AlongFit)
    assert curve_along(given, "age", View(), [fit]).x_label == "Age (years)"
