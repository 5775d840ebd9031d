"""In whom the effect of a treatment differs: by declared subgroup, by predicted risk, by predicted benefit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.sample_trial import TrialSample
from cds.core.study import OVERALL, Request, Study
from cds.longitudinal.trial_benefit import IN_THE_LARGE, SLOPE, predicted, with_benefit
from cds.longitudinal.trial_effect import EFFECT
from cds.longitudinal.trial_heterogeneity import (
    BY_RISK,
    arms_in,
    effect_within,
    group_test,
    in_groups,
    risk_groups,
    risk_test,
)
from cds.longitudinal.trial_responder import turned
from cds.longitudinal.trial_written import FAMILY, HIDDEN, f_test, number, written
from cds.stats.ancova import WaldTest

BY_RISK_ANALYSIS, INTERACTION, PREDICTED_RISK = "by_predicted_risk", "interaction", "predicted risk"
Output = Finding | Curve | Table
Point = tuple[float, float, float, float]


def _first(study: Study) -> str:
    return " From the first imputation." if len(study.samples) > 1 else ""


def by_group(study: Study, sample: TrialSample, small: int) -> Iterator[Output]:
    """Effects by declared subgroup, each attribute with its test of interaction; no subgroup has a p-value."""
    rows: list[tuple[str, ...]] = []
    for attribute, levels in study.cohort.compared.items():
        test = group_test(sample, levels, None)
        yield Finding(EFFECT.name, FAMILY, _statistic(test, sample), analysis=INTERACTION, attribute=attribute)
        for category in sample.categories:
            for subgroup in (s for s in study.groups if s.attribute == attribute):
                request = Request(EFFECT.name, subgroup, category=category)
                answer = study.answers.get(request)
                if answer is None:
                    continue
                inside = np.asarray(study.groups[subgroup] & sample.observed(None))
                n = _patients(arms_in(sample, inside, category), small)
                rows.append((attribute, str(subgroup.level), category, n, written(answer.result), ""))
        rows.append((attribute, "", "does the effect differ between groups?", "", "", f_test(test)))
    if rows:
        yield Table(
            "trial_subgroups", FAMILY, f"Effect by subgroup, against {sample.control}",
            ("attribute", "group", "arm", "patients, arm and control", "effect", "test of interaction"),
            tuple(rows),
            "Only the test of interaction says whether groups differ; that one group's interval excludes 0 and "
            "another's does not says nothing about that. A test that shows no difference does not show that the groups "
            "are alike: it has little power. Effects of groups come from a model of each group; the test compares "
            "them in one "
            "model of all patients, so that their difference may not be the one that it tests."
            + _first(study) + _kept_back(rows),
        )  # fmt: skip


def _patients(counts: tuple[int, int], small: int) -> str:
    return " and ".join("×" if 0 < n < small else str(n) for n in counts)


def _kept_back(rows: list[tuple[str, ...]]) -> str:
    return HIDDEN if any("×" in cell for row in rows for cell in row[3:4]) else ""


def _statistic(test: WaldTest | NotEstimable, sample: TrialSample) -> Result:
    """An F statistic as a finding's result."""
    if isinstance(test, NotEstimable):
        return test
    about = {
        "statistic": "F", "numerator_df": test.numerator_df, "denominator_df": test.denominator_df,
        "p_value": test.p_value,
    }  # fmt: skip
    none = NotEstimable("a test statistic has no interval")
    return Estimate(
        test.statistic, none, "identity", round(float(sample.weight[sample.observed(None)].sum())), None, about
    )


