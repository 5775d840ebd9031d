"""Counts how often an interval holds the truth, and how sure that count is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

from cds.core.measure import Estimate, Interval, NotEstimable, Result

FIELDS = (
    "part", "mechanism", "n", "measure", "method", "quantity", "truth", "repetitions", "not_estimable", "coverage",
    "monte_carlo_error", "too_low", "too_high", "mean_width", "replicates",
)  # fmt: skip


@dataclass
class Tally:
    """One interval in one setting: the truth, and what each repetition gave."""

    part: str
    mechanism: str
    n: int
    measure: str
    method: str
    truth: float
    replicates: int = 0
    widths: list[float] = field(default_factory=list)
    below: int = 0
    above: int = 0
    missing: int = 0

    def add(self, found: Result | Interval) -> None:
        """One repetition; an estimate without an interval, or no estimate, counts as not estimable."""
        interval = found.interval if isinstance(found, Estimate) else found
        if isinstance(interval, NotEstimable):
            self.missing += 1
            return
        self.widths.append(interval.high - interval.low)
        self.below += interval.high < self.truth
        self.above += interval.low > self.truth

    def add_all(self, found: Sequence[Result], truths: Sequence[float]) -> None:
        """One repetition of several intervals that are to hold at once: it misses where any of them does.

        Its width is their mean. A miss on both sides counts once, as too low.
        """
        intervals = [one.interval if isinstance(one, Estimate) else one for one in found]
        good = [one for one in intervals if isinstance(one, Interval)]
        if len(good) < len(intervals):
            self.missing += 1
            return
        self.widths.append(sum(one.high - one.low for one in good) / len(good))
        low = any(one.high < truth for one, truth in zip(good, truths, strict=True))
        high = any(one.low > truth for one, truth in zip(good, truths, strict=True))
        self.below += low
        self.above += high and not low

    def row(self) -> dict[str, object]:
        """The setting and its performance; coverage is of the intervals that exist."""
        n = len(self.widths)
        shared = self.missing / (n + self.missing) if n + self.missing else 0.0
        coverage = (n - self.below - self.above) / n if n else float("nan")
        return {
            "part": self.part, "mechanism": self.mechanism, "n": self.n, "measure": self.measure,
            "method": self.method, "quantity": "coverage", "truth": round(self.truth, 5),
            "repetitions": n + self.missing, "not_estimable": round(shared, 4), "coverage": round(coverage, 4),
            "monte_carlo_error": round(error_of(coverage, n), 4), "too_low": round(self.below / n, 4) if n else "",
            "too_high": round(self.above / n, 4) if n else "",
            "mean_width": round(sum(self.widths) / n, 5) if n else "",
            "replicates": self.replicates,
        }  # fmt: skip


def error_of(share: float, n: int) -> float:
    """Monte Carlo standard error of a share, at least that of one miss in n."""
    if not n:
        return float("nan")
    kept = min(max(share, 1 / n), 1 - 1 / n) if n > 1 else 0.5
    return sqrt(kept * (1 - kept) / n)
