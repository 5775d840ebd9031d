"""The criteria as a reader sees them: what was required, what was found, the verdict, and what would settle it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cds.core.finding import Finding, Verdict
from cds.core.measure import Estimate, Interval
from cds.core.protocol import ValidationProtocol
from cds.core.record import RunRecord
from cds.core.verdict import fewest_events, tolerance
from cds.report.group_counts import GroupCounts
from cds.report.rounding import count, decimals, number, plain
from cds.report.wording import Sentences

MOST_TIMES = 20
LEAST_MORE = 1.05  # fewer than this times as many patients is no useful number
SYMBOLS: Mapping[Verdict, str] = {"meets": "✓", "fails": "✗", "inconclusive": "◐", "not_assessable": "○"}


@dataclass(frozen=True)
class CriterionRow:
    """One criterion in words; ``bounds``, ``value`` and ``ends`` are for its drawing.

    ``new_site`` says what to expect of a new site, where there are sites; it bears no verdict.
    """

    label: str
    who: str
    required: str
    found: str
    interval: str
    rests_on: str
    verdict: Verdict
    word: str
    symbol: str
    reason: str
    settle: str
    rationale: str
    bounds: tuple[float, float]
    value: float | None = None
    ends: tuple[float, float] | None = None
    new_site: str = ""

    @property
    def name(self) -> str:
        """The criterion in one phrase: label and, where it is not everyone, who."""
        return f"{self.label} ({self.who})" if self.who else self.label


def criterion_rows(record: RunRecord, words: Sentences) -> tuple[CriterionRow, ...]:
    """One row per finding with a verdict, in the protocol's order."""
    printed = GroupCounts(record)
    return tuple(_row(record, finding, printed, words) for finding in record.judged)


def label_of(record: RunRecord, finding: Finding, words: Sentences) -> str:
    """What was measured, with its unit, threshold, horizon, category and, for contrasts, that it is one."""
    definition = record.definitions.get(finding.measure)
    label = definition.label if definition else finding.measure.replace("_", " ")
    unit = record.unit if definition and definition.in_unit else ""
    label = words("label.unit", label=label, unit=unit) if unit else label
    if finding.kind in ("difference", "ratio"):
        label = words(f"label.{finding.kind}", label=label)
    if finding.threshold is not None:
        label = words("label.threshold", label=label, threshold=plain(finding.threshold))
    if finding.horizon is not None:
        unit = record.protocol.time_unit
        label = words("label.horizon", label=label, horizon=f"{plain(finding.horizon)} {unit}".strip())
    return words("label.category", label=label, category=finding.category) if finding.category else label


def who_of(finding: Finding, words: Sentences) -> str:
    """The group, and what it is compared with; empty where it is everyone."""
    if finding.attribute is None:
        return ""
    if finding.reference_group is not None:
        return words(
            "who.contrast", attribute=finding.attribute, group=finding.group, reference=finding.reference_group
        )
    return words("who.group", attribute=finding.attribute, group=finding.group or words("who.any"))


def apart_of(record: RunRecord, finding: Finding) -> tuple[float, ...]:
    """The numbers that a result must not be rounded onto: nothing, the ideal, no contrast, the criterion's bounds."""
    definition = record.definitions.get(finding.measure)
    ideal = definition.ideal if definition and definition.ideal is not None else 0.0
    bounds = (0.0, ideal, 1.0 if finding.kind == "ratio" else 0.0, *tolerance(finding.criterion or {}))
    return tuple(dict.fromkeys(b for b in bounds if math.isfinite(b)))


def _row(record: RunRecord, finding: Finding, printed: GroupCounts, words: Sentences) -> CriterionRow:
    criterion = finding.criterion or {}
    bounds = tolerance(criterion)
    verdict: Verdict = finding.verdict or "not_assessable"
    estimate = finding.result if isinstance(finding.result, Estimate) else None
    interval = estimate.interval if estimate and isinstance(estimate.interval, Interval) else None
    values = [*([estimate.value] if estimate else []), *([interval.low, interval.high] if interval else [])]
    digits = decimals(values, apart=apart_of(record, finding))
    return CriterionRow(
        label=_criterion_label(record, finding, words),
        who=who_of(finding, words),
        required=_required(bounds, words),
        found=number(estimate.value, digits) if estimate else words("number.none"),
        interval=words("number.range", low=number(interval.low, digits), high=number(interval.high, digits))
        if interval
        else "",
        rests_on=words("number.kept_back")
        if printed.hides(finding)
        else _rests_on(record, estimate, finding.category, words),
        verdict=verdict,
        word=words(f"verdict.{verdict}"),
        symbol=SYMBOLS[verdict],
        reason=reason_of(finding, printed, words),
        settle=_settle(record, finding, bounds, printed, words)
        if verdict in ("inconclusive", "not_assessable")
        else "",
        rationale=_rationale(record.protocol, finding),
        bounds=bounds,
        value=estimate.value if estimate else None,
        ends=(interval.low, interval.high) if interval else None,
        new_site=_new_site(estimate, words),
    )


