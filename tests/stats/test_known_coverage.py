"""What ``cds measures`` says of coverage is what the simulation study found."""

import csv
from pathlib import Path

from cds import catalog
from cds.stats.known_coverage import NAMES, OUTSIDE, coverage_told

RESULTS = Path(__file__).parents[2] / "benchmarks" / "coverage" / "results.csv"
KINDS = ("binary", "nominal", "ordinal", "continuous")
LOWEST, HIGHEST = 93.0, 97.0


def found():
    """The lowest and highest coverage of each method that left 93–97 % at n = 500, by kind and measure."""
    shares: dict[tuple[str, str, str], list[float]] = {}
    with RESULTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["n"] == "500" and row["part"] in KINDS and row["quantity"] == "coverage" and row["method"] in NAMES:
                key = (row["part"], row["measure"].split(" (")[0], row["method"])
                shares.setdefault(key, []).append(round(100 * float(row["coverage"]), 2))
    outside: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    for (kind, measure, method), values in shares.items():
        if min(values) < LOWEST or max(values) > HIGHEST:
            outside.setdefault((kind, measure), {})[method] = (min(values), max(values))
    return outside


def test_every_interval_that_left_the_band_is_named_with_the_numbers_of_the_study():
    assert found() == OUTSIDE


def test_each_is_a_measure_that_cds_measures_prints():
    assert all(measure in catalog.measures(kind) for kind, measure in OUTSIDE)


def test_the_sentence_names_the_method_and_the_range():
    assert coverage_told("binary", "calibration_slope") == (
        "in simulations with 500 patients the percentile bootstrap covered 90.8 to 95.0 %, where 95 % is meant"
    )
    assert coverage_told("binary", "net_benefit_gain").count("covered") == 2
    assert coverage_told("binary", "scaled_brier") == ""
