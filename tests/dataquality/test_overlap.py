"""What the data check says of patients whom the model has seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cds.core.finding import Finding
from cds.core.fingerprints import Overlap, SubsetOverlap
from cds.core.measure import NotEstimable
from cds.dataquality.overlap import overlap
from tests.dataquality.studies import study

INPUTS = SubsetOverlap(
    "development", "inputs", ("age", "height", "sex"), 600, 120, 0.4, 0, 3, {"permuted": 0.4}, real=True
)
STABLE = SubsetOverlap("development", "stable", ("height", "sex"), 480, 90, 31.2, 20, 45, {"seen": 31.2}, real=True)
NOBODY = replace(INPUTS, observed=2, real=False)


def told(*subsets: SubsetOverlap, matched: int = 120, not_repeated: str = "", **design: object) -> list[Finding]:
    found = Overlap(subsets, np.full(100, False), 600, matched, not_repeated)
    made = study()
    assert made.protocol is not None
    return list(overlap(replace(made, overlap=found, protocol=made.protocol.model_copy(update=design))))


def sentence(finding: Finding) -> str:
    assert finding.verdict_reason is not None
    return finding.verdict_reason


def test_the_message_says_how_many_how_many_by_chance_and_what_to_do() -> None:
    [fault] = told(INPUTS)
    assert (fault.code, fault.severity) == ("DQ010", "blocking")
    assert sentence(fault) == (
        "120 of 600 patients have the same values in all inputs (3 columns) as a row of the data that the model was "
        "developed on; chance alone would make fewer than 1 match (99 % of the time at most 3). Likely cause: the file "
        "holds rows of the development data, so that performance is flattered. The analysis is repeated without those "
        'who match ("without development patients", 480 of 600 patients). Compare the identifiers of this file with '
        "those of the development file, take out whom both hold, and validate on the others."
    )
    assert fault.details["matching"] == 120 and fault.details["excess"] == 119.6


def test_people_measured_again_and_those_of_an_update_are_named() -> None:
    first, second = told(INPUTS, STABLE, matched=210)
    assert sentence(second).startswith(
        "90 of 480 other patients have the same values in the inputs that stay as they are ('height', 'sex') as a row "
    )
    assert "chance alone would make about 31 match" in sentence(second) and "measured again" in sentence(second)
    [update] = told(replace(INPUTS, seen="update"))
    assert "updated with" in sentence(update) and "the file of the update" in sentence(update)
    assert first.details["subset"] == "inputs"


def test_a_small_excess_warns_and_small_counts_are_not_printed() -> None:
    [fault] = told(replace(INPUTS, observed=5, high=1, expected=0.0), matched=5)
    assert fault.severity == "warning"
    assert sentence(fault).startswith("Fewer than 11 of 600 patients")
    assert "nearly all of 600 patients" in sentence(fault)
    assert fault.details["matching"] == "fewer than 11" and "excess" not in fault.details


def test_an_internal_design_expects_its_own_patients() -> None:
    for design in ("internal", "apparent"):
        [fault] = told(INPUTS, design=design, not_repeated="the design judges the model on its own patients")
        assert fault.severity == "info" and "The design says so" in sentence(fault)
    [held_out] = told(INPUTS, design="internal", held_out=True)
    assert held_out.severity == "blocking"


def test_an_analysis_that_is_not_repeated_says_why() -> None:
    [fault] = told(INPUTS, not_repeated="no patient would be left")
    assert "is not repeated without them: no patient would be left." in sentence(fault)


def test_no_excess_is_one_clear_row_with_the_counts() -> None:
    [row] = told(NOBODY)
    assert row.severity is None and row.result is None
    assert row.details["matching"] == "fewer than 11" and row.details["expected_by_chance"] == 0.4
    [row] = told(NOBODY, replace(STABLE, real=False))
    assert set(row.details) == {"patients", "development, inputs", "development, stable"}


def test_rows_that_repeat_each_other_are_told_as_no_answer() -> None:
    [row] = told(replace(NOBODY, observed=120, repeats=True, expected=580.0, high=600))
    assert row.severity == "info" and "name patient_column in the card" in sentence(row)


def test_what_was_not_compared_says_why() -> None:
    [frozen] = overlap(replace(study(None), overlap=None))
    [absent] = overlap(replace(study(), overlap=NotEstimable("the key is not here")))
    [plain] = overlap(replace(study(), overlap=None))
    reasons = [row.result.reason for row in (frozen, absent, plain) if isinstance(row.result, NotEstimable)]
    assert reasons == [
        "the model's inputs are not known: the predictions came with the data",
        "the key is not here",
        "the patients were not compared with the data that the model was developed on",
    ]
