import dataclasses
import io
import json
import re
import socket

import numpy as np
import pypdf
import pytest

from cds.core.explanation import EstimateRange, Resemblance, Support
from cds.core.measure import Interval
from cds.core.model_card import DevelopmentSummary
from cds.core.prediction import Risk, RiskByHorizon
from cds.report.facts import PatientFacts
from cds.report.layouts import CAPS, layouts, shorter
from cds.report.patient import PatientView, patient_view
from cds.report.pdf import render_pdf
from cds.safety.red_flags import screen
from tests.report import patient_cases as made

NASTY = "<script>alert(1)</script>{{ 7 * 7 }}</style>\u202eevil<img src=file:///etc/passwd>"


def read(view: PatientView) -> list[str]:
    """The text of each page of the first layout that needs two, white space made single."""
    return next(pages for each in layouts(view) if len(pages := pages_of(each)) == 2)


def pages_of(view: PatientView) -> list[str]:
    drawn = render_pdf(view.html(), identifier=view.report_hash)
    pages = pypdf.PdfReader(io.BytesIO(drawn.pdf)).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pages]


def alternative_texts(view: PatientView) -> str:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(view.html(), identifier=view.report_hash).pdf))
    found: list[str] = []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for part in node:
                walk(part)
        elif isinstance(node, dict):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            walk(node.get("/K", []))

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return "\n".join(found)


@pytest.mark.parametrize("name", [*made.CASES, *made.other_kinds()])
def test_every_report_has_two_pages_that_say_whose_they_are(name: str) -> None:
    pages = read(patient_view({**made.CASES, **made.other_kinds()}[name]))
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        assert f"{number} of 2" in page
        assert "P-0417" in page
        assert "postpartum-lbp@3" in page
        assert "12 March 2026" in page
        assert "Supports clinical judgement; does not replace it." in page


def test_a_normal_page_says_the_number_both_ways_and_beside_the_average() -> None:
    first, second = read(patient_view(made.CASES["normal"]))
    assert "AVAILABLE" in first
    assert "No red flag present; all 13 asked on 12 March 2026. Ask again if anything has changed." in first
    assert (
        "Of 100 women with similar recorded characteristics, about 32 have low back pain that limits daily activity "
        "6 months after birth; about 68 do not." in first
    )
    assert "No interval available: this model gives none." in first
    assert "Average in the development cohort: 27 of 100." in first
    assert "A low number does not exclude serious disease or justify withholding care." in first
    assert "Counted from: birth. By: 6 months after birth." in first
    assert "READY: this model met every criterion" in first
    assert "1,312 women, 361 with the outcome" in first
    assert "Latest validation: 2 November 2025, women of the northern clinics, 2022 to 2024." in first
    assert "Regulatory status as declared: not a medical device: research use only." in first
    assert "It judged exactly this version of the model." in first
    assert (
        "In this patient’s group (parity: 1): it ranks one with the outcome above one without in 73 of 100 pairs "
        "(66 to 80)." in first
    )
    assert "Recorded: this patient is none of them." in first
    assert "Rules not clinically approved" in first
    assert "Pelvic girdle pain in an earlier pregnancy (yes) raised this estimate by 6 points." in second
    assert "Hours of sleep (7.5 h) lowered this estimate by 5 points." in second
    assert "Compared with the average of 200 reference patients (27 of 100), in percentage points." in second
    assert "These describe the model, not causes. The page cannot say what changing a factor would do." in second
    assert "find 194 of those with the outcome, miss 81 and wrongly flag 186" in second
    # 0.194 − 0.186 × 3/7 and 0.275 − 0.725 × 3/7, by hand
    assert "Net benefit 0.114; treating all −0.036; treating none 0." in second
    assert "This estimate lies at or above the threshold of 30 in 100." in second
    assert "for every 100 with the outcome that the model predicted, 102 had it (94 to 110)" in second
    assert "calibration slope 1.02 (0.90 to 1.15); 1 is ideal" in second
    assert "Brier" not in second
    assert "in-the-large" not in second
    assert "● AVAILABLE" in second
    assert "options to weigh with the patient, not orders" in second
    assert "1 in" not in first.replace("1 in 1", "")


