"""Every kind of page and report as a document: accessible, two pages up to forty inputs, readable without colour."""

from __future__ import annotations

import dataclasses
import functools
import io
import re
from typing import Any

import numpy as np
import pypdf
import pytest

from cds.core.explanation import MissingInput, OutsideRange, Support
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.report import validation
from cds.report.facts import PatientFacts
from cds.report.layouts import CAPS, candidates, shorter
from cds.report.page_fit import first_that_fits
from cds.report.patient import PatientView, patient_view
from cds.report.pdf import render_pdf
from cds.report.pdf_checks import check_pdf
from tests.report import patient_cases as made
from tests.report import survival_cases, validation_record

TIMES = ("normal", "outside", "imputed", "explanation_withheld", "one horizon", "competing")
PAGES = {
    **made.CASES,
    **made.other_kinds(),
    **{f"times: {name}": survival_cases.CASES[name] for name in TIMES},
}
GRADES = ("none", "mild", "moderate", "severe")
WAYS = ("self-care", "physiotherapist", "general practitioner")
NAMES = [f"in{k}" for k in range(40)]
LABEL = "A rather long label of questionnaire item {}"


@functools.cache
def drawn(name: str) -> bytes:
    """The pages in print that fits nearly always: tags do not depend on its size."""
    view = dataclasses.replace(patient_view(PAGES[name]), sizes=("dense", "dense"))
    return render_pdf(view.html(), identifier=view.report_hash).pdf


@pytest.mark.parametrize("name", PAGES)
def test_a_patient_page_of_every_kind_has_no_fault(name: str) -> None:
    assert check_pdf(drawn(name)) == []


def test_a_page_in_another_language_has_no_fault() -> None:
    view = patient_view(made.CASES["normal"], language="de")
    assert check_pdf(render_pdf(view.html(), identifier="a").pdf) == []


def test_a_shortened_page_has_no_fault() -> None:
    view = shorter(patient_view(made.CASES["normal"]))
    assert check_pdf(render_pdf(view.html(), identifier="a").pdf) == []


@pytest.mark.parametrize("make", [validation_record.record, validation_record.inconclusive])
def test_a_validation_report_has_no_fault(make: Any, tmp_path: Any) -> None:
    validation.write_report(make(), tmp_path)
    assert check_pdf(tmp_path / "report.pdf") == []


def forty(kind: str, **more: Any) -> PatientFacts:
    """A patient of a model of this kind with forty inputs, the last four of them imputed and two others outside."""
    inputs = [{"name": n, "label": LABEL.format(n), "type": "number", "unit": "points", "modifiable": True,
               "required": k < 36} for k, n in enumerate(NAMES)]  # fmt: skip
    summary = {"n": 900, "missing": 0, "minimum": 0, "maximum": 10, "q05": 1, "median": 4, "q95": 8}
    development = {"rows": 900, "inputs": dict.fromkeys(NAMES, summary)}
    given: dict[str, Any] = {"inputs": inputs, "development": development}
    # They add up to −0.05.
    points = {name: (-1) ** k * (k + 1) / 400 for k, name in enumerate(NAMES)}
    missing = tuple(
        MissingInput(n, LABEL.format(n), "points", False, (0.0, 10.0), ("1", "8"), True, "4") for n in NAMES[36:]
    )
    changes: dict[str, Any] = {
        "inputs": {n: None if k >= 36 else 4.0 for k, n in enumerate(NAMES)},
        "support": Support("development", missing=missing),
    }
    if kind == "survival":
        found = survival_cases.explanations(survival_cases.risks(0.22, 0.36, 0.63), values=points)
        return survival_cases.facts(card=survival_cases.card(**given), explanations=found, **{**changes, **more})
    prediction: Prediction
    if kind in ("nominal", "ordinal"):
        names = WAYS if kind == "nominal" else GRADES
        prediction = ClassProbabilities(
            np.array([[0.2, 0.6, 0.2] if kind == "nominal" else [0.1, 0.2, 0.4, 0.3]]), names
        )
        given |= {"outcome": kind, "categories": list(names)}
        found = tuple(
            made.explanation(output=name, prediction=float(risk), base=float(risk) + 0.05, values=points)
            for name, risk in zip(names, prediction.values[0], strict=True)
        )
    elif kind == "continuous":
        prediction = Value(np.array([4.3]), np.array([1.9]), np.array([6.8]))
        given |= {"outcome": kind, "unit": "of 10"}
        found = (made.explanation(output="value", space="value", prediction=4.3, base=4.8,
                                  values={name: 10 * each for name, each in points.items()}),)  # fmt: skip
    else:
        prediction, found = Risk(np.array([0.32])), (made.explanation(base=0.37, values=points),)
    return made.facts(card=made.card(**given), prediction=prediction, explanations=found, **{**changes, **more})


KINDS = ("binary", "nominal", "ordinal", "continuous", "survival")


