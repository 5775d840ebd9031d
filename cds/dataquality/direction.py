"""Direction: inputs that run against the sign that their card expects, and predictions that run against the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.finding import Finding
from cds.core.model_card import Feature, level_key
from cds.core.outcome import CompetingRisks
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.backwards import CLEARLY, FEWEST, Backwards, backwards, enough
from cds.dataquality.check import DataCheck, outcome_setting
from cds.dataquality.endpoints import Endpoint, endpoints, predicted_endpoints
from cds.stats.cox_score_test import score_test
from cds.stats.inputs import number_like
from cds.stats.mann_whitney import midranks
from cds.stats.recorded import recorded
from cds.stats.risk_sets import RiskSets
from cds.stats.single_input import rank_correlation

FALSE_ALARMS = 0.01  # of all declared signs together
YES_NO = {"1": 1.0, "0": 0.0, "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
DIRECTION = DataCheck(
    code="DQ021",
    name="direction",
    what="An input whose association with the outcome, other inputs not taken into account, runs against the card's "
    "expected_sign by more than 2.58 standard errors, more where several are declared, so that 1 study in 100 raises "
    "it by chance (Spearman's correlation, which for an event is the Mann–Whitney test; of times the score test of a "
    "Cox regression on ranks, competing events censored) (warning); predictions whose AUROC lies below one half by "
    "more than 2.58 standard errors, of times at the last horizon among those whose state is known then, or whose "
    "ranks fall where the observed ones rise (blocking).",
    source="Steyerberg, Clinical Prediction Models, 2nd ed. 2019, ch. 10, doi:10.1007/978-3-030-16399-0; DeLong 1988, "
    "doi:10.2307/2531595",
)


@dataclass(frozen=True)
class _Sign:
    """How one input goes with the outcome: z > 0 where it rises with it; ``correlation`` where one was computed."""

    feature: Feature
    z: float
    correlation: float | None

    @property
    def agreement(self) -> float:
        """z turned so that it is positive where the card's sign is right."""
        return self.z * (self.feature.expected_sign or 0)


def direction(study: Study) -> Iterator[Finding]:
    """A fault where the predictions run backwards, and per input that does; else a clear row or why none was compared.

    Where most inputs and the predictions run backwards, it is the outcome that does: one fault says so.
    """
    signs, turned = _signs(study), backwards(study)
    limit = max(CLEARLY, NormalDist().inv_cdf(1 - FALSE_ALARMS / max(1, len(signs))))
    wrong = [sign for sign in signs if sign.agreement < -limit]
    right = [sign for sign in signs if sign.agreement > limit]
    if turned:
        yield _other_way_round(turned, wrong, right, outcome_setting(study), _survival_hint(study))
    if not turned or len(wrong) <= len(right):
        yield from (_against_the_card(sign) for sign in wrong)
    if not turned and not wrong:
        if not signs and not predicted_endpoints(study):
            yield DIRECTION.not_run(f"a {study.sample.kind} outcome has no direction, or no input declares its sign")
            return
        yield DIRECTION.clear({"signs_compared": len(signs)})


def _other_way_round(
    turned: Sequence[Backwards], wrong: Sequence[_Sign], right: Sequence[_Sign], setting: str, hint: str
) -> Finding:
    if len(wrong) > len(right):
        cause = (
            f"{_several(wrong)} the other way than the card expects, too: the outcome is coded the other way round "
            f"({setting}, or its scale)?"
        )
    elif len(right) > len(wrong):
        cause = (
            f"{_several(right)} as the card expects: it is the prediction that is turned round (the chance of no "
            f"event, or another column)?{hint}"
        )
    else:
        cause = f"Is {setting}, the outcome's scale or the prediction the other way round?{hint}"
    sentence = f"Predictions run against the outcome: {'; '.join(one.told for one in turned)}. {cause}"
    details = {
        "values": [one.value for one in turned],
        "upper_bounds": [one.upper for one in turned],
        "inputs_against": [sign.feature.name for sign in wrong],
        "inputs_as_expected": [sign.feature.name for sign in right],
    }
    return DIRECTION.fault("blocking", sentence, details)


