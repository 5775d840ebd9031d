"""Who is compared with whom: ties in time, delayed entry, and both sides of a pair."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cds.core.sample_times import SurvivalSample
from cds.stats.concordance_counts import against, counts

ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 4), st.integers(0, 3), st.integers(1, 6)),
    min_size=1,
    max_size=30,
)


def sampled(time, event, value, weights=None, entry=None) -> SurvivalSample:
    return SurvivalSample(
        time=np.asarray(time, float),
        status=np.asarray(event, int),
        risk=np.full((len(time), 1), 0.5),
        horizons=(3.0,),
        linear_predictor=np.asarray(value, float),
        weights=weights,
        entry=entry,
    )


def comparable(sample: SurvivalSample) -> np.ndarray:
    """Row: the event; column: with whom it is compared."""
    time, event = sample.time, sample.is_event > 0
    longer = (time[None, :] > time[:, None]) | ((time[None, :] == time[:, None]) & ~event[None, :])
    entered = True if sample.entry is None else sample.entry[None, :] < time[:, None]
    return event[:, None] & longer & entered


def test_an_event_is_compared_with_a_censoring_at_its_time_and_not_with_an_event_there():
    found = counts(sampled([2, 2, 2, 5], [1, 1, 0, 0], [3, 1, 1, 3]), np.array([3.0, 1, 1, 3]), "x")
    assert found.comparable[:2].tolist() == [2, 2]  # the censoring at 2 and the one at 5
    assert found.lower[:2].tolist() == [1.5, 0.5]


def test_who_enters_at_an_events_time_was_not_at_risk():
    found = counts(sampled([2, 5, 5, 5], [1, 0, 0, 0], [1, 0, 0, 0], entry=np.array([0.0, 1, 2, 3])), np.eye(4)[0], "x")
    assert (found.comparable[0], found.lower[0]) == (1, 1)


@given(ROWS, st.booleans())
def test_it_is_the_count_over_all_pairs_from_either_side(rows, late):
    time, event, value, weight, before = (np.array(column) for column in zip(*rows, strict=True))
    weight[0] += 1
    value, entry = value.astype(float), (time - before).astype(float) if late else None
    sample = sampled(time, event, value, weight.astype(float), entry)
    pairs, is_event = comparable(sample), sample.is_event > 0
    lower = pairs * ((value[None, :] < value[:, None]) + 0.5 * (value[None, :] == value[:, None]))
    found = counts(sample, value, "x")
    assert found.comparable[is_event].tolist() == (pairs @ weight)[is_event].tolist()
    assert found.lower[is_event].tolist() == (lower @ weight)[is_event].tolist()
    by_event = sample.weight * is_event * (1 + np.arange(len(time)) % 4)
    other = against(sample, value, "x", by_event)
    assert other.comparable.tolist() == (by_event @ pairs).tolist()
    assert other.lower.tolist() == (by_event @ lower).tolist()
