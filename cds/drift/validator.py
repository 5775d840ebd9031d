"""Drift: performance by calendar window, its trend, the CUSUM of outcomes against risks, and shift of the patients."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval
from cds.core.sample_binary import BinarySample
from cds.core.study import Answer, Study
from cds.drift import by_window
from cds.drift.cusum import Chart, Charts, charts
from cds.drift.shift import input_shift, score_shift
from cds.drift.trend import trends
from cds.drift.windows import Dates, Window, declared

SOURCE = "Steiner 2000, doi:10.1093/biostatistics/1.4.441"


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Findings, curves and tables of drift; nothing where the protocol declares no date."""
    for column, dates, parts in declared(study):
        answers = by_window.answers_by_window(study, column, parts)
        yield from by_window.findings(study, answers)
        slopes = list(trends(study, dates, one_window=len(parts) == 1))
        yield from slopes
        told = [*_about(study, dates, parts), *_without_logit(answers), *(_trend_told(s) for s in slopes)]
        note = " ".join(told)
        yield by_window.table(study, parts, answers, note=note)
        if len(parts) > 1:
            yield by_window.curve(study, parts, answers)
        yield from _cusum(study, dates)
        yield from score_shift(study, parts)
        yield from input_shift(study, parts)


def _about(study: Study, dates: Dates, parts: list[Window]) -> Iterator[str]:
    if len(parts) == 1:
        yield f"All patients fall into one window ({parts[0].label}): nothing can be compared over time."
    yield f"* fewer than {study.minimum_events} events or non-events: too few to judge."
    future = int((dates > np.datetime64(datetime.datetime.now(tz=datetime.UTC).date(), "D")).sum())
    if future:
        yield f"{future} dates lie after the day of this run: check the column."


def _without_logit(answers: Sequence[Answer]) -> Iterator[str]:
    if any(isinstance(a.result, Estimate) and a.result.details.get("descriptive") for a in answers):
        yield (
            "† without the patients whose risk is exactly 0 or 1, which has no logit: that flatters a bad model. The "
            "change per year leaves them out too."
        )


def _trend_told(trend: Finding) -> str:
    what = "Change of calibration-in-the-large per year" + (f" ({trend.category})" if trend.category else "")
    if not isinstance(trend.result, Estimate):
        reason = trend.result.reason if trend.result is not None else "not computed"
        return f"{what}: not estimable, {reason}."
    if not isinstance(trend.result.interval, Interval):
        return f"{what}: {trend.result.value:+.2f}, {trend.result.interval.reason}."
    bounds = trend.result.interval
    told = f"{trend.result.value:+.2f} ({bounds.low:+.2f} to {bounds.high:+.2f})".replace("-", "−")
    return f"{what}: {told}."


def _cusum(study: Study, dates: Dates) -> Iterator[Curve | Table]:
    """The charts of a binary outcome, or a row that says why there are none."""
    title, sample, protocol = "When outcomes began to differ from the risks", study.sample, study.protocol
    reason = _no_cusum(study)
    if reason or not isinstance(sample, BinarySample) or protocol is None:
        yield Table("drift_cusum", "drift", title, ("not drawn",), ((reason,),))
        return
    found = charts(sample, dates, false_alarm=protocol.drift.false_alarm, rng=study.rng)
    yield _curve(study, found, title)
    rows = tuple((c.name, f"{np.abs(c.path).max():.2f}", f"{c.limit:.2f}", *_signal(found, c)) for c in found.charts)
    header = ("chart", "farthest point", "limit", "first signal", "patients by then")
    note = (
        f"Risk-adjusted CUSUM ({SOURCE}), patients of one day added at once, not reset. The limits come from "
        f"{found.draws:,} series simulated from the risks on the same dates: where the risks are right, the two CUSUMs "
        f"together signal in {100 * protocol.drift.false_alarm:g} % of series, observed − expected in as many. A "
        "signal says that risks and outcomes disagree, since some date or from the start: the windows above tell which."
    )
    if len(study.samples) > 1:
        note += " Drawn from the first imputation."
    yield Table("drift_cusum", "drift", title, header, rows, note)


def _no_cusum(study: Study) -> str:
    sample = study.sample
    if not isinstance(sample, BinarySample):
        return f"The chart compares events with risks; the outcome is {sample.kind}."
    if sample.design == "case_control":
        return "In a case-control design the share of events was chosen: it cannot drift."
    if sample.weights is not None:
        return "The chart counts patients one by one; here rows are weighted."
    return "" if sample.one_row_each else "The chart counts patients one by one; here patients have several rows."


def _signal(found: Charts, chart: Chart) -> tuple[str, str]:
    if chart.signal is None:
        return "none", "–"
    return str(found.day[chart.signal]), str(int(found.patients[chart.signal]))


def _curve(study: Study, found: Charts, title: str) -> Curve:
    """The paths at points at least a smallest cell of patients apart, so that nobody's outcome can be read off."""
    kept, last = [], 0
    for k, patients in enumerate(found.patients.tolist()):
        if patients - last >= by_window.smallest_cell(study):
            kept.append(k)
            last = patients
    up, down, difference = found.charts
    columns = {
        "day": found.day[kept].astype("datetime64[D]").astype(np.int64),
        "date": found.day[kept].astype(np.str_),
        "patients": found.patients[kept],
        "doubled": up.path[kept],
        "halved": -down.path[kept],
        "observed_minus_expected": difference.path[kept],
    }
    facts = {
        "limits": [c.limit for c in found.charts],
        "signals": [None if c.signal is None else str(found.day[c.signal]) for c in found.charts],
    }
    note = "drawn at points at least a smallest cell of patients apart"
    return Curve("cusum", "drift", title, columns, x_label="Date", note=note, facts=facts)
