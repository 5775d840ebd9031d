"""Why an estimate is withheld, for the summary and the command line: columns and counts, never a patient's value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cds.report.wording import Sentences

MOST_COLUMNS = 3


def why_withheld(document: Mapping[str, Any], say: Sentences) -> list[str]:
    """The reasons in a patient's JSON, in its order; empty where an estimate is shown."""
    return [_reason(code, document["technical"], say) for code in document["page"]["withheld"]]


def _reason(code: str, technical: Mapping[str, Any], say: Sentences) -> str:
    columns = _columns(code, technical)
    if columns is None:
        return say(f"withheld.{code}")
    name = f"withheld.{code}{'_one' if len(columns) == 1 else ''}"
    return say(name, count=len(columns), columns=_listed(columns, say))


def _columns(code: str, technical: Mapping[str, Any]) -> list[str] | None:
    """The columns that a reason is about; None where it is about the whole patient or the model."""
    if code == "flag_unrecorded":
        return list(technical["rules"]["emergencies_not_recorded"])
    if code == "missing":
        return [each["input"] for each in technical["support"]["missing"] if each["required"]]
    if code == "implausible":
        return [*(each["input"] for each in technical["support"]["outside_plausible"]), *technical["unreadable"]]
    return None


def _listed(names: Sequence[str], say: Sentences) -> str:
    more = say("list.more", count=len(names) - MOST_COLUMNS) if len(names) > MOST_COLUMNS else ""
    return f"{', '.join(names[:MOST_COLUMNS])}{more}"
