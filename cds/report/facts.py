"""Everything that a patient's page is made of, before any word is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cds.core.explanation import Explanation, Support
from cds.core.measure import NotEstimable
from cds.core.model import Standing
from cds.core.model_card import Feature, InputSummary, ModelCard
from cds.core.prediction import Prediction
from cds.core.safety import SafetyScreen
from cds.core.spread import Spread
from cds.report.times import main_horizon
from cds.report.values import reworded, shown_value
from cds.report.wording import Sentences

CATEGORIES = ""  # among ``relabelled``, beside the inputs' names
_DEFAULTS = ("person", "event_phrase", "no_event_phrase")


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """One patient, one model, and all that was computed about them.

    ``bounds`` are the predictions whose spread is the printed range where a point would mislead: with the
    outlying inputs as given and drawn in to the range of the development data. ``sparse`` says that hardly any
    reference patient is like this one. ``groups`` are the patient's levels of the attributes that the validation
    looked at. ``prediction_fault`` says why there is no prediction, ``unreadable`` names inputs whose value it
    cannot be given, ``in_not_for`` whether the data record that the model is not for this patient (None where they
    do not say). ``interval`` is the one that the page shows, of ``interval_source``, ``intervals`` all that there
    are by source or why there is none; ``no_interval`` is a code of why the page shows none (``nothing_stored``,
    ``missing_input``, ``range``). ``reference_risks`` are the model's mean risks by horizon of its
    ``reference_rows`` reference patients. ``relabelled`` maps the levels of each input, and the categories of the
    outcome, to the page's language.
    """

    card: ModelCard
    model_sha256: str
    adapter: str
    standing: Standing | None
    pseudonym: str
    recorded_on: str
    inputs: Mapping[str, object]
    screen: SafetyScreen
    support: Support
    sparse: bool = False
    in_not_for: bool | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    prediction: Prediction | None = None
    prediction_fault: str = ""
    unreadable: tuple[str, ...] = ()
    bounds: tuple[Prediction, ...] = ()
    interval: Spread | None = None
    interval_source: str = ""
    intervals: Mapping[str, Spread | NotEstimable] = field(default_factory=dict)
    no_interval: str = ""
    reference_risks: tuple[float, ...] = ()
    reference_rows: int = 0
    explanations: tuple[Explanation, ...] = ()
    no_explanation: str = ""
    allow_unvalidated: bool = False
    relabelled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def feature(self, name: str) -> Feature:
        """The card's declaration of an input."""
        return self.card.feature(name)

    def in_language(self, say: Sentences) -> PatientFacts:
        """The same facts with the texts of card and red-flag rules in the catalogue's language, where they have them.

        What the card leaves at its default is worded by the catalogue.
        """
        card, theirs = self.card.in_language(say.language), self.card.translations.get(say.language)
        defaults = {key: say(f"card.{key}") for key in _DEFAULTS if key not in card.model_fields_set}
        relabelled = {
            feature.name: dict(zip((feature.levels or {}).values(), (other.levels or {}).values(), strict=True))
            for feature, other in zip(self.card.inputs, card.inputs, strict=True)
        }
        return replace(
            self,
            card=card.model_copy(update=defaults),
            screen=self.screen.in_language(say.language),
            relabelled={CATEGORIES: theirs.categories if theirs else {}, **relabelled},
        )

    def category(self, name: str) -> str:
        """A category of the outcome in the page's language."""
        return self.relabelled.get(CATEGORIES, {}).get(name, name)

    def reworded(self, name: str, text: str, say: Sentences) -> str:
        """A value that ``Feature.shown`` has written, in the page's language."""
        return reworded(self.feature(name), self.relabelled.get(name, {}).get(text, text), say)

    def title(self, name: str) -> str:
        """An input's label."""
        return self.feature(name).title

    def shown(self, name: str, say: Sentences) -> str:
        """The recorded value of an input as a person reads it, with its unit."""
        return shown_value(self.feature(name), self.inputs.get(name), say)

    def lacks(self, name: str) -> bool:
        """Whether an input was not recorded."""
        return any(missing.input == name for missing in self.support.missing)

    def assumed(self, name: str) -> str:
        """The value that the model puts in the place of a missing input; empty where it is not known."""
        return next((missing.assumed or "" for missing in self.support.missing if missing.input == name), "")

    def summary(self, name: str) -> InputSummary | None:
        """What the development data held for an input, where that was recorded."""
        development = self.card.development
        return None if development is None else development.inputs.get(name)

    @property
    def horizon(self) -> float | None:
        """The horizon that the page is about; None where the outcome has no times."""
        return main_horizon(self.card, self.prediction)

    @property
    def same_model(self) -> bool:
        """Whether the latest validation judged exactly this model."""
        return self.standing is not None and self.standing.model_sha256 == self.model_sha256

    @property
    def synthetic(self) -> bool:
        """Whether the card or the validation declares made-up data."""
        return self.card.synthetic or bool(self.standing and self.standing.synthetic)

    @property
    def unvalidated_shown(self) -> bool:
        """Whether an unvalidated model's estimate was asked for all the same: both pages must say so."""
        return self.standing is None and self.allow_unvalidated
