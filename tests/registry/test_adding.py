import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from cds.core.errors import ArtifactError, CardError, DataError, PredictionError, RegistryError
from cds.registry import add, load_model, wrap
from cds.registry.shipped import load_shipped


def test_a_model_survives_registration_and_carries_what_the_card_needs(cohort, card, fitted, tmp_path):
    added = add(fitted, card, background=cohort.head(50).drop(index=[3]), development=cohort, root=tmp_path)
    loaded = load_model("made-up@1", root=tmp_path)
    inputs = cohort[["age", "pain", "sex", "smoker"]]
    risk = fitted.predict_proba(inputs.astype({"smoker": float}))[:, 1]
    for model in (added, loaded):
        assert np.abs(model.predict(cohort).values - risk).max() <= 1e-12
        assert model.adapter == "sklearn_pipeline"
        assert model.sha256 == added.sha256 and len(model.sha256) == 64
        assert model.background_sha256 == added.background_sha256
        assert model.background.equals(added.background)
        assert np.array_equal(model.background_outcome, cohort["chronic"].head(50).drop(index=[3]))
    assert loaded.card == added.card
    held = loaded.card.development
    assert held.rows == 200 and held.events == cohort["chronic"].sum()
    assert held.inputs["pain"].missing == 2 and held.inputs["age"].maximum == cohort["age"].max()
    assert loaded.card.feature("age").unit == "years" and loaded.card.claims == {"auroc": 0.81}


def test_the_development_rows_are_not_stored(cohort, card, fitted, tmp_path):
    add(fitted, card, development=cohort, root=tmp_path)
    files = {path.name for path in (tmp_path / "made-up" / "1").iterdir()}
    assert files == {"card.toml", "entry.toml", "model.skops", "check.json", "fingerprints.bin", "SHA256SUMS"}
    assert load_model("made-up@1", root=tmp_path).background is None


def test_a_version_never_changes(card, fitted, tmp_path):
    first = add(fitted, card, root=tmp_path)
    with pytest.raises(RegistryError, match="made-up@1 is registered already, and a version never changes"):
        add(fitted, {**card, "predicts": "something else"}, root=tmp_path)
    assert load_model("made-up@1", root=tmp_path).sha256 == first.sha256
    assert add(fitted, {**card, "version": "2"}, root=tmp_path).card.version == "2"


def test_a_shipped_identity_is_taken(card, fitted, tmp_path):
    shipped = load_shipped("start-back").card
    with pytest.raises(RegistryError, match="is a shipped model"):
        add(fitted, {**card, "name": shipped.name, "version": shipped.version}, root=tmp_path)


def test_the_same_model_gets_the_same_hash_in_any_registry_and_in_memory(cohort, card, fitted, tmp_path):
    sample = cohort.drop(index=[3, 50])
    one = add(fitted, card, background=sample, root=tmp_path / "one")
    two = add(fitted, card, background=sample, root=tmp_path / "two")
    wrapped = wrap(fitted, card, background=sample)
    assert one.sha256 == two.sha256 == wrapped.sha256
    assert one.background_sha256 == wrapped.background_sha256
    assert wrapped.source == "memory"
    assert wrap(fitted, {**card, "predicts": "other"}, background=sample).sha256 != one.sha256


def test_what_cannot_be_stored_is_wrapped_without_a_hash_and_says_why(cohort, card, fitted, tmp_path):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    own = make_pipeline(FunctionTransformer(_same), fitted)
    own.fit(cohort[["age", "pain", "sex", "smoker"]].astype({"smoker": float}), cohort["chronic"])
    wrapped = wrap(own, card)
    assert wrapped.sha256 == "" and wrapped.source.startswith("memory (not hashed: the archive holds types")
    assert len(wrapped.predict(cohort)) == len(cohort)
    with pytest.raises(ArtifactError, match="types that are not allowed"):
        add(own, card, root=tmp_path)
    assert not (tmp_path / "made-up").exists()


def _same(values):
    return values


def test_a_model_can_be_wrapped_as_it_is(card, fitted):
    wrapped = wrap(wrap(fitted, card).model, card)
    assert wrapped.adapter == "sklearn_pipeline" and "not hashed" in wrapped.source


def test_an_artifact_file_is_registered_by_its_suffix(card, fitted, tmp_path):
    from cds.models.sklearn_pipeline import save

    save(fitted, tmp_path / "any-name.skops")
    added = add(tmp_path / "any-name.skops", card, root=tmp_path / "registry")
    assert added.sha256 == wrap(fitted, card).sha256
    (tmp_path / "model.h5").write_bytes(b"x")
    with pytest.raises(ArtifactError, match=r"model.h5: no adapter reads \.h5"):
        add(tmp_path / "model.h5", {**card, "version": "2"}, root=tmp_path / "registry")
    with pytest.raises(ArtifactError, match="cannot be read: No such file"):
        add(tmp_path / "none.skops", {**card, "version": "2"}, root=tmp_path / "registry")


class Attack:
    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return (open, (str(self.canary), "w"))


@pytest.mark.parametrize("suffix", [".pkl", ".pickle", ".joblib", ".skops"])
def test_a_malicious_pickle_never_runs(suffix, card, tmp_path):
    canary, path = tmp_path / "canary", tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(Attack(canary)))
    with pytest.raises(ArtifactError, match=r"a pickle runs whatever code it holds|no readable skops archive"):
        add(path, card, root=tmp_path / "registry")
    assert not canary.exists()
    assert not (tmp_path / "registry").exists()


