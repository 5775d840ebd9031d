"""An update becomes a registered version that loads through the same checks, and is judged on others only."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.errors import ArtifactError, DataError, InputError, RegistryError
from cds.core.protocol import ValidationProtocol
from cds.run import read_cohort
from cds.updating.updating import update

CARD = {
    "schema": "cds.card/1",
    "name": "made-up",
    "version": "1",
    "outcome": "binary",
    "outcome_column": "chronic",
    "predicts": "chronic low back pain",
    "claims": {"auroc": 0.81},
    "inputs": [
        {"name": "age", "type": "number", "range": [18, 90]},
        {"name": "pain", "type": "integer", "range": [0, 10], "required": False},
    ],
}


def rows(n: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": [f"{seed}-{k}" for k in range(n)], "age": rng.normal(45, 12, n).clip(18, 90)})
    frame["pain"] = rng.integers(0, 11, n)
    logit = shift + 0.03 * (frame["age"] - 45) + 0.3 * (frame["pain"] - 5)
    return frame.assign(chronic=(rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int))


PROTOCOL = ValidationProtocol.model_validate(
    {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
        "outcome": {"kind": "binary", "column": "chronic"}, "cohort": {"patient": "id"},
        "measures": {"replicates": 0, "thresholds": [0.3]},
        "criteria": [{"measure": "calibration_in_the_large", "within": [-0.5, 0.5]}],
    }
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A registry with a forest, patients to update on and others to judge on, where events are commoner."""
    from sklearn.ensemble import RandomForestClassifier

    old = rows(300, 1)
    forest = RandomForestClassifier(20, min_samples_leaf=10, random_state=0).fit(old[["age", "pain"]], old["chronic"])
    root = tmp_path / "registry"
    cds.registry.add(forest, CARD, background=old.head(50), development=old, root=root)
    rows(400, 2, 1.0).to_csv(tmp_path / "new.csv", index=False)
    rows(400, 3, 1.0).to_csv(tmp_path / "judge.csv", index=False)
    return tmp_path


def made(place: Path, method: str, parent: str = "made-up@1", **more):
    model = cds.load_model(parent, root=place / "registry")
    cohort = read_cohort(place / "new.csv", PROTOCOL, model)
    return update(model, cohort, PROTOCOL, method=method, root=place / "registry", **more)


@pytest.mark.parametrize("method", ["intercept", "recalibrate", "isotonic", "beta", "refit"])
def test_an_update_is_loaded_as_it_was_made_and_knows_its_parent(place: Path, method: str) -> None:
    new = made(place, method).model
    again = cds.load_model(f"made-up@1-{method}", root=place / "registry")
    frame = pd.read_csv(place / "judge.csv")
    assert again.predict(frame).values == pytest.approx(new.predict(frame).values, abs=1e-12)
    card = again.card
    assert (card.parent, card.update.method, card.update.n) == ("made-up@1", method, 400)
    assert card.update.events == pd.read_csv(place / "new.csv")["chronic"].sum()
    assert len(card.update.data_sha256) == len(card.update.parent_sha256) == 64
    assert not card.claims
    assert again.background is not None
    assert (again.adapter == "updated") == (method != "refit")
    assert cds.registry.verify(root=place / "registry") == ("made-up@1", f"made-up@1-{method}")


def test_it_is_judged_beside_its_parent_and_better_calibrated(place: Path) -> None:
    new = made(place, "recalibrate")
    run = cds.validate(new.model, place / "judge.csv", PROTOCOL, against=[new.parent], jobs=1)
    before = run.findings.get("calibration_in_the_large", analysis="rival")
    assert abs(run.findings["calibration_in_the_large"].estimate) < abs(before.estimate)
    assert any("made from made-up@1 by recalibrate on 400 patients" in note for note in run.record.notes)
    assert any("before the update" in table.title for table in run.record.tables)


def test_an_update_of_an_update_stands_on_the_first_artifact(place: Path) -> None:
    made(place, "recalibrate")
    second = made(place, "intercept", "made-up@1-recalibrate", version="3").model
    assert second.card.parent == "made-up@1-recalibrate"
    assert [step.method for step in second.model.steps] == ["recalibrate", "intercept"]
    # Fitted to the same patients again, the second step finds nothing left to do.
    assert second.card.update.parameters["intercept"] == pytest.approx(0, abs=1e-6)
    files = {path.name for path in Path(second.source).iterdir()}
    assert {"update.toml", "model.skops"} <= files


