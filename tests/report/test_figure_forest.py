"""The forest plot: every site once, small counts hidden, the mean and a new site, one line each when there are many."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from cds.core.finding import Curve
from cds.report.figure_forest import LEFT, MOST_NAMED, RIGHT, forest
from cds.report.wording import sentences
from tests.report.validation_record import record

WORDS = sentences("validation_en")


def curve(sites=4, *, scale="identity", spread=0.1, **facts):
    rng = np.random.default_rng(5)
    estimate = 1 + spread * rng.normal(size=sites)
    weight = np.full(sites, 1 / sites)
    columns = {
        "site": np.array([f"site {k}" for k in range(sites)]),
        "n": np.arange(sites) * 50 + 100,
        "events": np.arange(sites) * 10.0 + 5,
        "estimate": estimate,
        "low": estimate - 0.2,
        "high": estimate + 0.2,
        "weight": weight,
        "left_out": np.full(sites, "", dtype="<U40"),
    }
    told = {
        "measure": "calibration_slope", "threshold": None, "category": None, "horizon": None, "scale": scale,
        "ideal": 1.0, "direction": "target", "level": 0.95, "mean": 1.0, "low": 0.9, "high": 1.1, "tau2": 0.01,
        "tau2_low": 0.0, "tau2_high": 0.1, "sites_used": sites, "prediction_low": 0.7, "prediction_high": 1.4,
    }  # fmt: skip
    return Curve("forest", "sites", "Slope by site", columns, x_label="Slope", facts={**told, **facts})


def drawn(one):
    figure = forest(one, record(), name="forest", words=WORDS)
    assert figure is not None
    return figure, ElementTree.fromstring(figure.svg)


def texts(tree):
    return [e.text for e in tree.iter() if e.tag.endswith("text")]


def test_every_site_stands_once_with_patients_and_interval():
    figure, tree = drawn(curve())
    told = texts(tree)
    assert [told.count(f"site {k}") for k in range(4)] == [1, 1, 1, 1]
    assert "Mean of 4 sites" in told and "In a new site (95% prediction)" in told
    assert figure.section == "sites"


def test_small_counts_are_crosses():
    told = texts(drawn(curve())[1])
    assert told.count("×") == 2  # 5 events, and the next smallest


def test_the_alternative_says_extremes_mean_and_new_site():
    figure, _ = drawn(curve())
    assert "Forest plot of 4 sites" in figure.alternative
    assert "Mean of the sites 1.000 (0.900 to 1.100). In a new site 0.700 to 1.400." in figure.alternative


def test_a_site_that_is_left_out_says_why_and_weighs_nothing():
    one = curve()
    columns = {**one.columns, "estimate": np.r_[np.nan, 1, 1, 1], "left_out": np.array(["only one class", "", "", ""])}
    columns["weight"] = np.r_[0.0, 0.4, 0.3, 0.3]
    told = texts(drawn(replace(one, columns=columns))[1])
    assert "only one class" in told and "–" in told


def test_intervals_that_run_on_end_at_the_axis_with_an_arrow():
    one = curve()
    columns = {**one.columns, "high": np.r_[50.0, one.columns["high"][1:]], "weight": np.r_[0.01, 0.33, 0.33, 0.33]}
    figure, tree = drawn(replace(one, columns=columns))
    assert WORDS("figure.forest_cut") in figure.note
    points = [float(x) for e in tree.iter() for x in re.findall(r"M([\d.]+) ", e.get("d", ""))]
    assert max(points) <= 640
    assert all(LEFT <= x <= RIGHT for x in points if 300 < x < RIGHT)


@pytest.mark.parametrize("sites", [MOST_NAMED + 1, 250])
def test_many_sites_are_one_line_each_without_names_on_one_page(sites):
    figure, tree = drawn(curve(sites))
    assert "site 3" not in texts(tree)
    assert float(tree.get("height")) < 720
    assert "in the order of their estimates" in figure.note


def test_a_ratio_has_a_logarithmic_axis_even_with_a_site_at_zero():
    one = curve(scale="log")
    columns = {**one.columns, "estimate": np.r_[0.0, 1, 1, 1], "low": np.r_[np.nan, 0.7, 0.7, 0.7],
               "high": np.r_[np.nan, 1.4, 1.4, 1.4]}  # fmt: skip
    figure, tree = drawn(replace(one, columns=columns))
    assert "Slope (logarithmic axis)" in texts(tree)
    assert "on the logarithmic scale" in figure.note


def test_without_a_mean_the_sites_are_drawn_and_the_reason_told():
    one = curve()
    facts = {k: v for k, v in one.facts.items() if k not in ("mean", "low", "high", "tau2", "prediction_low")}
    figure, tree = drawn(replace(one, facts={**facts, "no_mean": "too few sites"}))
    assert "Too few sites." in figure.note
    assert not any(str(t).startswith("Mean of") for t in texts(tree))


def test_nothing_to_draw_is_no_figure():
    one = curve()
    columns = {**one.columns, "estimate": np.full(4, np.nan)}
    assert forest(replace(one, columns=columns), record(), name="x", words=WORDS) is None
