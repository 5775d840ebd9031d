"""What validators hand to the report: findings, curves and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from cds.core.errors import NoEstimateError, nearest
from cds.core.measure import Estimate, Interval, NotEstimable, Result

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["meets", "fails", "inconclusive", "not_assessable"]
Readiness = Literal["ready", "not_ready", "inconclusive"]
FindingKind = Literal["estimate", "difference", "ratio", "data_fault"]
Severity = Literal["info", "warning", "blocking"]

SHOWN = 5  # names that the representation of findings gives
COLUMNS = (
    "measure", "family", "kind", "analysis", "attribute", "group", "reference_group", "horizon", "threshold",
    "category", "parameters", "status", "reason", "estimate", "se", "low", "high", "level", "n", "events", "method",
    "details", "criterion", "verdict", "code", "severity", "accepted",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One measure in one analysis, group, horizon, threshold and category, with its result and verdict."""

    measure: str
    family: str
    result: Result | None
    kind: FindingKind = "estimate"
    analysis: str = "primary"
    attribute: str | None = None
    group: str | None = None
    reference_group: str | None = None
    horizon: float | None = None
    threshold: float | None = None
    category: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    criterion: Mapping[str, Any] | None = None
    verdict: Verdict | None = None
    verdict_reason: str | None = None
    code: str | None = None
    severity: Severity | None = None
    accepted: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)  # a data fault's counts

    @property
    def _estimate(self) -> Estimate:
        if isinstance(self.result, Estimate):
            return self.result
        reason = self.result.reason if self.result is not None else "a data check has no estimate"
        raise NoEstimateError(f"{self.measure} has no estimate: {reason}")

    @property
    def _interval(self) -> Interval:
        interval = self._estimate.interval
        if isinstance(interval, Interval):
            return interval
        raise NoEstimateError(f"{self.measure} has no interval: {interval.reason}")

    @property
    def estimate(self) -> float:
        """The value; NoEstimateError with the reason where there is none."""
        return self._estimate.value

    @property
    def se(self) -> float:
        """Standard error on the estimate's own scale; NoEstimateError where there is none."""
        se = self._interval.se
        if se is None:
            raise NoEstimateError(f"{self.measure} has no standard error: its interval is {self._interval.method}")
        return se

    @property
    def low(self) -> float:
        """Lower bound of the interval; NoEstimateError where there is none."""
        return self._interval.low

    @property
    def high(self) -> float:
        """Upper bound of the interval; NoEstimateError where there is none."""
        return self._interval.high

    @property
    def is_overall_primary(self) -> bool:
        """Whether this is the overall number of the primary analysis."""
        return self.analysis == "primary" and self.attribute is None and self.kind == "estimate"

    def record(self) -> dict[str, Any]:
        """Every key of the results contract, None where it does not apply."""
        estimate = self.result if isinstance(self.result, Estimate) else None
        interval = estimate.interval if estimate and isinstance(estimate.interval, Interval) else None
        reason = self.verdict_reason
        if isinstance(self.result, NotEstimable):
            reason = self.result.reason
        elif reason is None and estimate and isinstance(estimate.interval, NotEstimable):
            reason = f"no interval: {estimate.interval.reason}"
        status = "estimated" if estimate else ("not_estimable" if isinstance(self.result, NotEstimable) else "checked")
        return {
            "measure": self.measure, "family": self.family, "kind": self.kind, "analysis": self.analysis,
            "attribute": self.attribute, "group": self.group, "reference_group": self.reference_group,
            "horizon": self.horizon, "threshold": self.threshold, "category": self.category,
            "parameters": dict(self.parameters), "status": status, "reason": reason,
            "estimate": estimate.value if estimate else None, "se": interval.se if interval else None,
            "low": interval.low if interval else None, "high": interval.high if interval else None,
            "level": interval.level if interval else None, "n": estimate.n if estimate else None,
            "events": estimate.events if estimate else None, "method": interval.method if interval else None,
            "details": {
                **self.details, **(estimate.details if estimate else {}), **(interval.details if interval else {}),
            },
            "criterion": dict(self.criterion) if self.criterion is not None else None, "verdict": self.verdict,
            "code": self.code, "severity": self.severity, "accepted": self.accepted,
        }  # fmt: skip


class Findings(Sequence[Finding]):
    """Findings in order, the overall primary ones first, looked up by name.

    ``findings["auroc"]`` is the overall primary finding; where several match, the error lists them.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = sorted(findings, key=lambda f: not f.is_overall_primary)

    def __len__(self) -> int:
        return len(self._findings)

    def __repr__(self) -> str:
        names = list(dict.fromkeys(finding.measure for finding in self._findings))
        more = ", …" if len(names) > SHOWN else ""
        count = f"{len(self)} finding{'' if len(self) == 1 else 's'}"
        return f"<{count}: {', '.join(names[:SHOWN])}{more}>" if names else "<no findings>"

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.get(key)
        return self._findings[key]

    def get(self, measure: str, **where: Any) -> Finding:
        """The one finding of this measure where the given fields match; overall and primary unless told otherwise.

        Raises:
            KeyError: none matches (the nearest name is given), or several do (they are listed).
        """
        wanted = {"analysis": "primary", "kind": "estimate", **where}
        if "attribute" not in where and "group" not in where:
            wanted["attribute"] = None
        unknown = set(where) - {f for f in COLUMNS} - {"result"}
        if unknown:
            raise KeyError(f"no such field: {', '.join(sorted(unknown))}")
        named = [f for f in self._findings if f.measure == measure]
        if not named:
            raise KeyError(f"no finding of {measure!r}. {nearest(measure, {f.measure for f in self._findings})}")
        found = [f for f in named if all(getattr(f, key) == value for key, value in wanted.items())]
        if len(found) == 1:
            return found[0]
        listed = "; ".join(_describe(f) for f in (found or named))
        if not found:
            raise KeyError(f"no finding of {measure!r} matches {where}. There are: {listed}")
        raise KeyError(f"several findings of {measure!r} match; say which: {listed}")

    def to_frame(self) -> pd.DataFrame:
        """One row per finding with the columns of estimates.csv."""
        import pandas as pd

        return pd.DataFrame([finding.record() for finding in self._findings], columns=list(COLUMNS))


def _describe(finding: Finding) -> str:
    parts = {
        name: getattr(finding, name)
        for name in ("attribute", "group", "horizon", "threshold", "category", "analysis", "kind")
    }
    told = [f"{k}={v!r}" for k, v in parts.items() if v is not None and v not in ("primary", "estimate")]
    return ", ".join(told) or "overall (horizon=None)"


@dataclass(frozen=True, eq=False)
class Curve:
    """A drawn curve as data: named columns of equal length, and what a person needs to read the drawing."""

    name: str
    family: str
    title: str
    columns: Mapping[str, NDArray[Any]]
    x_label: str = ""
    y_label: str = ""
    note: str = ""
    attribute: str | None = None
    group: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({len(column) for column in self.columns.values()}) > 1:
            raise ValueError(f"curve {self.name!r}: columns differ in length")


@dataclass(frozen=True)
class Table:
    """A small table for the report: header, rows of text, a note, and the section it stands in (its family's)."""

    name: str
    family: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    section: str = ""
