"""Case-control designs: weights from the prevalence, reasons without it, cases and controls drawn apart."""

import numpy as np
import pytest

import cds
from cds import catalog
from cds.assembly.case_control import CARD_WITHOUT, WITHHELD, sampling
from cds.core.errors import DataError
from cds.core.measure import Estimate, NotEstimable
from cds.core.model_card import ModelCard
from cds.core.outcome import Binary, Continuous, Nominal
from cds.core.protocol import ValidationProtocol
from cds.stats.resampling import Plan, multiplicities
from tests.samples import OUTCOME, RISK, drawn, small

WITHIN = {"auroc", "calibration_slope", "discrimination_slope", "sensitivity", "specificity"}


def evaluated(outcome=OUTCOME, risk=RISK, **options):
    return cds.evaluate.binary(outcome, risk, thresholds=(0.3,), design="case_control", **{"replicates": 0, **options})


def test_cases_and_controls_are_weighted_to_the_prevalence():
    found = sampling(Binary(np.array([1.0, 1, 1, 0])), None, design="case_control", prevalence=0.3)
    assert found.weights == pytest.approx([0.4, 0.4, 0.4, 2.8])  # .3/.75 and .7/.25
    assert found.weights.sum() == pytest.approx(4)
    assert found.shows_prevalence


def test_own_weights_are_combined_and_their_scale_says_nothing():
    outcome = Binary(np.array([1.0, 1, 0, 0]))
    for factor in (1.0, 7.5):
        found = sampling(outcome, factor * np.array([3.0, 1, 2, 2]), design="case_control", prevalence=0.1)
        assert found.weights == pytest.approx(np.array([0.3, 0.1, 1.8, 1.8]))


def test_weighted_values_are_those_of_r():
    # R 4.2.2, p and y as in tests/samples.py; pi <- .2; rho <- mean(y); w <- ifelse(y == 1, pi/rho, (1-pi)/(1-rho))
    #   sum(w*y)/sum(w*p); glm(y ~ 1, binomial, offset = lp, weights = w, control = ctl)
    #   sum(w*(p >= .3)*(y - (1-y)*.3/.7))/sum(w)
    found = evaluated(prevalence=0.2)
    assert found["observed_expected"].estimate == pytest.approx(0.487057220708447, rel=1e-10)
    assert found["calibration_in_the_large"].estimate == pytest.approx(-1.42592108970061, rel=1e-8)
    assert found["net_benefit"].estimate == pytest.approx(-0.0473526473526473, rel=1e-10)


def test_without_a_prevalence_only_what_stays_within_an_outcome_class_is_estimated():
    found = evaluated()
    assert {f.measure for f in found if f.is_overall_primary and isinstance(f.result, Estimate)} == WITHIN
    refused = found["brier"].result
    assert isinstance(refused, NotEstimable) and "prevalence" in refused.reason


def test_what_stays_within_a_class_does_not_depend_on_the_share_of_cases():
    # The first controls twice over: within classes nothing may change but what the doubled rows change.
    more = np.r_[np.arange(24), np.flatnonzero(OUTCOME == 0)]
    for measure in WITHIN - {"calibration_slope"}:
        one, other = evaluated()[measure], evaluated(OUTCOME[more], RISK[more])[measure]
        assert one.estimate == pytest.approx(other.estimate, rel=1e-12)
    declared = {m.name for m in catalog.measures("binary").values() if not m.needs_prevalence}
    assert declared == WITHIN


def test_the_population_is_recovered_from_a_case_control_sample():
    whole = drawn(60_000, 5, shift=0.4, slope=0.8)
    rng, (cases, controls) = np.random.default_rng(1), (np.flatnonzero(whole.outcome == k) for k in (1, 0))
    rows = np.r_[rng.choice(cases, 5000, replace=False), rng.choice(controls, 5000, replace=False)]
    found = evaluated(whole.outcome[rows], whole.risk[rows], prevalence=whole.prevalence)
    truth = cds.evaluate.binary(whole.outcome, whole.risk, thresholds=(0.3,), replicates=0)
    for measure in (
        "calibration_in_the_large",
        "calibration_slope",
        "observed_expected",
        "brier",
        "net_benefit",
        "ppv",
    ):
        assert found[measure].estimate == pytest.approx(truth[measure].estimate, abs=0.04)


