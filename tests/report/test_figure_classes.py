"""Small panels, one per category: whole, told in words, and honest about what is not drawn."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from cds.calibration.category_curves import category_curves as calibration_curves
from cds.core.measure import Estimate
from cds.core.sample_kinds import OrdinalSample
from cds.discrimination.category_curves import category_curves as discrimination_curves
from cds.report import figure_classes
from cds.report.figures import draw_figures, drawers
from cds.report.wording import sentences
from cds.utility.category_curves import category_decisions
from tests.class_samples import CATEGORIES, classes, drawn_classes, reference
from tests.report import validation_record as made

WORDS = sentences("validation_en")


def curves_of(sample):
    decision = category_decisions(sample, (0.2, 0.3), 0.95)
    return (*calibration_curves(sample, "rcs", 0.95), *discrimination_curves(sample), decision)


def drawn(sample):
    protocol = made.protocol(criteria=made.CRITERIA[:1])  # none across groups, whose figures are tested elsewhere
    record = replace(made.record(), curves=curves_of(sample), protocol=protocol)
    return {figure.name: figure for figure in draw_figures(record, (), area="", words=WORDS)}


@pytest.fixture(scope="module")
def figures():
    return drawn(reference(OrdinalSample))


def test_every_curve_of_categories_has_a_drawer_and_tenths_have_no_figure_of_their_own(figures):
    assert set(figure_classes.DRAWERS) <= set(drawers())
    assert [(f.name, f.section) for f in figures.values()] == [
        ("calibration_by_category", "calibration"),
        ("cumulative_calibration", "calibration"),
        ("distribution_by_category", "discrimination"),
        ("roc_by_category", "discrimination"),
        ("decision_by_category", "decisions"),
    ]


def test_they_take_the_whole_width_of_the_page(figures):
    assert all(figure.wide for figure in figures.values())


def test_every_panel_is_named_and_told_in_words(figures):
    for name, figure in figures.items():
        shown = CATEGORIES[:-1] if name == "cumulative_calibration" else CATEGORIES
        for category in shown:
            assert category in figure.svg and category in figure.alternative
    assert "physiotherapy or lower" in figures["cumulative_calibration"].svg
    assert "At 0.3: model" in figures["decision_by_category"].alternative


def test_text_and_points_stay_on_the_board(figures):
    for figure in figures.values():
        root = ET.fromstring(figure.svg)
        width, height = float(root.get("width")), float(root.get("height"))
        for e in root.iter():
            if e.tag.endswith("text"):
                assert 0 <= float(e.get("x")) <= width and 0 <= float(e.get("y")) <= height
                half = 0.53 * float(e.get("font-size")) * len(e.text) / 2
                if e.get("text-anchor") == "middle" and e.get("transform") is None:
                    assert float(e.get("x")) - half >= -2 and float(e.get("x")) + half <= width + 2


def test_the_roc_says_each_categorys_area_with_its_interval():
    base = made.record()
    auroc = next(f for f in base.findings if f.measure == "auroc" and isinstance(f.result, Estimate))
    findings = type(base.findings)([replace(auroc, category=c) for c in CATEGORIES])
    record = replace(base, curves=curves_of(reference()), findings=findings)
    figure = next(f for f in draw_figures(record, (), area="", words=WORDS) if f.name == "roc_by_category")
    assert figure.svg.count(">AUROC 0.") == 3


def test_a_category_without_a_curve_shows_its_tenths_and_the_note_says_why():
    sample = drawn_classes(80, 1)
    figure = drawn(classes(np.minimum(sample.code, 1), sample.probability))["calibration_by_category"]
    assert "c: no curve is drawn (only one outcome class)." in figure.note
    assert "no curve could be estimated" in figure.alternative
    assert figure.svg.count("<circle") > 10


def test_of_many_categories_nine_are_drawn_and_the_note_counts_the_others():
    rng = np.random.default_rng(1)
    probability = rng.dirichlet(np.ones(11), 300)
    code = (rng.random(300)[:, None] >= np.cumsum(probability, axis=1)[:, :-1]).sum(axis=1)
    from cds.core.sample_kinds import NominalSample

    names = tuple(f"category number {k} with quite a long name" for k in range(11))
    figure = drawn(NominalSample(code=code, probability=probability, categories=names))["roc_by_category"]
    assert "2 further categories are not drawn." in figure.note
    assert "…</text>" in figure.svg
