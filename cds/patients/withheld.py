"""Why an estimate is withheld, in the words of the command line: columns and counts, never a patient's value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_COLUMNS = 3
_PLAIN = {
    "flag_present": "a red flag is recorded as present",
    "not_for": "the model is not for this patient (column not_for)",
    "not_ready": "the model was validated and found not ready",
    "absent": "the model has no validation on record (--allow-unvalidated shows the estimate, marked as such)",
    "other_hash": "the model's files are not those that were validated",
    "case_control": "the model's design gives no absolute risk",
    "undefined": "the model cannot compute it from these inputs",
}


def why_withheld(document: Mapping[str, Any]) -> list[str]:
    """The reasons in a patient's JSON, in its order; empty where an estimate is shown."""
    return [reason for code in document["page"]["withheld"] for reason in _reason(code, document["technical"])]


def _reason(code: str, technical: Mapping[str, Any]) -> Iterator[str]:
    if code == "flag_unrecorded":
        columns = _unasked(technical["rules"]["flags"])
        yield f"{_count(columns, 'emergency red flag')} not recorded ({_columns(columns)})"
    elif code == "missing":
        names = [each["input"] for each in technical["support"]["missing"] if each["required"]]
        yield f"{_count(names, 'required input')} missing ({_columns(names)})"
    elif code == "implausible":
        names = [each["input"] for each in technical["support"]["outside_plausible"]]
        yield f"{_count(names, 'input')} outside the plausible range ({_columns(names)})"
    else:
        yield _PLAIN.get(code, code)


def _unasked(states: Mapping[str, str]) -> list[str]:
    from cds.safety.red_flags import read_rules

    return [flag.column for flag in read_rules().flags if flag.emergency and states.get(flag.id) == "not_recorded"]


def _count(names: Sequence[str], what: str) -> str:
    return f"{len(names)} {what}{'' if len(names) == 1 else 's'}"


def _columns(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_COLUMNS} more" if len(names) > MOST_COLUMNS else ""
    return f"column{'' if len(names) == 1 else 's'} {', '.join(names[:MOST_COLUMNS])}{more}"
