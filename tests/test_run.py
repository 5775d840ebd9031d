"""One validation from end to end: what is asked, what is recorded, and what can never be called ready."""

import jsonschema
import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, ProtocolError
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary
from cds.core.prediction import Risk, Score
from cds.core.protocol import ValidationProtocol
from cds.core.standing import standing_of
from cds.registry.standings import latest_standing
from cds.run_files import plain
from cds.run_folder import results_schema
from tests.samples import drawn

SAMPLE = drawn(600, 3)
SEX = np.where(np.arange(600) % 3 == 0, "m", "f")
EASY = [
    {"measure": "calibration_slope", "within": [0.5, 2.0]},
    {"measure": "net_benefit_gain", "threshold": 0.3, "at_least": -1.0},
]


def protocol(criteria=EASY, **more) -> ValidationProtocol:
    raw = {
        "schema": "cds.protocol/1", "name": "tried", "version": "2", "question": "Is it ready?",
        "outcome": {"kind": "binary", "column": "y"}, "predictions": {"risk": "risk"},
        "measures": {"thresholds": [0.3], "replicates": 0}, "criteria": criteria,
    }  # fmt: skip
    return ValidationProtocol.model_validate({**raw, **more})


def cohort(outcome=SAMPLE.outcome, risk=SAMPLE.risk, **more) -> Cohort:
    parts = {
        "patients": np.arange(len(outcome)).astype(str),
        "features": pd.DataFrame({"risk": risk}),
        "outcome": Binary(np.asarray(outcome, float)),
        "predictions": Risk(np.asarray(risk, float)),
    }
    return Cohort(**{**parts, **more})


class Echo:
    """A model whose input is its risk."""

    adapter = "echo"
    card = ModelCard(
        name="echo", version="1", outcome="binary", inputs=(Feature(name="risk", type="number", range=(0.0, 1.0)),)
    )

    def predict(self, features, *, horizons=None):
        return Risk(features["risk"].to_numpy(dtype=float))


class Points(Echo):
    def predict(self, features, *, horizons=None):
        return Score(features["risk"].to_numpy(dtype=float))


def tables(run):
    return {table.name: table for table in run.record.tables}


def test_a_model_that_meets_every_criterion_is_ready():
    run = cds.validate(None, cohort(), protocol(), jobs=1)
    assert run.readiness == "ready"
    assert [f.verdict for f in run.record.judged] == ["meets", "meets"]


def test_one_criterion_that_fails_is_not_ready():
    hard = [*EASY, {"measure": "auroc", "at_least": 0.99}]
    assert cds.validate(None, cohort(), protocol(hard), jobs=1).readiness == "not_ready"


def test_one_open_criterion_is_inconclusive():
    found = cds.validate(None, cohort(), protocol([*EASY, {"measure": "auroc", "at_least": 0.75}]), jobs=1)
    row = found.findings["auroc"]
    assert row.low < 0.75 < row.high and found.readiness == "inconclusive"


@pytest.mark.parametrize("missing", [0, 1])
def test_without_calibration_or_net_benefit_it_is_never_ready_and_says_what_was_not_asked(missing):
    run = cds.validate(None, cohort(), protocol([EASY[1 - missing]]), jobs=1)
    assert run.readiness == "inconclusive"
    assert any(("calibration", "net_benefit_gain")[missing] in sentence for sentence in run.record.not_set)


def test_an_apparent_design_is_never_ready():
    assert cds.validate(None, cohort(), protocol(design="apparent"), jobs=1).readiness == "inconclusive"


@pytest.mark.parametrize("event", [0, 1])
def test_one_outcome_class_is_never_ready(event):
    run = cds.validate(None, cohort(np.full(600, event)), protocol(), jobs=1)
    assert run.readiness == "inconclusive"
    assert run.findings["calibration_slope"].verdict == "not_assessable"
    blocking = [f for f in run.findings if f.severity == "blocking"]
    assert [f.code for f in blocking] == ["DQ006"]
    accepted = protocol(accept=[{"code": "DQ006", "reason": "tried"}])
    assert cds.validate(None, cohort(np.full(600, event)), accepted, jobs=1).readiness == "inconclusive"


def test_too_few_events_are_not_assessable():
    run = cds.validate(None, cohort(), protocol(cohort={"minimum_events": 400}), jobs=1)
    assert {f.verdict for f in run.record.judged} == {"not_assessable"} and run.readiness == "inconclusive"


