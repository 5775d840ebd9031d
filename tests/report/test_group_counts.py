"""No table, figure or sentence of the report tells a small count of a group."""

import re
from dataclasses import replace

import pytest

from cds.core.finding import Finding, Table
from cds.core.measure import Estimate
from cds.report import validation
from cds.report.group_counts import GroupCounts
from tests.report.test_validation import text_of
from tests.report.validation_record import estimate, protocol, record

CROSSED = {"f×young": (197, 30), "f×old": (203, 40), "m×young": (194, 23), "m×old": (6, 2)}
SEX = {"f": (400, 70), "m": (200, 25)}
AGE = {"young": (391, 53), "old": (209, 42)}
EACH = {"measure": "auroc", "at_least": 0.6, "each": True}


def finding(attribute: str, group: str, n: int, events: int, **more: object) -> Finding:
    criterion = {k: v for k, v in EACH.items() if k != "measure"} | {"across": attribute}
    fewest = min(events, n - events)
    reason = f"{fewest} events or non-events, {50 - fewest} fewer than the protocol's minimum of 50"
    few = fewest < 50
    return Finding(
        "auroc", "discrimination", estimate(0.7, 0.65, 0.75, n=n, events=events), attribute=attribute, group=group,
        criterion=criterion, verdict="not_assessable" if few else "meets", verdict_reason=reason if few else None,
        **more,
    )  # fmt: skip


def crossed_record():
    asked = protocol(
        cohort={"groups": ["sex", "age"], "intersections": [["sex", "age"]], "minimum_events": 50, "small_cell": 11},
        criteria=[{**EACH, "across": name, "rationale": "r"} for name in ("sex", "age", "sex×age")],
    )
    tables = {"sex": SEX, "age": AGE, "sex×age": CROSSED}
    listed = [finding(a, g, *sizes) for a, groups in tables.items() for g, sizes in groups.items()]
    return record("inconclusive", listed, protocol=asked, tables=(), curves=())


def test_the_counts_of_an_intersection_cannot_be_worked_out_from_its_parts():
    counts = GroupCounts(crossed_record())
    assert counts.of_group("sex×age", "m×old") == ("×", "×")
    hidden = {g for g in CROSSED if counts.of_group("sex×age", g)[0] == "×"}
    assert hidden == set(CROSSED)  # two by two with its margins: one alone, or two in a line, would follow
    assert counts.of_group("sex", "f") == ("400", "70")


def test_nowhere_on_the_page_does_a_hidden_count_stand():
    page = text_of(validation.validation_html(validation.validation_view(crossed_record())))
    for n, events in CROSSED.values():
        for told in (f"{n} patients", f"{n} |", f"{events} events", f"{events} |", f"instead of {events}"):
            assert not re.search(rf"(?<![\d.]){re.escape(told)}", page), told
    assert "how many is not printed" in page and "counts not printed" in page
    assert not re.search(r"(?<!\d)(2|23|30|40) events or non-events", page)


def test_a_group_that_no_number_counts_is_protected_by_the_table_of_groups():
    whole = crossed_record()
    rows = (("sex", "f", "×", "×", ""), ("sex", "m", "×", "×", ""), ("sex", "x", "×", "×", ""))
    listed = [finding("sex", g, n, e) for g, (n, e) in SEX.items()]
    table = Table("groups", "fairness", "Groups compared", ("attribute", "group", "patients", "events", "role"), rows)
    counts = GroupCounts(replace(whole, findings=type(whole.findings)(listed), tables=(table,)))
    assert counts.of_group("sex", "x") == ("×", "×")
    assert counts.of(listed[0]) == ("×", "×")


def test_a_contrast_rests_on_its_reference_too():
    whole = crossed_record()
    contrast = replace(
        finding("sex×age", "f×old", 209, 42), kind="difference", reference_group="m×old", verdict="inconclusive"
    )
    assert GroupCounts(whole).hides(contrast)
    assert not GroupCounts(whole).hides(replace(contrast, attribute="sex", group="f", reference_group="m"))
    assert isinstance(contrast.result, Estimate)


@pytest.mark.parametrize("attribute", [None, "landmark"])
def test_neither_everyone_nor_a_landmark_is_a_group(attribute):
    assert not GroupCounts(crossed_record()).hides(replace(finding("sex", "m", 6, 2), attribute=attribute))


def test_the_calibration_curves_of_the_groups_keep_the_same_counts_back():
    from tests.report.validation_record import curves

    drawn = curves(groups=False)[0]
    of_groups = [
        replace(drawn, attribute="sex×age", group=g, facts={**drawn.facts, "n": n, "events": e})
        for g, (n, e) in CROSSED.items()
    ]
    view = validation.validation_view(replace(crossed_record(), curves=tuple(of_groups)))
    figure = next(f for f in view.figures if f.title.startswith("Calibration") and "sex×age" in f.title)
    assert "counts not printed" in figure.svg
    assert not any(f"{n} patients" in figure.svg + figure.alternative for n, _ in CROSSED.values())
