"""How well the model did, in words that need no statistics where there are such words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.core.model import Standing
from cds.report.facts import PatientFacts
from cds.report.rounding import fixed
from cds.report.run_times import at_page_horizon, row_within
from cds.report.wording import SOFTWARE, Sentences

MOST = 5
_IN_WORDS = ("observed_expected", "auroc", "dynamic_auroc", "uno_c", "harrell_c", "calibration_slope")
_OF_100 = ("observed_expected", "auroc", "dynamic_auroc", "uno_c", "harrell_c")
_RANKING_IN_TIME = ("dynamic_auroc", "uno_c", "harrell_c")  # the first that there is says it
_JSON_ONLY = ("calibration_in_the_large", "brier")  # no plain words for them


def overall_performance(facts: PatientFacts, standing: Standing, say: Sentences) -> str:
    """The run's overall measures in one line; empty where there is none."""
    return _line(facts, [row for row in standing.performance if not row.get("attribute")], say)


def group_lines(facts: PatientFacts, say: Sentences) -> tuple[str, ...]:
    """How the model did in this patient's groups, where the validation looked."""
    if facts.standing is None or not facts.same_model:
        return ()
    lines = []
    for attribute, level in facts.groups.items():
        rows = [
            r for r in facts.standing.performance if (r.get("attribute"), str(r.get("group"))) == (attribute, level)
        ]
        counted = [row for row in rows if row.get("measure") == "observed_expected" and _has_interval(row)]
        text = _line(facts, counted or rows, say)
        if text:
            name, shown = _as_labelled(facts, attribute, level)
            lines.append(say("applies.group", attribute=name, group=shown, list=text))
    return tuple(lines)


def _as_labelled(facts: PatientFacts, attribute: str, level: str) -> tuple[str, str]:
    """A group in the card's words where it is one of the model's inputs, else as the data write it."""
    for feature in facts.card.inputs:
        if feature.name == attribute and feature.levels:
            return feature.title.lower(), feature.levels.get(level, level)
    return attribute, level


def _line(facts: PatientFacts, rows: Iterable[Mapping[str, Any]], say: Sentences) -> str:
    given = [row for row in rows if row.get("estimate") is not None and row.get("measure") not in _JSON_ONLY]
    shown = _timed_first(_one_ranking(at_page_horizon(given, facts)))
    rank = {measure: place for place, measure in enumerate(_IN_WORDS)}
    shown.sort(key=lambda row: rank.get(str(row.get("measure")), len(rank)))
    return "; ".join(_parts(facts, shown[:MOST], say))


def _parts(facts: PatientFacts, rows: list[Mapping[str, Any]], say: Sentences) -> Iterator[str]:
    """The measures by one time, told to be so, then the others, told to be of all times where both are there."""
    timed = [row for row in rows if row.get("horizon") is not None]
    others = "; ".join(_in_words(row, say) for row in rows if row.get("horizon") is None)
    if timed:
        told = "; ".join(_in_words(row, say) for row in timed)
        yield say("performance.at", within=row_within(timed[0], facts, say), list=told)
    if others:
        yield say("performance.whole", list=others) if timed else others


def _one_ranking(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """At most one measure of how patients are ranked in time: three near-equal numbers would confuse."""
    present = [measure for measure in _RANKING_IN_TIME if any(row.get("measure") == measure for row in rows)]
    return [row for row in rows if row.get("measure") not in present[1:]]


def _timed_first(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Where a measure is given both by a time and over all times, that by the time."""
    timed = {row.get("measure") for row in rows if row.get("horizon") is not None}
    return [row for row in rows if row.get("horizon") is not None or row.get("measure") not in timed]


def _way(row: Mapping[str, Any], say: Sentences) -> str:
    """Which way the model erred, where the whole interval says so as it is printed."""
    if not _has_interval(row):
        return ""
    low, high = round(100 * float(row["low"])), round(100 * float(row["high"]))
    return say("performance.too_few") if low > 100 else say("performance.too_many") if high < 100 else ""


def _in_words(row: Mapping[str, Any], say: Sentences) -> str:
    measure = str(row.get("measure"))
    write = (lambda value: f"{100 * value:.0f}") if measure in _OF_100 else fixed
    if _has_interval(row):
        spread = say("performance.interval", low=write(float(row["low"])), high=write(float(row["high"])))
    else:
        spread = say("performance.no_interval")
    name = f"performance.{measure if measure in _IN_WORDS else 'other'}"
    if measure == "observed_expected":
        return say(name, estimate=write(float(row["estimate"])), spread=spread, way=_way(row, say))
    return say(name, label=label_of(row, say), estimate=write(float(row["estimate"])), spread=spread)


def _has_interval(row: Mapping[str, Any]) -> bool:
    return None not in (row.get("estimate"), row.get("low"), row.get("high"))


def label_of(row: Mapping[str, Any], say: Sentences) -> str:
    """A measure's plain name; one that the catalogue does not know keeps the run's own label."""
    own = str(row.get("label") or "")
    if own and say.language == SOFTWARE:
        return own  # more exact than the measure's general name
    name = str(row.get("measure", ""))
    return say.get(f"measure.{name}", own or name.replace("_", " "))
