"""Case-control designs: what the rows weigh when the prevalence is known, and what is withheld when it is not.

Cases and controls were sampled apart, so the share of cases is the investigator's choice. What is computed within
cases and within controls (AUROC, sensitivity, the calibration slope) stands as it is; an absolute risk needs the
prevalence from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds.core.arrays import FloatArray
from cds.core.errors import DataError
from cds.core.finding import Curve, Finding, Table
from cds.core.outcome import Binary, Continuous, Outcome
from cds.core.sample import Design
from cds.core.study import Study

ABSOLUTE = ("calibration", "utility")  # families whose curves and tables show absolute risks
WITHHELD = (
    "Case-control design without a prevalence: the share of events was chosen, so absolute risks cannot be judged. "
    "Calibration curves, the decision curve and the counts per 1,000 patients are withheld; measures that need the "
    "prevalence say so."
)
WEIGHED = (
    "Case-control design: cases and controls are weighted to the declared prevalence of {prevalence:g}, which is taken "
    "as known; the bootstrap draws cases and controls apart."
)
CARD_WITHOUT = (
    "The model's card says that it was developed in a case-control design without a prevalence: its risks are not "
    "meant as absolute. They were measured as they are, so calibration-in-the-large and observed / expected show how "
    "far off they lie here."
)


@dataclass(frozen=True, eq=False)
class Sampling:
    """How the rows were sampled: their weights, the design, and whether the data show the prevalence."""

    weights: FloatArray | None
    design: Design
    shows_prevalence: bool = True


def sampling(outcome: Outcome, weights: FloatArray | None, *, design: Design, prevalence: float | None) -> Sampling:
    """How rows of a declared design are weighed.

    In a case-control design with prevalence π and a (weighted) share ρ of cases, a case weighs π/ρ and a control
    (1 − π)/(1 − ρ), times its own weight, scaled to add up to the rows (Pepe 2003, ISBN 978-0-19-850984-9, §3.2.4;
    King & Zeng 2001, doi:10.1093/oxfordjournals.pan.a004868, eq. 4). Without π weights stay and nothing absolute is
    shown.

    Raises:
        DataError: a prevalence without a case-control design, outside (0, 1) or of an outcome other than binary; a
            case-control design of a continuous outcome; no cases or no controls.
    """
    if design != "case_control":
        if prevalence is not None:
            raise DataError(
                "a prevalence goes with a case-control design; in any other the data show it",
                do='Set the design to "case_control", or leave the prevalence out',
            )
        return Sampling(weights, design if weights is None else "sampling")
    if isinstance(outcome, Continuous):
        raise DataError("a continuous outcome has no cases and controls", do="Declare another design")
    own = _scaled(weights)
    if prevalence is None:
        return Sampling(own, design, shows_prevalence=False)
    if not isinstance(outcome, Binary):
        raise DataError(
            f"a prevalence is one number, which cannot weigh a {outcome.kind} outcome's categories",
            do="Give each row its sampling weight instead, with the design of sampling",
        )
    if not 0 < prevalence < 1:
        raise DataError(f"prevalence must lie between 0 and 1, got {prevalence:g}")
    share = float(outcome.event.mean() if own is None else own @ outcome.event / own.sum())
    if not 0 < share < 1:
        raise DataError(
            f"a case-control design needs cases and controls; there are no {'controls' if share else 'cases'}"
        )
    factor = outcome.event * (prevalence / share) + (1 - outcome.event) * ((1 - prevalence) / (1 - share))
    return Sampling(factor if own is None else own * factor, design)


def _scaled(weights: FloatArray | None) -> FloatArray | None:
    """Relative weights that add up to the rows that have one."""
    if weights is None or not weights.sum() > 0:
        return weights  # what is wrong with them, the sample says
    scaled: FloatArray = weights * ((weights > 0).sum() / weights.sum())
    return scaled


def shown(outputs: Iterable[Finding | Curve | Table], study: Study) -> list[Finding | Curve | Table]:
    """The outputs without the curves and tables of absolute risks, where these cannot be judged; findings stay."""
    if study.sample.shows_prevalence:
        return list(outputs)
    return [out for out in outputs if isinstance(out, Finding) or out.family not in ABSOLUTE]


def notes(study: Study) -> Iterator[str]:
    """What a reader must know of a case-control design, of the data or of the model."""
    if not study.sample.shows_prevalence:
        yield WITHHELD
    elif study.sample.design == "case_control" and study.protocol is not None and study.protocol.prevalence is not None:
        yield WEIGHED.format(prevalence=study.protocol.prevalence)
    if study.card is not None and not study.card.gives_absolute_risk:
        yield CARD_WITHOUT
