"""Why an estimate is withheld, in words for the command line."""

from typing import Any

from cds.patients.withheld import why_withheld
from cds.report.wording import languages, sentences

SAY = sentences("en")


def document(*codes: str, **technical: Any) -> dict[str, Any]:
    return {"page": {"withheld": list(codes)}, "technical": {"unreadable": [], **technical}}


def test_nothing_withheld_needs_no_words() -> None:
    assert why_withheld(document(), SAY) == []


def test_every_code_has_words() -> None:
    support = {
        "missing": [{"input": "pain", "required": True}, {"input": "bmi", "required": False}],
        "outside_plausible": [{"input": "age"}, {"input": "bmi"}],
    }
    rules = {"emergencies_not_recorded": ["red_flag_saddle_numbness"]}
    codes = (
        "flag_present", "flag_unrecorded", "missing", "implausible", "not_for", "not_ready", "absent", "other_hash",
        "case_control", "undefined",
    )  # fmt: skip  # as cds.report.verdict.Decision lists them
    for language in languages():
        assert len(set(why_withheld(document(*codes, support=support, rules=rules), sentences(language)))) == len(codes)
    told = why_withheld(document(*codes, support=support, rules=rules), SAY)
    assert len(told) == len(codes)
    assert not set(told) & set(codes)
    assert "1 emergency red flag not recorded (column red_flag_saddle_numbness)" in told
    assert "1 required input missing (column pain)" in told
    assert "2 inputs outside the plausible range (columns age, bmi)" in told
