"""scikit-survival's estimators: their own survival functions, stored without pickles, refused where undefined."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import ArtifactError, CardError, DataError, PredictionError
from cds.core.model import Refittable
from cds.core.model_card import ModelCard
from cds.core.outcome import Binary, Survival
from cds.models.skops_archive import ALLOWED
from cds.models.sksurv_estimator import ADAPTER, SURVIVAL_ALLOWED, SksurvModel, load, recognises, save

pytest.importorskip("sksurv")

HORIZONS = (30.0, 90.0, 180.0)


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    """300 made-up patients: whole days, some of them tied, about a third censored."""
    rng = np.random.default_rng(20261120)
    n = 300
    frame = pd.DataFrame({"age": rng.normal(45, 12, n).round(1), "pain": rng.integers(0, 11, n).astype(float)})
    hazard = np.exp(0.03 * (frame["age"] - 45) + 0.2 * (frame["pain"] - 5)) / 150
    time, end = rng.exponential(1 / hazard), rng.uniform(60, 400, n)
    frame["time"] = np.ceil(np.minimum(time, end))
    frame["event"] = (time <= end).astype(int)
    return frame


def inputs(patients: pd.DataFrame) -> pd.DataFrame:
    return patients[["age", "pain"]]


def target(patients: pd.DataFrame) -> Any:
    from sksurv.util import Surv

    return Surv.from_arrays(event=patients["event"] == 1, time=patients["time"])


def make_card(**given: Any) -> ModelCard:
    plain = {
        "name": "made-up",
        "version": "1",
        "outcome": "survival",
        "horizons": HORIZONS,
        "time_unit": "days",
        "inputs": [
            {"name": "age", "type": "number", "range": [18, 90]},
            {"name": "pain", "type": "integer", "range": [0, 10]},
        ],
    }
    return ModelCard.model_validate(plain | given)


def estimator(name: str) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sksurv import ensemble, linear_model, tree

    return {
        "cox": lambda: linear_model.CoxPHSurvivalAnalysis(ties="efron"),
        "pipeline": lambda: make_pipeline(StandardScaler(), linear_model.CoxPHSurvivalAnalysis()),
        "coxnet": lambda: linear_model.CoxnetSurvivalAnalysis(fit_baseline_model=True, n_alphas=10),
        "forest": lambda: ensemble.RandomSurvivalForest(n_estimators=5, min_samples_leaf=20, random_state=0),
        "extra": lambda: ensemble.ExtraSurvivalTrees(n_estimators=5, min_samples_leaf=20, random_state=0),
        "boosting": lambda: ensemble.GradientBoostingSurvivalAnalysis(n_estimators=10, random_state=0),
        "dropout": lambda: ensemble.GradientBoostingSurvivalAnalysis(n_estimators=10, dropout_rate=0.2, random_state=0),
        "componentwise": lambda: ensemble.ComponentwiseGradientBoostingSurvivalAnalysis(n_estimators=10),
        "tree": lambda: tree.SurvivalTree(min_samples_leaf=30, random_state=0),
    }[name]()


COX_LIKE = ("cox", "pipeline", "coxnet", "boosting", "dropout", "componentwise")
EVERY = (*COX_LIKE, "forest", "extra", "tree")


@pytest.mark.parametrize("name", EVERY)
def test_risks_are_one_minus_the_librarys_step_functions_and_survive_storage(name, patients, tmp_path):
    fitted = estimator(name).fit(inputs(patients), target(patients))
    assert recognises(fitted)
    model = SksurvModel(make_card(), fitted)
    asked = [31.5, 90.0, 180.0]  # the first falls between two days
    expected = np.array([1 - f(asked) for f in fitted.predict_survival_function(inputs(patients))])
    found = model.predict(patients, horizons=asked)
    assert np.abs(found.values - expected).max() <= 1e-12
    if name in COX_LIKE:
        assert np.array_equal(found.linear_predictor, fitted.predict(inputs(patients)))
    else:
        assert found.linear_predictor is None
    save(fitted, tmp_path / "model.skops")
    again = load(tmp_path / "model.skops", make_card()).predict(patients, horizons=asked)
    assert np.array_equal(again.values, found.values)


R_COX = [[0.15077715300123995, 0.38405907394538819], [0.41010568050118223, 0.79091992870866124]]


def test_a_cox_regression_agrees_with_r():
    # made-up data of eight patients; R 4.2.2, survival 3.5.3:
    #   d <- data.frame(t = c(1, 2, 3, 4, 5, 6, 7, 8), e = c(1, 0, 1, 1, 0, 1, 1, 0), x = c(2, 0, 1, 3, 1, 0, 2, 1))
    #   f <- coxph(Surv(t, e) ~ x, d, control = coxph.control(eps = 1e-12))
    #   1 - summary(survfit(f, data.frame(x = c(0, 3)), ctype = 1), times = c(3, 6))$surv
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    event = np.array([1, 0, 1, 1, 0, 1, 1, 0], dtype=bool)
    x = pd.DataFrame({"x": [2.0, 0, 1, 3, 1, 0, 2, 1]})
    fitted = CoxPHSurvivalAnalysis(tol=1e-12).fit(x, Surv.from_arrays(event, np.arange(1.0, 9)))
    card = make_card(horizons=(3.0, 6.0), inputs=[{"name": "x", "type": "number"}])
    found = SksurvModel(card, fitted).predict(pd.DataFrame({"x": [0.0, 3.0]}))
    assert found.values == pytest.approx(np.array(R_COX), rel=1e-9)


def test_a_horizon_after_the_last_time_is_refused_and_the_last_usable_one_named(patients):
    fitted = estimator("cox").fit(inputs(patients), target(patients))
    model, last = SksurvModel(make_card(), fitted), patients["time"].max()
    assert len(model.predict(patients, horizons=[last])) == len(patients)
    with pytest.raises(PredictionError, match=rf"no risk by horizon {last + 1:g} days. .*ends at {last:g}, which is"):
        model.predict(patients, horizons=[30, last + 1])
    with pytest.raises(CardError, match=rf"horizon 4000 lies after .*The last usable horizon is {last:g}"):
        SksurvModel(make_card(horizons=(30, 4000)), fitted)


def test_horizons_may_come_in_any_order_and_rows_in_parts(patients, monkeypatch):
    model = SksurvModel(make_card(), estimator("forest").fit(inputs(patients), target(patients)))
    whole = model.predict(patients, horizons=[180, 30, 90, 30])
    assert whole.horizons == HORIZONS
    monkeypatch.setattr("cds.models.sksurv_estimator.ROWS", 7)
    assert np.array_equal(model.predict(patients).values, whole.values)
    assert model.predict(patients.head(0)).values.shape == (0, 3)


def test_a_missing_required_input_is_refused_and_an_optional_one_reaches_the_pipeline(patients):
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    fitted = make_pipeline(SimpleImputer().set_output(transform="pandas"), estimator("cox")).fit(
        inputs(patients), target(patients)
    )
    gap = patients.assign(pain=patients["pain"].where(patients.index != 3))
    with pytest.raises(PredictionError, match="required input 'pain' is missing at row 3"):
        SksurvModel(make_card(), fitted).predict(gap)
    optional = [{"name": "age", "type": "number"}, {"name": "pain", "type": "integer", "required": False}]
    filled = gap.fillna({"pain": patients["pain"].mean()})
    optional_card = make_card(inputs=optional)
    assert SksurvModel(optional_card, fitted).predict(gap).values == pytest.approx(
        1 - np.array([f(list(HORIZONS)) for f in fitted.predict_survival_function(inputs(filled))])
    )
    bare = estimator("cox").fit(inputs(patients), target(patients))
    with pytest.raises(ArtifactError, match=r"fails on these rows \(ValueError\)"):
        SksurvModel(optional_card, bare).predict(gap)


def test_what_gives_no_survival_function_is_refused_and_says_what_would(patients):
    from sksurv.ensemble import GradientBoostingSurvivalAnalysis, RandomSurvivalForest
    from sksurv.linear_model import CoxnetSurvivalAnalysis, IPCRidge

    for unfitted, hint in (
        (CoxnetSurvivalAnalysis(n_alphas=5), "fit_baseline_model=True"),
        (GradientBoostingSurvivalAnalysis(loss="ipcwls", n_estimators=3), "loss coxph"),
        (RandomSurvivalForest(n_estimators=2, low_memory=True), "low_memory=False"),
        (IPCRidge(), "another estimator"),
    ):
        fitted = unfitted.fit(inputs(patients), target(patients))
        assert recognises(fitted)
        with pytest.raises(ArtifactError, match=f"gives no survival functions, so no risks. .*{hint}"):
            SksurvModel(make_card(), fitted)


def test_another_outcome_or_other_inputs_are_refused(patients):
    fitted = estimator("cox").fit(inputs(patients), target(patients))
    with pytest.raises(CardError, match="predicts a survival outcome, the card says competing_risks"):
        SksurvModel(make_card(outcome="competing_risks"), fitted)
    with pytest.raises(ArtifactError, match="trained on inputs that the card does not declare: pain"):
        SksurvModel(make_card(inputs=[{"name": "age", "type": "number"}]), fitted)
    with pytest.raises(ArtifactError, match="is not fitted"):
        SksurvModel(make_card(), estimator("cox"))


def test_a_refit_is_the_same_estimator_on_other_rows(patients):
    model = SksurvModel(make_card(), estimator("cox").fit(inputs(patients), target(patients)))
    assert isinstance(model, Refittable)
    rows = np.random.default_rng(1).integers(0, len(patients), len(patients))
    outcome = Survival(patients["time"].to_numpy(), patients["event"].to_numpy(), "days").take(rows)
    drawn = patients.iloc[rows].reset_index(drop=True)
    again = model.refit(drawn, outcome, weights=None, rng=np.random.default_rng(1))
    by_hand = estimator("cox").fit(inputs(drawn), target(drawn))
    assert np.array_equal(again.predict(patients).linear_predictor, by_hand.predict(inputs(patients)))
    assert np.array_equal(model.estimator.coef_, estimator("cox").fit(inputs(patients), target(patients)).coef_)


def test_a_refit_that_is_undefined_says_why(patients):
    model = SksurvModel(make_card(), estimator("cox").fit(inputs(patients), target(patients)))
    time, event, rng = patients["time"].to_numpy(), patients["event"].to_numpy(), np.random.default_rng(1)
    ones = np.ones(len(patients))
    for outcome, weights, message in (
        (Binary(event), None, "cannot be refitted to a binary one"),
        (Survival(time, event * 0, "days"), None, "needs at least one event"),
        (Survival(time, event, "days", ones * 0 - 1), None, "delayed entry"),
        (Survival(np.where(ones.cumsum() == 5, np.nan, time), event, "days"), None, "it is missing at row 4"),
        (Survival(time, event, "days"), ones.cumsum(), "cannot be refitted with weights"),
    ):
        with pytest.raises(DataError, match=message):
            model.refit(patients, outcome, weights=weights, rng=rng)
    early = Survival(np.minimum(time, 100), event, "days")
    with pytest.raises(CardError, match="last usable horizon is 100"):
        model.refit(patients, early, weights=None, rng=rng)


def test_forests_take_weights_and_rows_of_weight_0_are_left_out(patients):
    model = SksurvModel(make_card(), estimator("forest").fit(inputs(patients), target(patients)))
    outcome = Survival(patients["time"].to_numpy(), patients["event"].to_numpy(), "days")
    half = (np.arange(len(patients)) % 2).astype(float)
    once = model.refit(patients, outcome, weights=half, rng=np.random.default_rng(1))
    kept = patients[half == 1].reset_index(drop=True)
    twice = model.refit(kept, outcome.take(np.flatnonzero(half)), weights=None, rng=np.random.default_rng(1))
    assert np.array_equal(once.predict(patients).values, twice.predict(patients).values)


def rewritten(path: Any, change: Any) -> None:
    """The archive after ``change`` was applied to its members (name to bytes)."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target_file:
        for name, held in members.items():
            target_file.writestr(name, held)
    path.write_bytes(written.getvalue())


