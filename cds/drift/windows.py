"""Calendar windows: months, quarters or years without gaps, and who was seen in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import BoolArray
from cds.core.study import Study

Length = Literal["month", "quarter", "year"]
Dates = NDArray[np.datetime64]
MONTHS: dict[Length, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, eq=False)
class Window:
    """One stretch of the calendar and the rows that fall into it."""

    label: str
    start: np.datetime64
    rows: BoolArray

    @property
    def patients(self) -> int:
        """How many rows fall into it."""
        return int(self.rows.sum())


def windows(dates: Dates, length: Length) -> list[Window]:
    """Every window from the first date to the last, those without patients too.

    >>> seen = np.array(["2025-01-31", "2025-08-01"], dtype="datetime64[D]")
    >>> [(w.label, w.patients) for w in windows(seen, "quarter")]
    [('2025-Q1', 1), ('2025-Q2', 0), ('2025-Q3', 1)]
    """
    place = dates.astype("datetime64[M]").astype(np.int64) // MONTHS[length]
    return [_window(int(k), place == k, length) for k in range(int(place.min()), int(place.max()) + 1)]


def _window(place: int, rows: BoolArray, length: Length) -> Window:
    start = np.datetime64(place * MONTHS[length], "M")
    year, month = divmod(int(start.astype(np.int64)), 12)
    named = {"month": f"{year + 1970}-{month + 1:02d}", "quarter": f"{year + 1970}-Q{month // 3 + 1}"}
    return Window(named.get(length, str(year + 1970)), start.astype("datetime64[D]"), rows)


def declared(study: Study) -> Iterator[tuple[str, Dates, list[Window]]]:
    """The date column, each row's date and the windows; nothing where the protocol declares no date."""
    protocol, dates = study.protocol, study.cohort.dates
    if protocol is None or protocol.cohort.date is None or dates is None:
        return
    if len(dates) != len(study.sample):
        raise ValueError("dates and sample differ in length")
    yield protocol.cohort.date, dates, windows(dates, protocol.drift.window)
