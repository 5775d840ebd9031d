"""Which interval a patient's page shows, of what source, and why there is none; counted by hand."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import ClassProbabilities, Risk, Score, Value
from cds.core.spread import CategorySet, Conformal
from cds.models.equation import EquationModel
from cds.models.equation_reading import parse_equation
from cds.patients import gather as gathering
from cds.patients.instability import instability_range
from cds.patients.uncertainty import uncertainty
from cds.report.estimate_interval import interval
from cds.report.patient import patient_view
from cds.report.wording import sentences
from tests.patients import made
from tests.report import patient_cases

SAY = sentences("en")
CATEGORIES = ("better", "same", "worse")
APART = Conformal(score=8.0, level=0.95, rows=120, left_out=0)


@dataclass(frozen=True)
class Says:
    """A model that says the same of everybody."""

    said: object
    card: ModelCard | None = None
    adapter: str = "by hand"

    def predict(self, features, *, horizons=None):
        return self.said


@dataclass(frozen=True)
class Published(Says):
    """One whose equation has a covariance: the bounds are given."""

    bounds: object = None

    def sampling_bounds(self, features, *, level):
        return self.bounds


def value_of(mean, **about):
    return Value(np.array([mean]), **{name: np.array([each]) for name, each in about.items()})


def of_classes(*chances):
    return ClassProbabilities(np.array([chances]), CATEGORIES)


def model(said, **changes):
    inner = changes.pop("inner", None) or Says(said, changes.pop("card", made.card()))
    return replace(made.model(), model=inner, **changes)


def found(said, **changes):
    return uncertainty(model(said, **changes), made.patients().head(1), said)


def refits(*said):
    return lambda: tuple(Says(each) for each in said)


def sentence(said, uncertain, **card):
    facts = patient_cases.facts(
        prediction=said, interval=uncertain.interval, no_interval=uncertain.why_none,
        card=patient_cases.card(**card),
    )  # fmt: skip
    return interval(facts, SAY)


def test_every_category_has_its_range_over_the_refits():
    # quantiles of 41 equally spaced values: the second from either end
    made_anew = [of_classes(0.2 + 0.01 * k, 0.6 - 0.01 * k, 0.2) for k in range(41)]
    spread = instability_range(
        model(of_classes(0.3, 0.5, 0.2), load_refits=refits(*made_anew)), made.patients().head(1)
    )
    assert spread.details["category"] == "same"
    assert (spread.low, spread.high) == (pytest.approx(0.21), pytest.approx(0.59))
    assert spread.details["by_category"]["better"] == [pytest.approx(0.21), pytest.approx(0.59)]
    assert spread.details["by_category"]["worse"] == [pytest.approx(0.2), pytest.approx(0.2)]


def test_the_page_says_a_range_per_category():
    said = of_classes(0.3, 0.5, 0.2)
    uncertain = found(said, load_refits=refits(said, of_classes(0.4, 0.4, 0.2)))
    assert sentence(said, uncertain, outcome="nominal", categories=list(CATEGORIES)) == (
        "Plausible ranges: 30 to 40 better, 40 to 50 same, 20 to 20 worse "
        "(95 %, model instability: where 2 models made from other samples of such patients lie)."
    )


def test_what_holds_the_outcome_goes_before_what_holds_the_estimate():
    said = value_of(30.0, low=20.0, high=40.0)
    everything = {"conformal": APART, "load_refits": refits(value_of(29.0), value_of(31.0))}
    first = found(said, **everything)
    assert first.shown == "conformal"
    assert (first.interval.low, first.interval.high) == (22.0, 38.0)
    assert (first.by_source["model"].low, first.by_source["instability"].low) == (20.0, pytest.approx(29.05))
    assert found(said, **everything | {"conformal": None}).shown == "model"
    assert found(value_of(30.0), **everything | {"conformal": None}).shown == "instability"


def test_a_conformal_interval_says_what_it_promises():
    said = value_of(30.0)
    assert sentence(said, found(said, conformal=APART), outcome="continuous", unit="points") == (
        "Plausible range: 22 points to 38 points (95 %, conformal prediction, from 120 patients set apart). "
        "It is right for 95 of 100 patients on average, not in every group."
    )


@pytest.mark.parametrize(
    ("score", "told"),
    [
        (0.6, "Plausible outcomes: same (95 %, conformal prediction, from 90 patients set apart)."),
        (0.75, "Plausible outcomes: better, same (95 %, conformal prediction, from 90 patients set apart)."),
        (0.9, "No outcome can be excluded (95 %, conformal prediction, from 90 patients set apart)."),
    ],
)
def test_a_conformal_set_is_named(score, told):
    said = of_classes(0.3, 0.5, 0.2)
    uncertain = found(said, conformal=Conformal(score, 0.95, 90, 0))
    assert isinstance(uncertain.interval, CategorySet)
    assert sentence(said, uncertain, outcome="nominal", categories=list(CATEGORIES)).startswith(told)


def test_a_published_covariance_gives_a_sampling_interval():
    said = Risk(np.array([0.39]))
    inner = Published(said, made.card(), bounds=(np.array([0.24]), np.array([0.56])))
    uncertain = found(said, inner=inner)
    assert uncertain.shown == "sampling"
    assert sentence(said, uncertain) == (
        "Plausible range: 24 to 56 of 100 (95 %, sampling error of the published coefficients)."
    )


def test_a_real_equation_has_its_bounds_and_lacks_them_where_an_input_is_missing():
    # by hand: lp = −1 + .2 · 7 = .4; se = sqrt(.04 + 49 · .0016) = .3441; expit(.4 ∓ 1.96 · .3441)
    document = {
        "schema": "cds.equation/1", "model": "logistic", "intercept": -1.0,
        "terms": [{"input": "pain", "coefficient": 0.2, "missing": 0.8}],
        "sampling": {"covariance": [[0.04, 0.0], [0.0, 0.0016]]},
    }  # fmt: skip
    inputs = [Feature(name="pain", type="number", required=False)]
    about = ModelCard(name="m", version="1", outcome="binary", inputs=inputs)
    inner = EquationModel(about, parse_equation(document))
    registered, row = replace(made.model(), model=inner), made.patients().head(1)
    known = uncertainty(registered, row, inner.predict(row))
    assert (known.interval.low, known.interval.high) == (
        pytest.approx(0.4318, abs=1e-4),
        pytest.approx(0.7454, abs=1e-4),
    )
    blank = row.assign(pain=np.nan)
    assert uncertainty(registered, blank, inner.predict(blank)).why_none == "missing_input"


def test_of_times_to_an_event_it_says_that_the_baseline_is_taken_as_exact():
    survival = made.survival_model()
    said = survival.predict(made.patients().head(1))
    bounds = (0.9 * said.values, np.minimum(1.1 * said.values, 1.0))
    uncertain = uncertainty(
        replace(survival, model=Published(said, survival.card, bounds=bounds)), made.patients().head(1), said
    )
    assert uncertain.interval.low == pytest.approx(0.9 * said.values[0, -1])
    assert uncertain.interval.details["by_horizon"]["42"][0] == pytest.approx(0.9 * said.values[0, 0])
    assert sentence(said, uncertain).endswith("coefficients; the baseline risk is taken as exact).")


def test_where_there_is_none_the_page_says_why():
    said = Risk(np.array([0.39]))
    bare = found(said)
    assert (bare.shown, bare.interval) == ("", None)
    assert sentence(said, bare) == "No interval available: none was stored with this model."
    missing = Published(said, made.card(), bounds=NotEstimable("an input of the equation is missing"))
    assert sentence(said, found(said, inner=missing)) == (
        "No interval available: inputs that it needs are not recorded."
    )


@pytest.mark.parametrize(("row", "code", "source"), [(0, "", "instability"), (4, "range", "")])
def test_gather_sets_the_pages_interval_and_a_range_has_none(row, code, source):
    risks = [Risk(np.full(1, 0.2 + 0.01 * k)) for k in range(41)]
    facts = gathering.gather(
        made.model(load_refits=refits(*risks)), made.patients().iloc[[row]].reset_index(drop=True),
        pseudonym="P", allow_unvalidated=False, seed=1,
    ).facts  # fmt: skip
    assert (facts.no_interval, facts.interval_source) == (code, source)
    assert isinstance(facts.interval, Interval) is (not code)


def test_points_say_that_they_have_none():
    card, points = patient_cases.card(outcome="score"), Score(np.array([7.0]), np.array(["medium"]))
    notes = patient_view(patient_cases.facts(card=card, prediction=points, explanations=())).estimate.notes
    assert "No interval available: this model gives none." in notes


def test_german_has_the_same_sentences():
    said = value_of(30.0)
    facts = patient_cases.facts(
        prediction=said, interval=found(said, conformal=APART).interval,
        card=patient_cases.card(outcome="continuous", unit="Punkte"),
    )  # fmt: skip
    assert interval(facts, sentences("de")) == (
        "Plausibler Bereich: 22 Punkte bis 38 Punkte (95 %, konforme Vorhersage aus 120 zurückgelegten Personen). "
        "Das trifft im Mittel für 95 von 100 Personen zu, nicht in jeder Gruppe."
    )
