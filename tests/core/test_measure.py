"""A measure explains itself; an estimate is finite; a missing one has its reason."""

import pytest

from cds.core.measure import Estimate, Interval, Measure, NotEstimable


def test_a_missing_estimate_needs_its_reason():
    with pytest.raises(ValueError, match="needs its reason"):
        NotEstimable("")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_estimate_is_finite(value):
    with pytest.raises(ValueError, match="finite"):
        Estimate(value, NotEstimable("none"))


@pytest.mark.parametrize("bounds", [(1.0, 0.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_an_interval_has_finite_bounds_in_order(bounds):
    with pytest.raises(ValueError, match="finite bounds in order"):
        Interval(*bounds, 0.95, "wald")


def test_an_estimate_hands_on_its_intervals_error_and_method():
    found = Estimate(1.0, Interval(0.0, 2.0, 0.95, "wald", se=0.5))
    assert (found.se, found.method) == (0.5, "wald")
    bare = Estimate(1.0, NotEstimable("none"))
    assert (bare.se, bare.method) == (None, None)


@pytest.mark.parametrize("missing", ["formula", "source"])
def test_a_measure_needs_its_formula_and_source(missing):
    told = {
        "kind": "binary", "name": "m", "family": "overall", "label": "M", "compute": lambda _: 0.0, "ideal": 0.0,
        "direction": "lower", "formula": "f", "source": "s",
    }  # fmt: skip
    with pytest.raises(ValueError, match="needs its formula and its source"):
        Measure(**{**told, missing: ""})