def by_risk(study: Study, sample: TrialSample, small: int) -> Iterator[Output]:
    """Effects by fifth (quarter) of predicted risk, with the test of interaction on the risk itself."""
    cut = risk_groups(sample, None)
    if isinstance(cut, NotEstimable) or sample.risk is None:
        return
    place, groups = cut
    test = risk_test(sample, None)
    yield Finding(EFFECT.name, FAMILY, _statistic(test, sample), analysis=INTERACTION, attribute=PREDICTED_RISK)
    for category in sample.categories:
        rows: list[tuple[str, ...]] = []
        points: list[Point] = []
        for g in range(groups):
            inside = np.asarray(place == g)
            result = effect_within(sample, inside, category, None, study.settings.level)
            mean = float(np.average(sample.risk[inside], weights=sample.weight[inside]))
            name = f"{g + 1} of {groups}"
            rows.append((name, number(mean), _patients(arms_in(sample, inside, category), small), written(result)))
            points.append((mean, *triple(result)))
            yield Finding(
                EFFECT.name, FAMILY, result, analysis=BY_RISK_ANALYSIS, attribute=PREDICTED_RISK, group=name,
                category=category,
            )  # fmt: skip
        slope = study.answers.get(Request(BY_RISK.name, OVERALL, category=category))
        rows.append(
            ("change per standard deviation of the risk", "", "", "–" if slope is None else written(slope.result))
        )
        rows.append(("does the effect of any arm depend on the risk?", "", "", f_test(test)))
        yield Table(
            f"trial_by_risk_{sample.position(category)}", FAMILY,
            f"Effect by predicted risk: {category} against {sample.control}",
            ("group by predicted risk", "mean risk", "patients, arm and control", "effect"), tuple(rows),
            "Groups of equal size, lowest risk first. The test uses the risk as it is, not the groups."
            + _first(study) + (HIDDEN if any("×" in row[2] for row in rows) else ""),
        )  # fmt: skip
        yield _points_curve(
            "trial_by_risk", category, f"Effect by predicted risk: {category}", points,
            labels=("Mean predicted risk", effect_label(sample)), level=study.settings.level,
        )  # fmt: skip


def by_benefit(study: Study, sample: TrialSample, category: str, small: int) -> Iterator[Output]:
    """Observed against predicted benefit in fifths (quarters) of the predicted one."""
    rows_in = with_benefit(sample, category, None)
    benefit = predicted(sample, category)
    if isinstance(rows_in, NotEstimable) or isinstance(benefit, NotEstimable):
        return
    cut = in_groups(benefit, rows_in, sample.weight)
    if isinstance(cut, NotEstimable):
        return
    place, groups = cut
    rows: list[tuple[str, ...]] = []
    points: list[Point] = []
    for g in range(groups):
        inside = np.asarray(place == g)
        result = _as_benefit(effect_within(sample, inside, category, None, study.settings.level), sample)
        mean = float(np.average(benefit[inside], weights=sample.weight[inside]))
        name = f"{g + 1} of {groups}"
        rows.append((name, number(mean), _patients(arms_in(sample, inside, category), small), written(result)))
        points.append((mean, *triple(result)))
    for measure, words in (
        (IN_THE_LARGE.name, "observed less predicted"),
        (SLOPE.name, "slope"),
    ):
        answer = study.answers.get(Request(measure, OVERALL, category=category))
        rows.append((words, "", "", "–" if answer is None else written(answer.result)))
    name = f"trial_benefit_{sample.position(category)}"
    title = f"Calibration for benefit: {category} against {sample.control}"
    header = ("group by predicted benefit", "predicted benefit", "patients, arm and control", "observed benefit")
    yield Table(
        name, FAMILY, title, header, tuple(rows),
        "Secondary. Observed benefit is the difference between arms within the group, for the better; nobody's own "
        "benefit is ever observed." + _first(study) + (HIDDEN if any("×" in row[2] for row in rows) else ""),
    )  # fmt: skip
    labels = ("Predicted benefit", "Observed benefit")
    yield _points_curve("trial_benefit", category, title, points, labels=labels, level=study.settings.level)


def _as_benefit(result: Result, sample: TrialSample) -> Result:
    if isinstance(result, NotEstimable) or sample.sign > 0:
        return result
    interval = result.interval if isinstance(result.interval, NotEstimable) else turned(result.interval, -1.0)
    return replace(result, value=-result.value, interval=interval)


def triple(result: Result) -> tuple[float, float, float]:
    """Value and bounds for a curve; NaN where there is none."""
    if isinstance(result, NotEstimable):
        return (float("nan"),) * 3
    if not isinstance(result.interval, Interval):
        return result.value, float("nan"), float("nan")
    return result.value, result.interval.low, result.interval.high


def _points_curve(
    name: str, arm: str, title: str, points: list[Point], *, labels: tuple[str, str], level: float
) -> Curve:
    at, value, low, high = (np.array(column) for column in zip(*points, strict=True))
    return Curve(
        name, FAMILY, title, {"at": at, "value": value, "low": low, "high": high},
        x_label=labels[0], y_label=labels[1], facts={"level": level, "of": arm},
    )  # fmt: skip


def effect_label(sample: TrialSample) -> str:
    """What an effect is, for an axis."""
    if sample.binary:
        return "Difference in risks"
    return f"Difference ({sample.unit})" if sample.unit else "Difference"
