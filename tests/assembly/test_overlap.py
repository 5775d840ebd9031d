"""Patients whom the model has seen: found, counted against chance, and left out beside the primary analysis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.assembly.overlap import WITHOUT_OVERLAP, development_overlap, without_overlap
from cds.assembly.study import assemble
from cds.core.cohort import Cohort
from cds.core.errors import InputError
from cds.core.fingerprints import Overlap
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Outcome, Repeated, Survival
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Value
from cds.core.protocol import ValidationProtocol
from cds.registry.fingerprint_key import KEY_FILE
from cds.registry.fingerprints import fingerprints_of
from tests.assembly import test_trial

FINE = ModelCard(
    name="m",
    version="1",
    outcome="binary",
    inputs=(
        Feature(name="sex", type="category", levels={"0": "f", "1": "m"}, modifiable=False),
        Feature(name="born", type="integer", modifiable=False),
        Feature(name="height", type="number", modifiable=False),
        Feature(name="pain", type="integer", range=(0, 10), required=False),
        Feature(name="weight", type="number"),
    ),
)
COARSE = ModelCard(
    name="m", version="1", outcome="binary",
    inputs=tuple(Feature(name=f"x{k}", type="category", levels={"0": "no", "1": "yes"}) for k in range(6)),
)  # fmt: skip


def fine(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.integers(0, 2, n)
    height = rng.normal(165 + 12 * sex, 7).round()
    made = {
        "sex": sex, "born": rng.integers(1940, 2005, n), "height": height,
        "pain": rng.integers(0, 11, n).astype(float), "weight": (height / 2.3 + rng.normal(0, 9, n)).round(1),
    }  # fmt: skip
    return pd.DataFrame(made)


def coarse(n: int, seed: int, *, together: float = 0.5) -> pd.DataFrame:
    """Yes-or-no inputs that go together, so that thousands are alike by chance, and more than if they did not."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(n, 1))
    held = together**0.5 * trait + (1 - together) ** 0.5 * rng.normal(size=(n, 6)) > 0.8
    return pd.DataFrame(held.astype(int), columns=[f"x{k}" for k in range(6)])


class Made:
    """Predicts something; what it is fitted to does not matter here."""

    adapter = "made"

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def predict(self, features, *, horizons=None):
        risk = np.linspace(0.1, 0.9, len(features))
        if horizons is not None:
            return RiskByHorizon(np.outer(risk, np.linspace(0, 1, len(horizons))), tuple(horizons))
        return Risk(risk)


def protocol(**more) -> ValidationProtocol:
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
            "outcome": {"kind": "binary", "column": "y"}, "criteria": [{"measure": "auroc", "at_least": 0.6}], **more,
        }
    )  # fmt: skip


def model(development: pd.DataFrame, root, card: ModelCard = FINE) -> RegisteredModel:
    held = fingerprints_of(card, development, root)
    return RegisteredModel(Made(card), "", "", load_fingerprints=lambda: held)


def cohort(rows: pd.DataFrame, **more) -> Cohort:
    outcome = Binary(np.arange(len(rows)) % 3 == 0)
    return Cohort(**{"patients": np.arange(len(rows)).astype(str), "features": rows, "outcome": outcome, **more})


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "key"))
    return tmp_path / "key"


def planted(development: pd.DataFrame, judged: pd.DataFrame, share: float) -> pd.DataFrame:
    """The judged rows, so many of which are development rows, in any order."""
    many = round(share * len(judged))
    both = pd.concat([development.sample(many, random_state=1), judged.iloc[many:]])
    return both.sample(frac=1, random_state=2).reset_index(drop=True)


def test_a_fifth_of_development_patients_is_found_and_left_out_beside(tmp_path) -> None:
    development = fine(800, 1)
    rows = planted(development, fine(600, 2), 0.2)
    known = rows.merge(development.drop_duplicates(), how="left", indicator=True)["_merge"].eq("both").to_numpy()
    study = assemble(protocol(), cohort(rows), model(development, tmp_path / "r")).study
    found = study.overlap
    assert isinstance(found, Overlap) and found.real
    inputs, stable = found.subsets
    assert (inputs.observed, inputs.patients, inputs.real) == (120, 600, True) and inputs.expected < 1
    assert (found.matching == known).all() and known.sum() == 120
    # The same people are not counted again by their stable inputs; some others are alike there by chance.
    assert stable.patients == 480 and not stable.real and stable.observed <= stable.high
    [sample] = study.analyses[WITHOUT_OVERLAP]
    assert len(sample) == 480 and len(study.sample) == 600
    assert (sample.risk == study.sample.risk[~known]).all()