def arrays(members: dict[str, bytes]) -> dict[str, np.ndarray]:
    return {name: np.load(io.BytesIO(held)) for name, held in members.items() if name.endswith(".npy")}


def stored(array: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def test_the_list_of_allowed_types_is_fixed_and_names_estimators_only():
    assert not set(SURVIVAL_ALLOWED) & set(ALLOWED)
    assert all(entry.startswith("sksurv.") for entry in SURVIVAL_ALLOWED)
    assert (ADAPTER.suffixes, ADAPTER.outcomes) == ((".skops",), ("survival",))


def test_types_beyond_the_list_are_refused_by_name(patients, tmp_path):
    from sksurv.ensemble import ComponentwiseGradientBoostingSurvivalAnalysis as Componentwise

    fitted = Componentwise(n_estimators=3, loss="squared").fit(inputs(patients), target(patients))
    with pytest.raises(ArtifactError, match=r"types that are not allowed: sksurv\.ensemble\.survival_loss\.Censored"):
        save(fitted, tmp_path / "model.skops")
    assert not (tmp_path / "model.skops").exists()


def test_a_malicious_archive_is_refused_and_nothing_runs(patients, tmp_path):
    path, canary = tmp_path / "model.skops", tmp_path / "canary"
    save(estimator("cox").fit(inputs(patients), target(patients)), path)
    text = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode"}
    command = {**text, "content": json.dumps(f"touch {canary}"), "is_json": True}
    arguments = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": [command]}

    def attack(members):
        schema = json.loads(members["schema.json"])
        schema["content"]["content"]["alpha"] = {
            "__class__": "system", "__module__": "os", "__loader__": "ObjectNode", "content": arguments,
        }  # fmt: skip
        members["schema.json"] = json.dumps(schema).encode()

    rewritten(path, attack)
    with pytest.raises(ArtifactError, match=r"types that are not allowed: os\.system"):
        load(path, make_card())
    assert not canary.exists()


@pytest.mark.parametrize("name", ["cox", "boosting", "forest", "tree"])
def test_a_doctored_baseline_or_leaf_is_refused(name, patients, tmp_path):
    path = tmp_path / "model.skops"
    fitted = estimator(name).fit(inputs(patients), target(patients))
    save(fitted, path)
    size = len(np.unique(patients["time"]))

    def negate(members):
        # baselines are as long as the times, leaves hold them along their second axis
        for file, array in arrays(members).items():
            if array.dtype == np.float64 and (array.shape == (size,) or array.shape[1:] == (size, 2)):
                members[file] = stored(-array - 1)

    rewritten(path, negate)
    with pytest.raises(ArtifactError, match="the model file is inconsistent"):
        load(path, make_card())


def test_random_bytes_never_crash_the_interpreter(patients, tmp_path):
    path = tmp_path / "model.skops"
    save(estimator("forest").fit(inputs(patients), target(patients)), path)
    content, rng = path.read_bytes(), np.random.default_rng(1)
    outcomes = set()
    for _ in range(60):
        held = bytearray(content)
        for at in rng.integers(0, len(held), 3):
            held[at] = rng.integers(0, 256)
        path.write_bytes(bytes(held))
        try:
            load(path, make_card()).predict(patients.head(5))
            outcomes.add("read")
        except (ArtifactError, CardError, PredictionError):
            outcomes.add("refused")
    assert "refused" in outcomes