def test_risks_of_exactly_zero_are_not_assessable_unless_bounds_are_declared():
    risk = np.where(np.arange(600) < 9, 0.0, SAMPLE.risk)
    run = cds.validate(None, cohort(risk=risk), protocol(), jobs=1)
    slope = run.findings["calibration_slope"]
    assert slope.verdict == "not_assessable" and "9 risks of exactly 0 or 1" in str(slope.record()["reason"])
    assert any(n.startswith("9 risks of exactly 0 or 1 were left out of: ") for n in run.record.notes)
    clipped = protocol(measures={"thresholds": [0.3], "replicates": 0, "clip": [0.001, 0.999]})
    run = cds.validate(None, cohort(risk=risk), clipped, jobs=1)
    assert run.findings["calibration_slope"].verdict in ("meets", "inconclusive")
    assert any(n.startswith("9 risks beyond the declared bounds were clipped for: ") for n in run.record.notes)


def test_every_group_is_judged_against_its_reference():
    asked = [
        *EASY,
        {"measure": "auroc", "at_least": 0.5, "each": True, "across": "sex"},
        {"measure": "calibration_in_the_large", "difference_within": [-2, 2], "across": "sex"},
        {"measure": "observed_expected", "ratio_within": [0.3, 3], "across": "sex"},
    ]
    ruled = protocol(asked, cohort={"groups": ["sex"], "references": {"sex": "f"}})
    run = cds.validate(None, cohort(groups={"sex": SEX}), ruled, jobs=1)
    told = [(f.measure, f.kind, f.group, f.verdict) for f in run.record.judged[2:]]
    assert told == [
        ("auroc", "estimate", "f", "meets"),
        ("auroc", "estimate", "m", "meets"),
        ("calibration_in_the_large", "difference", "m", "meets"),
        ("observed_expected", "ratio", "m", "meets"),
    ]


def test_several_groups_are_judged_by_simultaneous_intervals():
    asked = [{"measure": "auroc", "difference_within": [-0.5, 0.5], "across": "g"}]
    ruled = protocol(asked, cohort={"groups": ["g"], "references": {"g": "0"}})
    run = cds.validate(None, cohort(groups={"g": (np.arange(600) % 4).astype(str)}), ruled, jobs=1)
    methods = [f.record()["method"] for f in run.record.judged]
    assert methods == ["wald, simultaneous max-t"] * 3


def test_another_seed_is_a_deviation_and_the_same_seed_is_none():
    asked = protocol(measures={"thresholds": [0.3], "replicates": 20, "seed": 5}, deviations=["one earlier"])
    run = cds.validate(None, cohort(), asked, jobs=1, seed=9)
    assert run.record.seed == 9
    told = "seed 9 given at the run instead of the protocol's 5"
    assert run.record.results()["protocol"]["deviations"] == ["one earlier", told]
    same = cds.validate(None, cohort(), asked, jobs=1, seed=5)
    assert same.record.protocol.deviations == ("one earlier",)
    assert same.findings["log_loss"].low != run.findings["log_loss"].low


def test_missing_outcomes_are_refused_unless_the_protocol_excludes_them():
    gaps = np.where(np.arange(600) < 4, np.nan, SAMPLE.outcome)
    with pytest.raises(DataError, match=r"the outcome is missing at rows 0, 1, 2, 3\. .*missing = \"exclude\""):
        cds.validate(None, cohort(gaps), protocol(), jobs=1)


def test_excluded_outcomes_are_counted_by_predicted_risk_and_in_the_flow():
    risk = np.arange(1, 601) / 601
    gaps = np.where(np.arange(600) >= 570, np.nan, SAMPLE.outcome)
    ruled = protocol(outcome={"kind": "binary", "column": "y", "missing": "exclude"})
    run = cds.validate(None, cohort(gaps, risk), ruled, jobs=1)
    table = tables(run)["missing_outcomes"]
    assert [row[1:] for row in table.rows] == [("120", "0")] * 4 + [("120", "30")]
    assert run.record.rows == run.findings["brier"].record()["n"] == 570
    step = run.record.flow[-1]
    assert (step.rows, step.removed) == (570, 30)


def test_complete_outcomes_need_no_such_table():
    assert "missing_outcomes" not in tables(cds.validate(None, cohort(), protocol(), jobs=1))


def test_notes_tell_what_was_chosen_for_lack_of_a_declaration():
    ruled = protocol(cohort={"groups": ["sex"]})
    weighted = cohort(groups={"sex": SEX}, weights=np.full(600, 1.5))
    notes = cds.validate(None, weighted, ruled, jobs=1).record.notes
    assert "No bootstrap: measures without an analytic interval have none." in notes
    assert "No reference group is named for sex: its largest group was taken." in notes
    assert "Rows are weighted: intervals come from the bootstrap by patient." in notes
    quiet = protocol(measures={"thresholds": [0.3], "replicates": 5})
    assert not cds.validate(None, cohort(), quiet, jobs=1).record.notes


