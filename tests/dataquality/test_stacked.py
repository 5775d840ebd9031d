"""Imputations and visits are not taken for patients."""

import numpy as np
import pandas as pd
import pytest

from cds.core.model_card import Feature, ModelCard
from cds.dataquality.stacked import stacked
from tests.dataquality.planted import faults, rows, study, told


def imputed(m: int = 5) -> pd.DataFrame:
    """The clean rows m times, 60 ages and 40 waists drawn anew in each."""
    blocks = []
    for k in range(m):
        block, rng = rows(), np.random.default_rng(100 + k)
        block.loc[:59, "age"] = rng.normal(48, 12, 60).clip(19, 88)
        block.loc[30:69, "waist"] = rng.normal(92, 12, 40).clip(60, 140)
        blocks.append(block.assign(patient_nr=np.arange(400) + 1, Impnr=k + 1))
    return pd.concat(blocks, ignore_index=True)


def test_nothing_is_raised_on_the_clean_cohort_nor_on_its_identifiers() -> None:
    frame = rows().assign(patient_id=np.arange(400), centre_id=np.arange(400) % 8, imp=1)
    [row] = stacked(study(frame))
    assert row.severity is None and row.details == {"rows": 400}


def test_a_column_that_numbers_imputations_blocks_and_so_do_shared_names() -> None:
    numbered, copied, named = faults(stacked(study(imputed())))
    assert {f.severity for f in (numbered, copied, named)} == {"blocking"}
    assert str(numbered.verdict_reason) == (
        "The column 'Impnr' numbers 5 imputations of 400 rows each, and the protocol takes every row for a patient. "
        "Write imputation = 'Impnr' (and patient) in [cohort], so that results are pooled by Rubin's rules; else every "
        "interval is too narrow."
    )
    assert "All 2000 patients share their 'patient_nr' with another one: the protocol names no patient" in str(
        named.verdict_reason
    )
    assert named.details == {"patients": 2000, "sharing": 2000}


@pytest.mark.parametrize("seed", [None, 1])
def test_stacked_imputations_without_any_number_are_known_by_their_rows_in_whatever_order(seed: int | None) -> None:
    frame = imputed().drop(columns=["Impnr", "patient_nr"])
    frame = frame if seed is None else frame.sample(frac=1, random_state=seed, ignore_index=True)
    [fault] = faults(stacked(study(frame)))
    assert fault.severity == "blocking"
    assert fault.details == {"copies": 5, "patients": 400, "inputs_that_vary": 2}
    assert str(fault.verdict_reason) == (
        "Every row comes 5 times with the same outcome and the same 6 inputs; only 'age', 'waist' differ between them. "
        "Likely cause: 5 imputations of 400 patients, or the file copied below itself. Name the columns of patient and "
        "imputation in [cohort], or keep each patient once."
    )


def test_a_file_copied_below_itself_is_known_too() -> None:
    frame = pd.concat([rows(), rows()], ignore_index=True)
    assert "Every row comes 2 times with the same outcome and the same 8 inputs, with the same value of every" in told(
        stacked(study(frame))
    )


def test_declared_imputations_and_visits_are_no_fault() -> None:
    frame = imputed()
    patients, section = frame["patient_nr"].astype(str).to_numpy(), {"patient": "patient_nr", "imputation": "Impnr"}
    made = study(frame, section=section, patients=patients, imputations=frame["Impnr"].astype(str).to_numpy())
    assert not faults(stacked(made))
    section = {"patient": "patient_nr", "visit": "Impnr"}
    frame = frame.rename(columns={"Impnr": "week"})
    made = study(frame, section={**section, "visit": "week"}, patients=patients, visits=frame["week"].to_numpy(float))
    assert not faults(stacked(made))


def test_pairs_matched_on_age_and_sex_are_no_copies() -> None:
    frame = rows()
    for name in ("age", "sex"):
        frame[name] = np.repeat(frame[name].to_numpy()[:200], 2)
    frame["y"] = np.tile([0, 1], 200)
    assert not faults(stacked(study(frame)))


def test_several_rows_a_patient_under_another_name_are_a_warning_where_few() -> None:
    names = np.arange(400)
    names[:7] = 399
    frame = rows().assign(subject=names, key=np.arange(400))
    made = study(frame, section={"patient": "key"})
    [fault] = faults(stacked(made))
    assert fault.severity == "warning" and fault.details == {"patients": 400, "sharing": "fewer than 11"}
    assert "Fewer than 11 of 400 patients share their 'subject' with another one: the protocol names 'key'" in str(
        fault.verdict_reason
    )


@pytest.mark.shared
@pytest.mark.parametrize("file", ["lbpmilr", "lbpmicox"])
def test_imputations_of_two_cohorts_are_known_without_their_numbers(shared_folder, file: str) -> None:
    frame = pd.read_csv(shared_folder / "data" / "lbp_heymans" / f"{file}.csv")
    frame = frame.sample(frac=1, random_state=1, ignore_index=True)
    event = "Chronic" if file == "lbpmilr" else "Status"
    ids = [c for c in ("Impnr", "ID", "patnr") if c in frame]
    inputs = tuple(Feature(name=c, type="number") for c in frame if c not in {*ids, event, "Time"})
    model = ModelCard(name="m", version="1", outcome="binary", inputs=inputs)
    made = study(frame.drop(columns=ids).rename(columns={event: "y"}), model)
    [fault] = faults(stacked(made))
    assert fault.details["copies"] == 10 and fault.details["patients"] == len(frame) / 10
    original = frame[frame["Impnr"] == 1].reset_index(drop=True).rename(columns={event: "y"})
    assert not faults(stacked(study(original, model)))


def test_without_a_card_identifiers_are_still_looked_at() -> None:
    made = study(imputed())
    object.__setattr__(made, "card", None)
    assert len(faults(stacked(made))) == 2
