"""Observed over expected number in a category or a lower one."""

import pytest

from cds import catalog
from cds.core.sample_kinds import OrdinalSample
from tests.class_samples import CATEGORIES, classes, reference

MEASURE = catalog.measures("ordinal")["cumulative_observed_expected"]


def test_three_patients_by_hand():
    sample = classes([0, 1, 2], [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]], OrdinalSample)
    assert MEASURE.compute(sample, category="b") == pytest.approx(2 / (0.8 + 0.7 + 0.4))


@pytest.mark.parametrize(
    ("category", "wanted"),
    [
        # R 4.2.2: o <- as.numeric(y <= k); p <- rowSums(P[, 1:k, drop = FALSE]); r <- mean(o) / mean(p)
        # s <- sd(o - r * p) / (sqrt(450) * mean(o)); r * exp(c(-1, 1) * qnorm(.975) * s)
        ("self_care", (0.9214160392772, 0.8077975505591, 1.0510152164360)),
        ("physiotherapy", (0.8971138271698, 0.8482946710002, 0.9487425141436)),
    ],
)
def test_the_reference_case_with_its_interval(category, wanted):
    sample = reference(OrdinalSample)
    value = MEASURE.compute(sample, category=category)
    interval = MEASURE.interval(sample, value, 0.95, category=category)
    assert (value, interval.low, interval.high) == pytest.approx(wanted, rel=1e-9)


def test_the_last_category_is_left_out_and_a_nominal_outcome_has_no_such_measure():
    assert MEASURE.categories(CATEGORIES) == CATEGORIES[:-1]
    assert "cumulative_observed_expected" not in catalog.measures("nominal")


def test_it_counts_those_up_to_the_category():
    assert MEASURE.counted(reference(OrdinalSample), category="physiotherapy").events == 309
