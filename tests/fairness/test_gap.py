"""Gaps between groups: differences and ratios to the reference, simultaneous where there are several."""

import numpy as np
import pytest

import cds
from cds.core.errors import NoEstimateError
from cds.core.finding import Findings
from cds.core.measure import Estimate
from tests.samples import drawn, reference_rows

SAMPLE = drawn(400, 3)
FOUR = np.array(["a", "b", "c", "d"])[np.arange(400) % 4]


def evaluated(groups, *, outcome=SAMPLE.outcome, risk=SAMPLE.risk, **more) -> Findings:
    options = {"replicates": 0, "thresholds": (0.3,), "jobs": 1} | more
    return cds.evaluate.binary(outcome, risk, groups={"g": groups}, **options)


def gap(found: Findings, measure, group="b", **where):
    kind = "ratio" if measure == "observed_expected" else "difference"
    return found.get(measure, attribute="g", group=group, kind=kind, **where)


def test_a_difference_is_group_minus_reference_with_the_root_of_both_variances():
    found = evaluated(np.where(np.arange(400) % 2, "b", "a"), references={"g": "a"})
    for measure in ("auroc", "calibration_slope", "brier", "calibration_in_the_large"):
        one, other = (found.get(measure, attribute="g", group=level) for level in "ba")
        assert gap(found, measure).estimate == pytest.approx(one.estimate - other.estimate)
        assert gap(found, measure).se == pytest.approx(np.hypot(one.se, other.se))
        assert gap(found, measure).reference_group == "a"


def test_exchanging_group_and_reference_turns_the_gap():
    groups = np.where(np.arange(400) % 2, "b", "a")
    one = gap(evaluated(groups, references={"g": "a"}), "auroc", "b")
    other = gap(evaluated(groups, references={"g": "b"}), "auroc", "a")
    assert (one.estimate, one.low, one.high) == pytest.approx((-other.estimate, -other.high, -other.low))


def test_observed_over_expected_is_compared_by_its_ratio():
    found = evaluated(np.where(np.arange(400) % 2, "b", "a"), references={"g": "a"})
    one, other = (found.get("observed_expected", attribute="g", group=level) for level in "ba")
    ratio = gap(found, "observed_expected")
    assert ratio.estimate == pytest.approx(one.estimate / other.estimate)
    assert ratio.low * ratio.high == pytest.approx(ratio.estimate**2)  # symmetric on the log scale


def test_the_reference_is_the_largest_group_where_none_is_named():
    rows = reference_rows()
    found = evaluated(rows["sex"], outcome=rows["outcome"], risk=rows["risk"])
    assert gap(found, "auroc", "male").reference_group == "female"


def test_several_contrasts_are_simultaneous():
    # R 4.2.2, mvtnorm 1.1.3, three contrasts with correlations near .5: about 2.35 instead of 1.96
    found = evaluated(FOUR, references={"g": "a"})
    for group in "bcd":
        row = gap(found, "auroc", group)
        half = (row.high - row.low) / 2
        assert half / row.se == pytest.approx(2.35, abs=0.02)
        assert row.record()["method"] == "wald, simultaneous max-t"
        assert row.record()["details"]["contrasts"] == 3


def test_bootstrap_contrasts_are_paired_and_simultaneous_too():
    found = evaluated(FOUR, references={"g": "a"}, replicates=200)
    row = gap(found, "discrimination_slope", "b")
    assert row.record()["method"] == "bootstrap, simultaneous max-t"
    assert (row.low + row.high) / 2 == pytest.approx(row.estimate)
    assert 2.0 < (row.high - row.low) / 2 / row.se < 2.8


def test_two_groups_have_a_percentile_interval_of_the_paired_differences():
    found = evaluated(np.where(np.arange(400) % 2, "b", "a"), references={"g": "a"}, replicates=60)
    row = gap(found, "scaled_brier")
    assert row.record()["method"] == "bootstrap percentile"
    assert row.low < row.estimate < row.high


@pytest.mark.parametrize("groups", [np.where(np.arange(400) % 2, "b", "a"), FOUR])
def test_without_replicates_the_bounds_ask_for_them(groups):
    row = gap(evaluated(groups, references={"g": "a"}), "scaled_brier")
    with pytest.raises(NoEstimateError, match="ask for replicates"):
        assert row.low
    assert np.isfinite(row.estimate)


def test_measures_without_a_direction_are_not_compared():
    found = evaluated(FOUR)
    kinds = {f.measure: f.kind for f in found if f.kind != "estimate"}
    assert "net_benefit_treat_all" not in kinds and "spiegelhalter_z" not in kinds
    assert kinds["observed_expected"] == "ratio"


