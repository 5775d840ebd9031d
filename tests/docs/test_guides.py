"""What the guides show must work, and what they point to must exist."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cds import catalog
from cds.core.model_card import DevelopmentSummary, Feature, InputSummary, ModelCard
from cds.demo import simulation
from cds.registry.shipped import shipped_models
from cds.safety.red_flags import read_rules

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
NAMES = sorted(guide.name for guide in GUIDES.glob("*.md"))


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name):
    guide = GUIDES / name
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", guide.read_text(encoding="utf-8"))
    assert [link for link in links if not (guide.parent / link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_placeholder_is_left(name):
    assert "@@" not in (GUIDES / name).read_text(encoding="utf-8")


def test_the_measure_of_the_guide_works_and_passes_its_own_tests(monkeypatch):
    text = (GUIDES / "add_a_measure.md").read_text(encoding="utf-8")
    measure_code, test_code = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    module = ModuleType("cds.utility.youden")
    exec(measure_code, vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    tests: dict[str, object] = {}
    exec(test_code, tests)
    named = [test for name, test in tests.items() if name.startswith("test_") and callable(test)]
    assert len(named) == 4
    for test in named:
        test()


def test_the_name_that_the_guide_takes_is_still_free():
    assert "youden" not in catalog.measures("binary"), "docs/guides/add_a_measure.md shows it: choose another name"


@pytest.mark.parametrize("table", [ModelCard, Feature])
def test_the_card_reference_has_a_row_for_every_key_and_no_other(table):
    text = (GUIDES / "card_reference.md").read_text(encoding="utf-8")
    card, inputs = text.split("### `[[inputs]]`")
    rows = re.findall(r"^\| `(\w+)` \|", card if table is ModelCard else inputs, flags=re.MULTILINE)
    assert sorted(rows) == sorted(field.alias or name for name, field in table.model_fields.items())


def test_the_card_reference_names_all_that_registration_writes():
    text = (GUIDES / "card_reference.md").read_text(encoding="utf-8")
    names = {*DevelopmentSummary.model_fields, *InputSummary.model_fields}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


def test_the_guide_lists_every_red_flag_and_whether_a_blank_withholds():
    text = (GUIDES / "validate_your_model.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(red_flag_\w+)` \| .* \| (yes|no) \|$", text, flags=re.MULTILINE)
    assert listed == [(flag.column, "yes" if flag.emergency else "no") for flag in read_rules().flags]


def test_the_guide_counts_the_shipped_models():
    text = (GUIDES / "validate_your_model.md").read_text(encoding="utf-8")
    assert "Twenty published models" in text and len(shipped_models()) == 20
    binary = {name for name, entry in shipped_models().items() if entry.card.outcome == "binary"}
    assert len(binary) == 4 and all(re.fullmatch("swespine-.+-satisfaction", name) for name in binary)


def test_the_demo_guide_prints_the_constants_of_the_simulation():
    text = (GUIDES / "demo_cohort.md").read_text(encoding="utf-8")
    assert f"The seed is {simulation.SEED}" in text
    assert f"η = {simulation.INTERCEPT}".replace("-", "−") in text
    for plan in (simulation.DEVELOPMENT, simulation.EXTERNAL):
        assert f"| {plan.name} | {plan.rows:,} |" in text
        assert all(f"`{site}` {women}" in text for site, women in plan.women_by_site.items())
    assert all(
        f"`{column}` {probability:.0%}".replace("%", " %") in text for column, probability in simulation.MISSING.items()
    )
    printed = re.findall(r"(?<=\| )([−]?\.\d\d) \|", text)
    wanted = [f"{value:.2f}".replace("0.", ".").replace("-", "−") for value in simulation.CORRELATIONS.values()]
    assert sorted(printed) == sorted(wanted)
