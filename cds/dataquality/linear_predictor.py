"""The linear predictor against the risks of the same model: do they rank patients alike?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Finding
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.check import DataCheck
from cds.stats.single_input import rank_correlation

ALIKE = 0.5  # Spearman's correlation from which on both may come from one model with more than one index
FEWEST = 10  # patients
FAR = 10.0  # times the spread of the complementary log-log of the risks, either way: no log hazard of theirs
LINEAR_PREDICTOR = DataCheck(
    code="DQ025",
    name="linear_predictor_against_risks",
    what="The linear predictor and the risk by a horizon, of the same model, rank patients differently: Spearman's "
    "correlation below .5; or the linear predictor is the same for everybody while risks differ, or spreads ten times "
    "more or less than log(−log(1 − risk)) (warning). Measures of discrimination and the calibration slope over all of "
    "follow-up are of the linear predictor.",
    source="Royston & Altman, BMC Med Res Methodol 2013;13:33 (prognostic index), doi:10.1186/1471-2288-13-33",
)


def linear_predictor(study: Study) -> Iterator[Finding]:
    """A warning where the linear predictor ranks patients otherwise than the risks; a clear row otherwise."""
    sample = study.sample
    if not isinstance(sample, CompetingRisksSample) or sample.linear_predictor is None:
        yield LINEAR_PREDICTOR.clear()
        return
    index = sample.linear_predictor
    compared = [(h, sample.at(h).risk_now) for h in sample.horizons]
    compared = [(h, risk) for h, risk in compared if np.ptp(risk)]
    if len(sample) < FEWEST or not compared:
        yield LINEAR_PREDICTOR.not_run(f"fewer than {FEWEST} patients, or every risk is the same")
        return
    if not np.ptp(index):
        sentence = "The linear predictor is the same for everybody, the risks are not: is it the right column?"
        yield LINEAR_PREDICTOR.fault("warning", sentence, {"distinct_values": 1})
        return
    found = {h: rank_correlation(index, risk) for h, risk in compared}
    details = {"rank_correlations": {f"{h:g}": r for h, r in found.items()}}
    wrong = {h: r for h, r in found.items() if r < ALIKE}
    if not wrong:
        yield _scale(index, compared[-1][1], details)
        return
    told = "; ".join(f"by {sample.at(h).span}: {r:.2f}".replace("-", "−") for h, r in wrong.items())
    sentence = (
        f"The linear predictor and the risks rank patients differently (rank correlation {told}): is it the right "
        "column, and does a higher value mean a higher risk?"
    )
    yield LINEAR_PREDICTOR.fault("warning", sentence, details)


def _scale(index: FloatArray, risk: FloatArray, details: Mapping[str, Any]) -> Finding:
    """A warning where the linear predictor spreads far more or less than log(−log(1 − risk)), whose scale it has."""
    inside = (risk > 0) & (risk < 1)
    expected = float(np.std(np.log(-np.log1p(-risk[inside])))) if inside.any() else 0.0
    if not expected or 1 / FAR <= (ratio := float(np.std(index[inside])) / expected) <= FAR:
        return LINEAR_PREDICTOR.clear(details)
    told = f"{ratio:,.0f}" if ratio > 1 else f"{ratio:.2g}"
    sentence = (
        f"The linear predictor spreads {told} times as much as the risks allow: it must be the log relative "
        "hazard. Is it a score, or on another scale?"
    )
    return LINEAR_PREDICTOR.fault("warning", sentence, {**details, "spread_over_that_of_risks": ratio})
