"""Implausible values are warnings; a wrong unit blocks."""

import numpy as np

from cds.core.model_card import Feature, ModelCard
from cds.dataquality.plausibility import plausibility, units_of_development
from cds.registry.development import development_summary
from tests.dataquality import planted
from tests.dataquality.studies import by_code, study


def test_values_outside_the_plausible_range_are_a_warning_with_counts() -> None:
    ages = np.r_[150.0, 5.0, np.linspace(20, 80, 98)]
    [fault] = by_code(plausibility(study(age=ages)))["DQ001"]
    assert fault.severity == "warning"
    assert fault.details == {"outside": 2, "rows": 100}
    assert fault.parameters == {"input": "age"}
    assert "2 of 100 values lie outside the plausible range 18 to 100 years" in str(fault.verdict_reason)


def test_heights_in_metres_block() -> None:
    found = by_code(plausibility(study(height=np.linspace(1.5, 1.9, 100))))
    [fault] = found["DQ002"]
    assert fault.severity == "blocking"
    assert "Perhaps written in metres?" in str(fault.verdict_reason)
    [clear] = found["DQ001"]
    assert clear.severity is None


def test_a_card_without_ranges_cannot_be_checked_and_says_so() -> None:
    card = ModelCard(name="m", version="1", outcome="binary", inputs=(Feature(name="age", type="number"),))
    for [finding] in by_code(plausibility(study(card))).values():
        assert finding.record()["reason"] == "the card declares no plausible ranges"


def test_nothing_is_raised_on_the_clean_cohort_in_developments_units() -> None:
    [row] = units_of_development(planted.study(planted.rows()))
    assert row.severity is None and row.details == {"inputs_compared": 8}


def test_inches_inside_the_plausible_range_of_centimetres_are_caught_by_developments_median() -> None:
    frame = planted.rows()
    frame["waist"] = (frame["waist"] / 2.54).round(1)
    [fault] = planted.faults(units_of_development(planted.study(frame)))
    assert (fault.severity, fault.parameters) == ("warning", {"input": "waist"})
    sentence = str(fault.verdict_reason)
    assert sentence.startswith("Waist: the median is 36") and "in development it was 9" in sentence
    assert "Likely cause: written in inches (times 2.54 it would be 9" in sentence


def test_a_scale_to_10_is_caught_although_a_few_values_lie_above_10() -> None:
    frame = planted.rows()
    frame["disability"] /= 10
    frame.loc[:2, "disability"] = 45
    [fault] = planted.faults(units_of_development(planted.study(frame)))
    assert fault.severity == "warning" and "written in a scale from 0 to 10 (times 10" in str(fault.verdict_reason)


def test_days_where_development_had_months_are_information_where_another_population_may_explain_them() -> None:
    duration = {"name": "disability", "label": "Duration", "unit": "months", "range": (0, 5000)}
    model = planted.card(developed=False, disability=duration)
    model = model.model_copy(update={"development": development_summary(model, planted.rows(seed=2))})
    frame = planted.rows()
    frame["disability"] = (frame["disability"] * 30.4375).round()
    [fault] = planted.faults(units_of_development(planted.study(frame, model)))
    assert fault.severity == "info"
    assert "Likely cause: written in days (times 0.03285" in str(fault.verdict_reason)
    assert "or another population" in str(fault.verdict_reason)


def test_an_older_population_is_no_other_unit() -> None:
    frame = planted.rows()
    frame["age"] += 25
    frame["waist"] *= 1.4
    assert not planted.faults(units_of_development(planted.study(frame)))


def test_without_a_development_summary_nothing_is_compared() -> None:
    [row] = units_of_development(planted.study(planted.rows(), planted.card(developed=False)))
    assert row.details == {"inputs_compared": 0}
