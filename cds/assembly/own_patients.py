"""Refuses to judge an updated model on the patients that it was updated on."""

from __future__ import annotations

from cds.core.cohort import Cohort
from cds.core.errors import DataError
from cds.core.model import RegisteredModel
from cds.core.protocol import ValidationProtocol

DRAWN = "drawn to judge the update"


def refuse_own_patients(protocol: ValidationProtocol, cohort: Cohort, model: RegisteredModel | None) -> None:
    """Refuse the very file that an update was fitted to, unless its patients were divided by ``cds update --split``.

    An apparent design says so itself, and can never be ready.

    Raises:
        DataError: the file is the same, by its sha256.
    """
    summary = None if model is None else model.card.update
    if model is None or summary is None or not cohort.sha256 or protocol.design == "apparent":
        return
    # A model that was fitted to the whole file knows every part of it, however an update of it divides the file.
    set_apart = summary.split is not None and any(step.step == DRAWN for step in cohort.flow)
    if cohort.sha256 == summary.data_sha256 and not set_apart:
        raise DataError(
            f"these patients are those that {model.card.identity} was updated on: "
            "it would be judged on its own patients",
            where=cohort.source,
            do="Judge it on other patients",
        )


def made_from(model: RegisteredModel | None) -> list[str]:
    """The note that a report of an updated model carries."""
    summary = None if model is None else model.card.update
    if model is None or summary is None:
        return []
    events = "" if summary.events is None else f", {summary.events} with the outcome"
    share = "" if summary.split is None else f", drawn as {summary.split:.0%} of one file"
    return [
        f"{model.card.identity} was made from {model.card.parent} by {summary.method} on {summary.n} patients"
        f"{events}{share}; none of them is judged here as far as their identifiers, or their rows, tell."
    ]