def _survival_hint(study: Study) -> str:
    """What to try of times to an event, whose models often give the chance of no event by the horizon."""
    if not isinstance(study.sample, CompetingRisksSample):
        return ""
    return (
        " They may be survival probabilities, where risks are needed: if so, give 1 − survival at each horizon as the "
        "risk."
    )


def _several(signs: Sequence[_Sign]) -> str:
    titles = [sign.feature.title for sign in signs]
    told = ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
    return f"{told} run{'s' if len(titles) == 1 else ''}"


def _against_the_card(sign: _Sign) -> Finding:
    feature, details = sign.feature, {"z": sign.z, "expected_sign": sign.feature.expected_sign}
    expected, seen = ("rise", "falls") if feature.expected_sign == 1 else ("fall", "rises")
    size = f"z {sign.z:.1f}" if sign.correlation is None else f"rank correlation {sign.correlation:.2f}, z {sign.z:.1f}"
    sentence = (
        f"{feature.title}: the card expects the outcome to {expected} with it (expected_sign = "
        f"{feature.expected_sign}), here it {seen} ({size}; other inputs not taken into account). Is the scale or the "
        "coding turned round, or does another input explain it?"
    ).replace("-", "−")
    return DIRECTION.fault("warning", sentence, details, about=feature.name)


def _signs(study: Study) -> list[_Sign]:
    """The direction of every input that declares one and that the data can tell."""
    judged = endpoints(study)
    if study.card is None or len(judged) != 1:
        return []  # several categories without an order have no one direction
    declared = [f for f in study.card.inputs if f.expected_sign is not None and f.name in study.cohort.features]
    outcome = study.cohort.outcome
    found = []
    for feature in declared:
        values = _numbers(feature, study.cohort.features[feature.name])
        if values is None:
            continue
        times = outcome if isinstance(outcome, CompetingRisks) else None
        sign = _of_ranks(feature, values, judged[0]) if times is None else _of_times(feature, values, times, study)
        if sign is not None:
            found.append(sign)
    return found


def _numbers(feature: Feature, column: pd.Series) -> FloatArray | None:
    """The input as numbers, NaN where missing; None where its levels are no numbers."""
    held = recorded(feature, column).astype(object)
    if feature.type == "boolean":
        read = held.map(lambda value: YES_NO.get(level_key(value).lower(), np.nan), na_action="ignore")
        return np.asarray(read, dtype=np.float64)
    if feature.type not in ("number", "integer") and not (
        feature.levels and all(number_like(level) for level in feature.levels)
    ):
        return None
    values: FloatArray = pd.to_numeric(held, errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _of_ranks(feature: Feature, values: FloatArray, endpoint: Endpoint) -> _Sign | None:
    rows = ~np.isnan(values) & endpoint.known
    x, y = values[rows], endpoint.value[rows]
    if not enough(y, is_event=endpoint.is_event or endpoint.is_ordered):
        return None
    correlation = rank_correlation(x, y)
    return _Sign(feature, correlation * float(np.sqrt(len(x) - 1)), correlation)


def _of_times(feature: Feature, values: FloatArray, outcome: CompetingRisks, study: Study) -> _Sign | None:
    """The score test of a Cox regression on the input's ranks, over all of follow-up, first row of each patient."""
    sample = study.sample
    cause = sample.cause if isinstance(sample, CompetingRisksSample) else 1
    rows = np.flatnonzero(~np.isnan(values) & outcome.observed)
    rows = rows[~pd.Series(study.cohort.patients[rows]).duplicated().to_numpy()]
    event = outcome.status[rows] == cause
    if event.sum() < FEWEST or not np.ptp(values[rows]):
        return None
    z = score_test(midranks(values[rows]), RiskSets.of(outcome.time[rows], event, _at(outcome.entry, rows)))
    return None if z is None else _Sign(feature, z, None)


def _at(values: FloatArray | None, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray | None:
    return None if values is None else values[rows]
