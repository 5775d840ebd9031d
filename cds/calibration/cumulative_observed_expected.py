"""Observed over expected number of patients in a category or a lower one, for ordered categories."""

from __future__ import annotations

from cds.calibration import observed_expected
from cds.stats.per_category import all_but_last, each_category

CUMULATIVE_OBSERVED_EXPECTED = each_category(
    observed_expected.OBSERVED_EXPECTED,
    view="up_to",
    name="cumulative_observed_expected",
    label="Observed / expected number up to a category",
    formula="r = mean(Y ≤ k) / mean(P(Y ≤ k))",
    categories=all_but_last,
)[1]  # of the ordinal kind; a nominal outcome has no order
