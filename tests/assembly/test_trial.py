"""The study of a trial: everyone randomised, imputations apart, a model's risk as the predicted risk."""

import numpy as np
import pandas as pd
import pytest

from cds.assembly.trial import trial_study
from cds.core.cohort import Cohort
from cds.core.errors import DataError
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import Risk, RiskByHorizon
from cds.core.protocol import ValidationProtocol
from cds.core.sample_trial import TrialSample

N = 40
RNG = np.random.default_rng(3)
FRAME = pd.DataFrame(
    {
        "arm": np.tile([0, 1], N // 2), "before": RNG.normal(6, 1, N), "pain": RNG.normal(4, 2, N),
        "age": RNG.integers(20, 80, N), "score": RNG.uniform(0.1, 0.9, N),
    }
)  # fmt: skip
FRAME.loc[4, "pain"] = np.nan
LABELS = {"0": "usual care", "1": "therapy"}
SEX = np.repeat(["f", "m"], N // 2)


def protocol(cohort=None, **trial) -> ValidationProtocol:
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "t", "version": "1", "question": "Does it help?",
            "outcome": {"kind": "continuous", "column": "pain", "unit": "points", "missing": "exclude"},
            "trial": {"arm": "arm", "control": 0, "labels": LABELS, "baseline": "before", **trial},
            "cohort": cohort or {}, "criteria": [{"measure": "treatment_effect", "at_most": 0, "category": "therapy"}],
        }
    )  # fmt: skip


def cohort(frame=FRAME, **more) -> Cohort:
    parts = {"patients": np.array([f"P{k}" for k in range(len(frame))]), "features": frame}
    return Cohort(**{**parts, **more})


class OfAge:
    """A model whose risk is the age over 100."""

    adapter = "made"
    card = ModelCard(name="made", version="1", outcome="binary", inputs=(Feature(name="age", type="number"),))

    def predict(self, features, *, horizons=None):
        return Risk(features["age"].to_numpy(dtype=float) / 100)


MODEL = RegisteredModel(OfAge(), "", "memory")


def test_everyone_randomised_is_in_the_sample_whether_seen_or_not():
    study = trial_study(protocol(), cohort(), None)
    assert isinstance(study.sample, TrialSample) and len(study.samples) == 1
    assert len(study.sample) == N and np.isnan(study.sample.outcome).sum() == 1
    assert study.sample.arms == ("usual care", "therapy")
    assert study.card is None and study.model is None and study.protocol.name == "t"


def test_only_what_the_trial_can_answer_is_asked():
    plain = trial_study(protocol(), cohort(), None)
    assert set(plain.measures) == {"treatment_effect", "treatment_effect_unadjusted", "standardized_effect"}
    more = trial_study(protocol(risk="score", responder={"change": 2}), cohort(), None)
    assert {"effect_by_risk", "responder_risk_difference", "number_needed_to_treat"} <= set(more.measures)


def test_a_model_s_risk_is_the_predicted_risk():
    study = trial_study(protocol(), cohort(), MODEL)
    assert study.sample.risk.tolist() == (FRAME["age"] / 100).tolist()
    assert study.card is OfAge.card and study.model is MODEL
    assert "effect_by_risk" in study.measures


def test_a_column_that_the_protocol_names_goes_before_the_model():
    assert trial_study(protocol(risk="score"), cohort(), MODEL).sample.risk.tolist() == FRAME["score"].tolist()


def test_frozen_predictions_are_the_predicted_risk_too():
    frozen = cohort(predictions=Risk(FRAME["score"].to_numpy()))
    assert trial_study(protocol(), frozen, None).sample.risk.tolist() == FRAME["score"].tolist()
    by_horizon = cohort(predictions=RiskByHorizon(FRAME[["score"]].to_numpy(), (90.0,)))
    assert trial_study(protocol(), by_horizon, None).sample.risk is None  # no single risk


def imputed(count=3):
    rng = np.random.default_rng(4)
    parts = [FRAME.assign(before=FRAME["before"] + rng.normal(0, 0.2, N)) for _ in range(count)]
    order = np.random.default_rng(5).permutation(N)
    parts[1] = parts[1].iloc[order]
    patients = np.array([f"P{k}" for part in parts for k in part.index])
    numbers = np.repeat(np.arange(1, count + 1).astype(str), N)
    return cohort(
        pd.concat(parts, ignore_index=True), patients=patients, imputations=numbers,
        groups={"sex": np.concatenate([SEX[part.index] for part in parts])},
    )  # fmt: skip


def test_each_imputation_is_a_sample_of_the_same_patients_in_the_same_order():
    study = trial_study(protocol({"imputation": "i", "groups": ["sex"]}), imputed(), MODEL)
    assert len(study.samples) == 3 and len(study.cohort) == N
    for sample in study.samples:
        assert sample.arm.tolist() == FRAME["arm"].tolist()
        assert sample.risk.tolist() == (FRAME["age"] / 100).tolist()
    assert study.samples[0].baseline.tolist() != study.samples[1].baseline.tolist()
    assert {s.level: int(mask.sum()) for s, mask in study.groups.items()} == {"f": 20, "m": 20}


def test_one_imputation_is_refused():
    with pytest.raises(DataError, match="there is only one imputation"):
        trial_study(protocol({"imputation": "i"}), imputed(1 + 1).take(np.arange(N)), None)


def test_a_fault_names_the_file_once():
    text = FRAME.assign(pain="much")
    with pytest.raises(DataError, match="'pain' must hold finite numbers") as refused:
        trial_study(protocol(), cohort(text, source="trial.csv"), None)
    assert str(refused.value).count("trial.csv") == 1


def test_what_the_protocol_says_of_groups_is_in_the_study():
    asked = protocol({"groups": ["sex"], "references": {"sex": "m"}, "minimum_events": 7})
    study = trial_study(asked, cohort(groups={"sex": SEX}), None)
    assert study.references == {"sex": "m"} and study.minimum_events == 7
    assert [s.level for s in study.groups] == ["f", "m"]
