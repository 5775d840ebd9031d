"""Reported numbers as intervals: what a rounded figure can have been before it was rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from cds.claims.finding import joined
from cds.core.errors import CardError, all_at_once, near_name, nearest

Evaluation = Literal["apparent", "split", "cv", "external", "rebalanced", "not declared"]
Average = Literal["positive", "negative", "macro", "weighted", "micro", "not declared"]
Rebalanced = Literal["no", "training", "before_split", "evaluation", "not declared"]
SHARES = (
    "prevalence", "population_prevalence", "accuracy", "error", "sensitivity", "specificity", "ppv", "npv", "f1",
    "auroc", "auroc_low", "auroc_high", "harrell_c", "uno_c", "brier",
)  # fmt: skip
COUNTS = ("n", "events", "tp", "fp", "tn", "fn")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "evaluation": get_args(Evaluation),
    "f1_average": get_args(Average),
    "rebalanced": get_args(Rebalanced),
    "rounding": ("nearest", "any"),
}
PLAIN = ("name", "source", "note", "threshold", "level", "averaged", "sets")
ALIASES = {"recall": "sensitivity", "precision": "ppv", "auc": "auroc", "c_statistic": "auroc", "f1_score": "f1"}
MOST_DIGITS = 20  # before or after the decimal point; nobody reports more
MOST_PATIENTS = 10**12
KEYS = (*SHARES, *COUNTS, *CHOICES, *PLAIN)


@dataclass(frozen=True)
class Reported:
    """A number as it was printed, and the interval of what it can have been before it was rounded."""

    text: str
    value: float
    low: float
    high: float
    decimals: int

    @property
    def bounds(self) -> tuple[float, float]:
        """The interval."""
        return self.low, self.high


@dataclass(frozen=True)
class ClaimSet:
    """The numbers that belong to one evaluation of one model.

    ``others`` are figures that no check reads; ``remarks`` what was assumed in reading.
    """

    name: str = ""
    shares: Mapping[str, Reported] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    evaluation: str = "not declared"
    f1_average: str = "not declared"
    rebalanced: str = "not declared"
    averaged: bool = False
    threshold: float | None = None
    level: float = 0.95
    others: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def n(self) -> int | None:
        """Patients: as reported, else the sum of the four counts."""
        cells = [self.counts.get(cell) for cell in ("tp", "fp", "tn", "fn")]
        given = self.counts.get("n")
        return given if given is not None else sum(c for c in cells if c is not None) if None not in cells else None

    @property
    def prevalence(self) -> Reported | None:
        """The share with the outcome: from the counts where they tell it, else as reported."""
        events, n = self.counts.get("events"), self.n
        if events is None and {"tp", "fn"} <= self.counts.keys():
            events = self.counts["tp"] + self.counts["fn"]
        if events is None or not n:
            return self.shares.get("prevalence")
        share = events / n
        return Reported(f"{events:,}/{n:,}", share, share, share, 0)


def read_number(value: object, *, any_rounding: bool = False) -> Reported:
    """A number or its text (``"0.90"``, ``"94.8%"``) with the interval of half a unit of its last decimal around it.

    A unit instead of half where ``any_rounding``: some authors cut digits off instead of rounding.

    Raises:
        ValueError: no number.

    >>> read_number("0.90").bounds
    (0.895, 0.905)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("must be a number")
    text = str(value).strip()
    percent = text.endswith("%")
    written = _decimal(text.rstrip("% ").replace(",", "."))
    number = written / (100 if percent else 1)
    decimals = max(-int(written.as_tuple().exponent), 0) + (2 if percent else 0)
    half = Decimal(1).scaleb(-decimals) / (1 if any_rounding else 2)
    return Reported(text, float(number), float(number - half), float(number + half), decimals)


def _decimal(text: str) -> Decimal:
    """A finite number of a size and a number of decimals that somebody can have reported."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("must be a number, or the text of one") from None
    if not number.is_finite():
        raise ValueError("must be a finite number")
    if number.adjusted() > MOST_DIGITS or int(number.as_tuple().exponent) < -MOST_DIGITS:
        raise ValueError(f"must be a number with at most {MOST_DIGITS} digits on either side of its decimal point")
    return number


def read_claims(claims: Mapping[str, Any], *, where: str = "") -> tuple[ClaimSet, ...]:
    """The sets of claims: the table's own numbers, and each of ``[[claims.sets]]`` with what it does not override.

    Raises:
        CardError: lists every fault at once: values that are no numbers, shares outside [0, 1], counts that
            contradict each other, unknown words.
    """
    raw_sets = claims.get("sets", [])
    if not isinstance(raw_sets, Sequence) or not all(isinstance(one, Mapping) for one in raw_sets):
        raise CardError("claims.sets must be tables: [[claims.sets]]", where=where)
    shared = {key: value for key, value in claims.items() if key != "sets"}
    faults: list[CardError] = []
    found = [_read(_overridden(shared, one), where, faults) for one in (raw_sets or ([shared] if shared else []))]
    if faults:
        raise all_at_once(list(dict.fromkeys(faults)))
    return tuple(found)


def _overridden(shared: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """A set's own numbers, and those of the table that it does not give under any of their names."""
    own = {ALIASES.get(key, key) for key in one}
    return {**{key: value for key, value in shared.items() if ALIASES.get(key, key) not in own}, **one}


