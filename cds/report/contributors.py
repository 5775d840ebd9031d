"""Who contributes to an estimate on the page: single inputs, or domains where the card makes them players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cds.core.explanation import Explanation
from cds.report.facts import PatientFacts
from cds.report.wording import Sentences

NAMED = 3


@dataclass(frozen=True)
class Contributor:
    """An input, or a domain's inputs together: title, effect, and whether its value is settled enough to print."""

    title: str
    inputs: tuple[str, ...]
    effect: float
    settled: bool = True

    @property
    def input(self) -> str | None:
        """The only input; None of several."""
        return self.inputs[0] if len(self.inputs) == 1 else None


def contributors(facts: PatientFacts, explanation: Explanation) -> list[Contributor]:
    """From the strongest to the weakest; domains where those are the players."""
    found = _domains(facts, explanation) if explanation.players == "domains" else _inputs(facts, explanation)
    return sorted(found, key=lambda one: (-abs(one.effect), one.inputs))


def exact_as_shown(explanation: Explanation) -> bool:
    """Whether the printed values are exact: of domains also where only their division among inputs is sampled."""
    if explanation.players == "domains":
        return all(group.monte_carlo_se is None for group in explanation.groups)
    return explanation.exact


def listed(titles: Sequence[str], say: Sentences) -> str:
    """Titles as a list of at most three, and how many more there are."""
    first = ", ".join(titles[:NAMED])
    return first if len(titles) <= NAMED else say("why.and_more", inputs=first, count=len(titles) - NAMED)


def modifiable(facts: PatientFacts, inputs: Sequence[str], say: Sentences) -> str:
    """What the card says of these inputs: yes, no, not stated, or that it differs between them."""
    said = {facts.feature(name).modifiable for name in inputs}
    if len(said) > 1:
        return say("why.some")
    return say({True: "why.yes", False: "why.no", None: "why.not_stated"}[said.pop()])


def how_varied(facts: PatientFacts, explanation: Explanation, say: Sentences) -> str:
    """The caution about inputs that go together, and the two of which that is most true."""
    text = say(f"why.varied_{explanation.players}")
    closest = explanation.details.get("correlated")
    if not closest:
        return text
    one, other = (facts.title(name) for name in closest["inputs"])
    value = say.numeral(f"{closest['value']:.1f}".replace("-0.0", "0.0").replace("-", "−"))
    coefficient = say(f"why.{closest['coefficient']}")
    return text + say("why.closest", one=one, other=other, coefficient=coefficient, value=value)


def _inputs(facts: PatientFacts, explanation: Explanation) -> list[Contributor]:
    return [
        Contributor(facts.title(name), (name,), value, name not in explanation.imprecise)
        for name, value in explanation.values.items()
    ]


def _domains(facts: PatientFacts, explanation: Explanation) -> list[Contributor]:
    found = []
    for group in explanation.groups:
        # The card's own, so that it is in the page's language.
        first = facts.feature(group.inputs[0])
        title = first.title if len(group.inputs) == 1 else first.domain[:1].upper() + first.domain[1:]
        found.append(Contributor(title, group.inputs, group.value, group.precise))
    return found
