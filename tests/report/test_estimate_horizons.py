"""The pages of an outcome that takes time: both framings, curve, words, withholding, performance, two pages."""

import dataclasses
import json
import re

import numpy as np
import pytest

from cds.core.measure import Interval
from cds.core.prediction import RiskByHorizon
from cds.report.layouts import layouts
from cds.report.patient import PatientView, patient_view
from tests.report import survival_cases as made
from tests.report.test_patient import alternative_texts, pages_of, read


@pytest.mark.parametrize("name", made.CASES)
def test_every_state_has_two_pages(name: str) -> None:
    pages = read(patient_view(made.CASES[name]))
    assert ["1 of 2" in pages[0], "2 of 2" in pages[1]] == [True, True]


def test_the_main_horizon_is_told_both_ways_and_every_horizon_in_words() -> None:
    first, second = read(patient_view(made.CASES["normal"]))
    assert "about 63 have recovered within 365 days; about 37 have not." in first
    assert (
        "Over time, of the same 100 patients: about 22 have recovered within 42 days, about 36 within 90 days, "
        "about 63 within 365 days; about 37 have not within 365 days." in first
    )
    assert "63 of 100 have recovered within 365 days" in first
    assert "Average in the development cohort: 81 of 100 within 365 days." in first
    assert "Counted from: first visit. By: 365 days, the longest time that the model estimates." in first
    assert "A low number does not exclude serious disease or justify withholding care." in first
    assert "days from first visit" in first
    assert "Another event may come first" not in first + second


def test_the_curve_says_in_words_every_number_that_it_shows() -> None:
    told = alternative_texts(patient_view(made.CASES["normal"]))
    assert (
        "The estimate over time, of 100 patients: about 22 within 42 days, about 36 within 90 days, about 63 within "
        "365 days. Average in the development cohort: about 35 within 42 days, about 52 within 90 days, about 81 "
        "within 365 days." in told
    )
    assert "100 circles for 100 patients: 63 filled circles have recovered within 365 days" in told


def test_without_a_development_average_the_reference_patients_stand_beside() -> None:
    view = patient_view(made.CASES["reference average"])
    assert "The model’s average of its 200 reference patients: 79 of 100 within 365 days." in view.estimate.notes
    assert view.estimate.key[-1].text == "the model’s average of its reference patients"
    bare = patient_view(made.facts(card=made.card(development=None), reference_risks=(), reference_rows=0))
    assert "Average in the development cohort: not recorded." in bare.estimate.notes


def test_the_reasons_are_of_the_chance_at_the_horizon_and_say_so() -> None:
    view = patient_view(made.CASES["normal"])
    assert view.why.reference.endswith("in percentage points, for the chance within 365 days.")
    assert view.why.lowered[0] == "Pain intensity (7 of 10) lowered the chance within 365 days by 8 points."
    early = patient_view(made.CASES["main horizon chosen"])
    assert "for the chance within 90 days" in early.why.reference
    assert early.why.closing[-1].number == "= 36"
    assert "By: 90 days, the time that the model’s card puts first." in early.estimate.notes[-2]


def test_an_explanation_of_another_horizon_never_stands_under_the_pages_number() -> None:
    others = made.explanations(made.risks(0.22, 0.36, 0.63))[:2]
    view = patient_view(made.facts(explanations=others, no_explanation="it could not be made"))
    assert view.why.absent.startswith("No explanation is available")


def test_a_failed_check_withholds_the_reasons_and_keeps_the_curve() -> None:
    view = patient_view(made.CASES["explanation_withheld"])
    assert view.why.absent.startswith("Explanation withheld:")
    assert view.estimate.curve


def test_outside_the_development_range_there_is_a_range_at_every_horizon_and_no_point() -> None:
    view = patient_view(made.CASES["outside"])
    first, second = read(view)
    assert "between 45 and 60 have recovered within 365 days; between 40 and 55 have not" in first
    assert "between 10 and 25 have recovered within 42 days, between 20 and 35 within 90 days" in first
    everything = json.dumps(view.printed()) + first + second + alternative_texts(view) + view.html()
    for point in ("about 13", "about 24", "about 47", "about 58"):
        assert point not in everything
    assert 'class="curve"' in view.html()
    assert "No reasons are shown: they would explain a single number" in second


def test_the_band_is_drawn_no_finer_than_it_is_printed() -> None:
    def drawing(*risks: float) -> str:
        case = dataclasses.replace(made.CASES["outside"], prediction=made.risks(*risks))
        return str(patient_view(case).estimate.curve)

    assert drawing(0.13, 0.24, 0.47) == drawing(0.11, 0.21, 0.46)


WITHHELD = ("red_flag", "unrecorded", "missing", "not_ready")


@pytest.mark.parametrize("name", WITHHELD)
def test_a_withheld_estimate_leaves_no_trace_at_any_horizon(name: str) -> None:
    def shown(*risks: float) -> tuple[str, list[str], str, str]:
        prediction = made.risks(*risks)
        case = dataclasses.replace(
            made.CASES[name], prediction=prediction, explanations=made.explanations(prediction),
            reference_risks=risks,
            interval=Interval(risks[0], risks[2], 0.95, "refits", details={"refits": 50}),
        )  # fmt: skip
        view = patient_view(case)
        assert view.form == "none" and not view.estimate.curve and not view.estimate.words
        return json.dumps(view.printed()), read(view), alternative_texts(view), view.html()

    assert shown(0.22, 0.36, 0.63) == shown(0.51, 0.77, 0.94)


