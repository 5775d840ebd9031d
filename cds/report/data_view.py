"""What the data were: who left and why, and which faults were found, accepted or could not be looked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cds.core.finding import Finding, Table
from cds.core.measure import NotEstimable
from cds.core.record import RunRecord
from cds.report.measures_view import Notes, PrintedTable
from cds.report.rounding import count, per_cent
from cds.report.wording import Sentences

LONG = 40  # letters: what is longer is a reason, not a number


@dataclass(frozen=True)
class Fault:
    """One data fault that was found."""

    code: str
    severity: str
    symbol: str
    what: str
    accepted: str


def faults(record: RunRecord, words: Sentences, *severities: str) -> tuple[Fault, ...]:
    """Faults found of these severities, in their order."""
    found = [f for f in record.findings if f.kind == "data_fault" and f.severity in severities]
    return tuple(_fault(f, words) for f in sorted(found, key=lambda f: severities.index(f.severity or "")))


def unchecked(record: RunRecord) -> tuple[str, ...]:
    """Data checks that could not run, those with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for finding in record.findings:
        if finding.kind == "data_fault" and finding.severity is None and isinstance(finding.result, NotEstimable):
            reasons.setdefault(finding.result.reason, []).append(_name(finding))
    return tuple(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())


def clear(record: RunRecord) -> tuple[str, ...]:
    """Data checks that ran and found nothing."""
    return tuple(
        _name(f)
        for f in record.findings
        if f.kind == "data_fault" and f.severity is None and not isinstance(f.result, NotEstimable)
    )


def flow_table(record: RunRecord, words: Sentences) -> PrintedTable | None:
    """The way of the rows from the file to the analysis; None where no row left on it."""
    if not any(step.removed for step in record.flow):
        return None
    rows = tuple(
        (step.step, count(step.rows), count(step.removed) if step.removed else "–", step.reason or "–")
        for step in record.flow
    )
    return PrintedTable(words("table.flow"), tuple(words("header.flow").split(" | ")), rows)


def whole(record: RunRecord, words: Sentences) -> str:
    """That no row was removed, where a flow was kept and none was; otherwise empty."""
    if not record.flow or any(step.removed for step in record.flow):
        return ""
    if record.imputations > 1:
        return words("flow.whole_imputed", n=count(record.flow[-1].rows), m=record.imputations)
    return words("flow.whole", n=count(record.flow[0].rows))


def as_printed(table: Table, words: Sentences) -> PrintedTable:
    """A validator's table as printed; a long text that several cells repeat stands in a note beneath."""
    header = tuple(cell[:1].upper() + cell[1:] for cell in table.header)
    told = Counter(cell for row in table.rows for cell in row[1:])
    notes = Notes()

    def shown(cell: str) -> str:
        if len(cell) > LONG and told[cell] > 1 and not cell.endswith("."):  # a reason, no sentence
            return f"{words('number.not_estimable')} {notes.mark(cell)}"
        return per_cent(_true_minus(cell))

    rows = tuple((*row[:1], *map(shown, row[1:])) for row in table.rows)
    return PrintedTable(table.title, header, rows, (*notes.printed(), *([per_cent(table.note)] if table.note else [])))


def undecided(record: RunRecord, words: Sentences) -> str:
    """Who decides on faults that nobody has accepted, and how; empty where there are none."""
    open_codes = dict.fromkeys(f.code or f.measure for f in record.findings if is_open(f))
    if not open_codes:
        return ""
    who = record.protocol.locked_by
    decides = words("fault.decides_named", who=who) if who else words("fault.decides")
    return words("fault.undecided", decides=decides, codes=", ".join(open_codes))


def blocking(record: RunRecord) -> tuple[str, ...]:
    """Blocking faults that the protocol does not accept, each as its code and sentence."""
    return tuple(
        f"{f.code or f.measure}: {_sentence(f)}" for f in record.findings if is_open(f) and f.severity == "blocking"
    )


def is_open(finding: Finding) -> bool:
    """Whether this is a fault that asks for a decision, and the protocol has none."""
    return finding.kind == "data_fault" and finding.severity in ("blocking", "warning") and finding.accepted is None


def _true_minus(cell: str) -> str:
    return "−" + cell[1:] if cell.startswith("-") and cell[1:2].isdigit() else cell


def _fault(finding: Finding, words: Sentences) -> Fault:
    severity = finding.severity or "info"
    return Fault(
        code=finding.code or finding.measure,
        severity=words(f"severity.{severity}"),
        symbol={"blocking": "■", "warning": "▲", "info": "○"}[severity],
        what=_sentence(finding),
        accepted=words("fault.accepted", reason=finding.accepted)
        if finding.accepted
        else words(f"fault.open_{severity}"),
    )


def _sentence(finding: Finding) -> str:
    return str(finding.record()["reason"] or _name(finding))


def _name(finding: Finding) -> str:
    name = finding.measure.replace("_", " ")
    return f"{finding.code} {name}" if finding.code else name