def test_patients_of_weight_0_are_counted_in_the_notes():
    weights = np.where(np.arange(600) < 50, 0.0, 1.0)
    notes = cds.validate(None, cohort(weights=weights), protocol(), jobs=1).record.notes
    assert "50 patients have weight 0 and count for nothing, though among the patients of the headline." in notes


def test_a_sampled_cohort_takes_no_analytic_interval():
    run = cds.validate(None, cohort(), protocol(sampling="sampling"), jobs=1)
    assert run.findings["auroc"].record()["reason"].startswith("no interval: ask for replicates")


def test_a_model_predicts_from_the_cohorts_features():
    run = cds.validate(RegisteredModel(Echo(), "", "memory"), cohort(predictions=None), protocol(), jobs=1)
    assert (run.record.model_name, run.record.adapter, run.readiness) == ("echo", "echo", "ready")
    frozen = cds.validate("predictions:", cohort(), protocol(), jobs=1)
    assert frozen.record.model_name == "frozen predictions"
    assert frozen.findings["auroc"].estimate == run.findings["auroc"].estimate


def test_a_model_that_gives_no_risk_is_refused():
    with pytest.raises(InputError, match="the model gives Score"):
        cds.validate(RegisteredModel(Points(), "", "memory"), cohort(), protocol(), jobs=1)


def test_a_cohort_without_predictions_or_outcome_is_refused():
    with pytest.raises(InputError, match="holds no frozen predictions"):
        cds.validate(None, cohort(predictions=None), protocol(), jobs=1)
    bare = Cohort(patients=np.array(["a"]), features=pd.DataFrame({"x": [1]}), predictions=Risk(np.array([0.2])))
    with pytest.raises(DataError, match="has no outcome"):
        cds.validate(None, bare, protocol(), jobs=1)


def test_a_protocol_made_in_python_is_checked_like_a_file():
    with pytest.raises(ProtocolError, match="Did you mean 'auroc'"):
        cds.validate(None, cohort(), protocol([{"measure": "aurco", "at_least": 0.6}]), jobs=1)


def test_a_reference_group_that_nobody_is_left_in_makes_the_gap_not_assessable():
    asked = [{"measure": "auroc", "difference_within": [-0.5, 0.5], "across": "sex"}]
    ruled = protocol(
        asked,
        cohort={"groups": ["sex"], "references": {"sex": "x"}},
        outcome={"kind": "binary", "column": "y", "missing": "exclude"},
    )
    unobserved = np.arange(600) < 20
    people = cohort(np.where(unobserved, np.nan, SAMPLE.outcome), groups={"sex": np.where(unobserved, "x", SEX)})
    run = cds.validate(None, people, ruled, jobs=1)
    assert [(f.group, f.verdict) for f in run.record.judged] == [("f", "not_assessable"), ("m", "not_assessable")]
    assert run.record.judged[0].record()["reason"] == "reference group: the group has no patients"


def test_what_this_version_does_not_analyse_is_refused():
    with pytest.raises(ProtocolError, match="several rows per patient"):
        cds.validate(None, cohort(), protocol(cohort={"visit": "week"}), jobs=1)


def test_files_are_read_and_their_sums_recorded(tmp_path):
    data = tmp_path / "data.csv"
    pd.DataFrame({"y": SAMPLE.outcome.astype(int), "risk": SAMPLE.risk}).to_csv(data, index=False)
    told = []
    asked = protocol(measures={"thresholds": [0.3], "replicates": 10})
    run = cds.validate(None, data, asked, jobs=1, progress=lambda done, total: told.append((done, total)))
    assert run.record.data_source == "data.csv" and len(run.record.data_sha256) == 64
    assert told[-1] == (10, 10)
    assert run.inputs == {"data": data}
    assert run.findings["auroc"].estimate == pytest.approx(
        cds.validate(None, cohort(), protocol(), jobs=1).findings["auroc"].estimate
    )