def test_the_chart_adds_up_and_runs_in_the_order_of_the_lists() -> None:
    view = patient_view(made.CASES["normal"])
    _, second = read(view)
    assert [row.effect for row in view.why.rows] == ["+9", "+6", "+2", "+1", "−5", "−5", "−3"]
    firsts = [text.partition(" (")[0] for text in (*view.why.raised, *view.why.lowered)]
    assert firsts == [row.input for row in (*view.why.rows[:3], *view.why.rows[4:])]
    assert "The one other input: Earlier births 0" in second
    assert "Average of the reference patients 27 + contributions 5 (rounded) = 32 of 100" in second
    assert "Modifiable Points lowered raised" in second
    assert "raised" in alternative_texts(view)
    table = second.index("= 32 of 100")
    assert second.index("These describe the model, not causes.") - table < len("= 32 of 100") + 5


def test_a_sum_of_rounded_numbers_is_right_as_printed() -> None:
    # 25.4 and 69.6 are printed as 25 and 70: the contributions of 44.2 must then be 45.
    told = made.explanation(base=0.254, prediction=0.696, values={"pain": 0.4, "age": 0.042})
    block = patient_view(made.facts(explanations=(told,), prediction=Risk(np.array([0.696])))).why
    assert (block.closing[-1].text, block.closing[-1].number) == (
        "Average of the reference patients 25 + contributions 45 (rounded)",
        "= 70",
    )
    sunk = made.explanation(base=0.27, prediction=0.2, values={"age": -0.07})
    block = patient_view(made.facts(explanations=(sunk,), prediction=Risk(np.array([0.2])))).why
    assert "27 − contributions 7" in block.closing[-1].text


def test_drawings_say_in_words_what_they_show() -> None:
    told = alternative_texts(patient_view(made.CASES["normal"]))
    assert "100 circles for 100 women: 32 filled circles have low back pain that limits daily activity" in told
    assert "Pain intensity: +9" in told


def test_an_interval_is_printed_with_its_source() -> None:
    interval = Interval(0.24, 0.41, 0.95, "model instability")
    first, _ = read(patient_view(made.facts(interval=interval)))
    assert "Plausible range: 24 to 41 of 100 (95 %, model instability)." in first


def test_a_red_flag_stops_and_says_how_fast_to_act() -> None:
    first, second = read(patient_view(made.CASES["red_flag"]))
    assert (
        "STOP Send for emergency assessment now. Possible cauda equina syndrome: new or worsening numbness or altered "
        "feeling between the legs, around the genitals or the back passage – recorded on 12 March 2026. "
        "No estimate is given; it does not apply." in first
    )
    assert first.count("Send for emergency assessment now.") == 1
    assert first.count("around the genitals") == 1
    assert patient_view(made.CASES["red_flag"]).estimate.notes == ()
    assert "■ Saddle numbness PRESENT now" in first
    assert "Trauma absent Steroids" in first
    assert "none of them" not in first
    assert "1 of 13 red flags present: Saddle numbness." in first
    assert "■ STOP – no estimate is given" in second
    assert "No estimate is given; nothing to weigh here." in second
    assert "Agree" not in second
    assert "record here what was done instead." in second
    assert "Note" in second
    assert "No reasons are shown, because no estimate is given." in second
    assert "These describe the model" not in second


def test_two_flags_have_the_soonest_action_as_headline_and_each_its_own() -> None:
    view = patient_view(made.facts(screen=screen(made.flags(saddle_numbness="yes", trauma="yes"))))
    assert view.status.headline == "Send for emergency assessment now."
    assert view.status.reasons[0].endswith("recorded on 12 March 2026. Send for emergency assessment now.")
    assert view.status.reasons[1].endswith("Arrange same-day assessment for fracture.")


def test_not_recorded_never_looks_like_absent() -> None:
    view = patient_view(made.CASES["unrecorded"])
    first, second = read(view)
    assert "ASK FIRST" in first
    assert (
        "Bladder or bowel change, Saddle numbness: not recorded. Not recorded does not mean absent. Any of these can "
        "be an emergency: no estimate until every one is asked and recorded." in first
    )
    assert "Also not recorded: Unexplained weight loss; ask about these as well." in first
    assert "? Saddle numbness NOT RECORDED if present: now" in first
    assert "? Unexplained weight loss NOT RECORDED if present: soon" in first
    assert "Trauma absent Steroids" in first
    assert "all 13 asked" not in first
    assert "none of them" not in first
    assert "Check whether this patient is one of them: not every red flag is recorded." in first
    assert [row.reading for row in view.safety.rows[:3]] == ["NOT RECORDED"] * 3
    assert {row.urgency for row in view.safety.rows if row.kind == "absent"} == {""}
    assert "? ASK FIRST – no estimate is given" in second