def test_a_changed_update_is_refused_like_any_changed_file(place: Path) -> None:
    new = made(place, "intercept").model
    path = Path(new.source) / "update.toml"
    path.write_text(path.read_text().replace("slope = 1.0", "slope = 0.5"))
    with pytest.raises(RegistryError, match=r"update\.toml does not match"):
        cds.load_model("made-up@1-intercept", root=place / "registry")


def test_the_very_file_of_the_update_is_refused_afterwards(place: Path) -> None:
    new = made(place, "intercept").model
    with pytest.raises(DataError, match="its own patients"):
        cds.validate(new, place / "new.csv", PROTOCOL, jobs=1)
    apparent = PROTOCOL.model_copy(update={"design": "apparent"})
    assert cds.validate(new, place / "new.csv", apparent, jobs=1).readiness == "inconclusive"


def test_a_version_that_exists_is_left_alone(place: Path) -> None:
    made(place, "intercept", version="2")
    with pytest.raises(RegistryError, match=r"registered already.*--new-version"):
        made(place, "beta", version="2")
    made(place, "intercept")
    with pytest.raises(RegistryError, match=r"made-up@1-intercept is registered already.*--new-version"):
        made(place, "intercept")


def test_an_update_can_be_withdrawn(place: Path) -> None:
    new = made(place, "intercept")
    new.withdraw()
    assert cds.registry.verify(root=place / "registry") == ("made-up@1",)
    assert not Path(new.model.source).exists()


def test_what_cannot_be_refitted_says_so(place: Path) -> None:
    new = made(place, "intercept")
    cohort = read_cohort(place / "new.csv", PROTOCOL, new.model)
    with pytest.raises(ArtifactError, match="cannot be refitted"):
        update(new.model, cohort, PROTOCOL, method="refit", version="9", root=place / "registry")


def test_too_few_events_for_a_refit_name_the_minimum(place: Path) -> None:
    model = cds.load_model("made-up@1", root=place / "registry")
    cohort = read_cohort(place / "new.csv", PROTOCOL, model).take(np.arange(25))
    with pytest.raises(DataError, match="an update by refit needs at least 20 events or non-events"):
        update(model, cohort, PROTOCOL, method="refit", root=place / "registry")


def test_a_model_in_memory_must_be_registered_first(place: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    old = rows(300, 1)
    wrapped = cds.wrap(LogisticRegression().fit(old[["age", "pain"]], old["chronic"]), CARD)
    cohort = read_cohort(place / "new.csv", PROTOCOL, wrapped)
    with pytest.raises(RegistryError, match="in memory only"):
        update(wrapped, cohort, PROTOCOL, method="intercept", root=place / "registry")


def test_imputations_are_no_table_to_update_on(place: Path) -> None:
    stacked = PROTOCOL.model_copy(update={"cohort": PROTOCOL.cohort.model_copy(update={"imputation": "imp"})})
    model = cds.load_model("made-up@1", root=place / "registry")
    cohort = read_cohort(place / "new.csv", PROTOCOL, model)
    with pytest.raises(InputError, match="not to imputations"):
        update(model, cohort, stacked, method="intercept", root=place / "registry")


def test_the_updated_model_is_explained(place: Path) -> None:
    new = made(place, "isotonic").model
    judge = pd.read_csv(place / "judge.csv").head(3)
    report = cds.explain(new, judge, patient="3-1", id_column="id", allow_unvalidated=True)
    assert report is not None


def test_case_control_data_without_a_prevalence_are_refused(place: Path) -> None:
    model = cds.load_model("made-up@1", root=place / "registry")
    cohort = read_cohort(place / "new.csv", PROTOCOL, model)
    sampled = PROTOCOL.model_copy(update={"sampling": "case_control"})
    with pytest.raises(InputError, match="without a prevalence"):
        update(model, cohort, sampled, method="intercept", root=place / "registry")


def test_another_file_with_patients_of_the_update_is_blocked_and_judged_without_them(place: Path) -> None:
    new = made(place, "recalibrate").model
    both = pd.concat([pd.read_csv(place / "new.csv").head(100), pd.read_csv(place / "judge.csv")])
    both.to_csv(place / "mixed.csv", index=False)
    run = cds.validate(new, place / "mixed.csv", PROTOCOL, jobs=1)
    [fault] = [f for f in run.findings if f.code == "DQ010"]
    assert (fault.severity, fault.details["seen"]) == ("blocking", "update")
    matching = fault.details["matching"]
    assert 100 <= matching <= 103  # two rounded inputs make a stranger or two alike
    assert run.findings.get("auroc", analysis="without_overlap").result.n == 500 - matching