def test_a_clean_cohort_has_no_real_excess_and_no_further_analysis(tmp_path) -> None:
    for seed in range(10):
        made = model(fine(800, 100 + seed), tmp_path / "r")
        study = assemble(protocol(), cohort(fine(600, 200 + seed)), made).study
        assert isinstance(study.overlap, Overlap) and not study.overlap.real
        assert WITHOUT_OVERLAP not in study.analyses


@pytest.mark.parametrize(("seen", "judged"), [(5000, 3000), (400, 3000), (5000, 300)])
def test_thousands_alike_by_chance_are_no_overlap(tmp_path, seen, judged) -> None:
    for seed in range(5):
        found = development_overlap(
            protocol(), [cohort(coarse(judged, seed))], model(coarse(seen, 50 + seed), tmp_path / "r", COARSE)
        )
        assert isinstance(found, Overlap) and not found.real
        [one] = found.subsets
        assert one.observed > 0.8 * judged


def test_inputs_that_go_together_are_no_overlap_although_permuting_them_says_so(tmp_path) -> None:
    card = COARSE.model_copy(update={"inputs": tuple(Feature(name=f"x{k}", type="integer") for k in range(12))})

    def rows(n, seed):
        rng = np.random.default_rng(seed)
        values = (0.8 * rng.normal(size=(n, 1)) + 0.6 * rng.normal(size=(n, 12))).round()
        return pd.DataFrame(values, columns=[f"x{k}" for k in range(12)])

    found = development_overlap(protocol(), [cohort(rows(2000, 1))], model(rows(4000, 2), tmp_path / "r", card))
    assert isinstance(found, Overlap)
    [one] = found.subsets
    assert one.observed > 3 * one.by_chance["permuted"]  # permuted columns alone would raise a false alarm
    assert not one.real


def test_the_same_people_measured_again_are_found_by_what_stays(tmp_path) -> None:
    development = fine(800, 1)
    rows = fine(600, 2)
    rows.loc[:199, ["sex", "born", "height"]] = development.loc[:199, ["sex", "born", "height"]]
    found = development_overlap(protocol(), [cohort(rows)], model(development, tmp_path / "r"))
    assert isinstance(found, Overlap)
    inputs, stable = found.subsets
    assert not inputs.real and stable.real
    assert stable.observed >= 200 and stable.observed > stable.high
    assert found.matching[:200].all() and found.matched == stable.observed


def test_recoded_numbers_missing_values_and_order_are_the_same_rows(tmp_path) -> None:
    development = fine(300, 1)
    development.loc[::7, "pain"] = np.nan
    rows = development.iloc[::-1].astype({"sex": float, "born": float, "weight": np.float32})
    found = development_overlap(protocol(), [cohort(rows)], model(development, tmp_path / "r"))
    assert isinstance(found, Overlap) and found.matched == 300 and found.not_repeated == "no patient would be left"
    assert without_overlap(found) is None


def test_a_patient_with_several_visits_counts_once_and_leaves_with_all_of_them(tmp_path) -> None:
    development = fine(300, 1)
    rows = pd.concat([development.head(50), fine(550, 2)]).reset_index(drop=True)
    patients = np.array([f"p{k % 200}" for k in range(600)])  # the first 50 have a known row and two others
    found = development_overlap(protocol(), [cohort(rows, patients=patients)], model(development, tmp_path / "r"))
    assert isinstance(found, Overlap)
    assert (found.patients, found.subsets[0].observed) == (200, 50)
    assert (found.matching == np.isin(patients, [f"p{k}" for k in range(50)])).all()


