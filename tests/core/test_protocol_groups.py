"""What a protocol may say of groups, and how it is told what it may not."""

from typing import Any

import pytest
from pydantic import ValidationError

from cds.core.protocol import CohortSection, ValidationProtocol
from cds.core.protocol_groups import TargetPopulationSection, band_levels

GROUPS: dict[str, Any] = {"groups": ["sex", "edu", "age"], "references": {"sex": "f", "edu": "low"}}


def refused(**section: Any) -> str:
    with pytest.raises(ValidationError) as error:
        CohortSection.model_validate({**GROUPS, **section})
    return str(error.value)


def protocol(criterion: dict[str, Any], **more: Any) -> ValidationProtocol:
    raw: dict[str, Any] = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
        "outcome": {"kind": "binary", "column": "y"},
        "cohort": {**GROUPS, "intersections": [["sex", "edu"]], "bands": {"age": [30, 45]}, "continuous": ["bmi"]},
        "criteria": [criterion],
    }  # fmt: skip
    return ValidationProtocol.model_validate({**raw, **more})


def across(name: str) -> dict[str, Any]:
    return {"measure": "auroc", "across": name, "difference_within": [-0.1, 0.1]}


def test_bands_are_named_by_their_bounds() -> None:
    assert band_levels((30, 45, 60)) == ("under 30", "30 to under 45", "45 to under 60", "60 and over")
    assert band_levels((18.5, 1_234_567)) == ("under 18.5", "18.5 to under 1234567", "1234567 and over")


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"intersections": [["sex"]]}, "must name at least two different groups"),
        ({"intersections": [["sex", "sex"]]}, "must name at least two different groups"),
        ({"intersections": [["sex", "educ"]]}, "names 'educ', which is not among groups. Did you mean 'edu'?"),
        ({"intersections": [["sex", "edu"], ["edu", "sex"]]}, "holds ['edu', 'sex'] more than once"),
        ({"groups": ["sex", "edu", "sex×edu"], "intersections": [["sex", "edu"]]}, "is named 'sex×edu' already"),
        ({"bands": {"bmi": [25]}}, "bands names 'bmi', which is not among groups"),
        ({"bands": {"age": [45, 30]}}, "bands.age must increase"),
        ({"bands": {"age": []}}, "at least 1 item"),
        ({"references": {"sex×edu": "f×low"}}, "references names 'sex×edu', which is not among groups"),
    ],
)
def test_groups_that_do_not_fit_together_are_refused(section: dict[str, Any], told: str) -> None:
    assert told in refused(**section)


def test_the_reference_of_an_intersection_is_that_of_its_parts_unless_it_is_named() -> None:
    plain = CohortSection.model_validate({**GROUPS, "intersections": [["sex", "edu"], ["sex", "age"]]})
    assert plain.named_references == {"sex": "f", "edu": "low", "sex×edu": "f×low"}
    assert plain.attributes == ("sex", "edu", "age", "sex×edu", "sex×age")
    own = {**GROUPS["references"], "sex×edu": "m×high"}
    named = CohortSection.model_validate({**GROUPS, "intersections": [["sex", "edu"]], "references": own})
    assert named.named_references["sex×edu"] == "m×high"


def test_a_criterion_looks_across_an_intersection_by_its_one_spelling() -> None:
    assert protocol(across("sex×edu")).criteria[0].across == "sex×edu"
    for other in ("edu×sex", "sex x edu", "sex × edu"):
        with pytest.raises(ValidationError, match="Write it as 'sex×edu'"):
            protocol(across(other))
    with pytest.raises(ValidationError, match="Did you mean 'sex×edu'"):
        protocol(across("sex*edu"))


def test_a_criterion_across_a_number_is_told_to_cut_it() -> None:
    with pytest.raises(ValidationError, match=r"is a number: add it to groups and cut it, bands = \{bmi = \[…\]\}"):
        protocol(across("bmi"))


def test_calibration_is_followed_along_what_is_cut_and_what_is_continuous() -> None:
    assert protocol(across("sex")).cohort.along == ("age", "bmi")


def test_the_shares_of_the_target_population_add_up_to_one() -> None:
    given = TargetPopulationSection.model_validate({"source": "census", "sex": {"f": 0.515, "m": 0.49}})
    assert (given.source, given.shares) == ("census", {"sex": {"f": 0.515, "m": 0.49}})
    with pytest.raises(ValidationError, match=r"target_population\.sex: the shares add up to 0\.9, not to 1"):
        TargetPopulationSection.model_validate({"sex": {"f": 0.5, "m": 0.4}})


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ({"sx": {"f": 1.0}}, "target_population names 'sx', which is not among groups. Did you mean 'sex'?"),
        (
            {"age": {"under 31": 1.0}},
            "target_population.age: 'under 31' is none of its bands. Did you mean 'under 30'?",
        ),
    ],
)
def test_a_target_population_speaks_of_the_groups(target: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        protocol(across("sex"), target_population=target)
    assert told in str(error.value)
