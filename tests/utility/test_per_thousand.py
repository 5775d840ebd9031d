"""What happens to 1,000 patients."""

from cds.utility.per_thousand import per_thousand
from tests.samples import small


def test_the_four_counts_of_a_threshold_add_up_to_a_thousand():
    for row in per_thousand(small(), (0.2, 0.5)).rows:
        assert abs(sum(int(cell) for cell in row[1:5]) - 1000) <= 2  # each is rounded