def test_other_events_may_come_first_and_where_their_people_are_counted() -> None:
    first, _ = read(patient_view(made.CASES["competing"]))
    assert "Another event may come first; those people are counted among the rest." in first


def test_the_performance_of_the_pages_horizon_is_told_in_words_and_of_ranking_once() -> None:
    _, second = read(patient_view(made.CASES["normal"]))
    assert (
        "within 365 days, for every 100 with the outcome that the model predicted, 104 had it (97 to 111); "
        "it ranks one with the outcome by then above one without in 71 of 100 pairs (67 to 75); "
        "calibration slope 0.95 (0.82 to 1.08); 1 is ideal" in second
    )
    assert "131" not in second  # of 42 days
    assert "earlier outcome" not in second


def test_a_concordance_over_all_follow_up_is_told_as_such() -> None:
    rows = tuple(r for r in made.standing().performance if r["measure"] in ("harrell_c", "observed_expected"))
    _, second = read(patient_view(made.facts(standing=made.standing(performance=rows))))
    assert (
        "over the whole follow-up, of two, it ranks the one with the earlier outcome above the other in 66 of 100 "
        "pairs (64 to 68)" in second
    )


def test_thresholds_are_of_the_pages_horizon_and_weighed_against_its_chance() -> None:
    (at_365, _) = patient_view(made.CASES["normal"]).decision
    assert at_365.startswith("At a threshold of 30 in 100, acting on the model in 1,000 patients would find 194 of")
    assert "outcome within 365 days, miss 81 and wrongly flag 186" in at_365
    assert "This estimate lies at or above the threshold of 30 in 100." in at_365
    (at_90, _) = patient_view(made.CASES["main horizon chosen"]).decision
    assert "This estimate lies below the threshold of 50 in 100." in at_90  # 36 by 90 days
    assert "The whole range lies at or above" in patient_view(made.CASES["outside"]).decision[0]


def test_a_threshold_at_another_time_is_not_weighed_against_the_page_number() -> None:
    only = ({**made.standing().decision[0], "horizon": 180.0},)
    (line, _) = patient_view(made.facts(standing=made.standing(decision=only))).decision
    assert "within 180 days" in line
    assert "This estimate lies" not in line


def test_an_unsettled_criterion_names_its_horizon() -> None:
    view = patient_view(made.CASES["inconclusive"])
    assert "Calibration slope within 365 days 0.95 (0.78 to 1.12), required 0.80 to 1.20" in view.standing.lines[1]


def test_the_effect_of_a_missing_input_is_that_on_the_pages_chance() -> None:
    told = " ".join(patient_view(made.CASES["imputed"]).applies)
    assert "(25–48) the estimate within 365 days runs from 58 to 67 in 100." in told


def test_refits_tell_how_far_the_pages_chance_moves() -> None:
    spread = Interval(0.55, 0.7, 0.95, "model instability", details={"refits": 200})
    notes = patient_view(made.facts(interval=spread)).estimate.notes
    told = "model instability: where 200 models made from other samples of such patients lie"
    assert notes[0] == f"Plausible range: 55 to 70 of 100 (95 %, {told})."


def test_one_horizon_has_its_icons_and_no_curve() -> None:
    view = patient_view(made.CASES["one horizon"])
    assert view.estimate.drawing and not view.estimate.curve and not view.estimate.words
    assert "By: 365 days." in view.estimate.notes[-2]


def test_the_ends_of_the_scale_are_never_never_and_always() -> None:
    view = patient_view(made.facts(prediction=made.risks(0.001, 0.002, 0.999)))
    assert "more than 99 have recovered within 365 days; fewer than 1 have not" in view.estimate.headline
    assert "fewer than 1 have recovered within 42 days" in view.estimate.words[0]
    labels = re.findall(r">([^<]+)</text>", str(view.estimate.curve))
    assert "&gt;99" in labels and "&lt;1" in labels


def test_forty_inputs_and_long_texts_still_fit_two_pages() -> None:
    text = "A long statement that goes on about many things. " * 12
    names = [f"in{k}" for k in range(40)]
    inputs = [{"name": n, "label": f"A rather long label of input number {n}", "type": "number"} for n in names]
    card = made.card(inputs=inputs, development=None, intended_use=text, limits=text, population=text, source=text,
                     time_origin=text, event_phrase=f"have {text}", no_event_phrase=text)  # fmt: skip
    values = {name: (-1) ** k * (k + 1) / 200 for k, name in enumerate(names)}
    found = made.explanations(made.risks(0.22, 0.36, 0.63), values=values)
    view = patient_view(made.facts(card=card, inputs=dict.fromkeys(names, 1.5), explanations=found))
    first, second = read(view)
    assert "about 63 have A long statement" in first
    assert "Input" in second


def test_print_is_the_largest_that_fits() -> None:
    view = patient_view(made.CASES["normal"])
    sizes = next(each.sizes for each in layouts(view) if len(pages_of(each)) == 2)
    assert sizes != ("dense", "dense")


def test_one_view_gives_the_same_pages_again() -> None:
    def view() -> PatientView:
        return patient_view(made.facts(prediction=RiskByHorizon(np.array([[0.22, 0.36, 0.63]]), made.HORIZONS)))

    assert (view().report_hash, view().html()) == (view().report_hash, view().html())
