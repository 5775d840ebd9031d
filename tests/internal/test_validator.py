"""What an internal design asks for, what others do not, and what becomes of criteria that cannot be corrected."""

import pytest

import cds
from cds.core.finding import Curve, Finding, Table
from cds.core.verdict import APPARENT_ONLY
from cds.internal.validator import asked_for, validate
from tests.internal.refittable import cohort_of, drawn, fitted, protocol, study_of

FEW = {"bootstrap": 25, "folds": 3, "repeats": 1}


def run(asked, data=None, model="fitted", **more):
    data = drawn(150) if data is None else data
    chosen = fitted(data) if model == "fitted" else model
    return cds.validate(chosen, cohort_of(data, **more), asked, jobs=1)


def test_an_external_design_is_left_alone():
    data = drawn(100)
    assert list(validate(study_of(data, fitted(data), protocol("external")))) == []


def test_an_internal_design_means_200_refits_and_cross_validation():
    told = asked_for(protocol())
    assert (told.bootstrap, told.folds, told.repeats, told.instability) == (200, 10, 5, 0)
    assert not asked_for(protocol("external")).anything
    assert asked_for(protocol("temporal", refitting={"folds": 5})).repeats == 5


def test_criteria_of_an_internal_design_are_judged_on_corrected_values():
    done = run(protocol(refitting=FEW))
    assert {finding.analysis for finding in done.record.judged} == {"optimism_corrected"}
    assert done.readiness == "ready"
    apparent, corrected = done.findings["auroc"], done.findings.get("auroc", analysis="optimism_corrected")
    assert corrected.estimate < apparent.estimate
    assert apparent.verdict is None


def test_the_numbers_do_not_depend_on_the_workers():
    data = drawn(100)
    once = cds.validate(fitted(data), cohort_of(data), protocol(refitting=FEW), jobs=1)
    again = cds.validate(fitted(data), cohort_of(data), protocol(refitting=FEW), jobs=2)
    assert once.findings.to_frame().equals(again.findings.to_frame())


def test_frozen_predictions_in_an_internal_design_are_apparent_and_not_assessed():
    data = drawn(100)
    risk = fitted(data).predict(data.drop(columns="y"))
    done = run(protocol(), data, model=None, predictions=risk)
    assert {f.verdict for f in done.record.judged} == {"not_assessable"}
    assert "cannot be refitted: its performance is apparent" in done.record.judged[0].record()["reason"]
    assert done.readiness == "inconclusive"


def test_no_refits_leave_the_criteria_not_assessed():
    done = run(protocol(refitting={**FEW, "bootstrap": 0}))
    assert {f.verdict for f in done.record.judged} == {"not_assessable"}
    assert "refitting.bootstrap = 0" in done.record.judged[0].record()["reason"]


def test_contrasts_between_groups_stay_apparent_and_each_group_is_corrected():
    data = drawn(160)
    groups = {"sex": (data["x1"] > 0).map({True: "f", False: "m"}).to_numpy(str)}
    asked = protocol(
        refitting=FEW,
        cohort={"minimum_events": 10, "groups": ["sex"], "references": {"sex": "f"}},
        criteria=[
            {"measure": "auroc", "at_least": 0.3, "each": True, "across": "sex"},
            {"measure": "auroc", "difference_within": [-0.5, 0.5], "across": "sex"},
        ],
    )
    judged = run(asked, data, groups=groups).record.judged
    each = [f for f in judged if f.kind == "estimate" and f.group is not None]
    assert {f.group for f in each} == {"f", "m"}
    assert all(f.analysis == "optimism_corrected" and f.verdict == "meets" for f in each)
    contrast = [f for f in judged if (f.criterion or {}).get("difference_within")]
    assert [f.verdict_reason for f in contrast] == [APPARENT_ONLY]


def test_asked_of_an_external_design_but_impossible_is_said():
    from cds.registry import load_model

    data = drawn(60)
    study = study_of(data, fitted(data), protocol("external", refitting={**FEW, "instability": 10}))
    object.__setattr__(study, "model", load_model("breast-recurrence"))
    out = list(validate(study))
    findings = [o for o in out if isinstance(o, Finding)]
    assert {f.analysis for f in findings} == {"optimism_corrected", "cross_validated"}
    assert all("cannot be refitted" in f.result.reason for f in findings)
    assert any("cannot be refitted" in o.rows[0][1] for o in out if isinstance(o, Table))


def test_instability_alone_needs_no_performance():
    data = drawn(80)
    out = list(validate(study_of(data, fitted(data), protocol("external", refitting={"instability": 8}))))
    assert not any(isinstance(o, Finding) for o in out)
    assert "prediction_instability" in {o.name for o in out if isinstance(o, Curve)}


def test_an_apparent_design_is_never_ready():
    assert run(protocol("apparent")).readiness == "inconclusive"


def test_a_model_from_other_patients_is_noticed():
    data = drawn(120)
    done = run(protocol(refitting=FEW), data, model=fitted(drawn(200, seed=9)))
    table = next(t for t in done.record.tables if t.name == "internal_validation")
    assert "developed in other patients" in table.note
    again = run(protocol(refitting=FEW), data).record.tables
    assert "same predictions" in next(t for t in again if t.name == "internal_validation").note


def test_the_table_has_the_main_measures_and_a_column_for_what_was_asked():
    done = run(protocol(refitting=FEW), drawn(120))
    table = next(t for t in done.record.tables if t.name == "internal_validation")
    told = " ".join(row[0] for row in table.rows)
    assert "Area under the ROC curve" in told
    assert "Sensitivity" not in told
    assert "estimates.csv" in table.note
    assert all(any(row[k] != "–" for row in table.rows) for k in range(len(table.header)))


@pytest.mark.parametrize("design", ["internal", "apparent"])
def test_the_report_calls_apparent_what_is_apparent(design):
    from cds.report.validation import validation_html, validation_view

    html = validation_html(validation_view(run(protocol(design, refitting=FEW)).record))
    assert "Overall results, apparent" in html
    assert ("corrected for optimism" in html) == (design == "internal")


def test_the_terminal_says_corrected_and_apparent(tmp_path):
    from cds.cli.validate import told

    lines = "\n".join(told(run(protocol(refitting=FEW)).record, tmp_path))
    assert "auroc (corrected for optimism)" in lines
    assert "not corrected for optimism is apparent" in lines


def test_the_physicians_page_cites_no_apparent_number():
    from cds.core.standing import standing_of

    done = run(protocol(refitting=FEW))
    cited = {row["measure"]: row["estimate"] for row in standing_of(done.record).performance}
    assert cited["auroc"] == done.findings.get("auroc", analysis="optimism_corrected").estimate
    assert standing_of(done.record).decision[0]["per_thousand"] == {}
