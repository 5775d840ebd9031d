"""lifelines' fitters: their own risks, stored as numbers, refused where undefined."""

import json
import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import ArtifactError, CardError, DataError, PredictionError
from cds.core.model import Refittable
from cds.core.model_card import ModelCard
from cds.core.outcome import Binary, Survival
from cds.models.lifelines_fit import ADAPTER, FittedSurvivalModel, LifelinesModel, load, recognises, save
from cds.models.survival_format import LARGEST_FILE

HORIZONS = (30.0, 90.0, 180.0)
INPUTS = [
    {"name": "age", "type": "number", "range": [18, 90]},
    {"name": "pain", "type": "integer", "range": [0, 10]},
    {"name": "side", "type": "category", "levels": {"1": "left", "2": "right", "3": "both"}},
    {"name": "sex", "type": "category", "levels": {"f": "female", "m": "male"}},
    {"name": "smoker", "type": "boolean"},
]


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    """400 made-up patients: whole days, some of them tied, about a third censored."""
    rng = np.random.default_rng(20261120)
    n = 400
    frame = pd.DataFrame(
        {
            "age": rng.normal(45, 12, n).round(1),
            "pain": rng.integers(0, 11, n).astype(float),
            "side": rng.choice([1, 2, 3], n),
            "sex": rng.choice(["f", "m"], n),
            "smoker": rng.random(n) < 0.3,
        }
    )
    hazard = np.exp(0.03 * (frame["age"] - 45) + 0.2 * (frame["pain"] - 5) + 0.5 * frame["smoker"]) / 150
    time, end = rng.exponential(1 / hazard), rng.uniform(60, 400, n)
    frame["time"] = np.ceil(np.minimum(time, end))
    frame["event"] = (time <= end).astype(int)
    return frame


def make_card(*names: str, **given: Any) -> ModelCard:
    plain = {
        "name": "made-up",
        "version": "1",
        "outcome": "survival",
        "horizons": HORIZONS,
        "time_unit": "days",
        "inputs": [one for one in INPUTS if one["name"] in names],
    }
    return ModelCard.model_validate(plain | given)