def _criterion_label(record: RunRecord, finding: Finding, words: Sentences) -> str:
    label = label_of(record, finding, words)
    return words("label.corrected", label=label) if finding.analysis == "optimism_corrected" else label


def _new_site(estimate: Estimate | None, words: Sentences) -> str:
    told = {} if estimate is None else estimate.details
    if "prediction_low" not in told:
        return ""
    ends = (float(told["prediction_low"]), float(told["prediction_high"]))
    return words("required.new_site", low=number(ends[0]), high=number(ends[1]))


def _required(bounds: tuple[float, float], words: Sentences) -> str:
    low, high = bounds
    if math.isinf(high):
        return words("required.at_least", low=plain(low))
    if math.isinf(low):
        return words("required.at_most", high=plain(high))
    return words("required.within", low=plain(low), high=plain(high))


def _rests_on(record: RunRecord, estimate: Estimate | None, category: str | None, words: Sentences) -> str:
    """On how many patients and events, unless these are all of them, who stand in the scope."""
    if (
        estimate is None
        or not estimate.n
        or (estimate.n, estimate.events) in ((record.rows, record.events), (record.rows, None))
    ):
        return ""
    if estimate.events is None:
        return words("number.n", n=count(estimate.n))
    what = "number.n_category" if category else "number.n_events"
    return words(what, n=count(estimate.n), events=count(estimate.events))


def reason_of(finding: Finding, printed: GroupCounts, words: Sentences) -> str:
    """Why there is no verdict, without a count that the report keeps back."""
    if printed.hides(finding) and isinstance(finding.result, Estimate):
        fewest, minimum = fewest_events(finding.result), printed.minimum
        if finding.verdict == "not_assessable" and fewest is not None and fewest < minimum:
            return words("reason.few" if finding.result.events is not None else "reason.few_category", minimum=minimum)
    if finding.verdict_reason:
        return finding.verdict_reason
    return str(finding.record()["reason"] or "") if finding.verdict == "not_assessable" else ""


def _rationale(protocol: ValidationProtocol, finding: Finding) -> str:
    for criterion in protocol.criteria:
        same = (criterion.measure, criterion.horizon, criterion.threshold, criterion.category) == (
            finding.measure,
            finding.horizon,
            finding.threshold,
            finding.category,
        )
        if same and criterion.across == (finding.criterion or {}).get("across"):
            return criterion.rationale
    return ""


def _settle(
    record: RunRecord, finding: Finding, bounds: tuple[float, float], printed: GroupCounts, words: Sentences
) -> str:
    """About how many events would make the interval fit, if the estimate stayed where it is.

    An interval's width falls with the root of the events, so events × (half-width / distance to the bound)².
    """
    result = finding.result
    if finding.attribute is not None and finding.attribute in _absent(record):
        return words("settle.absent", attribute=finding.attribute)
    if not isinstance(result, Estimate):
        return words("settle.no_value")
    if not isinstance(result.interval, Interval):
        return words("settle.no_interval")
    fewest, minimum = fewest_events(result), printed.minimum
    if fewest is not None and fewest < minimum:
        who = "minimum" if result.events is not None else "minimum_category"
        return words(f"settle.{who}", minimum=count(minimum))
    if finding.verdict == "not_assessable":
        return words("settle.not_assessable")
    low, high = bounds
    if not low < result.value < high:
        return words("settle.outside")
    factor = (
        max(
            _ratio(result.value - result.interval.low, result.value - low),
            _ratio(result.interval.high - result.value, high - result.value),
            1.0,
        )
        ** 2
    )
    kind = "category" if finding.category else "events"
    have, unit = (result.n, "patients") if result.events is None else (result.events, kind)
    if not have:
        return words("settle.no_interval")
    if printed.hides(finding):
        return words("settle.kept_back")
    if factor > MOST_TIMES:
        return words("settle.never", times=MOST_TIMES)
    if factor < LEAST_MORE:
        return words("settle.almost")
    needed = _sensible(have * factor)
    return words(f"settle.{unit}", needed=count(needed), have=count(have))


def _absent(record: RunRecord) -> set[str | None]:
    """The attributes that the protocol names and the data lack."""
    return {f.attribute for f in record.findings if f.measure == "group_membership"}


def _ratio(half: float, distance: float) -> float:
    return 0.0 if math.isinf(distance) else half / distance


def _sensible(value: float) -> int:
    """Rounded up to two significant digits, to tens at least: an approximation that does not pretend to more.

    >>> _sensible(213.4), _sensible(96.2), _sensible(2741)
    (220, 100, 2800)
    """
    power = 10 ** max(math.floor(math.log10(value)) - 1, 1)
    return int(math.ceil(value / power - 1e-9) * power)