def test_the_record_answers_the_contract_and_the_clock(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    run = cds.validate(None, cohort(groups={"sex": SEX}), protocol(cohort={"groups": ["sex"]}), jobs=1)
    found = run.record.results()
    jsonschema.validate(plain(found), results_schema())
    assert found["run"]["id"] == "tried-20260921T141320Z" and found["run"]["created"] == "2026-09-21T14:13:20Z"
    assert found["data"] == {"rows": 600, "patients": 600, "sha256": ""}
    assert found["readiness"] == "ready"


def test_the_numbers_do_not_depend_on_the_workers(monkeypatch):
    from cds.stats import resampling

    asked = protocol(measures={"thresholds": [0.3], "replicates": 12})
    alone = cds.validate(None, cohort(), asked, jobs=1)
    monkeypatch.setattr(resampling, "PARALLEL_FROM", 0)
    shared = cds.validate(None, cohort(), asked, jobs=2)
    assert [f.record() for f in shared.findings] == [f.record() for f in alone.findings]


def test_saving_notes_the_models_standing_in_its_registry(tmp_path, monkeypatch):
    monkeypatch.setattr("cds.run.write_run_folder", lambda record, out, **_: out)
    version = tmp_path / "echo" / "1"
    version.mkdir(parents=True)
    run = cds.validate(RegisteredModel(Echo(), "ab" * 32, str(version)), cohort(), protocol(), jobs=1)
    assert run.save(tmp_path / "run") == tmp_path / "run"
    standing = latest_standing(tmp_path, "echo", "1")
    assert standing is not None
    assert (standing.readiness, standing.model_sha256) == ("ready", "ab" * 32)
    assert standing.run_id == run.record.run_id and standing == standing_of(run.record)


@pytest.mark.parametrize("sha256", ["", "ab" * 32])
def test_a_model_in_memory_leaves_no_standing(tmp_path, monkeypatch, sha256):
    monkeypatch.setattr("cds.run.write_run_folder", lambda record, out, **_: out)
    monkeypatch.setenv("CDS_REGISTRY", str(tmp_path / "registry"))
    cds.validate(RegisteredModel(Echo(), sha256, "memory"), cohort(), protocol(), jobs=1).save(tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_a_folder_outside_a_registry_leaves_its_standing_where_loading_looks(tmp_path, monkeypatch):
    monkeypatch.setattr("cds.run.write_run_folder", lambda record, out, **_: out)
    monkeypatch.setenv("CDS_REGISTRY", str(tmp_path / "registry"))
    (tmp_path / "elsewhere").mkdir()
    model = RegisteredModel(Echo(), "ab" * 32, str(tmp_path / "elsewhere"))
    cds.validate(model, cohort(), protocol(), jobs=1).save(tmp_path / "run")
    assert latest_standing(tmp_path / "registry", "echo", "1") is not None


def test_each_group_is_asked_for_even_where_nobody_is_left_in_it():
    asked = [{"measure": "auroc", "at_least": 0.0, "across": "sex", "each": True}]
    ruled = protocol(asked, cohort={"groups": ["sex"]}, outcome={"kind": "binary", "column": "y", "missing": "exclude"})
    unobserved = np.arange(600) < 200
    people = cohort(np.where(unobserved, np.nan, SAMPLE.outcome), groups={"sex": np.where(unobserved, "f", "m")})
    run = cds.validate(None, people, ruled, jobs=1)
    verdicts = {f.group: f.verdict for f in run.record.judged}
    assert verdicts == {"f": "not_assessable", "m": "meets"}
    assert run.readiness == "inconclusive"


@pytest.mark.parametrize("levels", [["m"], ["m", "(missing)"], ["(missing)"]])
def test_fewer_than_two_groups_cannot_satisfy_each(levels):
    asked = [{"measure": "auroc", "at_least": 0.0, "across": "sex", "each": True}]
    people = cohort(groups={"sex": np.resize(levels, 600)})
    run = cds.validate(None, people, protocol(asked, cohort={"groups": ["sex"]}), jobs=1)
    assert "fewer than two groups of sex" in str([f.record()["reason"] for f in run.record.judged])
    assert run.readiness == "inconclusive"


def test_the_order_of_the_rows_changes_no_number():
    names = np.array([f"p{k:03d}" for k in range(600)])
    shuffled = np.random.default_rng(8).permutation(600)
    people = cohort(patients=names)
    asked = protocol(measures={"replicates": 30, "thresholds": [0.3]})
    one = cds.validate(None, people, asked, jobs=1)
    other = cds.validate(None, people.take(shuffled), asked, jobs=1)
    for a, b in zip(one.findings, other.findings, strict=True):
        assert (a.measure, a.group) == (b.measure, b.group)
        for key in ("estimate", "low", "high"):
            if a.record()[key] is None:
                assert b.record()[key] is None
            else:
                assert a.record()[key] == pytest.approx(b.record()[key], rel=1e-9, abs=1e-12)