def test_of_several_imputations_a_patient_counts_once(tmp_path) -> None:
    development = fine(300, 1)
    first = pd.concat([development.head(60), fine(240, 2)]).reset_index(drop=True)
    known = int(first.merge(development, how="left", indicator=True)["_merge"].eq("both").sum())
    second = first.assign(weight=first["weight"] + 500)  # as if imputed otherwise: one like row is enough
    stacked = pd.concat([first, second], ignore_index=True)
    judged = Cohort(
        patients=np.tile(np.arange(300).astype(str), 2),
        features=stacked,
        outcome=Binary(np.tile(np.arange(300) % 3 == 0, 2)),
        imputations=np.repeat(["1", "2"], 300),
    )
    asked = protocol(cohort={"patient": "id", "imputation": "imp"})
    study = assemble(asked, judged, model(development, tmp_path / "r")).study
    assert isinstance(study.overlap, Overlap)
    assert (study.overlap.patients, study.overlap.subsets[0].observed) == (300, known)
    assert [len(sample) for sample in study.analyses[WITHOUT_OVERLAP]] == [300 - known] * 2


def test_the_numbers_do_not_depend_on_the_order_of_the_rows_judged(tmp_path) -> None:
    development = fine(800, 1)
    rows, known = planted(development, fine(600, 2), 0.1), model(development, tmp_path / "r")
    one = development_overlap(protocol(), [cohort(rows)], known)
    other = development_overlap(protocol(), [cohort(rows.iloc[::-1])], known)
    assert isinstance(one, Overlap) and isinstance(other, Overlap)
    assert [s.observed for s in one.subsets] == [s.observed for s in other.subsets]
    assert (one.matching == other.matching[::-1]).all()


def test_a_design_that_judges_its_own_patients_is_not_repeated_without_them(tmp_path) -> None:
    development = fine(300, 1)
    study = assemble(protocol(design="apparent"), cohort(development), model(development, tmp_path / "r")).study
    assert isinstance(study.overlap, Overlap) and study.overlap.real
    assert study.overlap.not_repeated == "the design judges the model on its own patients"
    assert WITHOUT_OVERLAP not in study.analyses


def test_without_fingerprints_key_or_with_another_key_nobody_is_compared(tmp_path, key) -> None:
    rows = fine(300, 1)
    known = model(rows, tmp_path / "r")
    bare = development_overlap(protocol(), [cohort(rows)], replace(known, load_fingerprints=None))
    assert isinstance(bare, NotEstimable) and "registered without development data" in bare.reason
    key.write_text("0" * 64)
    other = development_overlap(protocol(), [cohort(rows)], known)
    assert isinstance(other, NotEstimable) and "is not the one" in other.reason
    key.unlink()
    absent = development_overlap(protocol(), [cohort(rows)], known)
    assert isinstance(absent, NotEstimable) and KEY_FILE in absent.reason and str(tmp_path) not in absent.reason
    assert not key.exists()  # a validation makes no key
    key.write_text("no key")
    with pytest.raises(InputError, match="cannot be read as a fingerprint key"):
        development_overlap(protocol(), [cohort(rows)], known)


def test_frozen_predictions_have_nothing_to_compare(tmp_path) -> None:
    rows = fine(300, 1)
    frozen = cohort(rows, predictions=Risk(np.full(300, 0.5)))
    assert assemble(protocol(), frozen, None).study.overlap is None


def test_development_rows_that_repeat_each_other_cannot_tell(tmp_path) -> None:
    development = fine(300, 1)
    stacked = pd.concat([development] * 3)
    found = development_overlap(protocol(), [cohort(planted(development, fine(600, 2), 0.2))],
                                model(stacked, tmp_path / "r"))  # fmt: skip
    assert isinstance(found, Overlap) and not found.real
    assert found.subsets[0].repeats
    rows = stacked.assign(whose=np.tile(np.arange(300), 3))
    named = model(rows, tmp_path / "r", FINE.model_copy(update={"patient_column": "whose"}))
    told = development_overlap(protocol(), [cohort(planted(development, fine(600, 2), 0.2))], named)
    assert isinstance(told, Overlap) and told.subsets[0].observed == 120 and told.real


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_handful_of_patients_gives_an_answer(tmp_path, rows) -> None:
    development = fine(20, 1)
    known = model(development, tmp_path / "r")
    found = development_overlap(protocol(), [cohort(development.head(rows))], known)
    assert isinstance(found, Overlap) and found.subsets[0].observed == rows


class Predicting(Made):
    """Predicts what it is given."""

    def __init__(self, card: ModelCard, prediction: Prediction) -> None:
        self.card, self.prediction = card, prediction

    def predict(self, features, *, horizons=None):
        return self.prediction


