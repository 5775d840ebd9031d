"""Survival models through the registry: stored, loaded and asked at horizons like any other."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import ArtifactError, CardError, PredictionError, RegistryError
from cds.core.prediction import RiskByHorizon
from cds.registry import add, load_model, wrap
from cds.registry.shipped import load_shipped

HORIZONS = [30.0, 90.0, 180.0]


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    rng = np.random.default_rng(20261120)
    n = 300
    frame = pd.DataFrame({"age": rng.normal(45, 12, n).round(1), "sex": rng.choice([0.0, 1.0], n)})
    hazard = np.exp(0.04 * (frame["age"] - 45) + 0.5 * frame["sex"]) / 150
    time, end = rng.exponential(1 / hazard), rng.uniform(60, 400, n)
    frame["days"] = np.ceil(np.minimum(time, end))
    frame["recovered"] = (time <= end).astype(int)
    return frame


def make_card(**given: Any) -> dict[str, Any]:
    return {
        "schema": "cds.card/1",
        "name": "recovery",
        "version": "1",
        "outcome": "survival",
        "outcome_column": "recovered",
        "time_column": "days",
        "horizons": HORIZONS,
        "time_unit": "days",
        "inputs": [
            {"name": "age", "type": "number", "range": [18, 90]},
            {"name": "sex", "type": "category", "levels": {"0": "female", "1": "male"}},
        ],
    } | given


def lifelines_cox(patients: pd.DataFrame, **given: Any) -> Any:
    from lifelines import CoxPHFitter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CoxPHFitter(**given).fit(patients, "days", "recovered")


def sksurv_forest(patients: pd.DataFrame) -> Any:
    from sksurv.ensemble import RandomSurvivalForest
    from sksurv.util import Surv

    target = Surv.from_arrays(patients["recovered"] == 1, patients["days"])
    return RandomSurvivalForest(n_estimators=5, min_samples_leaf=20, random_state=0).fit(
        patients[["age", "sex"]], target
    )


@pytest.mark.parametrize(("make", "adapter"), [(lifelines_cox, "lifelines_fit"), (sksurv_forest, "sksurv_estimator")])
def test_a_survival_model_survives_registration(make, adapter, patients, tmp_path):
    if adapter == "sksurv_estimator":
        pytest.importorskip("sksurv")
    fitted = make(patients)
    added = add(fitted, make_card(), background=patients.head(40), development=patients, root=tmp_path)
    loaded = load_model("recovery@1", root=tmp_path)
    in_memory = wrap(fitted, make_card())
    assert added.adapter == loaded.adapter == adapter
    for horizons in (None, [180, 45]):
        found = loaded.predict(patients, horizons=horizons)
        assert isinstance(found, RiskByHorizon)
        assert np.abs(found.values - in_memory.predict(patients, horizons=horizons).values).max() <= 1e-12
    assert found.horizons == (45.0, 180.0)
    held = loaded.card.development
    assert held is not None and held.events == patients["recovered"].sum() and held.last_time == patients["days"].max()
    assert set(held.risk_by_horizon) == {"30", "90", "180"}
    assert loaded.background is not None and loaded.background_outcome is None
    assert add(fitted, make_card(version="2"), root=tmp_path).sha256 == wrap(fitted, make_card(version="2")).sha256


def test_no_pickle_and_no_row_is_stored(patients, tmp_path):
    add(lifelines_cox(patients), make_card(), development=patients, root=tmp_path)
    folder = tmp_path / "recovery" / "1"
    assert {path.name for path in folder.iterdir()} == {
        "card.toml",
        "entry.toml",
        "model.json",
        "check.json",
        "fingerprints.bin",
        "SHA256SUMS",
    }
    held = json.loads((folder / "model.json").read_text())
    assert set(held) == {"schema", "fitter", "levels", "settings", "model", "terms", "strata", "times", "baselines"}


def test_an_artifacts_file_goes_to_the_adapter_of_the_cards_outcome(patients, tmp_path):
    from cds.models.lifelines_fit import save

    save(lifelines_cox(patients), tmp_path / "cox.json")
    added = add(tmp_path / "cox.json", make_card(), root=tmp_path)
    assert added.adapter == "lifelines_fit"
    with pytest.raises(ArtifactError):  # a booster is what a binary card's .json holds
        add(tmp_path / "cox.json", make_card(version="2", outcome="binary", horizons=[]), root=tmp_path)


def test_a_pipeline_of_another_kind_is_no_survival_model(patients, tmp_path):
    from sklearn.linear_model import LogisticRegression

    from cds.models.sklearn_pipeline import save

    fitted = LogisticRegression().fit(patients[["age", "sex"]], patients["recovered"])
    with pytest.raises(CardError, match="does not predict a survival outcome"):
        add(fitted, make_card(), root=tmp_path)
    save(fitted, tmp_path / "model.skops")
    pytest.importorskip("sksurv")
    with pytest.raises(ArtifactError, match="LogisticRegression gives no survival functions"):
        add(tmp_path / "model.skops", make_card(), root=tmp_path)


def test_what_cannot_be_stored_is_wrapped_without_a_hash_and_says_why(patients):
    wrapped = wrap(lifelines_cox(patients, baseline_estimation_method="spline", n_baseline_knots=2), make_card())
    assert wrapped.sha256 == "" and "cannot be stored as data" in wrapped.source
    assert len(wrapped.predict(patients)) == len(patients)


def test_a_doctored_version_is_refused_by_its_sums_and_by_its_predictions(patients, tmp_path):
    from cds.registry.folder import write_version

    add(lifelines_cox(patients), make_card(), root=tmp_path)
    folder = tmp_path / "recovery" / "1"
    held = json.loads((folder / "model.json").read_text())
    held["terms"][0]["coefficient"] += 0.01
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "SHA256SUMS"}
    files["model.json"] = json.dumps(held).encode()
    (folder / "model.json").write_bytes(files["model.json"])
    with pytest.raises(RegistryError):
        load_model("recovery@1", root=tmp_path)
    # with sums of its own the file is whole, but the model is another
    write_version(tmp_path / "other", "recovery", "1", files)
    with pytest.raises(ArtifactError, match="predicts otherwise than when it was registered"):
        load_model("recovery@1", root=tmp_path / "other")


EQUATION = """
schema = "cds.equation/1"
model = "cox"