def fitted(fitter: Any, patients: pd.DataFrame, *names: str, **given: Any) -> Any:
    frame = patients[[*names, "time", "event"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines' own, of pandas and of columns of little variance
        return fitter.fit(frame, "time", "event", **given)


def cox(patients: pd.DataFrame, *names: str, formula: str | None = None, **given: Any) -> Any:
    from lifelines import CoxPHFitter

    return fitted(CoxPHFitter(**given), patients, *names, formula=formula)


def stored(fitter: Any, card: ModelCard, folder: Any) -> FittedSurvivalModel:
    save(fitter, folder / "model.json")
    return load(folder / "model.json", card)


def own_risk(fitter: Any, frame: pd.DataFrame, times: list[float]) -> np.ndarray:
    """1 − lifelines' survival function, the rows in their order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        survival = fitter.predict_survival_function(frame, times=times)
    return 1 - survival[list(frame.index)].to_numpy().T


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (("age", "pain"), {}),
        (("age", "pain"), {"penalizer": 0.1}),
        (("age", "pain", "smoker"), {"formula": "age * pain + smoker"}),
        (("age", "side", "sex"), {"formula": "age + C(side) + sex"}),
        (("age", "side", "sex"), {"formula": "age:sex + C(side) * sex"}),
        (("age", "smoker"), {"formula": "age + C(smoker)"}),
        (("age", "sex"), {"strata": ["sex"]}),
        (("age", "side"), {"strata": "side"}),
        (("age", "pain", "side", "sex"), {"strata": ["side", "sex"], "formula": "age + pain"}),
    ],
)
def test_cox_risks_are_lifelines_own_in_memory_and_from_numbers(names, given, patients, tmp_path):
    fitter = cox(patients, *names, **given)
    asked = [31.5, 90.0, 180.0]  # the first falls between two days
    expected = own_risk(fitter, patients, asked)
    model = LifelinesModel(make_card(*names), fitter)
    found = model.predict(patients, horizons=asked)
    again = stored(fitter, make_card(*names), tmp_path).predict(patients, horizons=asked)
    assert np.abs(found.values - expected).max() <= 1e-12
    assert np.abs(again.values - expected).max() <= 1e-12
    if "strata" in given:
        assert found.linear_predictor is None and again.linear_predictor is None
    else:
        lp = fitter.predict_log_partial_hazard(patients)
        assert found.linear_predictor == pytest.approx(lp.to_numpy(), abs=1e-12)
        assert again.linear_predictor == pytest.approx(lp.to_numpy(), abs=1e-12)


@pytest.mark.parametrize("name", ["WeibullAFTFitter", "LogNormalAFTFitter", "LogLogisticAFTFitter"])
@pytest.mark.parametrize(
    "given",
    [{}, {"ancillary": True}, {"formula": "age + C(side)"}, {"formula": "age", "ancillary": "C(side)"}],
)
def test_accelerated_times_are_lifelines_own_in_memory_and_from_numbers(name, given, patients, tmp_path):
    import lifelines

    names = ("age", "side") if "formula" in given else ("age", "pain")
    fitter = fitted(getattr(lifelines, name)(), patients, *names, **given)
    expected = own_risk(fitter, patients, [0.5, 90.0, 5000.0])  # long after the last day: a parametric model goes on
    model = LifelinesModel(make_card(*names), fitter)
    again = stored(fitter, make_card(*names), tmp_path)
    for one in (model, again):
        found = one.predict(patients, horizons=[0.5, 90, 5000])
        assert np.abs(found.values - expected).max() <= 1e-12
        assert (found.linear_predictor is not None) is (name == "WeibullAFTFitter" and "ancillary" not in given)
    if name == "WeibullAFTFitter" and not given:
        # log of the cumulative hazard = log(t) · rho + lp
        lp = again.predict(patients).linear_predictor
        hazard = -np.log1p(-again.predict(patients, horizons=[90]).values[:, 0])
        assert np.log(hazard) - lp == pytest.approx(np.full(len(lp), np.log(hazard[0]) - lp[0]))


def test_a_generalized_gamma_is_lifelines_own_in_memory_and_from_numbers(patients, tmp_path):
    from lifelines import GeneralizedGammaRegressionFitter

    regressors = {"mu_": "age + pain", "sigma_": "1", "lambda_": "1"}
    fitter = fitted(GeneralizedGammaRegressionFitter(penalizer=0.01), patients, "age", "pain", regressors=regressors)
    expected = own_risk(fitter, patients, list(HORIZONS))
    for model in (LifelinesModel(make_card("age", "pain"), fitter), stored(fitter, make_card("age", "pain"), tmp_path)):
        assert np.abs(model.predict(patients).values - expected).max() <= 1e-9
        with pytest.raises(DataError, match="how it was fitted is not stored"):
            model.refit(patients, times(patients), weights=None, rng=np.random.default_rng(1))


def times(patients: pd.DataFrame) -> Survival:
    return Survival(patients["time"].to_numpy(), patients["event"].to_numpy(), "days")


R_WEIBULL = [[0.10871119848430136, 0.35125331862138692], [0.41161591339982939, 0.86387067889905289]]


def test_a_weibull_agrees_with_survreg():
    # R 4.2.2, survival 3.5.3: d <- data.frame(t = c(1, 2, 3, 4, 5, 6, 7, 8), e = c(1, 0, 1, 1, 0, 1, 1, 0),
    #   x = c(2, 0, 1, 3, 1, 0, 2, 1)); f <- survreg(Surv(t, e) ~ x, d, control = survreg.control(rel.tol = 1e-14));
    #   pweibull(c(3, 6), 1 / f$scale, exp(coef(f)[1])); pweibull(c(3, 6), 1 / f$scale, exp(sum(coef(f) * c(1, 3))))
    from lifelines import WeibullAFTFitter

    frame = pd.DataFrame(
        {"x": [2.0, 0, 1, 3, 1, 0, 2, 1], "time": np.arange(1.0, 9), "event": [1, 0, 1, 1, 0, 1, 1, 0]}
    )
    card = make_card(horizons=(3.0, 6.0), inputs=[{"name": "x", "type": "number"}])
    fitter = WeibullAFTFitter()
    fitter._scipy_fit_options = {"ftol": 1e-15, "maxiter": 1000}
    found = LifelinesModel(card, fitted(fitter, frame, "x")).predict(pd.DataFrame({"x": [0.0, 3.0]}))
    assert found.values == pytest.approx(np.array(R_WEIBULL), rel=1e-8)


def test_a_cox_baseline_of_splines_works_in_memory_and_is_not_stored(patients, tmp_path):
    fitter = cox(patients, "age", "pain", baseline_estimation_method="spline", n_baseline_knots=3)
    model = LifelinesModel(make_card("age", "pain"), fitter)
    assert np.abs(model.predict(patients).values - own_risk(fitter, patients, list(HORIZONS))).max() <= 1e-12
    with pytest.raises(
        ArtifactError, match=r'kind spline cannot be stored as data. Fit with baseline_estimation_method="breslow"'
    ):
        save(fitter, tmp_path / "model.json")
    assert not (tmp_path / "model.json").exists()


@pytest.mark.parametrize(
    "formula", ["age + np.log(pain + 1)", "bs(age, df=4)", "I(age ** 2) + age", "C(side, Treatment(2))"]
)
def test_a_formula_that_computes_works_in_memory_and_is_not_stored(formula, patients, tmp_path):
    names = [name for name in ("age", "pain", "side") if name in formula]
    fitter = cox(patients, *names, formula=formula)
    model = LifelinesModel(make_card(*names), fitter)
    assert np.abs(model.predict(patients).values - own_risk(fitter, patients, list(HORIZONS))).max() <= 1e-12
    with pytest.raises(ArtifactError, match=r"formula's term .* cannot be stored as data. Only columns, C\(column\)"):
        save(fitter, tmp_path / "model.json")


def test_delayed_entry_is_refused_because_lifelines_baseline_ignores_it(patients):
    from lifelines import CoxPHFitter

    frame = patients[["age", "time", "event"]].assign(entry=np.minimum(patients["time"] / 2, 20))
    fitter = CoxPHFitter().fit(frame, "time", "event", entry_col="entry")
    with pytest.raises(ArtifactError, match=r"with delayed entry .* its risks are too low"):
        LifelinesModel(make_card("age"), fitter)


def test_other_fitters_are_refused_by_name(patients):
    from lifelines import AalenAdditiveFitter, CoxPHFitter, KaplanMeierFitter

    for other in (AalenAdditiveFitter(), KaplanMeierFitter()):
        assert recognises(other)
        with pytest.raises(
            ArtifactError, match=f"lifelines' {type(other).__name__} is not taken. .*frozen predictions"
        ):
            LifelinesModel(make_card("age"), other)
    with pytest.raises(ArtifactError, match="is not fitted"):
        LifelinesModel(make_card("age"), CoxPHFitter())


def test_horizons_are_sorted_and_those_after_follow_up_refused(patients, tmp_path):
    fitter, last = cox(patients, "age", "pain"), patients["time"].max()
    for model in (LifelinesModel(make_card("age", "pain"), fitter), stored(fitter, make_card("age", "pain"), tmp_path)):
        assert model.predict(patients, horizons=[90, 30, 90]).horizons == (30.0, 90.0)
        assert len(model.predict(patients, horizons=[last])) == len(patients)
        assert model.predict(patients.head(0)).values.shape == (0, 3)
        with pytest.raises(PredictionError, match=rf"no risk by horizon {last + 1:g} days. .*ends at {last:g}"):
            model.predict(patients, horizons=[30, last + 1])
        with pytest.raises(PredictionError, match="must be positive"):
            model.predict(patients, horizons=[0])
    with pytest.raises(CardError, match=rf"horizon 4000 lies after .*last usable horizon is {last:g}"):
        LifelinesModel(make_card("age", "pain", horizons=(30, 4000)), fitter)


def test_a_stratum_that_was_followed_too_short_is_refused_with_its_rows(patients, tmp_path):
    short = patients.assign(time=np.where(patients["sex"] == "f", np.minimum(patients["time"], 100), patients["time"]))
    fitter = cox(short, "age", "sex", strata=["sex"])
    asked = pd.DataFrame({"age": [40.0, 50.0, 60.0], "sex": ["m", "f", "m"]})
    for model in (LifelinesModel(make_card("age", "sex"), fitter), stored(fitter, make_card("age", "sex"), tmp_path)):
        assert len(model.predict(asked, horizons=[100])) == 3
        with pytest.raises(PredictionError, match=r"by horizon 180 days in the stratum of row 1. .*horizon is 100"):
            model.predict(asked)


def test_a_combination_of_strata_that_was_never_met_is_refused_with_its_rows(patients, tmp_path):
    met = patients[(patients["sex"] == "m") | (patients["side"] != 3)]
    fitter = cox(met, "age", "side", "sex", strata=["side", "sex"])
    card = make_card("age", "side", "sex")
    asked = pd.DataFrame({"age": [40.0, 50.0], "side": [3, 3], "sex": ["m", "f"]})
    for model in (LifelinesModel(card, fitter), stored(fitter, card, tmp_path)):
        with pytest.raises(PredictionError, match="'side' and 'sex': a combination that the model never met at row 1"):
            model.predict(asked)


def test_a_card_that_does_not_fit_the_model_is_refused_with_every_fault(patients, tmp_path):
    fitter = cox(patients, "age", "side", formula="age + C(side)")
    optional = [INPUTS[0] | {"required": False}, INPUTS[2] | {"levels": {"1": "left", "4": "none"}}, INPUTS[3]]
    faults = (
        "input 'age' is not required, but the model has no rule for a missing one",
        "levels of input 'side' that the model never met: 4",
        "the card declares input 'sex', which the model was not trained on",
    )
    save(fitter, tmp_path / "model.json")
    for make in (lambda card: LifelinesModel(card, fitter), lambda card: load(tmp_path / "model.json", card)):
        with pytest.raises(CardError) as caught:
            make(make_card(inputs=optional))
        assert all(fault in str(caught.value) for fault in faults)
        with pytest.raises(CardError, match="trained on input 'side', which the card lacks"):
            make(make_card("age"))
        with pytest.raises(CardError, match="predicts a survival outcome, the card says binary"):
            make(make_card("age", "side", outcome="binary"))
    text = cox(patients, "age", "pain")
    with pytest.raises(CardError, match="reads input 'pain' as a number, but the card says category"):
        LifelinesModel(make_card(inputs=[INPUTS[0], {"name": "pain", "type": "category"}]), text)


def test_missing_inputs_and_unmet_levels_are_refused_with_their_rows(patients, tmp_path):
    fitter = cox(patients, "age", "sex", formula="age + sex")
    free = [INPUTS[0], {"name": "sex", "type": "category"}]
    gap = pd.DataFrame({"age": [40.0, np.nan, 50.0], "sex": ["f", "m", "f"]})
    strange = pd.DataFrame({"age": [40.0, 41.0], "sex": ["f", "x"]})
    for model in (LifelinesModel(make_card(inputs=free), fitter), stored(fitter, make_card(inputs=free), tmp_path)):
        with pytest.raises(PredictionError, match="required input 'age' is missing at row 1"):
            model.predict(gap)
        with pytest.raises(PredictionError, match="input 'sex' has a level that the model never met at row 1"):
            model.predict(strange)


def test_levels_and_booleans_may_be_written_as_text_or_number(patients, tmp_path):
    fitter = cox(patients, "side", "smoker", formula="C(side) + smoker")
    card = make_card("side", "smoker")
    written = patients.assign(side=patients["side"].astype(str), smoker=np.where(patients["smoker"], "yes", "no"))
    for model in (LifelinesModel(card, fitter), stored(fitter, card, tmp_path)):
        assert np.array_equal(model.predict(written).values, model.predict(patients).values)


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (("age", "pain"), {"penalizer": 0.05}),
        (("age", "side", "sex"), {"strata": ["sex"], "formula": "age + C(side)"}),
    ],
)
def test_a_refit_is_the_same_cox_regression_on_other_rows(names, given, patients, tmp_path):
    fitter = cox(patients, *names, **given)
    rows = np.random.default_rng(1).integers(0, len(patients), len(patients))
    drawn = patients.iloc[rows].reset_index(drop=True)
    by_hand = own_risk(cox(drawn, *names, **given), patients, list(HORIZONS))
    for model in (LifelinesModel(make_card(*names), fitter), stored(fitter, make_card(*names), tmp_path)):
        assert isinstance(model, Refittable)
        again = model.refit(drawn, times(patients).take(rows), weights=None, rng=np.random.default_rng(1))
        assert np.abs(again.predict(patients).values - by_hand).max() <= 1e-9
        assert again.fitted.levels == stored(fitter, make_card(*names), tmp_path).fitted.levels


@pytest.mark.parametrize("given", [{}, {"ancillary": True}])
def test_a_refit_of_an_accelerated_time_is_the_same_fitter_on_other_rows(given, patients, tmp_path):
    from lifelines import LogLogisticAFTFitter

    fitter = fitted(LogLogisticAFTFitter(), patients, "age", "pain", **given)
    half = patients.iloc[:250]
    by_hand = own_risk(fitted(LogLogisticAFTFitter(), half, "age", "pain", **given), patients, list(HORIZONS))
    model = stored(fitter, make_card("age", "pain"), tmp_path)
    again = model.refit(half, times(half), weights=None, rng=np.random.default_rng(1))
    assert np.abs(again.predict(patients).values - by_hand).max() <= 1e-4  # where lifelines' optimiser stops


def test_weights_reach_lifelines_and_rows_of_weight_0_are_left_out(patients):
    # Efron's ties: a weight of 2 is not two tied rows, in lifelines as in R's coxph
    from lifelines import CoxPHFitter

    model = LifelinesModel(make_card("age", "pain"), cox(patients, "age", "pain"))
    weight = (np.arange(len(patients)) % 3).astype(float)
    frame = patients[["age", "pain", "time", "event"]].assign(weight=weight)[weight > 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weighted = model.refit(patients, times(patients), weights=weight, rng=np.random.default_rng(1))
        by_hand = CoxPHFitter().fit(frame, "time", "event", weights_col="weight", robust=True)
    assert np.abs(weighted.predict(patients).values - own_risk(by_hand, patients, list(HORIZONS))).max() <= 1e-9


def test_a_refit_that_is_undefined_says_why(patients):
    model = LifelinesModel(make_card("age", "pain"), cox(patients, "age", "pain"))
    time, event, ones = patients["time"].to_numpy(), patients["event"].to_numpy(), np.ones(len(patients))
    for outcome, message in (
        (Binary(event), "cannot be refitted to a binary one"),
        (Survival(time, event * 0, "days"), "needs at least one event"),
        (Survival(time, event, "days", ones * 0 - 1), "delayed entry"),
        (Survival(np.where(ones.cumsum() == 5, np.nan, time), event, "days"), "it is missing at row 4"),
    ):
        with pytest.raises(DataError, match=message):
            model.refit(patients, outcome, weights=None, rng=np.random.default_rng(1))
    same = patients.assign(age=40.0, pain=3.0)
    with warnings.catch_warnings(), pytest.raises(DataError, match=r"the fit did not succeed \(ConvergenceError\)"):
        warnings.simplefilter("ignore")
        model.refit(same, times(patients), weights=None, rng=np.random.default_rng(1))


def test_the_file_is_numbers_only_and_the_same_each_time(patients, tmp_path):
    fitter = cox(patients, "age", "sex", strata=["sex"])
    save(fitter, tmp_path / "one.json")
    save(fitter, tmp_path / "two.json")
    content = (tmp_path / "one.json").read_bytes()
    assert content == (tmp_path / "two.json").read_bytes()
    held = json.loads(content)
    assert (held["schema"], held["model"], held["strata"]) == ("cds.survival/1", "cox", ["sex"])
    assert (ADAPTER.suffixes, ADAPTER.outcomes) == ((".json",), ("survival",))


def test_a_pickle_is_not_read(patients, tmp_path):
    canary = tmp_path / "canary"

    class Attack:
        def __reduce__(self):
            return (open, (str(canary), "w"))

    (tmp_path / "model.json").write_bytes(pickle.dumps(Attack()))
    with pytest.raises(ArtifactError, match="not readable as JSON"):
        load(tmp_path / "model.json", make_card("age"))
    assert not canary.exists()


def _set(path: str, value: Any) -> Any:
    def change(document: dict[str, Any]) -> None:
        *steps, last = path.split("/")
        place: Any = document
        for step in steps:
            place = place[int(step) if step.isdigit() else step]
        place[int(last) if last.isdigit() else last] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("terms/0/coefficient", "1"), r"terms\[0\].coefficient: input should be a valid number"),
        (_set("terms/0/coefficient", float("nan")), "coefficient: input should be a finite number"),
        (_set("baselines/0/hazard/3", -1), "hazard must not be negative nor fall"),
        (_set("baselines/0/hazard/3", 9e9), "hazard must not be negative nor fall"),
        (_set("baselines/0/last", 1e9), "last time must be within times"),
        (_set("times/0", 50), "times must be at least 0 and increase"),
        (_set("times/0", -1), "times must be at least 0 and increase"),
        (_set("terms/0/factors/0/level", "4"), "levels that levels does not list: 4"),
        (_set("strata", ["x"]), "one level of each of strata"),
        (_set("code", "import os"), "code: extra inputs are not permitted"),
        (_set("model", "os.system"), "no fitted survival regression"),
        (_set("settings/penalizer", -1), "penalizer: input should be greater than or equal to 0"),
        (lambda document: document.pop("baselines"), "baselines: field required"),
    ],
)
def test_a_doctored_file_is_refused_with_the_place(change, message, patients, tmp_path):
    path = tmp_path / "model.json"
    save(cox(patients, "age", "pain"), path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ArtifactError, match=message):
        load(path, make_card("age", "pain"))


def test_a_file_that_is_nested_without_end_too_large_or_no_json_is_refused(tmp_path):
    path = tmp_path / "model.json"
    for content in (b"[" * 100_000, b"", b"{", b"\xff\xfe", b'{"model": "cox"}', b"null"):
        path.write_bytes(content)
        with pytest.raises(ArtifactError):
            load(path, make_card("age"))
    with path.open("wb") as large:
        large.truncate(LARGEST_FILE + 1)
    with pytest.raises(ArtifactError, match="more than 50000000 bytes"):
        load(path, make_card("age"))
