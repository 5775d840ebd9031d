"""Which patients a concordance index compares, counted exactly with their weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.sample_times import CompetingRisksSample
from cds.stats.later_and_lower import Layout, dense_rank, lay_out


@dataclass(frozen=True, eq=False)
class Counts:
    """Per row, shape (n,): the weight of those comparable with its event, and of those of them predicted lower.

    ``lower`` counts equal predictions half. Both are about rows with an event; elsewhere they mean nothing.
    """

    comparable: FloatArray
    lower: FloatArray


def counts(sample: CompetingRisksSample, prediction: FloatArray, name: str) -> Counts:
    """Compare each event with all who were followed longer, or were censored at its time, and had entered before.

    Two events at one time are not comparable. ``name`` tells the predictions of one sample apart: what depends on
    the rows is made once for each.
    """

    def make() -> Counts:
        layout, n = _layout(sample, prediction, name), len(sample)
        weight = sample.weight if sample.entry is None else np.concatenate([sample.weight, -sample.weight])
        return Counts(layout.weight_later(weight)[:n], layout.weight_later_and_lower(weight)[:n])

    return sample.memo(("counts", name), make)


def against(sample: CompetingRisksSample, prediction: FloatArray, name: str, by_event: FloatArray) -> Counts:
    """The same seen from the other side: per row, the sum of ``by_event`` over the events that it is compared with.

    ``lower`` is then the sum over those of them with a higher prediction than the row, equal ones half.
    """
    layout, n = _layout(sample, prediction, name), len(sample)
    if sample.entry is None:
        return Counts(*layout.weight_earlier_and_higher(by_event))
    earlier, higher = layout.weight_earlier_and_higher(np.concatenate([by_event, np.zeros(n)]))
    return Counts(earlier[:n] - earlier[n:], higher[:n] - higher[n:])


def time_ranks(sample: CompetingRisksSample) -> IntArray:
    """The rank of each row's time among the distinct times, from 0."""
    return sample.rows_memo("time_ranks", lambda: dense_rank(sample.time))


def _layout(sample: CompetingRisksSample, prediction: FloatArray, name: str) -> Layout:
    """Ends of follow-up by time and prediction, then, with delayed entry, the entries of the same rows.

    At one time, events come first, so that censorings at it are later. An entry at it is later too: whoever enters
    at or after an event's time was not at risk, and is taken off those who left later.
    """

    def make() -> Layout:
        is_event, rank = sample.is_event > 0, dense_rank(prediction)
        if sample.entry is None:
            return lay_out(2 * time_ranks(sample) + ~is_event, rank, is_event)
        place = 2 * dense_rank(np.concatenate([sample.time, sample.entry])) + 1
        place[: len(sample)] -= is_event
        asking = np.concatenate([is_event, np.zeros(len(sample), dtype=np.bool_)])
        return lay_out(place, np.concatenate([rank, rank]), asking)

    return sample.rows_memo(("pairs", name), make)