def test_the_bootstrap_draws_cases_and_controls_apart():
    sample = small(design="case_control")
    plan = Plan([sample], [np.arange(24)], sample.patient_codes, [])
    for b in range(20):
        of = multiplicities(3, b, plan.patients, plan.strata)
        assert of[OUTCOME == 1].sum() == OUTCOME.sum()
        assert of[OUTCOME == 0].sum() == 24 - OUTCOME.sum()
    simple = Plan([small()], [np.arange(24)], sample.patient_codes, [])
    assert simple.strata == ()


def test_intervals_come_from_that_bootstrap():
    found = evaluated(prevalence=0.2, replicates=200)
    assert found["calibration_slope"].result.interval.method == "bootstrap percentile"
    assert found["observed_expected"].low < found["observed_expected"].estimate < found["observed_expected"].high
    zero = found["net_benefit_treat_all"].result.interval  # it depends on nothing but the declared prevalence
    assert isinstance(zero, NotEstimable) and "zero variance" in zero.reason


def test_a_distance_has_no_simulated_null_where_outcomes_were_chosen():
    details = evaluated(drawn(200, 1).outcome, drawn(200, 1).risk, prevalence=0.3, replicates=50)["ici"].record()[
        "details"
    ]
    assert "p_value" not in details and "chosen" in details["no_null"]


@pytest.mark.parametrize(
    ("outcome", "design", "prevalence", "told"),
    [
        (Binary(np.array([1.0, 0])), "simple", 0.2, "goes with a case-control design"),
        (Continuous(np.array([1.0, 2]), ""), "case_control", None, "no cases and controls"),
        (Nominal(np.array([0, 1]), ("a", "b")), "case_control", 0.2, "cannot weigh a nominal"),
        (Binary(np.array([1.0, 1])), "case_control", 0.2, "there are no controls"),
        (Binary(np.array([0.0, 0])), "case_control", 0.2, "there are no cases"),
        (Binary(np.array([1.0, 0])), "case_control", 1.5, "between 0 and 1, got 1.5"),
    ],
)
def test_what_cannot_be_weighed_is_refused(outcome, design, prevalence, told):
    with pytest.raises(DataError, match=told):
        sampling(outcome, None, design=design, prevalence=prevalence)


def protocol(**changes):
    raw = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q", "sampling": "case_control",
        "outcome": {"kind": "binary", "column": "y"}, "predictions": {"risk": "risk"},
        "measures": {"thresholds": [0.3], "replicates": 50},
        "criteria": [{"measure": "auroc", "at_least": 0.5}, {"measure": "brier", "at_most": 0.3}],
    }  # fmt: skip
    return ValidationProtocol.model_validate({**raw, **changes})


@pytest.fixture
def data(tmp_path):
    sample = drawn(240, 3)
    rows = "\n".join(f"{int(y)},{p:.6f}" for y, p in zip(sample.outcome, sample.risk, strict=True))
    path = tmp_path / "d.csv"
    path.write_text(f"y,risk\n{rows}\n", encoding="utf-8")
    return path


def test_a_run_without_prevalence_withholds_what_shows_absolute_risks_and_says_so(data):
    run = cds.validate(None, data, protocol(), jobs=1)
    assert WITHHELD in run.record.notes
    assert {curve.name for curve in run.record.curves} == {"roc", "risk_distribution"}
    assert not {"per_thousand", "smoothers"} & {table.name for table in run.record.tables}
    verdicts = {f.measure: f.verdict for f in run.findings if f.verdict}
    assert verdicts == {"auroc": "meets", "brier": "not_assessable"}


def test_a_run_with_a_prevalence_shows_them(data):
    run = cds.validate(None, data, protocol(prevalence=0.1), jobs=1)
    assert {"calibration", "decision"} <= {curve.name for curve in run.record.curves}
    assert any("declared prevalence of 0.1" in note for note in run.record.notes)
    assert run.findings["net_benefit_treat_all"].estimate == pytest.approx(0.1 - 0.9 * 0.3 / 0.7)


def test_a_model_from_a_case_control_study_is_measured_in_a_cohort_and_the_report_says_so():
    from cds.assembly.case_control import notes
    from tests.studies import answered

    card = ModelCard(name="m", version="1", outcome="binary", design="case_control")
    study = answered()
    object.__setattr__(study, "card", card)
    assert list(notes(study)) == [CARD_WITHOUT]
    assert all(isinstance(a.result, Estimate) for a in study.answers.values() if a.request.measure == "brier")