def test_a_blank_flag_that_is_no_emergency_is_shown_but_does_not_withhold() -> None:
    view = patient_view(made.facts(screen=screen(made.flags(weight_loss=None))))
    assert view.form == "point"
    assert view.status.kind == "caution"
    assert "red flags not recorded: Unexplained weight loss" in view.status.reasons[0]
    assert view.status.strip == "CAUTION – red flags not recorded"
    assert "Recorded: this patient is none of them." not in " ".join(view.applies)


def test_a_missing_required_input_is_named_with_its_range() -> None:
    view = patient_view(made.CASES["missing"])
    first, _ = read(view)
    assert (view.status.word, view.status.line) == ("CAUTION", "CAUTION: no estimate")
    assert view.status.strip == "CAUTION: no estimate – a needed input is missing"
    assert not view.standing.strong  # a READY in bold would read as a number to come
    assert "Pain intensity (0–10 of 10) is missing and the model needs it. Record it and run again." in first


def test_outside_the_development_range_only_a_range_is_given() -> None:
    first, second = read(patient_view(made.CASES["outside"]))
    assert "CAUTION: only a range Check the recorded values first." in first
    assert "BMI 47.2 kg/m² lies outside the women this model learned from (17.1–41.3). Check value and unit." in first
    # 0.36 and 0.47, outward to multiples of 5
    assert "Of 100 women, between 35 and 50 have low back pain" in first
    assert "At least 35 of 100 have low back pain" in first
    assert "The other 15 of 100 may or may not: this is the range" in first
    assert "At least 50 of 100 do not" in first
    assert "This range may be wrong: the model is extrapolating." in first
    assert (
        "How this range was made: the model’s estimates with BMI as recorded and with the nearest value it learned "
        "from, rounded outward to 5s. It is not a confidence interval." in first
    )
    assert "No interval available" not in first
    assert "47 " not in first.replace("47.2 ", "")
    assert "CAUTION: only a range – extrapolation" in second
    assert "The whole range lies at or above the threshold of 30 in 100." in second
    assert "These describe the model" not in second
    assert "they would explain a single number" in second


@pytest.mark.parametrize(
    ("risks", "said"),
    [((0.11, 0.18), "The whole range lies below the threshold"), ((0.28, 0.33), "The range straddles the threshold"),
     ((0.22, 0.28), "The range straddles the threshold")],
)  # fmt: skip
def test_a_range_says_where_it_lies_as_it_is_printed(risks: tuple[float, float], said: str) -> None:
    # 0.22 to 0.28 is printed as 20 to 30, which touches the threshold of 30.
    low, high = (Risk(np.array([risk])) for risk in risks)
    view = patient_view(made.facts(support=made.OUTSIDE, prediction=low, bounds=(high,)))
    assert said in view.decision[0]


def test_a_patient_like_no_other_gets_a_range_too() -> None:
    lonely = Support("development", resemblance=Resemblance(0.5, 1.0, 5, 200))
    view = patient_view(made.facts(support=lonely, sparse=True, bounds=(Risk(np.array([0.41])),)))
    assert view.form == "range"
    assert "hardly any patient like this one in the reference sample" in view.status.reasons[0]
    assert "drawn in to the usual ranges, rounded outward to 5s" in view.estimate.notes[0]


def test_an_imputed_input_says_what_it_could_change() -> None:
    first, _ = read(patient_view(made.CASES["imputed"]))
    assert (
        "Kinesiophobia was not recorded; the model assumed 36. Across its usual values (25–48) the estimate runs from "
        "26 to 39 in 100." in first
    )


