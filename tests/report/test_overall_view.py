"""Overall results printed: a row per measure, a column per horizon, the kinds of interval beneath."""

from dataclasses import replace

import pytest

from cds import catalog
from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.report.overall_view import overall_tables
from tests.report import validation_record as made
from tests.report.boards import WORDS

HORIZONS = (90.0, 180.0, 365.0)
PROTOCOL = made.protocol(
    time_unit="days",
    outcome={"kind": "survival", "time": "days", "event": "event", "competing": "none: made up"},
    measures={"horizons": list(HORIZONS), "thresholds": [0.3]},
    criteria=[{"measure": "observed_expected", "horizon": 90, "within": [0.8, 1.25]}],
)


def found(measure, value=1.0, *, family="calibration", method="wald", level=0.95, details=None, **more):
    result = value if isinstance(value, NotEstimable) else None
    if result is None:
        interval = Interval(value - 0.1, value + 0.1, level, method)
        result = Estimate(value, interval, n=500, events=200, details=details or {})
    return Finding(measure, family, result, **more)


def tables(*findings, **changes):
    definitions = catalog.measures("survival")
    record = made.record(listed=list(findings), protocol=PROTOCOL, definitions=definitions, **changes)
    return overall_tables(record, WORDS)


def test_results_with_and_without_a_horizon_stand_apart():
    first, second = tables(
        found("harrell_c", 0.71, family="discrimination"),
        *(found("observed_expected", 1.1 + k / 10, horizon=h) for k, h in enumerate(HORIZONS)),
    )
    assert first.header == ("Measure", "Value", "Interval", "Ideal", "Kind of 95% interval")
    [row] = first.rows
    assert row[1:] == ("0.710", "0.610 to 0.810", "1", "Wald")
    assert second.header == ("Measure", "90 days", "180 days", "365 days", "Ideal")
    [row] = second.rows
    assert row[1:] == ("1.100 (1.000 to 1.200)", "1.200 (1.100 to 1.300)", "1.300 (1.200 to 1.400)", "1")
    assert second.notes == (f"Wald intervals: {row[0]}.",)


def test_the_label_of_a_row_holds_the_threshold_and_not_the_horizon():
    [table] = tables(*(found("net_benefit", 0.2, family="utility", horizon=h, threshold=0.3) for h in HORIZONS))
    [row] = table.rows
    assert "0.3" in row[0] and "90" not in row[0]


def test_a_horizon_without_the_measure_has_a_dash_and_one_without_a_value_a_note():
    [table] = tables(
        found("observed_expected", horizon=90.0),
        found("brier", NotEstimable("nobody is followed beyond 365 days"), family="overall", horizon=365.0),
    )
    first, second = table.rows
    assert first[1:3] == ("1.000 (0.900 to 1.100)", "–")
    assert second[1] == "–" and second[2].endswith("[1]")
    assert table.notes[0] == "[1] nobody is followed beyond 365 days"


def test_many_horizons_are_printed_a_few_at_a_time():
    parts = tables(*(found("brier", 0.2, family="overall", horizon=float(h)) for h in range(1, 7)))
    assert [len(table.header) - 2 for table in parts] == [4, 2]
    assert [table.header[1] for table in parts] == ["1 days", "5 days"]
    assert all(len(row) == len(table.header) for table in parts for row in table.rows)


def test_a_measure_at_none_of_a_part_s_horizons_has_no_row_there():
    parts = tables(
        *(found("brier", 0.2, family="overall", horizon=float(h)) for h in range(1, 7)),
        found("observed_expected", horizon=6.0),
    )
    assert [len(table.rows) for table in parts] == [1, 2]


def test_each_kind_of_interval_is_named_once_with_its_measures():
    [table] = tables(
        found("observed_expected", horizon=90.0, method="wald"),
        found("observed_expected", horizon=180.0, method="wald"),
        found("ici", 0.2, horizon=90.0, method="bootstrap percentile"),
    )
    assert len(table.notes) == 2
    assert table.notes[0].startswith("Wald intervals: ") and table.notes[0].count("xpected") == 1


def test_another_level_than_the_protocol_s_is_told():
    [table] = tables(found("harrell_c", 0.7, level=0.9))
    assert table.rows[0][4] == "90% Wald"


def test_pooled_intervals_are_named_by_that_of_each_imputation():
    [table] = tables(found("harrell_c", 0.7, method="Rubin's rules, within each: wald"))
    assert table.rows[0][4] == "pooled, Wald"


def test_only_overall_primary_findings_are_printed():
    group = found("harrell_c", 0.6, attribute="sex", group="f")
    other = found("harrell_c", 0.6, analysis="complete_case")
    [table] = tables(found("harrell_c", 0.7), group, other)
    assert [row[1] for row in table.rows] == ["0.700"]
    assert tables(group, other) == ()
    assert tables() == ()


def test_no_interval_has_no_kind():
    bare = Finding("harrell_c", "discrimination", Estimate(0.7, NotEstimable("ask for replicates"), n=500))
    [table] = tables(bare)
    assert table.rows[0][4] == "–" and table.notes == ("[1] ask for replicates",)


@pytest.mark.parametrize(("design", "title"), [("external", "overall"), ("apparent", "overall_apparent")])
def test_results_in_the_development_patients_say_so(design, title):
    record = made.record(listed=[found("harrell_c", 0.7)], definitions=catalog.measures("survival"))
    record = replace(record, protocol=PROTOCOL.model_copy(update={"design": design}))
    [table] = overall_tables(record, WORDS)
    assert table.title == WORDS(f"table.{title}")


def test_a_measure_of_another_package_has_no_ideal():
    [table] = tables(found("made_up_measure", 0.4))
    assert table.rows[0][0] == "made up measure" and table.rows[0][3] == "–"