def test_a_pickle_needs_permission_to_be_added_and_again_to_be_loaded(cohort, card, fitted, tmp_path):
    held = io.BytesIO()
    joblib.dump(fitted, held)
    (tmp_path / "model.joblib").write_bytes(held.getvalue())
    added = add(tmp_path / "model.joblib", card, root=tmp_path, allow_pickle=True)
    with pytest.raises(ArtifactError, match="allow pickles"):
        load_model("made-up@1", root=tmp_path)
    loaded = load_model("made-up@1", root=tmp_path, allow_pickle=True)
    assert np.array_equal(loaded.predict(cohort).values, added.predict(cohort).values)
    canary = tmp_path / "canary"
    (tmp_path / "made-up" / "1" / "model.joblib").write_bytes(pickle.dumps(Attack(canary)))
    with pytest.raises(RegistryError, match=r"model\.joblib does not match its recorded sha256"):
        load_model("made-up@1", root=tmp_path, allow_pickle=True)
    assert not canary.exists()


def test_a_card_or_sample_that_does_not_fit_leaves_nothing_behind(cohort, card, fitted, tmp_path):
    with pytest.raises(CardError, match="two classes"):
        add(fitted, {**card, "positive": "yes"}, root=tmp_path)
    with pytest.raises(PredictionError, match="input 'pain'"):
        add(fitted, card, background=cohort.assign(pain="4711 Doe"), root=tmp_path)
    with pytest.raises(PredictionError, match="required input 'age' is missing at row 0"):
        add(fitted, card, background=cohort.assign(age=cohort["age"].where(cohort.index > 0)), root=tmp_path)
    with pytest.raises(DataError, match="no outcome column 'chronic'"):
        add(fitted, card, development=cohort.drop(columns="chronic"), root=tmp_path)
    with pytest.raises(ArtifactError, match="no adapter takes a dict"):
        add({"coef": 1}, card, root=tmp_path)
    assert not (tmp_path / "made-up").exists()


def test_a_model_that_changes_in_storage_is_not_registered(cohort, card, fitted, tmp_path, monkeypatch):
    from cds.models import sklearn_pipeline

    honest = sklearn_pipeline.skops_bytes

    def careless(estimator):
        kept = estimator[-1].coef_.copy()
        estimator[-1].coef_ = kept + 1e-9
        content = honest(estimator)
        estimator[-1].coef_ = kept
        return content

    monkeypatch.setattr(sklearn_pipeline, "skops_bytes", careless)
    with pytest.raises(ArtifactError, match="predicts otherwise than the one in memory"):
        add(fitted, card, background=cohort.drop(index=[3, 50]), root=tmp_path)
    assert not (tmp_path / "made-up").exists()


def test_no_error_message_holds_a_patients_value(cohort, card, fitted, tmp_path):
    bad = cohort.astype(object)
    bad.loc[7, "age"] = "PHI-CANARY-1"
    bad.loc[8, "sex"] = "PHI-CANARY-2"
    bad.loc[9, "chronic"] = "PHI-CANARY-3"
    for given in ({"background": bad}, {"development": bad}, {"background": cohort.assign(chronic=bad["chronic"])}):
        with pytest.raises((PredictionError, DataError)) as refused:
            add(fitted, card, root=tmp_path, **given)
        assert "CANARY" not in str(refused.value)
        assert refused.value.__cause__ is None or "CANARY" not in str(refused.value.__cause__)


def test_a_forest_survives_too(cohort, card, tmp_path):
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    prepare = make_column_transformer((OrdinalEncoder(), ["sex"]), remainder="passthrough")
    inputs = cohort[["age", "pain", "sex", "smoker"]]
    forest = RandomForestClassifier(n_estimators=20, random_state=1)
    fitted = make_pipeline(prepare, forest).fit(inputs, cohort["chronic"])
    added = add(fitted, card, development=cohort, root=tmp_path)
    assert np.array_equal(added.predict(cohort).values, fitted.predict_proba(inputs)[:, 1])


def test_a_model_that_refuses_made_up_rows_is_registered_without_them(cohort, card, tmp_path):
    xgboost = pytest.importorskip("xgboost")
    inputs = cohort[["age", "pain", "sex", "smoker"]]
    women = inputs["sex"] == "1_female"  # the card knows men too, this booster does not
    seen = inputs[women].astype({"sex": "category", "smoker": "category"})
    matrix = xgboost.DMatrix(seen, cohort["chronic"][women], enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "seed": 1, "nthread": 1}, matrix, 3)
    added = add(booster, card, development=cohort[women], root=tmp_path)
    assert not (tmp_path / "made-up" / "1" / "check.json").exists()
    loaded = load_model("made-up@1", root=tmp_path)
    assert loaded.adapter == "xgboost_booster" and loaded.sha256 == added.sha256
    assert np.array_equal(loaded.predict(cohort[women]).values, added.predict(cohort[women]).values)
    with pytest.raises(PredictionError, match="'sex' has a level that the booster never met"):
        loaded.predict(cohort)


@pytest.mark.parametrize("sample", ["background", "development"])
def test_the_path_of_a_sample_is_no_sample(sample, card, fitted, tmp_path):
    with pytest.raises(
        DataError, match=f"{sample}: must be a data frame, got a str. Give a data frame; cds registry add"
    ):
        add(fitted, card, root=tmp_path, **{sample: "rows.csv"})
    if sample == "background":
        with pytest.raises(DataError, match="Give a data frame"):
            wrap(fitted, card, background="rows.csv")
