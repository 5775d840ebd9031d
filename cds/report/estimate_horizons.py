"""The estimate of an outcome that takes time: one horizon in people of 100, every horizon as a curve and in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cds.core.prediction import RiskByHorizon
from cds.report.estimate_interval import interval
from cds.report.estimate_parts import EstimateBlock, icons, range_headline, range_icons, range_made, words
from cds.report.facts import PatientFacts
from cds.report.frequencies import FEWEST, counted, of_100, range_of_100
from cds.report.risk_curve import LONGEST_PERSON, Series, curve_key, risk_curve
from cds.report.small_drawings import KeyLine
from cds.report.times import within
from cds.report.wording import Sentences, shortened

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_HORIZONS = 4  # put in words and numbered on the curve, which shows every one
LONGEST_ORIGIN = 24


def horizons_block(facts: PatientFacts, spread: Sequence[RiskByHorizon], say: Sentences) -> EstimateBlock:
    """One prediction as a point, several as a range at every horizon."""
    found = _chances(facts, spread, say)
    when = found.within(found.times[found.main])
    said = words(facts, say, when)
    block = _range(found, said) if found.ranges else _point(found, said)
    kind, headline, drawn, key, note = block
    several = len(found.times) > 1
    others = [say("estimate.competing")] if facts.card.outcome == "competing_risks" else []
    return EstimateBlock(
        kind=kind,
        headline=headline,
        drawing=drawn,
        key=(*key, *(_curve_keys(found) if several else ())),
        notes=(note, _average_note(found, when), *others),
        words=(_over_time(found, said),) if several else (),
        curve=_curve(found) if several else "",
    )


@dataclass(frozen=True)
class _Chances:
    """The chances by time: a column per time holding one chance, or those whose spread is the range.

    ``main`` is the place of the page's horizon, ``told`` the places put in words; ``observed`` says that ``average`` is
    of the development data, and not what the model gives its reference patients.
    """

    facts: PatientFacts
    say: Sentences
    times: tuple[float, ...]
    columns: tuple[tuple[float, ...], ...]
    main: int
    told: tuple[int, ...]
    average: Series | None
    observed: bool

    @property
    def ranges(self) -> bool:
        return len(self.columns[0]) > 1

    def within(self, time: float) -> str:
        return within(time, self.facts.card.time_unit, self.say)

    def in_time(self, k: int, event: str = "") -> str:
        """``about 31 within 90 days``, or the ends of a range; with the event where it is given."""
        column, when, first = self.columns[k], self.within(self.times[k]), "_first" if event else ""
        if len(column) == 1:
            count = counted(column[0], self.say)
            return self.say(f"estimate.in_time{first}", count=count, within=when, event=event)
        low, high = range_of_100(column)
        return self.say(f"estimate.in_time_range{first}", low=low, high=high, within=when, event=event)


def _chances(facts: PatientFacts, spread: Sequence[RiskByHorizon], say: Sentences) -> _Chances:
    times = spread[0].horizons
    columns = tuple(tuple(float(p.values[0, k]) for p in spread) for k in range(len(times)))
    main = times.index(facts.card.page_horizon(times))
    average, observed = _average(facts, times)
    return _Chances(facts, say, times, columns, main, _told(len(times), main), average, observed)


def _told(count: int, main: int) -> tuple[int, ...]:
    """The horizons put in words: all of a few, else evenly spread ones with the last, and the main one for its nearest.

    >>> _told(18, 17), _told(18, 9), _told(5, 0)
    ((4, 8, 13, 17), (4, 9, 13, 17), (0, 2, 3, 4))
    """
    if count <= MOST_HORIZONS:
        return tuple(range(count))
    spread = [round((count - 1) * (k + 1) / MOST_HORIZONS) for k in range(MOST_HORIZONS)]
    if main not in spread:
        spread[min(range(MOST_HORIZONS - 1), key=lambda k: abs(spread[k] - main))] = main
    return tuple(spread)


def _average(facts: PatientFacts, times: tuple[float, ...]) -> tuple[Series | None, bool]:
    """The observed average of the development data, else what the model estimates for its reference patients."""
    development = facts.card.development
    known = {} if development is None else {float(key): risk for key, risk in development.risk_by_horizon.items()}
    observed = [(time, known[time]) for time in times if time in known]
    pairs = observed or list(zip(times, facts.reference_risks, strict=False))
    counts = tuple(of_100(chance) for _, chance in pairs)
    return (Series(tuple(time for time, _ in pairs), counts, counts) if pairs else None), bool(observed)


_Shape = tuple[str, str, "Markup", tuple[KeyLine, ...], str]


def _point(found: _Chances, said: dict[str, str]) -> _Shape:
    chance, say = found.columns[found.main][0], found.say
    headline = say("estimate.headline", count=counted(chance, say), rest=counted(1 - chance, say), **said)
    return "horizons", headline, *icons(of_100(chance), said, say), interval(found.facts, say)


def _range(found: _Chances, said: dict[str, str]) -> _Shape:
    (low, high), say = range_of_100(found.columns[found.main]), found.say
    drawn = range_icons(low, high, said, say)
    return "horizons_range", range_headline(low, high, said, say), *drawn, range_made(found.facts, say)


def _over_time(found: _Chances, said: dict[str, str]) -> str:
    """Every horizon in one sentence, that ends with those who do not have the event."""
    first, *later = found.told
    listed = ", ".join([found.in_time(first, said["event"]), *(found.in_time(k) for k in later)])
    if found.ranges:
        return found.say("estimate.over_time_range", list=listed, **said)
    last = found.told[-1]
    rest, when = counted(1 - found.columns[last][0], found.say), found.within(found.times[last])
    return found.say("estimate.over_time", list=listed, rest=rest, within=when, **said)


def _average_note(found: _Chances, when: str) -> str:
    average, time = found.average, found.times[found.main]
    if average is None or time not in average.times:
        return found.say("estimate.average_none")
    count = average.low[average.times.index(time)]
    if found.observed:
        return found.say("estimate.average_within", average=count, within=when)
    return found.say("estimate.average_reference", average=count, within=when, rows=found.facts.reference_rows)


def _curve_keys(found: _Chances) -> tuple[KeyLine, ...]:
    """What each series of the curve stands for."""
    lines = [("range", "estimate.key_range") if found.ranges else ("shown", "estimate.key_shown")]
    if found.average is not None:
        lines.append(("average", _average_name(found)))
    return tuple(KeyLine(curve_key(series, alt=found.say(name)), found.say(name)) for series, name in lines)


def _average_name(found: _Chances) -> str:
    return "estimate.key_observed" if found.observed else "estimate.key_reference"


def _curve(found: _Chances) -> Markup:
    """The curve at the precision that is printed: drawn finer, a range would show its points."""
    spans = [range_of_100(c) if len(c) > 1 else (of_100(c[0]),) * 2 for c in found.columns]
    labels = tuple(_label(column) if k in found.told else "" for k, column in enumerate(found.columns))
    series = Series(found.times, tuple(low for low, _ in spans), tuple(high for _, high in spans), labels)
    card, say = found.facts.card, found.say
    origin = _origin(card.time_origin)
    unit = say.get(f"time.name.{card.time_unit}", card.time_unit) if card.time_unit else say("time.time")
    return risk_curve(
        series,
        found.average,
        ticks=[found.times[k] for k in found.told],
        axis=say("estimate.axis", unit=unit, origin=origin) if origin else unit,
        scale=say("estimate.scale", person=shortened(card.person, LONGEST_PERSON)),
        alt=_alt(found),
        numeral=say.numeral,
    )


def _origin(text: str) -> str:
    """What time is counted from, where it fits beneath the curve: else without what stands in parentheses, else not.

    The estimate's words say it in full in any case.

    >>> _origin("first visit (within 2 weeks of birth)")
    'first visit'
    """
    plain = re.sub(r"\s*\([^)]*\)", "", text)
    return next((each for each in (text, plain) if len(each) <= LONGEST_ORIGIN), "")


def _label(column: tuple[float, ...]) -> str:
    if len(column) > 1:
        low, high = range_of_100(column)
        return f"{low}–{high}"
    if column[0] < FEWEST:
        return "<1"
    return ">99" if column[0] >= 1 - FEWEST else str(of_100(column[0]))


def _alt(found: _Chances) -> str:
    """Every number that the drawing shows."""
    say, average = found.say, found.average
    listed = ", ".join(found.in_time(k) for k in range(len(found.times)))
    told = say("estimate.curve_alt", person=found.facts.card.person, list=listed)
    if average is None:
        return told
    theirs = ", ".join(
        say("estimate.in_time", count=say("estimate.about", count=count), within=found.within(time))
        for time, count in zip(average.times, average.low, strict=True)
    )
    name = say(_average_name(found))
    return f"{told} {say('estimate.curve_alt_average', name=name[:1].upper() + name[1:], list=theirs)}"