@functools.cache
def fitted(kind: str) -> tuple[PatientView, bytes, int]:
    view = patient_view(forty(kind))
    pages, count = first_that_fits(candidates(view))
    return view, render_pdf(pages, identifier=view.report_hash).pdf, count


@pytest.mark.parametrize("kind", KINDS)
def test_forty_inputs_fit_two_pages_of_every_kind_of_model(kind: str) -> None:
    view, pdf, count = fitted(kind)
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert (count, len(pages)) == (2, 2)
    assert check_pdf(pdf) == []
    assert view.estimate.headline in pages[0]
    assert "not recorded: A rather long label of questionnaire item in36" in pages[0]
    assert "The page cannot say what changing a factor would do." in pages[1]
    effects = [row.effect for row in view.why.rows]
    assert effects[0].startswith("+") and effects[-1].startswith("−")
    assert all(row.effect in pages[1] for row in view.why.rows[:3])
    assert "cds" in pages[1][-200:]  # the foot, which comes last, is on the sheet


@pytest.mark.parametrize("kind", KINDS)
def test_forty_inputs_with_long_texts_fit_two_pages_and_say_that_they_are_shortened(kind: str) -> None:
    case, text = forty(kind), "A long statement that goes on about many things. " * 30
    long = case.card.model_copy(update=dict.fromkeys(("intended_use", "limits", "population", "source"), text))
    view = patient_view(dataclasses.replace(case, card=long))
    found = (render_pdf(shorter(view, caps).html(), identifier="a") for caps in CAPS)
    drawn = next(each for each in found if each.pages == 2)
    assert check_pdf(drawn.pdf) == []
    for page in pypdf.PdfReader(io.BytesIO(drawn.pdf)).pages:
        assert "are shortened and lists may be; see the JSON" in " ".join(page.extract_text().split())


def test_many_inputs_outside_their_range_fit_two_pages() -> None:
    outside = tuple(OutsideRange(n, LABEL.format(n), "99", 0, 10, "points") for n in NAMES[:30])
    case = forty("binary", support=Support("development", outside_development=outside),
                 bounds=(Risk(np.array([0.47])), Risk(np.array([0.36]))))  # fmt: skip
    assert first_that_fits(candidates(patient_view(case)))[1] == 2


def in_black_and_white(markup: str) -> str:
    """A drawing without its texts, each colour black where it is darker than middle grey and else white."""

    def plain(found: re.Match[str]) -> str:
        red, green, blue = (int(found.group()[k : k + 2], 16) for k in (1, 3, 5))
        return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128 else "white"

    return re.sub(r"#[0-9a-f]{6}", plain, re.sub(r"<(title|text)\b.*?</\1>", "", markup))


@pytest.mark.parametrize("name", PAGES)
def test_what_a_key_tells_apart_differs_in_black_and_white(name: str) -> None:
    view = patient_view(PAGES[name])
    for key in (view.why.key, view.estimate.key if view.estimate.kind != "classes" else ()):
        drawings = [in_black_and_white(str(line.drawing)) for line in key if line.drawing]
        assert len(set(drawings)) == len(drawings), drawings


def test_states_differ_in_sign_and_word_and_not_in_colour_alone() -> None:
    views = [patient_view(made.CASES[name]) for name in ("normal", "red_flag", "unrecorded", "inconclusive")]
    assert len({view.status.mark for view in views}) == len({view.status.line for view in views}) == 4
    flags = [row for view in views for column in view.safety.columns for row in column]
    told = {row.kind: (row.mark, row.reading) for row in flags}
    assert {"present", "not_recorded", "absent"} <= set(told)
    assert len(set(told.values())) == len({mark for mark, _ in told.values()}) == len(told)


def test_an_effect_has_its_sign_beside_its_bar() -> None:
    rows = patient_view(made.CASES["normal"]).why.rows
    assert {row.effect[0] for row in rows} == {"+", "−"}
    bars = {row.effect[0]: in_black_and_white(str(row.bar)) for row in rows}
    assert 'fill="black"' in bars["+"]
    assert 'fill="white"' in bars["−"]


def test_lines_of_a_validation_figure_differ_in_dash_or_width_where_they_differ_in_colour() -> None:
    for figure in validation.validation_view(validation_record.record()).figures:
        strokes = re.findall(r'<path[^>]*stroke="(#[0-9a-f]{6})"[^>]*>', str(figure))
        assert strokes, figure
        found: dict[tuple[str, str], set[str]] = {}
        for tag in re.findall(r"<path[^>]*>", str(figure)):
            told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if float(told.get("stroke-width", 0)) >= 1.6:  # thinner ones are axes and grids
                sign = told["stroke-width"], told.get("stroke-dasharray", "")
                found.setdefault(sign, set()).add(told["stroke"])
        assert all(len(colours) == 1 for colours in found.values()), found