N = 300
STEP = np.arange(N)
DAYS = {"time_unit": "days", "measures": {"horizons": [90]}}
KINDS: dict[str, tuple[Outcome, Prediction | None, dict]] = {
    "survival": (
        Survival(10.0 + STEP, STEP % 2, "days"), None,
        {"outcome": {"kind": "survival", "time": "t", "event": "e", "competing": "none: nobody dies"}, **DAYS,
         "criteria": [{"measure": "harrell_c", "at_least": 0.6}]},
    ),
    "competing_risks": (
        CompetingRisks(10.0 + STEP, STEP % 3, "days"), None,
        {"outcome": {"kind": "competing_risks", "time": "t", "status": "s", "cause": 1, "censored": 0}, **DAYS,
         "criteria": [{"measure": "observed_expected", "horizon": 90, "within": [0.5, 2]}]},
    ),
    "nominal": (
        Nominal(STEP % 3, ("a", "b", "c")), ClassProbabilities(np.full((N, 3), 1 / 3), ("a", "b", "c")),
        {"outcome": {"kind": "nominal", "column": "y", "categories": ["a", "b", "c"]},
         "criteria": [{"measure": "hand_till_m", "at_least": 0.6}]},
    ),
    "continuous": (
        Continuous(STEP / 10.0, "points"), Value(STEP / 10.0),
        {"outcome": {"kind": "continuous", "column": "y"}, "criteria": [{"measure": "rmse", "at_most": 6}]},
    ),
    "repeated": (
        Repeated(Continuous(STEP / 10.0, "points"), STEP % 3 * 1.0), Value(STEP / 10.0),
        {"outcome": {"kind": "repeated", "column": "y"}, "cohort": {"patient": "id", "visit": "week"},
         "measures": {"horizons": [0, 1, 2]}, "time_unit": "weeks",
         "criteria": [{"measure": "rmse", "horizon": 1, "at_most": 6}]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_outcome_is_judged_once_more_without_them(tmp_path, kind) -> None:
    outcome, prediction, more = KINDS[kind]
    development = fine(400, 1)
    rows = pd.concat([development.head(90), fine(210, 2)], ignore_index=True)
    patients = (STEP // 3).astype(str) if kind == "repeated" else STEP.astype(str)
    known = model(development, tmp_path / "r")
    if prediction is not None:
        known = replace(known, model=Predicting(FINE, prediction))
    visits = STEP % 3 * 1.0 if kind == "repeated" else None
    judged = cohort(rows, outcome=outcome, patients=patients, visits=visits)
    study = assemble(protocol(**more), judged, known).study
    assert isinstance(study.overlap, Overlap) and study.overlap.matching[:90].all()
    [sample] = study.analyses[WITHOUT_OVERLAP]
    assert len(sample) == 300 - study.overlap.matching.sum() == len(study.sample) - study.overlap.matching.sum()


def test_landmarks_are_compared_but_not_judged_again(tmp_path) -> None:
    development = fine(400, 1)
    rows = development.head(300)
    outcome, _, more = KINDS["survival"]
    at = {**more, "cohort": {"visit": "seen"}, "landmark": {"times": [0]}, "criteria": [
        {"measure": "uno_c", "horizon": 90, "across": "landmark", "each": True, "at_least": 0.6}]}  # fmt: skip
    judged = cohort(rows, outcome=outcome, visits=np.zeros(N))
    study = assemble(protocol(**at), judged, model(development, tmp_path / "r")).study
    assert isinstance(study.overlap, Overlap) and study.overlap.real
    assert study.overlap.not_repeated == "numbers are by landmark" and WITHOUT_OVERLAP not in study.analyses


def test_a_trial_is_compared_but_judged_as_randomised(tmp_path) -> None:
    frame = test_trial.FRAME.assign(age=np.arange(20.0, 60.0) + 0.25)
    seen = model(frame.assign(age=frame["age"] + np.where(STEP[: len(frame)] < 30, 0, 100)), tmp_path / "r",
                 test_trial.OfAge.card)  # fmt: skip
    known = replace(test_trial.MODEL, load_fingerprints=seen.load_fingerprints)
    study = assemble(test_trial.protocol(), test_trial.cohort(frame), known).study
    assert (
        isinstance(study.overlap, Overlap) and study.overlap.matched == 0
    )  # one input alone is a permutation of itself
    assert study.overlap.subsets[0].observed == 30 and not study.analyses
    assert study.overlap.not_repeated == "a trial is judged as randomised"
