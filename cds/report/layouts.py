"""Ways to draw one view, the most readable first: the first that needs two pages is the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cds.report.contributions import WhyBlock
from cds.report.estimate import EstimateBlock
from cds.report.page_fit import Candidate
from cds.report.patient import PatientView
from cds.report.red_flags import SafetyBlock
from cds.report.status import StatusLine
from cds.report.wording import sentences, shortened

PRINTS = ("dense", "snug", "normal", "large", "largest")  # the smallest first
# Print of page 1 and of page 2. Each trial costs a drawing: what would hardly ever fit is not tried.
_SMALL = (("snug", "snug"), ("dense", "dense"))
ROOMY = (("largest", "largest"), ("large", "large"), ("normal", "normal"), *_SMALL)
# An estimate without reasons leaves room on page 2.
BARE = (("large", "largest"), ("normal", "large"), ("snug", "large"), ("dense", "dense"))
FULL = (("large", "normal"), ("large", "snug"), ("normal", "snug"), ("normal", "dense"), *_SMALL)
TELLING = ("large", "snug")  # whose reasons do not fit page 2 in it need the smallest print, as most do


@dataclass(frozen=True)
class Caps:
    """The longest texts in characters, and the most rows and lines, of one way to shorten a report."""

    fact: int
    line: int
    sentence: int
    label: int
    rows: int
    lines: int


# What a red flag asks for, flags' names and thresholds are never cut short where a sensible card is long.
REASON, FLAG = 400, 80
# Page 2 gives way first: page 1 must stay sufficient alone.
CAPS = (
    Caps(fact=150, line=300, sentence=200, label=80, rows=3, lines=24),
    Caps(fact=100, line=300, sentence=120, label=50, rows=3, lines=12),
    Caps(fact=60, line=300, sentence=80, label=30, rows=2, lines=12),
    Caps(fact=60, line=140, sentence=80, label=30, rows=2, lines=6),
)


def layouts(view: PatientView) -> Iterator[PatientView]:
    """The view in ever smaller print, then with its long texts cut short; JSON keeps the whole."""
    for sizes in _sizes(view):
        yield replace(view, sizes=sizes)
    for caps in CAPS:
        yield shorter(view, caps)


def candidates(view: PatientView) -> Iterator[Candidate]:
    """The layouts as ``first_that_fits`` takes them: those that differ in print only say how large it is."""
    for sizes in _sizes(view):
        prints = PRINTS.index(sizes[0]), PRINTS.index(sizes[1])
        yield Candidate(replace(view, sizes=sizes).html, prints, telling=sizes == TELLING)
    for caps in CAPS:
        yield Candidate(shorter(view, caps).html)


def _sizes(view: PatientView) -> tuple[tuple[str, str], ...]:
    return ROOMY if view.form == "none" else BARE if view.why.absent else FULL


def shorter(view: PatientView, caps: Caps = CAPS[0]) -> PatientView:
    """The same pages in small print with long texts cut short, fewer contributions, and a note that says so."""
    return replace(
        view,
        sizes=("dense", "dense"),
        note=sentences(view.language)("page.shortened"),
        status=_status(view.status, caps),
        safety=_safety(view.safety, caps),
        standing=replace(view.standing, lines=_lines(view.standing.lines, caps)),
        applies=_lines(view.applies, caps),
        estimate=_estimate(view.estimate, caps),
        decision=tuple(shortened(text, REASON) for text in view.decision),
        why=_why(view.why, caps),
        facts=tuple(fact if fact.whole else replace(fact, text=shortened(fact.text, caps.fact)) for fact in view.facts),
    )


def _lines(texts: tuple[str, ...], caps: Caps) -> tuple[str, ...]:
    return tuple(shortened(text, caps.line) for text in texts)


def _status(status: StatusLine, caps: Caps) -> StatusLine:
    reasons = tuple(shortened(text, REASON) for text in status.reasons)
    return replace(
        status, headline=shortened(status.headline, REASON), reasons=reasons, strip=shortened(status.strip, caps.line)
    )


def _safety(safety: SafetyBlock, caps: Caps) -> SafetyBlock:
    return replace(
        safety,
        summary=shortened(safety.summary, REASON),
        rows=tuple(replace(row, flag=shortened(row.flag, FLAG)) for row in safety.rows),
        alerts=tuple(shortened(text, REASON) for text in safety.alerts),
        rules=shortened(safety.rules, caps.line),
    )


def _estimate(estimate: EstimateBlock, caps: Caps) -> EstimateBlock:
    # The headline holds the number and both of its sides: it is cut only where it is absurdly long.
    return replace(
        estimate,
        headline=shortened(estimate.headline, 2 * caps.line),
        key=tuple(replace(line, text=shortened(line.text, caps.line)) for line in estimate.key[: caps.lines]),
        notes=_lines(estimate.notes, caps),
        words=tuple(shortened(text, 2 * caps.line) for text in estimate.words),
    )


def _why(why: WhyBlock, caps: Caps) -> WhyBlock:
    raised = [row for row in why.rows if not row.effect.startswith("−")][: caps.rows]
    lowered = [row for row in why.rows if row.effect.startswith("−")][: caps.rows]
    rows = tuple(
        replace(
            row,
            input=shortened(row.input, caps.label),
            value=shortened(row.value, caps.label),
            usual=shortened(row.usual, caps.label),
        )
        for row in (*raised, *lowered)
    )
    # The others were those beyond the rows that are now left out; the sum is of all.
    closing = why.closing[-1:] if len(rows) < len(why.rows) else why.closing
    return replace(
        why,
        absent=shortened(why.absent, 2 * caps.line),
        reference=shortened(why.reference, caps.line),
        raised=tuple(shortened(text, caps.sentence) for text in why.raised[: caps.rows]),
        lowered=tuple(shortened(text, caps.sentence) for text in why.lowered[: caps.rows]),
        rows=rows,
        closing=tuple(replace(row, text=shortened(row.text, caps.sentence)) for row in closing),
        checked="",
    )
