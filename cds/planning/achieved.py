"""How wide the intervals of a finished study are, beside the widths that its protocol aimed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cds.core.finding import Table
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.protocol import PrecisionSection, ValidationProtocol
from cds.core.study import Answer, Study
from cds.stats.widths import number_needed

HEADER = ("measure", "patients", "interval", "width", "target width", "reached", "patients needed")
NEEDED = (
    "Width: upper less lower bound, on the measure's own scale. Patients needed: the square of width / target times "
    "the patients there were; it assumes that more patients of the same kind leave the estimate where it is."
)
NO_TARGET = "The protocol set no target widths ([[precision]]). Shown are the measures with a criterion."


@dataclass(frozen=True)
class Asked:
    """One interval to look at: the measure, where it is taken, and the width aimed at, if any."""

    measure: str
    width: float | None = None
    threshold: float | None = None
    horizon: float | None = None
    category: str | None = None


def precision_table(study: Study, protocol: ValidationProtocol) -> Table | None:
    """A row per target of the protocol, or per measure with a criterion where it set none; None without either."""
    asked = list(_targets(protocol.precision)) or list(_criteria(protocol))
    rows = tuple(_row(one, study) for one in asked)
    if not rows:
        return None
    if not protocol.precision:
        rows = tuple(row[:4] for row in rows)
        return Table("precision", "planning", "Widths of the intervals", HEADER[:4], rows, NO_TARGET, "precision")
    return Table("precision", "planning", "Widths of the intervals", HEADER, rows, NEEDED, "precision")


def _targets(precision: Sequence[PrecisionSection]) -> Iterator[Asked]:
    for one in precision:
        yield Asked(one.measure, one.width, one.threshold, one.horizon, one.category)


def _criteria(protocol: ValidationProtocol) -> Iterable[Asked]:
    """Each measure with a criterion on all patients, once."""
    return dict.fromkeys(
        Asked(c.measure, None, c.threshold, c.horizon, c.category) for c in protocol.criteria if c.across is None
    )


def _row(asked: Asked, study: Study) -> tuple[str, ...]:
    name, answer = _name(asked, study), _answer(asked, study)
    target = "–" if asked.width is None else _number(asked.width)
    result = NotEstimable("it was not computed") if answer is None else answer.result
    if not isinstance(result, Estimate):
        return (name, "–", result.reason, "–", target, "not known", "–")
    if not isinstance(result.interval, Interval):
        return (name, f"{result.n:,}", result.interval.reason, "–", target, "not known", "–")
    low, high = result.interval.low, result.interval.high
    shown = (name, f"{result.n:,}", f"{_number(low)} to {_number(high)}", _number(high - low), target)
    if asked.width is None:
        return (*shown, "–", "–")
    if high - low <= asked.width * (1 + 1e-9):
        return (*shown, "yes", "–")
    needed = number_needed(result.n, high - low, asked.width)
    return (*shown, "no", f"about {round(needed, 3 - len(str(needed))):,}")


def _answer(asked: Asked, study: Study) -> Answer | None:
    """The overall primary answer that is meant, with the protocol's own smoother."""
    for request, answer in study.answers.items():
        where = (request.threshold, request.horizon, request.category)
        if (
            request.measure == asked.measure
            and request.subgroup.overall
            and request.analysis == "primary"
            and where == (asked.threshold, asked.horizon, asked.category)
        ):
            return answer
    return None


def _name(asked: Asked, study: Study) -> str:
    measure = study.measures.get(asked.measure)
    horizon = None if asked.horizon is None else f"{asked.horizon:g} {getattr(study.sample, 'time_unit', '')}".rstrip()
    places = (("at threshold", asked.threshold), ("by", horizon), ("for", asked.category))
    told = [f"{what} {f'{value:g}' if isinstance(value, float) else value}" for what, value in places if value]
    return " ".join([measure.label if measure else asked.measure, *told])


def _number(value: float) -> str:
    return (f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}").replace("-", "−")
