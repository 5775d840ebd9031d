"""Whose ranges a patient was compared with is what the page says: development data or reference patients."""

import pytest

from cds.core.explanation import OutsideRange, Support, UnseenLevel
from cds.report.applies import applies_lines
from cds.report.verdict import decide
from cds.report.wording import sentences
from tests.report import patient_cases as made

BMI = OutsideRange("bmi", "BMI", "47.2", 17.1, 41.3, "kg/m²")
SEEN = UnseenLevel("smoke", "Smoking", "7", ("1", "2"))


def said(support: Support, language: str = "en") -> str:
    facts, say = made.facts(support=support), sentences(language)
    return " ".join(applies_lines(facts, decide(facts, say), say))


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("en", "development", "within the range of the development data."),
        ("en", "background", "within the range of the reference patients registered with the model; the development"),
        ("en", "none", "The development ranges are not recorded: whether"),
        ("de", "development", "im Bereich der Entwicklungsdaten."),
        ("de", "background", "im Bereich der mit dem Modell hinterlegten Referenzpersonen; die Bereiche der"),
        ("de", "none", "Ob das Modell extrapoliert, ist unbekannt."),
    ],
)
def test_values_without_concern_lie_within_the_ranges_that_are_known(language, source, sentence):
    assert sentence in said(Support(source), language)


@pytest.mark.parametrize(("language", "learned"), [("en", "this model learned from"), ("de", "gelernt hat")])
@pytest.mark.parametrize("concern", [{"outside_development": (BMI,)}, {"unseen_levels": (SEEN,)}])
def test_the_model_learned_from_development_data_only(concern, language, learned):
    reference = {"en": "registered with this model as reference", "de": "mit dem Modell als Referenz hinterlegt"}
    assert learned in said(Support("development", **concern), language).split("Referenz")[0]
    background = said(Support("background", **concern), language)
    assert reference[language] in background
    assert learned not in background.split(reference[language])[0]
