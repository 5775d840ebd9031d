"""What the guides show must work, and what they point to must exist."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cds import catalog
from cds.demo import simulation

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
    assert "youden" not in catalog.measures("binary")


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
