"""Why a model says what it says about one patient: contributions per input, and how far to trust them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cds.core.errors import DataError

Space = Literal["log_odds", "probability", "value"]
PlayerKind = Literal["inputs", "domains", "clusters"]


@dataclass(frozen=True)
class Check:
    """One check of an explanation: what was measured, against which limit, and whether it passed.

    ``passed`` is None where the check was not run or has nothing to tell; ``reason`` is then the code of why.
    ``details`` hold what it was measured with, and never name an input: they stay where the reasons are withheld.
    """

    name: str
    value: float | None
    limit: float | None
    passed: bool | None
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the explanation must be withheld; a check that did not run withholds nothing."""
        return self.passed is False


@dataclass(frozen=True)
class Group:
    """Inputs that are one player, and its value: the sum of theirs. ``domain`` is empty where they have none.

    ``monte_carlo_se`` is None where the value is exact; ``precise`` is False where that error is too large to print it.
    """

    inputs: tuple[str, ...]
    value: float
    domain: str = ""
    monte_carlo_se: float | None = None
    precise: bool = True


@dataclass(frozen=True)
class Interaction:
    """What two inputs do together beyond what each does alone: the Shapley interaction index, in ``space``.

    SHAP's interaction values split it between the pair: each of their two entries is half of it.
    """

    inputs: tuple[str, str]
    value: float
    space: Space


@dataclass(frozen=True)
class Explanation:
    """Contributions of the source features to one output (event, class or horizon) of one patient.

    ``base + sum(values) + residual == prediction`` in ``space``; ``prediction`` is the adapter's own output.
    ``horizon`` is that of the risk explained, in the card's time unit; None for other outputs. ``groups`` are the
    players where those are ``domains`` or ``clusters`` of inputs; ``imprecise`` names the inputs whose sampled value
    has too large a Monte Carlo error to print; ``interaction`` is of the pair that interacts most, where it is known.
    """

    output: str
    space: Space
    base: float
    values: Mapping[str, float]
    prediction: float
    method: str
    exact: bool
    background_rows: int
    background_sha256: str
    seed: int | None = None
    monte_carlo_se: float | None = None
    checks: tuple[Check, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    horizon: float | None = None
    players: PlayerKind = "inputs"
    groups: tuple[Group, ...] = ()
    imprecise: tuple[str, ...] = ()
    interaction: Interaction | None = None

    def __post_init__(self) -> None:
        if self.exact and self.monte_carlo_se is not None:
            raise DataError("an exact explanation has no Monte Carlo error")

    @property
    def residual(self) -> float:
        """Prediction − (base + Σ values): zero for an additive explanation of this very model."""
        return self.prediction - self.base - sum(self.values.values())

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks for which the explanation must not be shown."""
        return tuple(check for check in self.checks if check.failed)

    @property
    def withheld(self) -> str | None:
        """The names of the checks for which the explanation must not be shown, or None."""
        return ", ".join(check.name for check in self.failed) or None


@dataclass(frozen=True)
class LocalSurrogate:
    """What LIME says about one patient over several seeds: mean weights, fit and stability.

    ``values`` are the surrogate's weights (a number's per standard deviation, a category's for holding this
    patient's level); ``contributions`` the weights times how far the patient lies from the background's
    mean, which compare with SHAP values. ``r_squared`` is the surrogate's mean local R²; ``rank_stability``
    the mean Spearman correlation of the absolute weights between repeats.
    """

    output: str
    values: Mapping[str, float]
    r_squared: float
    local_prediction: float
    prediction: float
    rank_stability: float
    repeats: int
    seeds: tuple[int, ...]
    contributions: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreement:
    """How far two explanations of one output agree on the strongest inputs; it informs and never withholds.

    ``compared`` are the inputs that either ranks among its strongest; ``same_sign`` the share of them with
    the same sign; ``shared`` those that both rank among their strongest; ``rank_correlation`` Spearman's
    correlation of the absolute contributions over ``compared``, None where it is undefined.
    """

    compared: tuple[str, ...]
    shared: tuple[str, ...]
    same_sign: float
    opposite: tuple[str, ...]
    rank_correlation: float | None


@dataclass(frozen=True)
class OutsideRange:
    """An input outside a range: the value as shown, the bounds and the unit, ready for a sentence."""

    input: str
    label: str
    shown: str
    low: float
    high: float
    unit: str


@dataclass(frozen=True)
class UnseenLevel:
    """A level of the patient that the development data did not hold, and those that they held, as shown."""

    input: str
    label: str
    shown: str
    seen: tuple[str, ...]


@dataclass(frozen=True)
class EstimateRange:
    """The lowest and highest estimate of one output over an input's usual values."""

    output: str
    low: float
    high: float
    horizon: float | None = None


@dataclass(frozen=True)
class MissingInput:
    """A missing input: whether it is needed, its usual values, and what they make of the estimate.

    ``usual`` are the two ends of the usual range, or the levels, as shown; ``assumed`` is the value that the
    model puts in its place, as shown, where that is known. ``estimates`` is empty where ``reason`` says why.
    """

    input: str
    label: str
    unit: str
    required: bool
    plausible: tuple[float, float] | None = None
    usual: tuple[str, ...] = ()
    numeric: bool = True
    assumed: str | None = None
    estimates: tuple[EstimateRange, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Resemblance:
    """How near the patient is to the background rows, beside how near others are to them.

    ``distance`` is the mean Gower distance (0 equal, 1 opposite ends in every input) to the ``neighbours`` nearest
    background rows, in the ``inputs`` that are recorded; ``share_nearer`` the share of others that lie nearer to
    theirs: of the ``rows`` development patients, or of the background rows themselves, as ``source`` says.
    ``effective_number`` is how many background rows count as similar, each between 0 and 1.
    """

    distance: float
    share_nearer: float
    neighbours: int
    background_rows: int
    source: str = "background"
    rows: int = 0
    inputs: int = 0
    effective_number: float = 0.0


@dataclass(frozen=True)
class Support:
    """Whether a patient is like those the model learned from: data for sentences, one entry per concern.

    ``range_source`` tells where the ranges come from: ``development`` data, else the ``background`` sample,
    else ``none``; ``not_checked`` names the inputs without a known range or levels.
    """

    range_source: Literal["development", "background", "none"]
    outside_development: tuple[OutsideRange, ...] = ()
    outside_plausible: tuple[OutsideRange, ...] = ()
    unseen_levels: tuple[UnseenLevel, ...] = ()
    missing: tuple[MissingInput, ...] = ()
    not_checked: tuple[str, ...] = ()
    resemblance: Resemblance | None = None

    @property
    def missing_required(self) -> tuple[MissingInput, ...]:
        """The missing inputs without which there is no estimate."""
        return tuple(missing for missing in self.missing if missing.required)

    @property
    def missing_optional(self) -> tuple[MissingInput, ...]:
        """The missing inputs that the model does without."""
        return tuple(missing for missing in self.missing if not missing.required)

    @property
    def extrapolates(self) -> bool:
        """Whether an input lies outside what the model learned from, so that only a range may be shown."""
        return bool(self.outside_development or self.unseen_levels)