def _read(raw: Mapping[str, Any], where: str, faults: list[CardError]) -> ClaimSet:
    faults += [CardError(f"claims: {what}", where=where) for what in _named_twice(raw)]
    named = {ALIASES.get(key, key): value for key, value in raw.items()}
    any_rounding = named.get("rounding") == "any"
    shares, counts = {}, {}
    for key, value in named.items():
        try:
            if key in SHARES:
                shares[key] = _share(value, any_rounding=any_rounding)
            elif key in COUNTS:
                counts[key] = _count(value)
            elif key in CHOICES and value not in CHOICES[key]:
                raise ValueError(f"must be one of {', '.join(CHOICES[key])}")
            elif key in ("threshold", "level") and not _between(value):
                raise ValueError("must be a number strictly between 0 and 1")
            elif key == "averaged" and not isinstance(value, bool):
                raise ValueError("must be true or false")
        except ValueError as fault:
            faults.append(CardError(f"claims.{key} {fault}", where=where))
    faults += [CardError(f"claims: {what}", where=where) for what in (*_contradictions(counts), *_swapped(shares))]
    return ClaimSet(
        name=str(named.get("name", "")),
        shares=shares,
        counts=counts,
        evaluation=named.get("evaluation", "not declared"),
        f1_average=named.get("f1_average", "not declared"),
        rebalanced=named.get("rebalanced", "not declared"),
        averaged=named.get("averaged", False),
        threshold=named.get("threshold"),
        level=named.get("level", 0.95),
        others=tuple(_other(key) for key in named if key not in KEYS),
        remarks=_read_as([key for key in shares if _may_lack_zeros(named[key])]),
    )


def _share(value: object, *, any_rounding: bool) -> Reported:
    found = read_number(value, any_rounding=any_rounding)
    if not 0 <= found.value <= 1:
        raise ValueError(f'must lie in [0, 1], got {found.text}; write a percentage as "94.8%"')
    low, high = max(found.low, 0.0), min(found.high, 1.0)
    return Reported(found.text, found.value, low, high, found.decimals)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_PATIENTS:
        raise ValueError("must be a whole number, at least 0 and at most 10¹²")
    return value


def _between(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1


def _contradictions(counts: Mapping[str, int]) -> list[str]:
    n, events, found = counts.get("n"), counts.get("events"), []
    if n == 0:
        found.append("n must be at least 1")
    if n is not None and events is not None and events > n:
        found.append(f"events ({events:,}) exceed n ({n:,})")
    cells = [counts.get(cell) for cell in ("tp", "fp", "tn", "fn")]
    given = [c for c in cells if c is not None]
    if n is not None and (sum(given) > n or (len(given) == len(cells) and sum(given) != n)):
        found.append(f"tp, fp, tn and fn add up to {sum(given):,}, not to n = {n:,}")
    if events is not None and {"tp", "fn"} <= counts.keys() and counts["tp"] + counts["fn"] != events:
        found.append(f"tp and fn add up to {counts['tp'] + counts['fn']:,}, not to events = {events:,}")
    return found


def _named_twice(raw: Mapping[str, Any]) -> list[str]:
    """Numbers given under two of their names, of which one would be passed over."""
    names = [ALIASES.get(key, key) for key in raw]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    spelt = {name: [key for key in raw if ALIASES.get(key, key) == name] for name in twice}
    return [f"{joined(keys)} are names of the same number, {name}; keep one of them" for name, keys in spelt.items()]


def _swapped(shares: Mapping[str, Reported]) -> list[str]:
    """Bounds of an interval in the wrong order."""
    low, high = shares.get("auroc_low"), shares.get("auroc_high")
    if low is None or high is None or low.value <= high.value:
        return []
    return [f"auroc_low ({low.text}) is above auroc_high ({high.text})"]


def _other(key: str) -> str:
    """A figure that no check reads; the nearest known name where one is near."""
    return f"{key} ({nearest(key, KEYS)})" if near_name(key, KEYS) else key


def _may_lack_zeros(value: object) -> bool:
    return isinstance(value, float) and len(repr(value).partition(".")[2]) == 1


def _read_as(keys: Sequence[str]) -> tuple[str, ...]:
    """A number of the file has lost its trailing zeros, so what was assumed is told."""
    if not keys:
        return ()
    return (
        f"{joined(keys)} {'is' if len(keys) == 1 else 'are'} read as rounded to one decimal; "
        'a number printed with two is written in quotes: "0.90".',
    )
