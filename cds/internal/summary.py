"""The table of internal validation: each measure apparent, corrected for optimism, .632+ and cross-validated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cds.core.finding import Table
from cds.core.headlines import HEADLINES
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.study import Answer, Request, Study
from cds.internal import cross_validation, optimism, plus

HEADER = ("measure", "apparent", "optimism", "corrected for optimism", ".632+", "cross-validated")
NOTE = (
    "Apparent: in the patients that the model was developed in. Optimism: how much better a refit does in its own "
    "bootstrap sample than in all patients, on average. With a binary outcome, 500 patients and 100 refits, 95 % "
    "intervals of corrected values held the true performance in 92 to 95 % of simulated cohorts."
)

REST = "All measures stand in estimates.csv."
OVERALL = frozenset({"brier", "scaled_brier", "log_loss"})  # what the .632+ rule is made for


def summary(study: Study, apparent: Mapping[Request, Result], found: Sequence[Answer], remark: str) -> Table:
    """One row per main measure or measure with a criterion; what is not estimable has its reason in the note.

    A way of validation that was not asked for has no column.
    """
    shown = HEADLINES | OVERALL | {c.measure for c in (study.protocol.criteria if study.protocol else ())}
    by_request = {answer.request: answer.result for answer in found}
    reasons: list[str] = []
    rows: list[tuple[str, ...]] = []
    for request, result in apparent.items():
        if request.subgroup.overall and request.measure in shown:
            told = {
                analysis: by_request.get(replace(request, analysis=analysis))
                for analysis in (optimism.ANALYSIS, plus.ANALYSIS, cross_validation.ANALYSIS)
            }
            corrected = told[optimism.ANALYSIS]
            rows.append((
                _label(study, request), _value(result, reasons), _optimism(corrected), _corrected(corrected, reasons),
                _value(told[plus.ANALYSIS], reasons), _value(told[cross_validation.ANALYSIS], reasons),
            ))  # fmt: skip
    columns = [k for k in range(len(HEADER)) if k == 0 or any(row[k] != "–" for row in rows)]
    rows = [tuple(row[k] for k in columns) for row in rows]
    note = " ".join([NOTE, remark, *(f"[{k}] {reason}." for k, reason in enumerate(reasons, 1)), REST])
    header = tuple(HEADER[k] for k in columns)
    return Table("internal_validation", "internal", "Apparent and corrected performance", header, tuple(rows), note)


def _label(study: Study, request: Request) -> str:
    return request.labelled(study.measures[request.measure].label)


def _value(result: Result | None, reasons: list[str]) -> str:
    if result is None:
        return "–"
    return _number(result.value) if isinstance(result, Estimate) else _absent(result, reasons)


def _absent(result: NotEstimable, reasons: list[str]) -> str:
    if result.reason not in reasons:
        reasons.append(result.reason)
    return f"not estimable [{reasons.index(result.reason) + 1}]"


def _optimism(result: Result | None) -> str:
    return _number(result.details["optimism"]) if isinstance(result, Estimate) else "–"


def _corrected(result: Result | None, reasons: list[str]) -> str:
    if not isinstance(result, Estimate):
        return _value(result, reasons)
    interval = result.interval
    if isinstance(interval, Interval):
        return f"{_number(result.value)} ({_number(interval.low)} to {_number(interval.high)})"
    return f"{_number(result.value)}, {_absent(interval, reasons).replace('not estimable', 'no interval')}"


def _number(value: float) -> str:
    """Three decimals, a true minus sign, and no minus before a zero."""
    shown = f"{value:.3f}"
    return shown.removeprefix("-") if float(shown) == 0 else shown.replace("-", "−")
