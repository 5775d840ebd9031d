"""What is judged where inputs are missing, and what stands beside it."""

import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.errors import DataError, InputError, PredictionError, ProtocolError
from cds.core.outcome import Binary
from cds.core.prediction import Risk
from tests.assembly.made import CARD, cohort, expit, linear, mar, model, protocol

ROWS = mar(300)
COMPLETE = int(ROWS.notna().all(axis=1).sum())
IMPUTE = {"method": "impute", "imputations": 3, "iterations": 2}


def run(asked, *, people=None, of=None):
    return cds.validate(of or model(), cohort(ROWS) if people is None else people, asked, jobs=1)


def tables(found):
    return {table.name: table for table in found.record.tables}


def patients(found, analysis="primary"):
    return found.findings.get("calibration_slope", analysis=analysis).result.n


def stacked(*, original=True):
    """Three imputations below the incomplete rows, by hand."""
    filled = [ROWS.fillna({"pain": p, "sex": s, "work": w}) for p, s, w in ((5, 0, 0), (6, 1, 1), (4, 0, 2))]
    blocks = [*([ROWS] if original else []), *filled]
    labels = np.repeat([str(k + (0 if original else 1)) for k in range(len(blocks))], len(ROWS))
    names = np.tile([f"p{k}" for k in range(len(ROWS))], len(blocks))
    return cohort(pd.concat(blocks, ignore_index=True), patients=names, imputations=labels)


def test_required_inputs_that_are_missing_stop_the_run_and_name_the_other_methods():
    with pytest.raises(PredictionError, match="required input 'pain' is missing at rows") as error:
        run(protocol())
    told = str(error.value)
    assert "complete_case" in told and "impute" in told and len(told.splitlines()) == 3


def test_complete_cases_are_judged_and_the_flow_says_who_left():
    found = run(protocol(missing_inputs={**IMPUTE, "method": "complete_case"}))
    assert patients(found) == COMPLETE and found.record.flow[-1].removed == 300 - COMPLETE
    assert patients(found, "imputed") == 300
    told = [row[0] for row in tables(found)["missing_input_analyses"].rows]
    assert any("the model gives no prediction where an input is missing" in row for row in told)


def test_imputed_inputs_are_judged_beside_complete_cases():
    found = run(protocol(missing_inputs=IMPUTE))
    assert patients(found) == 300 and patients(found, "complete_case") == COMPLETE
    assert found.record.imputations == 3 and found.record.rows == found.record.patients == 300
    assert found.findings["calibration_slope"].record()["details"]["imputations"] == 3
    assert any("Imputed first, then resampled" in note for note in found.record.notes)
    names = tables(found)
    assert {"inputs_missing", "imputation_diagnostics", "missing_inputs_side_by_side"} <= set(names)
    assert all(names[n].section == "missing" for n in ("inputs_missing", "imputation_diagnostics"))


def test_the_model_s_own_rule_stands_beside_imputation_where_it_has_one():
    found = run(protocol(missing_inputs=IMPUTE), of=model(optional=("pain", "sex", "work")))
    assert patients(found, "model_rule") == 300 and patients(found, "complete_case") == COMPLETE


def test_without_a_section_complete_cases_stand_beside_the_model_s_own_rule_and_nothing_is_imputed():
    found = run(protocol(), of=model(optional=("pain", "sex", "work")))
    assert patients(found) == 300 and patients(found, "complete_case") == COMPLETE
    told = [row[0] for row in tables(found)["missing_input_analyses"].rows]
    assert any("no [missing_inputs] section" in row for row in told)


def test_complete_inputs_need_no_rule():
    full = ROWS.dropna().reset_index(drop=True)
    found = run(protocol(missing_inputs=IMPUTE), people=cohort(full))
    assert found.record.imputations == 1 and "missing_input_analyses" not in tables(found)


