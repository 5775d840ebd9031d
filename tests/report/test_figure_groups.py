"""Each criterion that looks across groups has a forest of its groups and a column in the committee's table."""

from dataclasses import replace

import pytest

from cds.core.finding import Findings
from cds.core.measure import Estimate, Interval
from cds.core.verdict import apply_criteria
from cds.report.figure_groups import by_criterion
from cds.report.groups_view import committee_tables
from cds.report.validation import CATALOGUE
from cds.report.wording import sentences
from tests.report import validation_record as made

WORDS = sentences(CATALOGUE)
EACH = {"measure": "calibration_slope", "within": [0.8, 1.2], "across": "sex", "each": True}


@pytest.fixture
def record():
    """Slopes of women (met) and men (failed), each judged, with 8 events among the men."""
    whole = made.record()
    protocol = made.protocol(criteria=[*made.CRITERIA, EACH])
    base = next(f for f in whole.findings if f.measure == "calibration_slope" and f.is_overall_primary)
    groups = [
        replace(
            base, attribute="sex", group=group, criterion=None, verdict=None,
            result=Estimate(value, Interval(low, high, 0.95, "wald", 0.05, 0.05), "identity", n, events),
        )
        for group, value, low, high, n, events in (
            ("female", 1.02, 0.9, 1.15, 300, 90),
            ("male", 1.5, 1.3, 1.7, 40, 8),
        )
    ]  # fmt: skip
    plain = [f for f in whole.findings if f.kind != "estimate" or f.attribute is None]
    protocol = protocol.model_copy(update={"cohort": protocol.cohort.model_copy(update={"minimum_events": 5})})
    found = apply_criteria([*plain, *groups], protocol, whole.definitions)
    return replace(whole, protocol=protocol, findings=Findings(found))


def test_one_forest_per_criterion_across_groups(record):
    figures = by_criterion(record, WORDS)
    titles = [f.title for f in figures]
    assert "Calibration slope, by sex" in titles and len(titles) == 2
    slope = figures[titles.index("Calibration slope, by sex")]
    assert slope.section == "groups"
    assert "female 1.02 (0.90 to 1.15), met" in slope.alternative
    assert "male 1.50 (1.30 to 1.70), failed" in slope.alternative


def test_small_counts_are_not_drawn(record):
    slope = next(f for f in by_criterion(record, WORDS) if f.title.startswith("Calibration slope"))
    assert (
        ">×<" in slope.svg and ">8<" not in slope.svg and ">90<" not in slope.svg
    )  # nor the other, which gives it away


def test_a_contrast_names_its_reference_and_counts_nobody(record):
    contrast = next(f for f in by_criterion(record, WORDS) if "difference" in f.title)
    assert "compared with" in contrast.note and ">patients<" not in contrast.svg


def test_the_committee_reads_every_verdict_by_group(record):
    [table] = committee_tables(record, WORDS)
    assert table.title == "What each criterion says of each group: sex"
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["male"][table.header.index("Calibration slope") - 1].startswith("✗ failed: 1.5")
    assert rows["female"][table.header.index("Calibration slope") - 1].startswith("✓ met: 1.02")


def test_without_criteria_across_groups_there_is_neither():
    record = made.record()
    alone = replace(record, protocol=made.protocol(criteria=made.CRITERIA[:1]), findings=Findings(record.findings[:1]))
    assert by_criterion(alone, WORDS) == [] and committee_tables(alone, WORDS) == ()