def test_a_failed_check_withholds_the_explanation_and_not_the_estimate() -> None:
    first, second = read(patient_view(made.CASES["explanation_withheld"]))
    assert "about 32 have low back pain" in first
    assert (
        "Explanation withheld: the contributions differ from the model’s estimate by 3.1 points (limit 0.1). "
        "The estimate is unchanged. Do not infer reasons for it." in second
    )
    assert "raised this estimate" not in second
    assert "These describe the model" not in second
    assert "The reasons for this number are withheld: see page 2." in first
    assert "why the model says this" not in first


def test_an_inconclusive_model_is_neither_passed_nor_failed() -> None:
    first, second = read(patient_view(made.CASES["inconclusive"]))
    assert "▲ CAUTION – model INCONCLUSIVE" in second
    assert "CAUTION" in first
    assert "INCONCLUSIVE: this model has neither passed nor failed validation for this use" in first
    assert "412 women, 61 with the outcome" in first
    assert "Unsettled: Calibration slope 1.01 (0.78 to 1.24), required 0.80 to 1.20." in first
    assert "Do not give or withhold care on this number alone." in first


def test_a_model_that_is_not_ready_gives_no_estimate() -> None:
    first, second = read(patient_view(made.CASES["not_ready"]))
    assert "CAUTION: no estimate Assess as usual without this model." in first
    assert "No estimate: the model’s latest validation for this use is NOT READY." in first
    assert "Failed: Observed / expected events 1.44 (1.33 to 1.55), required 0.80 to 1.20." in first
    assert "Unsettled: Calibration slope 0.86 (0.74 to 0.98), required 0.80 to 1.20." in first
    assert "CAUTION: no estimate – model NOT READY" in second


def test_a_criterion_missed_by_little_is_not_rounded_onto_its_bound() -> None:
    row = made.measured("auroc", "AUROC", 0.81, 0.7996, 0.83, criterion={"at_least": 0.8}, verdict="inconclusive")
    view = patient_view(made.facts(standing=made.standing(readiness="inconclusive", unsettled=(row,))))
    assert "AUROC 0.8100 (0.7996 to 0.8300), required at least 0.80" in view.standing.lines[1]


def test_dates_have_one_style_on_the_page() -> None:
    facts = made.facts(recorded_on="2026-03-12")
    pages = " ".join(read(patient_view(facts)))
    assert pages.count("12 March 2026") == 3
    assert "Review by 31 December 2027" in pages
    assert not re.search(r"\d{4}-\d{2}-\d{2}", pages)


def test_an_unvalidated_model_is_marked_across_both_pages() -> None:
    for page in read(patient_view(made.CASES["unvalidated"])):
        assert page.count("NOT VALIDATED – NOT FOR CARE") == 2


def test_thoughts_of_self_harm_are_shown_with_their_action_whatever_the_total() -> None:
    view = patient_view(made.facts(screen=screen({**made.flags(), "epds_10": 1})))
    first, _ = read(view)
    assert view.status.kind == "caution"
    assert view.form == "point"
    assert "EPDS item 10 (thoughts of self-harm) is PRESENT and needs action" in first
    assert "do not leave the person alone while the risk is immediate" in first
    withheld = patient_view(made.facts(screen=screen({**made.flags(), "epds_10": 1}), standing=made.NOT_READY))
    assert "thoughts of self-harm) is PRESENT and needs action now" in withheld.status.reasons[1]
    assert "thoughts of self-harm PRESENT" in withheld.status.strip


def test_many_horizons_are_drawn_and_a_few_put_in_words() -> None:
    horizons = tuple(float(year) for year in range(1, 19))
    card = made.card(outcome="survival", horizons=horizons, time_unit="years", horizon="", disclaimer="As is. " * 60)
    risks = RiskByHorizon(np.array([np.linspace(0.01, 0.4, 18)]), horizons)
    view = patient_view(made.facts(card=card, prediction=risks, explanations=()))
    assert re.findall(r"within \d+ years", view.estimate.words[0].partition(";")[0]) == [
        f"within {year} years" for year in (5, 9, 14, 18)
    ]
    first, second = read(view)
    assert "By: 18 years, the longest time that the model estimates." in first
    assert second.count("As is.") == 60
    assert shorter(view).facts[-1].text == "As is. " * 60


def test_made_up_data_are_labelled_on_both_pages() -> None:
    for page in read(patient_view(made.facts(card=made.card(synthetic=True)))):
        assert "SYNTHETIC: made-up data. Not for care." in page


