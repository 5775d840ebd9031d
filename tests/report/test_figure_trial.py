"""Trials drawn: effects with their intervals, each arm's course, effects by predicted risk and benefit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.protocol import MeasuresSection
from cds.core.protocol_trial import TrialResponder
from cds.core.study import Study, subgroups
from cds.longitudinal.trial import applicable, validate_trial
from cds.report.figure_trial import DRAWERS, MOST
from cds.report.figures import draw_figures, drawers
from cds.report.rounding import number
from cds.stats.estimation import answer
from tests.longitudinal.trials import GROUP, RISK, simulated, visits
from tests.report import validation_record as made
from tests.report.boards import WORDS, assert_on_the_board, texts
from tests.studies import parts

RECORD = made.record(listed=[])


def curves_of(sample, groups=None, horizons=()):
    names = np.arange(len(sample)).astype(str)
    groups = groups or {}
    study = Study(
        cohort=Cohort(patients=names, features=pd.DataFrame(index=range(len(sample))), groups=groups),
        samples=(sample,), measures=applicable(catalog.measures("trial"), sample), groups=subgroups(groups),
        settings=MeasuresSection(horizons=horizons, replicates=0),
    )  # fmt: skip
    found = parts(validate_trial(answer(study, jobs=1)))[1]
    return {curve.name: curve for curve in found}


SMALL = curves_of(
    visits(risk=RISK, responder=TrialResponder(change=2), unit="points", time_unit="weeks"),
    {"sex": GROUP}, horizons=(1.0, 2.0, 3.0),
)  # fmt: skip
LARGE = curves_of(simulated(300, 4, effect=-1.5, by_risk=-0.5))
SEEN = replace(  # the course of three arms, of whom enough were seen
    SMALL["trial_course"],
    columns={
        name: np.array([1.0, 2, 3]) if name == "visit" else np.linspace(5, 3 + k / 10, 3)
        for k, name in enumerate(SMALL["trial_course"].columns)
    },
)
ALL = {**LARGE, "trial_effects": SMALL["trial_effects"], "trial_course": SEEN}


def drawn(curve):
    return DRAWERS[curve.name](curve, RECORD, name=curve.name, words=WORDS)


def test_every_curve_of_a_trial_has_a_drawer():
    assert set(ALL) == set(DRAWERS) == {"trial_effects", "trial_course", "trial_by_risk", "trial_benefit"}
    assert set(DRAWERS) <= set(drawers())


@pytest.mark.parametrize("name", DRAWERS)
def test_it_is_whole_on_its_board_and_the_same_each_time(name):
    figure = drawn(ALL[name])
    assert_on_the_board(figure)
    assert figure.svg == drawn(ALL[name]).svg
    assert (figure.section, figure.title) == ("trial", ALL[name].title)
    assert figure.alternative.startswith(f"{ALL[name].title}. ")


@pytest.mark.parametrize("name", ["trial_course", "trial_by_risk", "trial_benefit"])
def test_both_axes_are_named(name):
    found = texts(drawn(ALL[name]))
    assert ALL[name].x_label in found and ALL[name].y_label in found


def test_each_effect_is_a_line_in_numbers_with_its_visit_or_group():
    curve, figure = ALL["trial_effects"], drawn(ALL["trial_effects"])
    found = texts(figure)
    assert curve.x_label in found and WORDS("figure.trial_lines") in found
    for name in ("therapy, 1 weeks", "therapy, sex: a", "placebo, sex: b"):
        assert name in found
    first = [curve.columns[c][0] for c in ("effect", "low", "high")]
    told = f"{number(first[0], 2)} ({WORDS('number.range', low=number(first[1], 2), high=number(first[2], 2))})"
    assert f"therapy {told}" in figure.alternative and told in found


def test_an_effect_without_an_estimate_says_so():
    curve = ALL["trial_effects"]
    columns = {k: v.copy() for k, v in curve.columns.items()}
    for name in ("effect", "low", "high"):
        columns[name][1] = np.nan
    figure = drawn(replace(curve, columns=columns))
    assert_on_the_board(figure)
    assert texts(figure).count(WORDS("number.none")) == 1


def test_only_so_many_lines_are_drawn_and_long_names_are_cut():
    arm = np.array(["cognitive functional therapy with a movement sensor, weekly, at home"] * 40)
    columns = {"arm": arm, "visit": np.full(40, ""), "group": np.full(40, "sex: f"), "effect": np.linspace(-1, 1, 40)}
    columns |= {"low": columns["effect"] - 1, "high": columns["effect"] + 1}
    figure = drawn(replace(ALL["trial_effects"], columns=columns))
    assert_on_the_board(figure)
    assert sum(text.endswith("…") for text in texts(figure)) == MOST


def test_no_effect_at_all_has_no_figure():
    columns = ALL["trial_effects"].columns
    nothing = {k: np.full(len(v), np.nan) if k in ("effect", "low", "high") else v for k, v in columns.items()}
    assert drawn(replace(ALL["trial_effects"], columns=nothing)) is None


def test_each_arm_s_course_is_told_and_stands_in_the_key():
    figure = drawn(SEEN)
    for arm in ("usual care", "therapy", "placebo"):
        assert arm in texts(figure)
        means = ", ".join(number(m, 2) for m in SEEN.columns[arm])
        assert f"{arm} {means}" in figure.alternative
    assert "Visit (weeks)" in texts(figure) and "Mean outcome (points)" in texts(figure)


def test_many_arms_have_several_lines_of_key():
    arms = [f"a rather long name of arm number {k}" for k in range(7)]
    columns = {"visit": np.array([1.0, 2])}
    for k, arm in enumerate(arms):
        columns |= {
            arm: np.array([5.0, 4 - k / 5]),
            f"{arm} low": np.array([4.0, 2]),
            f"{arm} high": np.array([6.0, 6]),
        }
    figure = drawn(replace(SEEN, columns=columns, facts={**SEEN.facts, "arms": arms}))
    assert_on_the_board(figure)


def test_a_course_whose_arms_are_all_too_small_has_no_figure():
    hidden = {k: v if k == "visit" else np.full(3, np.nan) for k, v in SEEN.columns.items()}
    assert drawn(replace(SEEN, columns=hidden)) is None


def test_an_arm_too_small_to_show_leaves_the_others():
    columns = {k: np.full(3, np.nan) if k.startswith("placebo") else v for k, v in SEEN.columns.items()}
    figure = drawn(replace(SEEN, columns=columns))
    assert_on_the_board(figure)
    assert "therapy 5.00" in figure.alternative


@pytest.mark.parametrize(("name", "dashed"), [("trial_by_risk", "no_effect"), ("trial_benefit", "ideal")])
def test_effects_by_group_are_told_and_the_dashed_line_is_named(name, dashed):
    curve, figure = ALL[name], drawn(ALL[name])
    for x, y in zip(curve.columns["at"], curve.columns["value"], strict=True):
        assert f"{number(x, 2)}: {number(y, 2)}" in figure.alternative
    found = texts(figure)
    assert WORDS(f"figure.{dashed}") in found and WORDS("figure.group_effect", level="95%") in found


@pytest.mark.parametrize("name", ["trial_by_risk", "trial_benefit"])
def test_a_group_without_an_effect_is_left_out_of_the_drawing_and_of_the_words(name):
    columns = {k: v.copy() for k, v in ALL[name].columns.items()}
    for key in ("value", "low", "high"):
        columns[key][1] = np.nan
    figure = drawn(replace(ALL[name], columns=columns))
    assert_on_the_board(figure)
    nothing = {k: v if k == "at" else np.full(len(v), np.nan) for k, v in columns.items()}
    assert drawn(replace(ALL[name], columns=nothing)) is None


@pytest.mark.parametrize("name", DRAWERS)
def test_nothing_is_drawn_of_an_empty_curve(name):
    empty = replace(ALL[name], columns={k: v[:0] for k, v in ALL[name].columns.items()})
    assert draw_figures(replace(RECORD, curves=(empty,)), (), area="", words=WORDS) == ()
