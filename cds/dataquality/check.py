"""What a data check is, and its three kinds of row: a fault found, nothing found, could not run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.core.finding import Finding, Severity
from cds.core.measure import NotEstimable
from cds.core.study import Study

SETTINGS = {"survival": "outcome.happened", "competing_risks": "outcome.cause"}
NO_CARD = "the model's inputs are not known: the predictions came with the data"


@dataclass(frozen=True)
class DataCheck:
    """One check of the data: its code in protocols, its name, what it looks for, the rule's source."""

    code: str
    name: str
    what: str
    source: str

    def fault(
        self, severity: Severity, sentence: str, details: Mapping[str, Any], *, about: str | None = None
    ) -> Finding:
        """A fault that was found: a sentence without any patient's value, and the counts behind it."""
        parameters = {} if about is None else {"input": about}
        return Finding(
            measure=self.name,
            family="dataquality",
            result=None,
            kind="data_fault",
            parameters=parameters,
            code=self.code,
            severity=severity,
            verdict_reason=sentence,
            details=details,
        )

    def clear(self, details: Mapping[str, Any] | None = None) -> Finding:
        """The check ran and found nothing."""
        return Finding(self.name, "dataquality", None, "data_fault", code=self.code, details=details or {})

    def not_run(self, reason: str) -> Finding:
        """The check could not run, and why."""
        return Finding(self.name, "dataquality", NotEstimable(reason), "data_fault", code=self.code)


def outcome_setting(study: Study) -> str:
    """The protocol's key that says which value or code is the event."""
    return SETTINGS.get(study.sample.kind, "outcome.positive")