WITHHELD: dict[str, PatientFacts] = {
    "flag present": made.CASES["red_flag"],
    "flag unrecorded": made.CASES["unrecorded"],
    "missing": made.CASES["missing"],
    "implausible": made.facts(
        support=Support("development", outside_plausible=made.OUTSIDE.outside_development), sparse=False
    ),
    "not for": made.facts(in_not_for=True),
    "not ready": made.CASES["not_ready"],
    "not validated": made.facts(standing=None),
    "other hash": made.facts(standing=made.standing(model_sha256="0" * 64)),
    "other hash, unvalidated allowed": made.facts(
        standing=made.standing(model_sha256="0" * 64), allow_unvalidated=True
    ),
    "case-control": made.facts(card=made.card(design="case_control")),
    "undefined": made.facts(prediction_fault="an input is out of bounds"),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_a_withheld_estimate_is_nowhere(name: str) -> None:
    def shown(risk: float) -> tuple[str, list[str], str]:
        facts = dataclasses.replace(WITHHELD[name], prediction=Risk(np.array([risk])))
        view = patient_view(facts)
        assert view.form == "none"
        assert view.withheld
        return json.dumps(view.printed()), read(view), alternative_texts(view)

    # If nothing on the page changes when the estimate does, the page does not tell it.
    assert shown(0.32) == shown(0.87)


def test_every_reason_for_withholding_is_given_not_only_the_first() -> None:
    facts = made.facts(screen=screen(made.flags(trauma="yes", fever_or_sepsis=None)), standing=made.NOT_READY)
    assert patient_view(facts).withheld == ("flag_present", "flag_unrecorded", "not_ready")


@pytest.mark.parametrize(("risk", "said"), [(0.001, "fewer than 1"), (0.999, "more than 99"), (0.5, "about 50")])
def test_the_ends_of_the_scale_are_never_never_and_always(risk: float, said: str) -> None:
    view = patient_view(made.facts(prediction=Risk(np.array([risk]))))
    assert f"characteristics, {said} have" in view.estimate.headline


def test_other_kinds_of_prediction_have_their_own_block() -> None:
    told = {name: read(patient_view(facts))[0] for name, facts in made.other_kinds().items()}
    assert "about 21 self-care" in told["classes"]
    assert "about 64 physiotherapist" in told["classes"]
    assert "between 50 and 65 physiotherapist" in told["classes_range"]
    assert "Expected score: 4.3 of 10." in told["value"]
    assert "Plausible range for one patient: 1.9 of 10 to 6.8 of 10" in told["value"]
    assert "Expected score: between 4.3 of 10 and 6.1 of 10." in told["value_range"]
    assert "nearest value it learned from. It is not a confidence interval." in told["value_range"]
    assert "about 78 have returned to work within 365 days; about 22 have not." in told["horizons"]
    assert "between 75 and 90 have returned to work within 365 days" in told["horizons_range"]
    assert "Score: 7 points, group “medium”." in told["score"]
    assert "it is not a probability" in told["score"]


def test_text_of_patients_and_cards_is_printed_as_it_is_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    card = made.card(intended_use=NASTY, limits="{% for x in y %}", disclaimer="body { display: none }", person=NASTY)
    pages = read(patient_view(made.facts(pseudonym=NASTY, recorded_on="<svg onload=x>", card=card)))
    assert len(pages) == 2
    text = " ".join(pages)
    assert "<script>alert(1)</script>{{ 7 * 7 }}</style>" in text
    assert "49" not in text.replace("497", "")
    assert "<svg onload=x>" in text
    assert "body { display: none }" in text
    assert "\u202e" not in text


def forty(label: str, text: str) -> PatientView:
    names = [f"in{k}" for k in range(40)]
    inputs = [{"name": n, "label": label.format(n), "type": "number"} for n in names]
    card = made.card(
        inputs=inputs, development=None, intended_use=text, limits=text, disclaimer=text, population=text, source=text
    )
    values = {name: (-1) ** k * (k + 1) / 200 for k, name in enumerate(names)}
    facts = made.facts(card=card, inputs=dict.fromkeys(names, 1.5), explanations=(made.explanation(values=values),))
    return patient_view(facts)


def test_forty_inputs_and_long_texts_still_fit_two_pages() -> None:
    text = "A long statement that goes on about many things. " * 12
    assert len(pages_of(shorter(forty("A rather long label of input number {}", text)))) == 2


def test_texts_too_long_for_the_smallest_print_are_shortened_and_say_so() -> None:
    text = "A long statement that goes on about many things. " * 30
    first, second = read(forty("Input {} " + "with a label that nobody would care to read to its end " * 8, text))
    for page in (first, second):
        assert "Texts that end in … are shortened and lists may be; see the JSON beside this PDF." in page
    assert "about 32 have low back pain" in first
    assert "Weakness or numbness in both legs absent" in first
    assert "the threshold of 30 in 100." in second
    assert second.count("A long statement that goes on about many things.") >= 30  # the disclaimer, whole


@pytest.mark.parametrize("name", ["red_flag", "unrecorded", "not_ready", "outside", "normal"])
def test_whatever_is_long_there_are_two_pages_with_what_must_be_said(name: str) -> None:
    text = "Very long indeed, and longer. " * 66
    case = made.CASES[name]
    long_card = made.card(
        person=text, event_phrase=text, no_event_phrase=text, predicts=text, horizon=text, time_origin=text,
        intended_use=text, limits=text, population=text, source=text, not_for=[text] * 9, regulatory_status=text,
        responsible=text, review_by=text, disclaimer=text,
    )  # fmt: skip
    standing = dataclasses.replace(case.standing, population=text) if case.standing else None
    view = patient_view(dataclasses.replace(case, card=long_card, standing=standing))
    first, second = read(view)
    assert view.status.line in first
    assert view.status.headline in first
    assert view.status.reasons[0] in first or len(view.status.reasons[0]) > 400
    assert "2 of 2" in second


def test_a_shortened_chart_keeps_the_strongest_and_its_sum() -> None:
    view = shorter(patient_view(made.CASES["normal"]), CAPS[-1])
    assert [row.effect for row in view.why.rows] == ["+9", "+6", "−5", "−5"]
    assert [row.number for row in view.why.closing] == ["= 32"]


def test_print_is_larger_where_there_is_room() -> None:
    for name, case in made.CASES.items():
        view = patient_view(case)
        first = next(each.sizes for each in layouts(view) if len(pages_of(each)) == 2)
        assert first[0] in ("largest", "large"), name
        assert name not in ("red_flag", "missing", "not_ready") or first == ("largest", "largest")


def test_one_view_gives_the_same_bytes_and_another_view_another_hash() -> None:
    view = patient_view(made.CASES["normal"])
    assert patient_view(made.CASES["normal"]).report_hash == view.report_hash
    assert view.html() == patient_view(made.CASES["normal"]).html()
    assert patient_view(made.facts(prediction=Risk(np.array([0.33])))).report_hash != view.report_hash


def contrast(colour: str, ground: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, success criterion 1.4.3)."""

    def luminance(code: str) -> float:
        parts = [int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_all_text_stands_out_from_its_ground() -> None:
    from cds.resources import template_folder

    css = (template_folder() / "patient.css").read_text(encoding="utf-8")
    inks = set(re.findall(r"[ ;{]color: (#[0-9a-f]{6})", css)) - {"#ffffff"}
    assert inks
    for ink in inks:
        for ground in ("#ffffff", "#e6eaee"):
            assert contrast(ink, ground) >= 7, (ink, ground)
    for ground in ("#1b2430", "#3d4854"):
        assert contrast("#ffffff", ground) >= 7
    assert min(float(size) for size in re.findall(r"font-size: ([0-9.]+)pt", css)) >= 8


def test_a_group_that_is_an_input_reads_as_on_the_card() -> None:
    named = next(f for f in made.card().inputs if f.levels)
    level = next(iter(named.levels or {}))
    rows = (
        {
            "measure": "observed_expected", "label": "O:E", "attribute": named.name, "group": level,
            "estimate": 1.1, "low": 1.0, "high": 1.2, "level": 0.95,
        },
    )  # fmt: skip
    facts = made.facts(standing=made.standing(performance=rows), groups={named.name: level})
    told = " ".join(patient_view(facts).applies)
    assert f"({named.title.lower()}: {(named.levels or {})[level]})" in told


def test_a_category_has_its_threshold_and_its_average() -> None:
    numbers = {"estimate": 0.1, "low": 0.05, "high": 0.15}
    row = {"threshold": 0.3, "category": "physiotherapist", "net_benefit": numbers,
           "net_benefit_treat_all": {"estimate": 0.02}, "net_benefit_gain": numbers, "per_thousand": {}}  # fmt: skip
    case = made.other_kinds()["classes"]
    shares = {"self-care": 0.5, "physiotherapist": 0.3, "general practitioner": 0.2}
    development = DevelopmentSummary(rows=400, category_shares=shares)
    told = dataclasses.replace(
        case,
        card=case.card.model_copy(update={"development": development}),
        standing=dataclasses.replace(case.standing, decision=(row,)),
    )
    view = patient_view(told)
    assert view.decision[0].startswith("At a threshold of 30 in 100 of the chance of “physiotherapist”:")
    assert "This estimate lies at or above the threshold of 30 in 100." in view.decision[0]
    assert "about 50 self-care, about 30 physiotherapist" in " ".join(view.estimate.notes)


def test_a_number_beside_a_range_that_reaches_both_sides_of_a_threshold_is_put_on_neither() -> None:
    spread = Interval(0.24, 0.41, 0.95, "model instability", details={"refits": 50})
    view = patient_view(made.facts(interval=spread))
    at_30 = next(line for line in view.decision if line.startswith("At a threshold of 30"))
    assert "The plausible range of this estimate reaches both sides of the threshold of 30 in 100." in at_30
    assert "lies at or above" not in at_30 and "lies below" not in at_30


def test_a_gap_is_no_finding_about_the_patient() -> None:
    missing = made.IMPUTED.missing[0]
    beyond = dataclasses.replace(missing, estimates=(EstimateRange("event", 0.05, 0.2),))
    case = dataclasses.replace(made.CASES["imputed"], support=Support("development", missing=(beyond,)))
    told = " ".join(patient_view(case).applies)
    assert "The estimate without it lies outside these values" in told
    assert "outside these values" not in " ".join(patient_view(made.CASES["imputed"]).applies)
    why = patient_view(case).why
    assumed = "Kinesiophobia was not recorded; the value assumed for it (36)"
    assert any(line.startswith(assumed) for line in (*why.raised, *why.lowered))
    unknown = dataclasses.replace(beyond, assumed=None)
    why = patient_view(dataclasses.replace(case, support=Support("development", missing=(unknown,)))).why
    gap = "Kinesiophobia was not recorded; the gap itself"
    assert any(line.startswith(gap) for line in (*why.raised, *why.lowered))


def test_a_page_without_a_number_still_says_what_that_does_not_mean() -> None:
    for name in ("missing", "unrecorded", "not_ready"):
        assert "No estimate does not mean no serious disease." in " ".join(
            patient_view(made.CASES[name]).estimate.notes
        )


def test_the_top_of_the_page_says_that_reasons_are_withheld() -> None:
    assert "reasons for it are not shown (page 2)" in patient_view(made.CASES["explanation_withheld"]).status.reasons[0]
    assert "reasons" not in patient_view(made.CASES["normal"]).status.reasons[0]


def test_a_distance_beyond_its_limit_is_said_never_to_fail() -> None:
    row = made.measured(
        "ici", "Integrated calibration index", 0.12, 0.1, 0.15, criterion={"at_most": 0.07}, verdict="inconclusive",
        reason="a distance is positive even under perfect calibration and never fails",
    )  # fmt: skip
    standing = made.standing(readiness="inconclusive", unsettled=(row,))
    told = " ".join(patient_view(made.facts(standing=standing)).standing.lines)
    assert "required at most 0.07 (a distance never counts as failed)" in told


def test_which_way_the_model_erred_is_said_only_where_the_printed_interval_says_so() -> None:
    for low, told in ((1.004, "102 had it (100 to 110)"), (1.01, "102 had it (101 to 110): it predicted too few")):
        row = made.measured("observed_expected", "Observed / expected events", 1.02, low, 1.1)
        view = patient_view(made.facts(standing=made.standing(performance=(row,))))
        assert any(
            fact.text == f"for every 100 with the outcome that the model predicted, {told}" for fact in view.facts
        )
