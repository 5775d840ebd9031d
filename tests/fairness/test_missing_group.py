"""Patients whose group is not known are a group of their own, whatever the outcome."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.finding import Findings
from tests.class_samples import CATEGORIES
from tests.class_samples import reference_rows as class_rows
from tests.samples import REFERENCE, reference_rows
from tests.values import reference_values
from tests.visits import drawn_visits

QUICK: dict[str, Any] = {"replicates": 0, "jobs": 1}


def rows_of(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "cases" / f"{name}.csv")


def binary(keep: Any, **more: Any) -> Findings:
    rows = reference_rows()[keep]
    return cds.evaluate.binary(rows["outcome"], rows["risk"], **QUICK, **more)


def nominal(keep: Any, **more: Any) -> Findings:
    rows = class_rows()[keep]
    probabilities = rows[[f"p_{name}" for name in CATEGORIES]]
    return cds.evaluate.nominal(rows["outcome"], probabilities.to_numpy(), classes=CATEGORIES, **QUICK, **more)


def ordinal(keep: Any, **more: Any) -> Findings:
    rows = class_rows()[keep]
    probabilities = rows[[f"p_{name}" for name in CATEGORIES]]
    return cds.evaluate.ordinal(rows["outcome"], probabilities.to_numpy(), classes=CATEGORIES, **QUICK, **more)


def continuous(keep: Any, **more: Any) -> Findings:
    rows = reference_values()[keep]
    return cds.evaluate.continuous(rows["observed"], rows["predicted"], **QUICK, **more)


def survival(keep: Any, **more: Any) -> Findings:
    rows = rows_of("survival")[keep]
    return cds.evaluate.survival(rows["days"], rows["event"], {180: rows["risk_180"]}, **QUICK, **more)


def competing_risks(keep: Any, **more: Any) -> Findings:
    rows = rows_of("competing")[keep]
    return cds.evaluate.competing_risks(rows["days"], rows["status"], {365: rows["risk_365"]}, **QUICK, **more)


def repeated(keep: Any, **more: Any) -> Findings:
    made = drawn_visits(80, 4)
    return cds.evaluate.repeated(
        made.observed[keep], made.predicted[keep], visit=made.visit[keep], patient=made.patient_codes[keep],
        visits=(4.0, 12.0, 26.0), **QUICK, **more,
    )  # fmt: skip


KINDS: dict[Callable[..., Findings], tuple[int, dict[str, Any]]] = {
    binary: (600, {"measure": "calibration_in_the_large"}),
    nominal: (len(class_rows()), {"measure": "observed_expected", "category": "self_care"}),
    ordinal: (len(class_rows()), {"measure": "cumulative_observed_expected", "category": "self_care"}),
    continuous: (len(reference_values()), {"measure": "calibration_in_the_large"}),
    survival: (len(rows_of("survival")), {"measure": "observed_expected", "horizon": 180}),
    competing_risks: (len(rows_of("competing")), {"measure": "observed_expected", "horizon": 365}),
    repeated: (240, {"measure": "calibration_in_the_large", "horizon": 12}),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_unknown_membership_is_a_group_that_is_judged_and_compared(kind: Callable[..., Findings]) -> None:
    n, asked = KINDS[kind]
    level = np.array(["a", "b", None], dtype=object)[np.arange(n) // 3 % 3]  # a patient's three visits stay together
    found = kind(slice(None), groups={"g": level}, references={"g": "a"})
    unknown = found.get(**asked, attribute="g", group="(missing)")
    alone = kind(pd.isna(level)).get(**asked)
    assert unknown.estimate == pytest.approx(alone.estimate, rel=1e-8)
    against = [
        f for f in found
        if f.measure == asked["measure"] and f.kind in ("difference", "ratio") and f.group == "(missing)"
        and all(getattr(f, key) == value for key, value in asked.items())
    ]  # fmt: skip
    assert [f.reference_group for f in against] == ["a"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_intersection_holds_all_whose_combination_is_not_known_in_one_group(kind: Callable[..., Findings]) -> None:
    n, asked = KINDS[kind]
    one = np.array(["a", "b", None], dtype=object)[np.arange(n) // 3 % 3]
    other = np.array(["x", "y"], dtype=object)[np.arange(n) // 9 % 2]
    found = kind(slice(None), groups={"g": one, "h": other}, intersections=[("g", "h")])
    primary = [f for f in found if f.kind == "estimate" and f.analysis == "primary"]
    levels = dict.fromkeys(f.group for f in primary if f.attribute == "g×h")
    assert list(levels) == ["a×x", "a×y", "b×x", "b×y", "(missing)"]
    whole = found.get(**asked, attribute="g", group="(missing)")
    assert found.get(**asked, attribute="g×h", group="(missing)").estimate == pytest.approx(whole.estimate, rel=1e-10)
