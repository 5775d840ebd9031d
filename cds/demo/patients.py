"""Seven SYNTHETIC women chosen for contrast: each shows one thing that a page must get right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.demo.simulation import MISSING, OUTCOME, RED_FLAGS

VISIT = {"recorded_on": "2026-11-12", "not_for": "no"}
FLAGS = tuple(f"red_flag_{flag}" for flag in RED_FLAGS)


@dataclass(frozen=True)
class Case:
    """One woman of the demonstration: her pseudonym, what her page shows, and what was changed in her record.

    ``at`` is the quantile of the model's risk at which an external woman with a complete record is chosen.
    """

    patient: str
    shows: str
    at: float
    change: Callable[[pd.DataFrame], Mapping[str, Any]] = lambda _development: MappingProxyType({})


def _beyond_development(development: pd.DataFrame) -> Mapping[str, Any]:
    # Still plausible by the card, so the page must warn of extrapolation, not of a typing error.
    return {"bmi": round(float(development["bmi"].max()) + 6, 1)}


HIGH = "P002"
CASES = (
    Case("P001", "a low estimate; its reasons are withheld, because measurement error would reorder them", 0.10),
    Case(HIGH, "a high estimate, everything recorded", 0.95),
    Case("P003", "an optional input was not recorded (kinesiophobia)", 0.60, lambda _: {"tsk_11": np.nan}),
    Case("P004", "a value outside the women the model learned from (BMI)", 0.70, _beyond_development),
    Case("P005", "a required input is missing (pain at birth)", 0.50, lambda _: {"pain_at_birth": np.nan}),
    Case("P006", "a red flag is present (saddle numbness)", 0.50, lambda _: {FLAGS[1]: "yes"}),
    Case("P007", "red flags were not asked", 0.40, lambda _: dict.fromkeys(FLAGS)),
)


def contrasting_patients(external: pd.DataFrame, risk: FloatArray, development: pd.DataFrame) -> pd.DataFrame:
    """One row per case: an external woman at the case's quantile of risk, her record then changed.

    Only women with a complete record and no red flag are chosen from; nobody is chosen twice. The outcome is
    left out, because on the day of the visit nobody knows it.
    """
    eligible = external[list(MISSING)].notna().all(axis=1) & (external[list(FLAGS)] == "no").all(axis=1)
    order = [row for row in np.argsort(risk, kind="stable") if eligible.iloc[row]]
    rows = []
    for case in CASES:
        woman = order.pop(round(case.at * (len(order) - 1)))
        record = external.drop(columns=[OUTCOME, "site"]).iloc[woman].to_dict()
        rows.append({**record, **case.change(development), **VISIT, "patient": case.patient})
    chosen = pd.DataFrame(rows)
    # A blank in a column of whole numbers would make every one of them a fraction in the file.
    whole = ["pain_at_birth", "tsk_11"]
    return chosen.astype(dict.fromkeys(whole, "Int64"))
