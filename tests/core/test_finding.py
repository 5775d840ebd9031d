"""Findings: every key of the contract, lookups that list what there is, and reasons instead of missing numbers."""

import pytest

from cds.core.errors import NoEstimateError
from cds.core.finding import COLUMNS, Curve, Finding, Findings
from cds.core.measure import Estimate, Interval, NotEstimable

# results.json, one finding: the keys that every reader may rely on.
CONTRACT = [
    "measure", "family", "kind", "analysis", "attribute", "group", "reference_group", "horizon", "threshold",
    "category", "parameters", "status", "reason", "estimate", "se", "low", "high", "level", "n", "events", "method",
    "details", "criterion", "verdict", "code", "severity", "accepted",
]  # fmt: skip
ESTIMATE = Estimate(
    0.8, Interval(0.7, 0.9, 0.95, "wald", se=0.05, details={"b": 2}), n=100, events=30, details={"a": 1}
)


def finding(measure="auroc", result=ESTIMATE, **more) -> Finding:
    return Finding(measure, "discrimination", result, **more)


def test_a_record_has_every_key_of_the_contract_in_its_order():
    for one in (finding(), finding(result=NotEstimable("no")), finding(result=None, kind="data_fault", code="DQ001")):
        assert list(one.record()) == CONTRACT == list(COLUMNS)


def test_an_estimate_is_written_with_its_interval_and_both_details():
    row = finding(threshold=0.2, verdict="meets", criterion={"at_least": 0.6}).record()
    assert (row["status"], row["reason"]) == ("estimated", None)
    assert (row["estimate"], row["se"], row["low"], row["high"], row["level"]) == (0.8, 0.05, 0.7, 0.9, 0.95)
    assert (row["n"], row["events"], row["method"], row["details"]) == (100, 30, "wald", {"a": 1, "b": 2})
    assert (row["threshold"], row["verdict"], row["criterion"]) == (0.2, "meets", {"at_least": 0.6})


def test_what_is_not_estimable_is_written_with_its_reason_and_no_numbers():
    row = finding(result=NotEstimable("no events"), verdict_reason="other").record()
    assert (row["status"], row["reason"], row["estimate"], row["n"]) == ("not_estimable", "no events", None, None)


def test_an_estimate_without_an_interval_says_why():
    row = finding(result=Estimate(1.0, NotEstimable("zero variance"))).record()
    assert (row["status"], row["estimate"], row["low"]) == ("estimated", 1.0, None)
    assert row["reason"] == "no interval: zero variance"


def test_a_data_check_was_checked():
    row = finding(result=None, kind="data_fault", code="DQ001", severity="warning", details={"rows": 3}).record()
    assert (row["status"], row["severity"], row["details"]) == ("checked", "warning", {"rows": 3})


def test_numbers_that_do_not_exist_raise_with_the_reason():
    missing = finding(result=NotEstimable("no events"))
    for name in ("estimate", "se", "low", "high"):
        with pytest.raises(NoEstimateError, match="auroc has no estimate: no events"):
            getattr(missing, name)
    bare = finding(result=Estimate(1.0, NotEstimable("ask for replicates")))
    assert bare.estimate == 1.0
    for name in ("se", "low", "high"):
        with pytest.raises(NoEstimateError, match="auroc has no interval: ask for replicates"):
            getattr(bare, name)
    without = finding(result=Estimate(1.0, Interval(0.5, 1.5, 0.95, "odd")))
    assert (without.low, without.high) == (0.5, 1.5)
    with pytest.raises(NoEstimateError, match="no standard error: its interval is odd"):
        without.se  # noqa: B018  # it raises
    with pytest.raises(NoEstimateError, match="a data check has no estimate"):
        finding(result=None).estimate  # noqa: B018  # it raises


def many() -> Findings:
    return Findings(
        [
            finding(attribute="sex", group="female"),
            finding(attribute="sex", group="male", kind="difference"),
            finding("net_benefit", threshold=0.1),
            finding("net_benefit", threshold=0.2),
            finding("net_benefit", threshold=0.2, attribute="sex", group="female"),
            finding("ici", analysis="other_smoother"),
            finding(),
        ]
    )


def test_the_overall_primary_ones_come_first_and_otherwise_the_order_stays():
    found = many()
    assert [f.is_overall_primary for f in found] == [True] * 3 + [False] * 4
    assert [f.threshold for f in found][:3] == [0.1, 0.2, None]
    assert len(found) == 7 and found[0] is next(iter(found))
    assert [f.measure for f in found[-2:]] == ["net_benefit", "ici"]


def test_a_name_is_the_overall_primary_finding():
    assert many()["auroc"].attribute is None


def test_fields_choose_among_several():
    found = many()
    assert found.get("net_benefit", threshold=0.2).attribute is None
    assert found.get("net_benefit", threshold=0.2, attribute="sex", group="female").group == "female"
    assert found.get("auroc", kind="difference", group="male").kind == "difference"
    assert found.get("ici", analysis="other_smoother").measure == "ici"


def test_several_matches_are_listed():
    with pytest.raises(
        KeyError, match=r"several findings of 'net_benefit' match; say which: threshold=0.1; threshold=0.2"
    ):
        many()["net_benefit"]


def test_no_match_lists_what_there_is():
    with pytest.raises(
        KeyError, match=r"no finding of 'net_benefit' matches \{'threshold': 0.3\}. There are: threshold=0.1"
    ):
        many().get("net_benefit", threshold=0.3)
    with pytest.raises(KeyError, match="analysis='other_smoother'"):
        many()["ici"]


def test_an_unknown_name_is_answered_with_the_nearest_and_an_unknown_field_refused():
    with pytest.raises(KeyError, match="Did you mean 'auroc'"):
        many()["aroc"]
    with pytest.raises(KeyError, match="no such field: treshold"):
        many().get("net_benefit", treshold=0.2)


def test_a_frame_has_the_columns_of_the_contract():
    frame = many().to_frame()
    assert list(frame.columns) == CONTRACT and len(frame) == 7
    assert list(Findings([]).to_frame().columns) == CONTRACT


def test_a_curves_columns_have_one_length():
    with pytest.raises(ValueError, match="columns differ in length"):
        Curve("c", "calibration", "C", {"a": [1, 2], "b": [1]})


def test_findings_are_represented_by_their_number_and_first_names():
    assert repr(Findings([])) == "<no findings>"
    assert repr(Findings([Finding("auroc", "discrimination", None)])) == "<1 finding: auroc>"
    many = Findings([Finding(f"m{k}", "f", None) for k in range(7)])
    assert repr(many) == "<7 findings: m0, m1, m2, m3, m4, …>"
