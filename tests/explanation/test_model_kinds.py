"""Every kind of model is explained so that base + Σ values is the adapter's own prediction, in every space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cds.core.explanation import Explanation
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.explanation.closed_forms import LINEAR, SUMMED, TREES
from cds.explanation.outputs import in_space, outputs_of
from cds.explanation.shap_values import explain_outputs
from tests.explanation.kinds import INPUTS, card, cohort, native, piped, registered

COALITIONS = "interventional SHAP values of the raw inputs, exact by enumeration of coalitions"


def native_boosting() -> RegisteredModel:
    from sklearn.ensemble import HistGradientBoostingClassifier

    last = HistGradientBoostingClassifier(
        max_iter=30, min_samples_leaf=5, random_state=1, categorical_features="from_dtype"
    )
    return registered(native(last), card(positive=1))


def encoded_boosting() -> RegisteredModel:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    steps = [("numbers", "passthrough", ["age", "pain", "sleep"]), ("site", OrdinalEncoder(), ["site"])]
    trees = HistGradientBoostingClassifier(max_iter=30, min_samples_leaf=5, random_state=1, categorical_features=[3])
    frame = cohort()
    return registered(make_pipeline(ColumnTransformer(steps), trees).fit(frame[INPUTS], frame.event), card(positive=1))


def calibrated() -> RegisteredModel:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression

    frame = cohort()
    fitted = CalibratedClassifierCV(piped(LogisticRegression()), cv=3).fit(frame[INPUTS], frame.event)
    return registered(fitted, card(positive=1))


def voting() -> RegisteredModel:
    from sklearn.ensemble import RandomForestClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression

    frame = cohort()
    members = [
        ("lines", piped(LogisticRegression())),
        ("trees", piped(RandomForestClassifier(10, min_samples_leaf=5, random_state=1))),
    ]
    return registered(VotingClassifier(members, voting="soft").fit(frame[INPUTS], frame.event), card(positive=1))


def support_vectors() -> RegisteredModel:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    # What scikit-learn 1.9 says to use in place of SVC(probability=True), which it has deprecated.
    frame = cohort()
    fitted = CalibratedClassifierCV(piped(SVC(random_state=1)), ensemble=False, cv=3).fit(frame[INPUTS], frame.event)
    return registered(fitted, card(positive=1))


def cox() -> RegisteredModel:
    from lifelines import CoxPHFitter

    frame = cohort().dropna()[["age", "pain", "site", "sleep", "time", "seen"]]
    fitter = CoxPHFitter(penalizer=0.01).fit(frame, "time", "seen", formula="age + pain + C(site) + sleep")
    given = card("survival", pain_required=True, horizons=[90, 365], time_unit="days")
    return registered(fitter, given)


def forest() -> RegisteredModel:
    from sklearn.ensemble import RandomForestClassifier

    frame = cohort()
    classes = np.where(frame.score > 1, "high", np.where(frame.score > 0, "middle", "low"))
    fitted = piped(RandomForestClassifier(12, min_samples_leaf=15, random_state=1)).fit(frame[INPUTS], classes)
    return registered(fitted, card("ordinal", categories=["low", "middle", "high"]))


def logistic() -> RegisteredModel:
    from sklearn.linear_model import LogisticRegression

    frame = cohort()
    return registered(piped(LogisticRegression()).fit(frame[INPUTS], frame.event), card(positive=1))


METHODS: dict[Callable[[], RegisteredModel], dict[str, str]] = {
    native_boosting: {"probability": SUMMED, "log_odds": TREES},
    encoded_boosting: {"probability": SUMMED, "log_odds": TREES},
    calibrated: {"probability": COALITIONS, "log_odds": COALITIONS},
    voting: {"probability": COALITIONS, "log_odds": COALITIONS},
    support_vectors: {"probability": COALITIONS, "log_odds": COALITIONS},
    cox: {"probability": COALITIONS, "log_odds": COALITIONS},
    forest: {"probability": TREES, "log_odds": SUMMED},
    logistic: {"probability": SUMMED, "log_odds": LINEAR},
}


@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.__name__)
def test_contributions_add_up_to_the_models_own_prediction_in_every_space(kind: Callable[[], RegisteredModel]) -> None:
    model, patients = kind(), cohort(seed=9).dropna()[INPUTS].iloc[:3]
    names = [feature.name for feature in model.card.inputs]
    for number in range(len(patients)):
        row = patients.iloc[[number]][names].reset_index(drop=True)
        outputs = outputs_of(model.predict(row))
        for (output, space), found in explain_outputs(model, row).items():
            assert isinstance(found, Explanation), found
            own = float(in_space(outputs.values[0, [outputs.names.index(output)]], space)[0])
            assert found.base + sum(found.values.values()) == pytest.approx(own, abs=1e-6)
            assert found.prediction == own
            assert list(found.values) == names
            assert found.method == METHODS[kind][space]
            assert "fallback" not in found.details
            assert next(check for check in found.checks if check.name == "additivity").passed


def test_a_missing_input_is_explained_like_any_other() -> None:
    model = native_boosting()
    row = cohort(seed=9)[INPUTS].iloc[[0]].assign(pain=np.nan).reset_index(drop=True)
    found = explain_outputs(model, row)["event", "log_odds"]
    assert isinstance(found, Explanation)
    assert found.method == TREES
    assert found.residual == pytest.approx(0, abs=1e-6)


def test_trees_and_coalitions_give_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    # The oracle is the enumeration of coalitions, which asks the model for its predictions only.
    for kind in (native_boosting, encoded_boosting, forest, logistic):
        model = kind()
        row = cohort(seed=9).dropna()[INPUTS].iloc[[1]].reset_index(drop=True)
        by_inside = explain_outputs(model, row)
        with monkeypatch.context() as patched:
            patched.setattr("cds.explanation.closed_forms.inside_of", lambda model: None)
            by_coalitions = explain_outputs(model, row)
        for key, found in by_inside.items():
            other = by_coalitions[key]
            assert isinstance(found, Explanation)
            assert isinstance(other, Explanation)
            assert other.method == COALITIONS
            assert found.values == pytest.approx(other.values, abs=1e-9)
            assert found.details["background_se"] == pytest.approx(other.details["background_se"], abs=1e-9)
            if found.interaction is not None and other.interaction is not None:
                assert found.interaction.inputs == other.interaction.inputs
                assert found.interaction.value == pytest.approx(other.interaction.value, abs=1e-9)


def test_a_level_that_training_never_held_goes_the_way_of_the_missing() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    frame = cohort()
    known = frame[frame.site != "neck"]
    last = HistGradientBoostingClassifier(
        max_iter=20, min_samples_leaf=5, random_state=1, categorical_features="from_dtype"
    )
    fitted = last.fit(known[INPUTS].astype({"site": "category"}), known.event)
    model = registered(fitted, card(positive=1))
    row = cohort(seed=9).dropna()[INPUTS].iloc[[0]].assign(site="neck").reset_index(drop=True)
    found = explain_outputs(model, row)["event", "log_odds"]
    assert isinstance(found, Explanation)
    assert found.method == TREES
    assert found.residual == pytest.approx(0, abs=1e-6)


def test_the_class_that_the_card_calls_positive_decides_the_sign() -> None:
    frame = cohort()
    for kind in (native_boosting, logistic):
        first = kind()
        turned = registered(first.model.estimator, card(positive=0))  # type: ignore[attr-defined]  # scikit-learn's
        row = pd.DataFrame(frame[INPUTS].dropna().iloc[[0]]).reset_index(drop=True)
        one, other = (explain_outputs(model, row)["event", "log_odds"] for model in (first, turned))
        assert isinstance(one, Explanation)
        assert isinstance(other, Explanation)
        assert other.method == one.method
        assert other.values == pytest.approx({name: -value for name, value in one.values.items()}, abs=1e-9)


def test_a_forest_that_gives_risks_of_exactly_0_has_no_log_odds_and_exact_probabilities() -> None:
    from sklearn.ensemble import RandomForestClassifier

    frame = cohort()
    model = registered(
        piped(RandomForestClassifier(7, random_state=1)).fit(frame[INPUTS], frame.event), card(positive=1)
    )
    row = cohort(seed=9).dropna()[INPUTS].iloc[[0]].reset_index(drop=True)
    found = explain_outputs(model, row)
    probability = found["event", "probability"]
    assert isinstance(probability, Explanation)
    assert probability.method == TREES
    assert probability.residual == pytest.approx(0, abs=1e-9)
    log_odds = found["event", "log_odds"]
    assert isinstance(log_odds, NotEstimable)
    assert "exactly 0 or 1" in log_odds.reason
