"""What a study shall reach: the width of one measure's interval, at a threshold where the measure has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cds.core.errors import InputError, nearest

AT_THRESHOLD = ("net_benefit", "standardized_net_benefit")
PLANNED: Mapping[str, tuple[str, ...]] = {
    "binary": ("observed_expected", "calibration_slope", "calibration_in_the_large", "auroc", *AT_THRESHOLD),
    "continuous": ("r_squared", "calibration_in_the_large", "calibration_slope"),
    "survival": ("observed_expected", "calibration_slope", "harrell_c"),
}


@dataclass(frozen=True)
class Target:
    """A measure, the width that its interval shall have (None: only tell the width), and the threshold."""

    measure: str
    width: float | None = None
    threshold: float | None = None

    @property
    def name(self) -> str:
        """The measure as it is printed: with its threshold.

        >>> Target("net_benefit", 0.02, 0.1).name
        'net_benefit at 0.1'
        """
        return self.measure if self.threshold is None else f"{self.measure} at {self.threshold:g}"


def read_target(text: str) -> Target:
    """Read ``measure=width`` or ``measure=width@threshold``.

    Raises:
        InputError: text that is neither.

    >>> read_target("standardized_net_benefit=.2@0.1")
    Target(measure='standardized_net_benefit', width=0.2, threshold=0.1)
    """
    name, equals, rest = text.partition("=")
    width, at, threshold = rest.partition("@")
    try:
        if not (name and equals):
            raise ValueError
        return Target(name.strip(), float(width), float(threshold) if at else None)
    except ValueError:
        raise InputError(
            f"{text!r} is no target width", do="Write MEASURE=WIDTH, or MEASURE=WIDTH@THRESHOLD: auroc=0.1"
        ) from None


def target_faults(targets: Sequence[Target], kind: str) -> list[InputError]:
    """What is wrong with targets of an outcome kind.

    A measure that no formula answers (the nearest is named), a width not above 0, a threshold that lacks or does
    not fit, a target given twice.
    """
    faults = [fault for target in targets for fault in _faults(target, kind)]
    named = [(t.measure, t.threshold) for t in targets]
    for name in dict.fromkeys(t.name for t in targets if named.count((t.measure, t.threshold)) > 1):
        faults.append(InputError(f"{name} has two target widths"))
    return faults


def all_targets(kind: str) -> tuple[Target, ...]:
    """Every measure of a kind without a width or threshold: what n patients give when nothing else is asked."""
    return tuple(Target(name) for name in PLANNED[kind] if name not in AT_THRESHOLD)


def _faults(target: Target, kind: str) -> list[InputError]:
    known, faults = PLANNED[kind], []
    if target.measure not in known:
        return [
            InputError(f"no size can be planned for {target.measure!r} of a {kind} outcome", do=_near(target, known))
        ]
    if target.width is not None and not 0 < target.width < float("inf"):
        faults.append(InputError(f"the target width of {target.measure} must be above 0, got {target.width:g}"))
    if target.measure in AT_THRESHOLD and target.threshold is None:
        faults.append(InputError(f"{target.measure} needs a threshold", do=f"Write {target.measure}=WIDTH@THRESHOLD"))
    if target.measure not in AT_THRESHOLD and target.threshold is not None:
        faults.append(InputError(f"{target.measure} has no threshold", do="Remove @THRESHOLD"))
    if target.threshold is not None and not 0 < target.threshold < 1:
        faults.append(InputError(f"a threshold must lie strictly between 0 and 1, got {target.threshold:g}"))
    return faults


def _near(target: Target, known: Sequence[str]) -> str:
    said = {"c": "auroc", "c_statistic": "auroc", "oe": "observed_expected", "slope": "calibration_slope"}
    also = said.get(target.measure.lower().replace("-", "_").replace("/", ""))
    if also == "auroc" and "harrell_c" in known:
        also = "harrell_c"
    return f"Did you mean {also!r}?" if also in known else nearest(target.measure, known)
