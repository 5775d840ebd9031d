"""Which counts are hidden."""

import pytest

from cds.core.small_cells import hidden


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([120, 4, 30], {1, 2}), ([120, 4, 3], {1, 2}), ([120, 0, 30], set()), ([5], {0}), ([None, 4, 30], {1, 2})],
)
def test_small_counts_and_what_would_give_them_away(counts, expected):
    assert hidden(counts, 11) == expected
