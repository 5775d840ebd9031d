"""Draws the SYNTHETIC postpartum cohorts of the demonstration; no row describes a real woman.

The data-generating equations, in full (``docs/guides/demo_cohort.md`` prints them with their reasons):

1. *Correlation.* Every woman has one standard normal latent value per variable, z ~ N(0, R), with the
   correlations of ``CORRELATIONS`` (a Gaussian copula). The external cohort adds ``CASE_MIX`` to its z.
2. *Margins.* Each variable is a fixed non-decreasing function of its own z (``_margins``).
3. *Outcome.* logit P(``lbp_6_months`` = 1) = ``INTERCEPT`` + site + cohort shift + Σ effects (``log_odds``).
4. *Missingness.* Kinesiophobia, walking speed and sleep are blank with the probabilities of ``MISSING``,
   independently of everything else; the other predictors and the outcome are always recorded.
5. *Red flags.* Recorded "no", rarely "yes"; they do not touch the outcome.

Source of the method: Nelsen RB. An Introduction to Copulas. Springer 2006, doi:10.1007/0-387-28678-0. The
effects are round numbers chosen for the demonstration, not estimates from patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray

SEED = 20270101
OUTCOME = "lbp_6_months"
INTERCEPT = -1.95

VARIABLES = (
    "age", "bmi", "parity", "earlier_pgp", "pain_at_birth", "epds_total", "tsk_11", "sleep_hours",
    "social_support", "care_hours", "walking_speed", "mode_of_birth", "education",
)  # fmt: skip

# Pairs that are not named are independent given nothing else: their latent correlation is 0.
CORRELATIONS: Mapping[tuple[str, str], float] = {
    ("age", "parity"): 0.35, ("age", "education"): 0.25, ("age", "mode_of_birth"): 0.10,
    ("bmi", "walking_speed"): -0.20, ("bmi", "mode_of_birth"): 0.15, ("bmi", "education"): -0.15,
    ("parity", "care_hours"): 0.30, ("parity", "mode_of_birth"): -0.15,
    ("earlier_pgp", "pain_at_birth"): 0.40, ("earlier_pgp", "tsk_11"): 0.20,
    ("earlier_pgp", "walking_speed"): -0.15,
    ("pain_at_birth", "tsk_11"): 0.30, ("pain_at_birth", "epds_total"): 0.20,
    ("pain_at_birth", "walking_speed"): -0.25, ("pain_at_birth", "sleep_hours"): -0.15,
    ("epds_total", "tsk_11"): 0.25, ("epds_total", "sleep_hours"): -0.30,
    ("epds_total", "social_support"): -0.40,
    ("tsk_11", "walking_speed"): -0.20, ("tsk_11", "education"): -0.15,
    ("social_support", "care_hours"): -0.20, ("social_support", "education"): 0.10,
}  # fmt: skip

# How far the external women's latent values are shifted: a little older, heavier, in more pain.
CASE_MIX: Mapping[str, float] = {
    "age": 0.20, "bmi": 0.15, "parity": 0.20, "pain_at_birth": 0.10, "tsk_11": 0.10, "mode_of_birth": 0.10,
}  # fmt: skip

MISSING: Mapping[str, float] = {"tsk_11": 0.06, "walking_speed": 0.10, "sleep_hours": 0.04}

RED_FLAGS = (
    "bladder_bowel", "saddle_numbness", "bilateral_leg_deficit", "sexual_dysfunction", "fever_or_sepsis",
    "post_block_pain_or_deficit", "anticoagulant_with_deficit", "venous_thrombosis", "immunosuppression",
    "cancer_history", "weight_loss", "trauma", "steroids_or_osteoporosis",
)  # fmt: skip
RED_FLAG_RATE = 0.002


@dataclass(frozen=True)
class CohortPlan:
    """One cohort to draw: how many women at which sites, and what differs there (on the log-odds)."""

    name: str
    prefix: str
    women_by_site: Mapping[str, int]
    site_effects: Mapping[str, float]
    case_mix: Mapping[str, float]
    log_odds_shift: float

    @property
    def rows(self) -> int:
        """How many women."""
        return sum(self.women_by_site.values())


DEVELOPMENT = CohortPlan(
    name="development",
    prefix="D",
    women_by_site={"site_1": 500, "site_2": 400, "site_3": 300},
    site_effects={"site_1": 0.10, "site_2": 0.00, "site_3": -0.10},
    case_mix={},
    log_odds_shift=0.0,
)
EXTERNAL = CohortPlan(
    name="external",
    prefix="E",
    women_by_site={"site_4": 500, "site_5": 400},
    site_effects={"site_4": 0.10, "site_5": -0.10},
    case_mix=CASE_MIX,
    log_odds_shift=-0.05,
)


def draw(plan: CohortPlan, *, seed: int = SEED) -> pd.DataFrame:
    """Draw one SYNTHETIC cohort: a row per woman with site, predictors, groups, red flags, outcome.

    The same plan and seed give the same rows; the two cohorts use independent streams of one seed.
    """
    stream = int.from_bytes(plan.prefix.encode(), "big")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(stream,)))
    sites = np.repeat(list(plan.women_by_site), list(plan.women_by_site.values()))
    women = _margins(_latent(rng, plan))
    risk = 1 / (1 + np.exp(-log_odds(women, sites, plan)))
    outcome = (rng.random(plan.rows) < risk).astype(np.int64)
    return pd.concat(
        [
            pd.DataFrame({"patient": [f"{plan.prefix}{i + 1:04d}" for i in range(plan.rows)], "site": sites}),
            _with_blanks(rng, women),
            pd.DataFrame({"birth": np.where(women["parity"] == 1, "first", "later")}),
            _red_flags(rng, plan.rows),
            pd.DataFrame({OUTCOME: outcome}),
        ],
        axis=1,
    )


def log_odds(women: pd.DataFrame, sites: NDArray[np.str_], plan: CohortPlan) -> FloatArray:
    """The true log-odds of the outcome, from complete predictors.

    Not linear on purpose: kinesiophobia counts more where there was pelvic girdle pain, and sleep counts
    below 6 hours only. Age and education have no effect of their own.
    """
    pgp = (women["earlier_pgp"] == "yes").to_numpy(dtype=np.float64)
    fear = women["tsk_11"].to_numpy(dtype=np.float64) - 23
    mode = women["mode_of_birth"].map({"vaginal": 0.0, "assisted": 0.20, "caesarean": 0.30})
    effects = (
        0.80 * pgp
        + 0.20 * (women["pain_at_birth"] - 4)
        + 0.06 * (women["epds_total"] - 8)
        + 0.04 * fear
        + 0.04 * pgp * fear
        + 0.03 * (women["bmi"] - 26)
        + 0.15 * (women["parity"] - 1)
        + mode.to_numpy(dtype=np.float64)
        + 0.25 * np.maximum(0, 6 - women["sleep_hours"])
        - 0.010 * (women["social_support"] - 66)
        + 0.08 * (women["care_hours"] - 5)
        - 1.0 * (women["walking_speed"] - 1.2)
    )
    site = pd.Series(sites).map(dict(plan.site_effects)).to_numpy(dtype=np.float64)
    total: FloatArray = INTERCEPT + plan.log_odds_shift + site + effects.to_numpy(dtype=np.float64)
    return total


def _latent(rng: np.random.Generator, plan: CohortPlan) -> dict[str, FloatArray]:
    correlation = np.eye(len(VARIABLES))
    for (one, other), value in CORRELATIONS.items():
        i, j = VARIABLES.index(one), VARIABLES.index(other)
        correlation[i, j] = correlation[j, i] = value
    z = rng.standard_normal((plan.rows, len(VARIABLES))) @ np.linalg.cholesky(correlation).T
    return {name: z[:, i] + plan.case_mix.get(name, 0.0) for i, name in enumerate(VARIABLES)}


def _margins(z: Mapping[str, FloatArray]) -> pd.DataFrame:
    from scipy.stats import beta, gamma, norm

    u = {name: norm.cdf(values) for name, values in z.items()}
    return pd.DataFrame(
        {
            "age": np.clip(np.round(31 + 5 * z["age"]), 18, 47).astype(np.int64),
            "bmi": np.clip(np.round(25.6 * np.exp(0.17 * z["bmi"]), 1), 16.0, 52.0),
            "parity": 1 + np.digitize(u["parity"], [0.44, 0.80, 0.94]),
            "earlier_pgp": np.where(u["earlier_pgp"] > 0.66, "yes", "no"),
            "pain_at_birth": np.round(10 * beta.ppf(u["pain_at_birth"], 1.6, 2.2)).astype(np.int64),
            "epds_total": np.round(30 * beta.ppf(u["epds_total"], 1.5, 4.2)).astype(np.int64),
            "tsk_11": np.round(11 + 33 * beta.ppf(u["tsk_11"], 3.0, 5.0)),
            "sleep_hours": np.clip(np.round(2 * (5.8 + 1.1 * z["sleep_hours"])) / 2, 2.0, 10.0),
            "social_support": np.round(12 + 72 * beta.ppf(u["social_support"], 5.0, 1.7)).astype(np.int64),
            "care_hours": np.clip(np.round(2 * gamma.ppf(u["care_hours"], 6.0, scale=0.8)) / 2, 0.5, 16.0),
            "walking_speed": np.clip(np.round(1.18 + 0.17 * z["walking_speed"], 2), 0.50, 1.80),
            "mode_of_birth": _levels(u["mode_of_birth"], ("vaginal", "assisted", "caesarean"), (0.62, 0.72)),
            "education": _levels(u["education"], ("lower", "middle", "higher"), (0.25, 0.65)),
        }
    )


def _levels(u: FloatArray, levels: tuple[str, ...], cuts: tuple[float, ...]) -> NDArray[np.str_]:
    return np.array(levels)[np.digitize(u, cuts)]


def _with_blanks(rng: np.random.Generator, women: pd.DataFrame) -> pd.DataFrame:
    blanked = women.copy()
    for name, probability in MISSING.items():
        blanked[name] = women[name].mask(rng.random(len(women)) < probability)
    return blanked


def _red_flags(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    present = rng.random((rows, len(RED_FLAGS))) < RED_FLAG_RATE
    answers = np.where(present, "yes", "no")
    return pd.DataFrame(answers, columns=[f"red_flag_{flag}" for flag in RED_FLAGS])
