"""The catalogues of the patient's page: every language says the same things, and only them."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cds
from cds.core.errors import InputError
from cds.core.model_card import Feature
from cds.core.prediction import Risk
from cds.explanation import shap_values
from cds.report import layouts, patient
from cds.report.patient import PatientView, patient_view
from cds.report.values import shown_value
from cds.report.wording import Sentences, languages, sentences
from cds.resources import template_folder
from cds.safety.red_flags import read_rules
from tests.report import patient_cases as made

OTHERS = [language for language in languages() if language != "en"]
CASES = {**made.CASES, **made.other_kinds()}


def catalogue(language: str) -> dict[str, str]:
    text = (template_folder() / "sentences" / f"{language}.toml").read_text(encoding="utf-8")
    return dict(flat(tomllib.loads(text)))


def flat(table: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_german_is_there() -> None:
    assert languages() == ("de", "en")


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_the_same_names_and_placeholders_as_the_english_one(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert sorted(english) == sorted(other)
    assert {name: placeholders(text) for name, text in english.items()} == {
        name: placeholders(text) for name, text in other.items()
    }


@pytest.mark.parametrize("language", languages())
def test_no_sentence_is_empty_and_the_months_are_twelve(language: str) -> None:
    found = catalogue(language)
    assert all(text.strip() for text in found.values())
    assert len(found["date.months"].split()) == 12
    assert found["language"] == language


@pytest.mark.parametrize("name", CASES)
def test_no_english_sentence_stands_on_a_german_page(name: str) -> None:
    words = printed(patient_view(CASES[name], language="de"))
    english, german = catalogue("en"), catalogue("de")
    same = {text for text in english.values() if text in german.values()}
    left = [piece for text in english.values() if text not in same for piece in pieces(text) if piece in words]
    assert left == []


@pytest.mark.parametrize("name", CASES)
def test_no_english_red_flag_stands_on_a_german_page(name: str) -> None:
    words = printed(patient_view(CASES[name], language="de"))
    rules = read_rules().rules
    texts = [text for rule in rules for text in (rule.name, rule.label, rule.concern, rule.action)]
    assert [text for text in texts if text != "Trauma" and text in words] == []


def pieces(sentence: str) -> list[str]:
    """The parts of a sentence between its placeholders that are long enough to be no accident."""
    return [part.strip() for part in re.split(r"\{\w+\}", sentence) if len(part.strip()) > 11]


def printed(view: PatientView) -> str:
    """All text of the two pages, alternative texts of drawings included."""
    body = view.html().partition("<body>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<(?!title)[^>]*>", " ", body))


def test_numbers_have_a_decimal_comma_in_german() -> None:
    words = printed(patient_view(CASES["outside"], language="de"))
    assert "47,2 kg/m²" in words
    assert "(17,1–41,3)" in words
    assert "1.312 women" in words  # the card is in English
    assert re.findall(r"\d\.\d(?!\d\d)", words.replace(f"cds {cds.__version__}", "")) == []


def test_numbers_are_written_as_the_catalogue_says() -> None:
    say = Sentences({"number": {"decimal": ",", "thousands": "."}, "a": "{value}"})
    assert say("a", value="−1,234.50") == "−1.234,50"
    assert say("a", value="lbp@1.0") == "lbp@1.0"  # no number
    assert say.numeral("20.5–35.1") == "20,5–35,1"
    assert sentences("en").numeral("1,234.5") == "1,234.5"


def test_dates_and_months_are_german() -> None:
    view = patient_view(made.facts(recorded_on="2026-03-12"), language="de")
    assert view.date == "12. März 2026"
    assert "2. November 2025" in view.standing.lines[-2]


def test_yes_no_and_not_recorded_are_german() -> None:
    say = sentences("de")
    smoker = Feature(name="smoker", type="boolean")
    assert [shown_value(smoker, value, say) for value in (1, False, None)] == ["ja", "nein", "nicht erfasst"]
    own = Feature(name="x", type="category", levels={"0": "no", "1": "yes"})
    assert shown_value(own, 1, say) == "yes"  # the card's own word


def test_a_message_of_the_software_is_not_put_on_a_german_page() -> None:
    fault = made.facts(prediction=None, prediction_fault="the equation has no coefficient for the level of input 'a'")
    assert "no coefficient" in " ".join(patient_view(fault).status.reasons)
    german = " ".join(patient_view(fault, language="de").status.reasons)
    assert "no coefficient" not in german
    assert "JSON-Datei" in german


def test_every_reason_for_no_explanation_has_german_words() -> None:
    tree = ast.parse(Path(shap_values.__file__).read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    made_here = [node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id == "NotEstimable"]
    cannot = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_cannot")
    made_here += [node.value for node in ast.walk(cannot) if isinstance(node, ast.Return) and node.value is not None]
    texts = [str(node.value) for node in made_here if isinstance(node, ast.Constant) and node.value]
    assert len(texts) >= 4
    said = {text: sentences("de").message(text, "why.reason_elsewhere") for text in texts}
    assert [text for text, german in said.items() if german == sentences("de")("why.reason_elsewhere")] == []
    view = patient_view(made.facts(explanations=(), no_explanation=texts[0]), language="de")
    assert said[texts[0]] in view.why.absent
    assert all(sentences("en").message(text, "why.reason_elsewhere").replace("’", "'") == text for text in texts)


def test_a_measure_has_its_german_name_and_an_unknown_one_its_own() -> None:
    most = {"at_most": 0.02}
    rows = (
        made.measured("ici", "Integrated calibration index", 0.03, 0.01, 0.05, criterion=most, verdict="inconclusive"),
        made.measured("new", "A new measure", 0.03, 0.01, 0.05, criterion=most, verdict="inconclusive"),
    )
    standing = made.standing(readiness="inconclusive", unsettled=rows)
    lines = " ".join(patient_view(made.facts(standing=standing), language="de").standing.lines)
    assert "Integrierter Kalibrationsindex 0,03 (0,01 bis 0,05), gefordert höchstens 0,02" in lines
    assert "A new measure 0,03" in lines


def test_an_unknown_language_lists_those_there_are() -> None:
    with pytest.raises(InputError, match=r"language 'xx'\. There are: de, en"):
        patient_view(made.CASES["normal"], language="xx")


TRANSLATION: dict[str, Any] = {
    "person": "Frauen",
    "time_origin": "Geburt",
    "predicts": "Kreuzschmerzen, die 6 Monate nach der Geburt den Alltag einschränken",
    "event_phrase": "haben alltagseinschränkende Kreuzschmerzen",
    "no_event_phrase": "haben keine",
    "horizon": "6 Monate nach der Geburt",
    "intended_use": "Um mit der Frau zu entscheiden, wie bald Physiotherapie angeboten wird",
    "not_for": ["Frauen unter 18", "Frauen mit Warnzeichen", "bekannte entzündliche Wirbelsäulenerkrankung"],
    "population": "1 840 Frauen in vier niederländischen Hebammenpraxen, 2016 bis 2021",
    "regulatory_status": "kein Medizinprodukt: nur für die Forschung",
    "limits": "Nach Kaiserschnitt mit Komplikationen nicht untersucht",
    "inputs": {
        "pain": {"label": "Schmerzstärke", "unit": "von 10"},
        "bmi": {"label": "BMI"},
        "age": {"label": "Alter", "unit": "Jahre"},
        "pgp": {"label": "Beckengürtelschmerz in früherer Schwangerschaft"},
        "parity": {"label": "Frühere Geburten"},
        "kines": {"label": "Kinesiophobie"},
        "sleep": {"label": "Schlafstunden"},
        "smoke": {"label": "Rauchen", "levels": {"0": "nie", "1": "früher", "2": "aktuell"}},
    },
}


def test_a_card_may_carry_its_texts_in_german() -> None:
    card = made.card(translations={"de": TRANSLATION})
    view = patient_view(made.facts(card=card, support=made.IMPUTED), language="de")
    assert view.estimate.headline == (
        "Von 100 Frauen mit ähnlichen erfassten Merkmalen: etwa 32 haben alltagseinschränkende Kreuzschmerzen "
        "6 Monate nach der Geburt; etwa 68 haben keine."
    )
    words = printed(view)
    assert "Schmerzstärke (7 von 10) erhöhte sie um 9 Punkte." in words
    assert "Rauchen (nie) senkte sie um 5 Punkte." in words
    assert "Kinesiophobie wurde nicht erfasst; das Modell nahm 36 an." in words
    assert "women with red flags" not in words
    assert view.texts == "Texte der Validierung in der Sprache ihres Protokolls."
    assert "Pain intensity" in printed(patient_view(made.facts(card=card)))


def test_a_page_says_that_the_cards_texts_are_in_another_language() -> None:
    assert patient_view(made.CASES["normal"]).texts == ""
    assert "Englisch" in patient_view(made.CASES["normal"], language="de").texts
    partly = {**TRANSLATION, "inputs": {}}
    card = made.card(translations={"de": partly})
    view = patient_view(made.facts(card=card), language="de")
    assert "Englisch" in view.texts
    assert "100 Frauen" in view.estimate.headline
    german = made.card(language="de")
    assert patient_view(made.facts(card=german)).texts == "The model’s own texts are in German."


@pytest.mark.parametrize(
    ("translation", "message"),
    [
        ({"inputs": {"weight": {"label": "Gewicht"}}}, "input 'weight', which the card does not have"),
        ({"inputs": {"smoke": {"levels": {"3": "nie"}}}}, "level '3' of input 'smoke'"),
        ({"categories": {"a": "b"}}, "category 'a'"),
        ({"titel": "x"}, "titel"),
    ],
)
def test_a_translation_of_what_the_card_lacks_is_refused(translation: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made.card(translations={"de": translation})


def test_what_a_card_leaves_at_its_default_is_german() -> None:
    bare = {key: value for key, value in made.CARD.items() if key not in ("person", "event_phrase", "no_event_phrase")}
    view = patient_view(made.facts(card=type(made.card()).model_validate(bare)), language="de")
    assert (
        "Von 100 Personen mit ähnlichen erfassten Merkmalen: etwa 32 haben das Zielereignis" in view.estimate.headline
    )


def test_times_are_german_and_not_said_twice() -> None:
    facts = CASES["horizons"]
    view = patient_view(facts, language="de")
    assert "have returned to work innerhalb von 365 Tagen" in view.estimate.headline
    curve = view.html().partition('class="curve"')[2]
    assert "Tage ab birth" in curve
    phrase = "have returned to work within 365 days"
    card = made.card(outcome="survival", horizons=[90, 180, 365], time_unit="days", event_phrase=phrase, horizon="")
    again = patient_view(made.facts(card=card, prediction=facts.prediction, explanations=()), language="de")
    assert again.estimate.headline == view.estimate.headline.replace("have not", "do not")


def test_categories_are_translated() -> None:
    facts = CASES["classes"]
    names = {"self-care": "Selbsthilfe", "physiotherapist": "Physiotherapie", "general practitioner": "Hausarzt"}
    card = made.card(outcome="nominal", categories=list(names), translations={"de": {"categories": names}})
    view = patient_view(made.facts(card=card, prediction=facts.prediction, explanations=()), language="de")
    assert [line.text for line in view.estimate.key] == [
        "etwa 21 Selbsthilfe",
        "etwa 64 Physiotherapie",
        "etwa 15 Hausarzt",
    ]


def test_the_risk_is_the_same_in_every_language() -> None:
    facts = made.facts(prediction=Risk(made.facts().prediction.values))  # type: ignore[union-attr]
    views = [patient_view(facts, language=language) for language in languages()]
    assert len({view.form for view in views}) == 1
    assert len({view.report_hash for view in views}) == len(views)


def test_no_sentence_of_the_page_stands_in_the_code() -> None:
    folder = Path(patient.__file__).parent
    assert [found for name in PAGE_MODULES for found in wording(folder / f"{name}.py")] == []


PAGE_MODULES = (
    "applies", "contributions", "dates", "estimate", "estimate_horizons", "estimate_parts", "facts", "frequencies",
    "layouts", "model_facts", "patient", "performance", "red_flags", "risk_curve", "run_times", "standing", "status",
    "thresholds", "times", "values", "verdict",
)  # fmt: skip


def wording(file: Path) -> Iterator[tuple[str, str]]:
    """Texts of two words or more in a module, but for its documentation, its errors and its drawings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    apart = {id(each) for node in ast.walk(tree) if isinstance(node, ast.Raise) for each in ast.walk(node)}
    apart |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            words = re.search(r"[A-Za-z]{2,}[ ,;:]+[a-z]{2,}", node.value)
            # What ``Feature.shown`` says of a blank is looked for, to be put in the page's words.
            if words and "<" not in node.value and node.value != "not recorded":
                yield file.name, node.value


def test_no_name_of_a_shipped_red_flag_is_ever_cut_short() -> None:
    for language in languages():
        rules = read_rules().in_language(language).rules
        assert [rule.name for rule in rules if len(rule.name) > layouts.FLAG] == []
        assert [rule.action for rule in rules if len(rule.action) > layouts.REASON] == []
