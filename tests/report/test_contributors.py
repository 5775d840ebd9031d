"""Domains as players on the page, related inputs named, and values too uncertain to print."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cds.core.explanation import Group
from cds.core.model_card import ModelCard
from cds.report.contributions import WhyBlock
from cds.report.facts import PatientFacts
from cds.report.patient import patient_view
from tests.report import patient_cases as made
from tests.report.test_patient import read

CORRELATED = {"inputs": ("kines", "sleep"), "value": -0.6483, "coefficient": "spearman"}
GROUPS = (
    Group(("pain", "pgp"), 0.15, "physical"),
    Group(("kines", "sleep", "smoke"), -0.077, "psychosocial"),
    Group(("bmi",), 0.012),
    Group(("age", "parity"), -0.035, "personal"),
)


DOMAINS = {name: group.domain for group in GROUPS for name in group.inputs}


def block(domains: dict[str, str] = DOMAINS, **changes: Any) -> WhyBlock:
    return patient_view(facts(domains, **changes)).why


def facts(domains: dict[str, str] = DOMAINS, **changes: Any) -> PatientFacts:
    inputs = [{**each, "domain": domains[each["name"]]} for each in made.CARD["inputs"]]  # type: ignore[attr-defined]
    return made.facts(card=made.card(inputs=inputs), explanations=(made.explanation(**changes),))


def test_domains_that_are_players_are_the_reasons_and_add_up() -> None:
    found = block(players="domains", groups=GROUPS)
    assert found.raised == (
        "Physical (Pain intensity, Pelvic girdle pain in an earlier pregnancy, taken together) raised this estimate by "
        "15 points.",
        "BMI (27.4 kg/m²) raised this estimate by 1 point.",
    )
    assert found.lowered[0] == (
        "Psychosocial (Kinesiophobia, Hours of sleep, Smoking, taken together) lowered this estimate by 8 points."
    )
    assert [(row.input, row.value, row.modifiable, row.effect) for row in found.rows] == [
        ("Physical", "2 inputs", "some", "+15"),
        ("BMI", "27.4 kg/m²", "yes", "+1"),
        ("Psychosocial", "3 inputs", "some", "−8"),
        ("Personal", "2 inputs", "no", "−4"),
    ]
    assert "The inputs of a domain are varied together" in found.checked


def test_long_domains_name_three_inputs_and_count_the_rest() -> None:
    found = block(players="domains", groups=(Group(("pain", "pgp", "kines", "bmi", "age"), 0.152, "x"), *GROUPS[1:2]))
    assert "Kinesiophobia and 2 more, taken together" in found.raised[0]


def test_values_of_domains_are_exact_where_only_their_division_is_sampled() -> None:
    sampled = {"exact": False, "monte_carlo_se": 0.004, "players": "domains"}
    assert block(groups=GROUPS, **sampled).checked.startswith("Exact values")
    rough = tuple(Group(g.inputs, g.value, g.domain, 0.001) for g in GROUPS)
    assert block(groups=rough, **sampled).checked.startswith("Sampled values, not exact")


def test_clusters_are_not_printed_but_the_inputs_in_them() -> None:
    found = block(players="clusters", groups=(Group(("pain", "pgp"), 0.15), *GROUPS[1:]))
    assert found.rows[0].input == "Pain intensity"
    assert "varied in clusters" in found.checked


def test_the_caution_names_the_inputs_that_go_together_most() -> None:
    found = block(details={"correlated": CORRELATED})
    assert found.checked.endswith(
        "Inputs that go together are varied one by one; most closely related: Kinesiophobia and Hours of sleep "
        "(Spearman’s correlation −0.6)."
    )
    levels = {"inputs": ("pgp", "smoke"), "value": 0.31, "coefficient": "cramers_v"}
    assert "(Cramér’s V 0.3)" in block(details={"correlated": levels}).checked
    assert "related" not in block(details={"correlated": None}).checked


def test_values_too_uncertain_to_print_are_no_reasons_and_are_named() -> None:
    found = block(exact=False, monte_carlo_se=0.02, imprecise=("pain", "smoke"))
    assert not any("Pain intensity" in text for text in (*found.raised, *found.lowered))
    assert found.rows[0].input == "Pelvic girdle pain in an earlier pregnancy"
    assert not {"Pain intensity", "Smoking"} & {row.input for row in found.rows}
    assert found.checked.endswith(
        "Not listed as reasons, because sampling leaves their values too uncertain: Pain intensity, Smoking."
    )
    # The rest and the sum still hold them: pain +9, smoking −4.7, parity −0.5.
    assert (found.closing[0].text, found.closing[0].number) == ("All other inputs together (3)", "+4")


def test_a_way_without_a_settled_value_does_not_claim_that_nothing_moved_the_estimate() -> None:
    found = block(exact=False, monte_carlo_se=0.02, imprecise=("pain", "pgp", "kines", "bmi"))
    assert found.raised == ("None whose value sampling has made certain enough.",)


def test_without_any_settled_value_there_are_no_reasons() -> None:
    found = block(exact=False, monte_carlo_se=0.02, imprecise=tuple(made.explanation().values))
    assert "sampling leaves every contribution too uncertain to print" in found.absent
    assert found.rows == () and found.elsewhere


def test_a_domain_too_uncertain_to_print_is_named() -> None:
    rough = (Group(("pain", "pgp"), 0.15, "physical", 0.02, precise=False), *GROUPS[1:])
    found = block(exact=False, monte_carlo_se=0.02, players="domains", groups=rough)
    assert "too uncertain: Physical." in found.checked
    assert "Physical" not in [row.input for row in found.rows]


def test_a_page_about_domains_has_two_pages_and_prints_them() -> None:
    told = facts(players="domains", groups=GROUPS, details={"correlated": CORRELATED}, exact=False, monte_carlo_se=0.02)
    pages = read(patient_view(told))
    assert len(pages) == 2
    assert "Psychosocial 3 inputs – some −8" in pages[1]
    assert "Spearman’s correlation −0.6" in pages[1]


def test_a_domain_is_printed_in_the_pages_language_where_the_card_has_it() -> None:
    told = facts(players="domains", groups=GROUPS)
    inputs = {name: {"label": name, "domain": "Körper"} for name in ("pain", "pgp")}
    card = {**told.card.model_dump(by_alias=True), "translations": {"de": {"inputs": inputs}}}
    view = patient_view(replace(told, card=ModelCard.model_validate(card)), language="de")
    assert view.why.rows[0].input == "Körper"