def test_imputations_that_come_with_the_data_are_pooled_beside_the_incomplete_rows():
    asked = protocol(cohort={"patient": "id", "imputation": "imp"})
    found = run(asked, people=stacked(), of=model(optional=("pain",)))
    assert found.record.imputations == 3 and patients(found) == 300
    assert patients(found, "complete_case") == COMPLETE
    needed = int(ROWS[["sex", "work"]].notna().all(axis=1).sum())
    assert patients(found, "model_rule") == needed
    bare = run(asked, people=stacked(original=False))
    assert any("imputation 0" in note for note in bare.record.notes)


def test_an_imputation_that_lacks_a_required_input_is_refused_by_its_row_in_the_file():
    people = stacked()
    people.features.loc[1000, "pain"] = np.nan
    with pytest.raises(PredictionError, match="required input 'pain' is missing at row 1000"):
        run(protocol(cohort={"imputation": "imp"}), people=people)


def test_a_method_does_not_go_with_imputed_data_nor_with_frozen_predictions():
    with pytest.raises(ProtocolError, match=r"cohort\.imputation says that these are"):
        run(protocol(cohort={"imputation": "imp"}, missing_inputs=IMPUTE), people=stacked())
    frozen = cohort(ROWS, predictions=Risk(np.full(300, 0.3)))
    with pytest.raises(ProtocolError, match="frozen predictions"):
        cds.validate(None, frozen, protocol(missing_inputs=IMPUTE, predictions={"risk": "r"}), jobs=1)


def test_a_cohort_that_does_not_say_its_imputations_is_refused():
    with pytest.raises(InputError, match=r"names cohort\.imputation"):
        run(protocol(cohort={"imputation": "imp"}))


def test_replicates_draw_the_same_patients_in_every_imputation():
    # Three equal imputations: every replicate agrees, so nothing lies between them.
    full = ROWS.dropna().reset_index(drop=True)
    risk = expit(linear(full)).to_numpy()
    n, m = len(full), 3
    order = np.concatenate([np.arange(n), np.arange(n)[::-1], np.arange(n)])
    found = cds.evaluate.binary(
        full.y.to_numpy()[order], risk[order], patient=order, imputation=np.repeat(np.arange(m), n), replicates=60
    )
    brier = found["scaled_brier"].record()
    assert brier["details"]["between"] == pytest.approx(0, abs=1e-20)
    assert brier["method"] == "Rubin's rules, within each: bootstrap percentile"


def test_missing_outcomes_leave_every_imputation():
    people = stacked()
    event = np.tile(np.where(np.arange(300) < 40, np.nan, ROWS.y.to_numpy(float)), 4)
    people = cohort(people.features, patients=people.patients, imputations=people.imputations, outcome=Binary(event))
    asked = protocol(cohort={"imputation": "imp"}, outcome={"kind": "binary", "column": "y", "missing": "weight"})
    found = run(asked, people=people)
    assert patients(found) == 260 and found.record.patients == 260
    assert "missing_outcome_sensitivity" in tables(found)


def test_the_card_names_what_is_missing_everywhere():
    with pytest.raises(DataError, match="missing in every row"):
        run(protocol(missing_inputs=IMPUTE), people=cohort(ROWS.assign(pain=np.nan)))
    assert CARD.feature("pain").required


def test_an_analysis_of_a_few_complete_cases_does_not_say_how_few_anywhere():
    rows = ROWS.copy()
    rows.loc[rows.index[rows.notna().all(axis=1)][4:], "pain"] = np.nan  # four patients are complete
    found = run(protocol(missing_inputs=IMPUTE), people=cohort(rows))
    made = tables(found)
    assert made["missing_inputs_side_by_side"].rows[0] == ("patients", "300", "×")
    assert [row[1] for row in made["missing_input_analyses"].rows[:2]] == ["300", "×"]
    assert made["inputs_missing"].rows[-1] == ("patients with every input", "×", "×")
    assert "296" not in str([made[name].rows for name in ("missing_input_analyses", "inputs_missing")])