def test_where_everyone_is_found_the_gap_has_a_score_interval():
    # Sensitivity is 1 in every group, and its binomial error is 0: Wald gives nothing, Newcombe does.
    outcome = np.tile([1.0, 1, 0, 0, 0], 24)
    risk = np.where(outcome == 1, 0.8, np.where(np.arange(120) % 2, 0.3, 0.6))
    for groups in (np.repeat(["a", "b"], 60), np.repeat(["a", "b", "c"], 40)):
        found = evaluated(groups, outcome=outcome, risk=risk, references={"g": "a"})
        row = gap(found, "sensitivity", threshold=0.3)
        assert row.estimate == 0
        assert row.low == pytest.approx(-row.high)
        assert 0.05 < row.high < 0.4
        assert row.result.interval.method.startswith("newcombe")


def test_one_perfect_group_does_not_spoil_the_others():
    outcome, risk = SAMPLE.outcome, np.where(FOUR == "b", np.where(SAMPLE.outcome == 1, 0.9, 0.2), SAMPLE.risk)
    found = evaluated(FOUR, outcome=outcome, risk=risk, references={"g": "a"})
    with pytest.raises(NoEstimateError, match=r"group: the estimate lies at the edge of its range \(1\)"):
        assert gap(found, "auroc", "b").low
    other = gap(found, "auroc", "c")
    assert other.low < other.high
    assert other.record()["details"]["contrasts"] == 2


def test_a_group_without_an_estimate_says_which():
    outcome = np.where(FOUR == "b", 0.0, SAMPLE.outcome)
    found = evaluated(FOUR, outcome=outcome, references={"g": "a"})
    with pytest.raises(NoEstimateError, match="group: only one outcome class"):
        assert gap(found, "auroc", "b").estimate
    turned = evaluated(FOUR, outcome=outcome, references={"g": "b"})
    with pytest.raises(NoEstimateError, match="reference group: only one outcome class"):
        assert gap(turned, "auroc", "a").estimate
    with pytest.raises(NoEstimateError, match="a ratio needs events in both groups"):
        assert gap(found, "observed_expected", "b").estimate


def test_the_fewest_events_of_both_groups_bear_the_minimum():
    found = evaluated(np.where(np.arange(400) < 60, "b", "a"), references={"g": "a"})
    result = gap(found, "auroc").result
    assert isinstance(result, Estimate)
    events = int(SAMPLE.outcome[:60].sum())
    assert result.details["fewest_events"] == min(events, 60 - events)


def test_a_descriptive_group_makes_a_descriptive_gap():
    risk = np.where(np.arange(400) == 1, 0.0, SAMPLE.risk)
    result = gap(evaluated(FOUR, risk=risk, references={"g": "a"}), "calibration_slope", "b").result
    assert isinstance(result, Estimate)
    assert result.details["descriptive"].startswith("group: 1 risks of exactly 0 or 1")


def test_no_gap_is_seen_more_often_than_promised_where_there_is_none():
    # 16 cohorts without a true gap, three contrasts each, 95 % at once: 5 or more outside in 1 of 1000.
    outside = 0
    for seed in range(16):
        sample = drawn(400, 100 + seed)
        found = evaluated(FOUR, outcome=sample.outcome, risk=sample.risk, references={"g": "a"}, thresholds=())
        rows = [gap(found, "auroc", group) for group in "bcd"]
        outside += any(row.low > 0 or row.high < 0 for row in rows)
    assert outside < 5


def test_over_imputations_a_gap_has_the_degrees_of_freedom_of_its_two_groups():
    # Beside 40 patients in two groups stand 360 in a third, which tell nothing of the gap between the two.
    groups = np.where(np.arange(400) < 20, "a", np.where(np.arange(400) < 40, "b", "c"))
    risk = np.concatenate([SAMPLE.risk, SAMPLE.risk])
    stacked = {
        "outcome": np.tile(SAMPLE.outcome, 2), "risk": risk, "references": {"g": "a"},
        "patient": np.tile(np.arange(400), 2), "imputation": np.repeat([1, 2], 400),
    }  # fmt: skip
    found = gap(evaluated(np.tile(groups, 2), **stacked), "brier").result
    # Barnard and Rubin's, nothing missing: (v + 1)/(v + 3)·v with v = 39.
    assert found.interval.details["df"] == pytest.approx(40 / 42 * 39)


def test_a_group_that_is_told_apart_perfectly_in_one_imputation_has_no_gap_and_a_reason():
    groups = np.where(np.arange(400) < 6, "b", "a")
    outcome = np.where(np.arange(400) < 6, np.arange(400) < 3, SAMPLE.outcome).astype(float)
    risks = []
    for few in ([0.6, 0.7, 0.8, 0.1, 0.2, 0.3], [0.6, 0.2, 0.8, 0.1, 0.7, 0.3]):  # an AUROC of 1, then of 8/9
        risks.append(np.concatenate([few, SAMPLE.risk[6:]]))
    found = gap(
        evaluated(
            np.tile(groups, 2), outcome=np.tile(outcome, 2), risk=np.concatenate(risks), references={"g": "a"},
            patient=np.tile(np.arange(400), 2), imputation=np.repeat([1, 2], 400),
        ), "auroc",
    ).result  # fmt: skip
    assert "group: " in found.reason and "edge of its range" in found.reason