[baseline]
horizons = [30, 90, 180]
survival = [0.9, 0.7, 0.5]

[[terms]]
input = "age"
centre = 45
coefficient = 0.04

[[terms]]
input = "sex"
coefficient = 0.5
"""

ACCELERATED = """
schema = "cds.equation/1"
model = "aft"
distribution = "weibull"
intercept = 5.2
scale = 0.8

[[terms]]
input = "age"
centre = 45
coefficient = -0.03

[[terms]]
input = "sex"
coefficient = -0.4
"""


def test_a_published_cox_equation_has_its_horizons_and_no_others(patients, tmp_path):
    (tmp_path / "cox.toml").write_text(EQUATION)
    add(tmp_path / "cox.toml", make_card(), root=tmp_path)
    model = load_model("recovery@1", root=tmp_path)
    one = pd.DataFrame({"age": [45.0, 70.0], "sex": [0, 1]})
    found = model.predict(one, horizons=[180, 30])
    assert isinstance(found, RiskByHorizon)
    # hazard ratio exp(25 · .04 + .5) = exp(1.5)
    assert found.values == pytest.approx(np.array([[0.1, 0.5], [1 - 0.9 ** np.exp(1.5), 1 - 0.5 ** np.exp(1.5)]]))
    with pytest.raises(PredictionError, match=r"no risk by horizon 60 days. The equation has 30, 90, 180"):
        model.predict(one, horizons=[60])
    with pytest.raises(CardError, match="horizon 365 is not in the equation's baseline"):
        add(tmp_path / "cox.toml", make_card(version="2", horizons=[365.0]), root=tmp_path)


def test_an_accelerated_failure_time_equation_has_any_horizon(tmp_path):
    (tmp_path / "aft.toml").write_text(ACCELERATED)
    add(tmp_path / "aft.toml", make_card(), root=tmp_path)
    model = load_model("recovery@1", root=tmp_path)
    found = model.predict(pd.DataFrame({"age": [45.0], "sex": [0]}), horizons=[np.exp(5.2), 1000])
    # at t = exp(location) the risk of a Weibull is 1 − exp(−1)
    assert found.values[0, 0] == pytest.approx(1 - np.exp(-1))


def test_a_fine_gray_equation_stands_on_a_card_of_competing_risks(tmp_path):
    (tmp_path / "fg.toml").write_text(EQUATION)
    add(tmp_path / "fg.toml", make_card(outcome="competing_risks"), root=tmp_path)
    found = load_model("recovery@1", root=tmp_path).predict(pd.DataFrame({"age": [45.0], "sex": [0]}))
    assert found.values[0] == pytest.approx([0.1, 0.3, 0.5])


def test_shipped_equations_answer_at_their_horizons():
    model = load_shipped("qfracture-2012-hip-women")
    assert len(model.card.horizons) == 18 and model.card.outcome in ("survival", "competing_risks")


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib"])
def test_a_pickled_fitter_is_refused_and_nothing_runs(name, tmp_path):
    import pickle

    canary = tmp_path / "canary"

    class Attack:
        def __reduce__(self) -> Any:
            return (Path.touch, (canary,))

    (tmp_path / name).write_bytes(pickle.dumps(Attack()))
    with pytest.raises(ArtifactError, match="a pickle runs whatever code it holds"):
        add(tmp_path / name, make_card(), root=tmp_path)
    assert not canary.exists()
