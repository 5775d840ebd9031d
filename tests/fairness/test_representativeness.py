"""The cohort beside the population that the model is meant for."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.measure import Interval
from cds.core.protocol import ValidationProtocol
from cds.core.sample_binary import BinarySample
from cds.core.study import Study, subgroups
from cds.fairness.representativeness import (
    Compared,
    compare,
    representativeness,
    standardised_difference,
    unlike,
)
from tests.samples import drawn
from tests.studies import answered

SEX = np.array(["f"] * 60 + ["m"] * 40)
AGE = np.array(["young"] * 30 + ["mid"] * 50 + ["old"] * 16 + ["(missing)"] * 4)


def study(target: dict[str, Any], *, site: Any = None, weights: Any = None, **groups: Any) -> Study:
    sample = drawn(100, 3)
    if weights is not None:
        sample = BinarySample(outcome=sample.outcome, risk=sample.risk, weights=np.asarray(weights, float))
    rules = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
            "outcome": {"kind": "binary", "column": "y"}, "cohort": {"groups": list(groups)},
            "criteria": [{"measure": "auroc", "at_least": 0.6}], "target_population": target,
        }
    )  # fmt: skip
    cohort = Cohort(
        patients=np.arange(100).astype(str), features=pd.DataFrame(index=range(100)),
        groups={name: np.asarray(levels) for name, levels in groups.items()},
    )  # fmt: skip
    made = replace(answered(sample), cohort=cohort, protocol=rules)
    return made if site is None else replace(made, sites=subgroups({"site": np.asarray(site)}))


def compared(target: dict[str, float], levels: Any = SEX, **more: Any) -> Compared:
    given = study({"g": target}, g=levels, **more)
    return compare(given, "g", np.asarray(levels), target)


def test_shares_are_of_patients_and_their_intervals_wilsons() -> None:
    found = compared({"f": 0.5, "m": 0.5})
    assert (found.levels, found.counts) == (("f", "m"), (60, 40))
    assert found.shares.tolist() == [0.6, 0.4]
    interval = found.intervals[0]
    assert isinstance(interval, Interval)
    # R 4.2.2: prop.test(60, 100, correct = FALSE)$conf.int
    assert (interval.low, interval.high) == (
        pytest.approx(0.502002586791062, rel=1e-10),
        pytest.approx(0.690598713567541, rel=1e-10),
    )


def test_the_standardised_difference_of_two_groups_is_the_usual_one() -> None:
    by_hand = 0.1 / np.sqrt((0.6 * 0.4 + 0.5 * 0.5) / 2)
    assert compared({"f": 0.5, "m": 0.5}).difference == pytest.approx(by_hand)


def test_the_standardised_difference_of_several_groups_is_yang_and_daltons() -> None:
    p, q = np.array([0.3, 0.5, 0.2]), np.array([0.2, 0.4, 0.4])
    # R 4.2.2: S <- (diag(p) - p %o% p + diag(q) - q %o% q) / 2; i <- -1; sqrt((p-q)[i] %*% solve(S[i,i]) %*% (p-q)[i])
    assert standardised_difference(p, q) == pytest.approx(0.453439606381615, rel=1e-10)
    assert standardised_difference(p[::-1], q[::-1]) == pytest.approx(0.453439606381615, rel=1e-10)
    assert standardised_difference(p, p) == 0
    assert standardised_difference(np.array([0.3, 0.7, 0.0]), np.array([0.2, 0.8, 0.0])) == pytest.approx(
        standardised_difference(np.array([0.3, 0.7]), np.array([0.2, 0.8]))
    )


def test_chi_square_is_given_for_several_groups_and_independent_patients_only() -> None:
    found = compared({"young": 0.25, "mid": 0.5, "old": 0.25}, AGE)
    # R 4.2.2: chisq.test(c(30, 50, 16), p = c(.25, .5, .25))
    assert found.chi_square == (pytest.approx(4.25, rel=1e-8), 2)
    assert found.missing == 4
    assert compared({"f": 0.5, "m": 0.5}).chi_square is None
    clustered = compared({"young": 0.25, "mid": 0.5, "old": 0.25}, AGE, site=["a", "b"] * 50)
    assert clustered.chi_square is None


def test_a_level_that_nobody_has_and_one_without_a_declared_share_are_named() -> None:
    (table,) = representativeness(study({"g": {"f": 0.5, "x": 0.5}}, g=SEX))
    assert [row[1] for row in table.rows] == ["f", "x", "m"]
    assert table.rows[1][2:4] == ("0", "0.0%")
    assert table.rows[2][5] == "none declared"
    assert "nobody here is x" in table.note


def test_small_counts_are_kept_back_with_what_would_give_them_away() -> None:
    levels = np.array(["a"] * 4 + ["b"] * 40 + ["c"] * 56)
    (table,) = representativeness(study({"g": {"a": 0.1, "b": 0.4, "c": 0.5}}, g=levels))
    assert [row[2] for row in table.rows] == ["×", "×", "56"]
    assert table.rows[0][5] == "10.0%"  # what was declared is no secret
    assert "standardised difference over all groups" in table.note.lower()
    assert "g is at least 0.1" in table.note and "χ²" not in table.note  # else the counts could be worked out
    (sentence,) = unlike(study({"g": {"a": 0.1, "b": 0.4, "c": 0.5}}, g=levels))
    assert "standardised" not in sentence


def test_sites_widen_the_interval_where_patients_of_one_are_alike() -> None:
    target = {"f": 0.5, "m": 0.5}
    alike = compared(target, site=np.repeat([str(k) for k in range(10)], 10)).intervals[0]
    alone = compared(target).intervals[0]
    assert isinstance(alike, Interval) and isinstance(alone, Interval)
    assert alike.high - alike.low > 2 * (alone.high - alone.low)
    # R 4.2.2: s <- c(rep(.4, 6), rep(-.6, 4)); sqrt(sum((10 * s / 100)^2) * 10 / 9), sums of y - .6 over the ten sites
    assert alike.se == pytest.approx(np.sqrt((6 * 0.04**2 + 4 * 0.06**2) * 10 / 9), rel=1e-10)


def test_weights_are_the_shares() -> None:
    weights = np.where(SEX == "f", 1.0, 3.5)
    found = compared({"f": 0.3, "m": 0.7}, weights=weights)
    assert found.shares == pytest.approx([60 / 200, 140 / 200])
    interval = found.intervals[0]
    assert isinstance(interval, Interval)
    assert interval.low < 0.3 < interval.high
    # R 4.2.2: w <- rep(c(1, 3.5), c(60, 40)); y <- rep(1:0, c(60, 40)); sqrt(sum((w * (y - .3))^2)) / sum(w)
    assert interval.se == pytest.approx(0.0428660704987056, rel=1e-10)


def test_several_rows_a_patient_count_once() -> None:
    sample = drawn(200, 3)
    given = study({"g": {"f": 0.5, "m": 0.5}}, g=SEX)
    twice = BinarySample(outcome=sample.outcome, risk=sample.risk, patient=np.repeat(np.arange(100), 2))
    levels = np.repeat(SEX, 2)
    cohort = replace(
        given.cohort, patients=np.repeat(given.cohort.patients, 2), features=pd.DataFrame(index=range(200)),
        groups={"g": levels},
    )  # fmt: skip
    made = replace(given, samples=(twice,), cohort=cohort)
    assert compare(made, "g", levels, {"f": 0.5, "m": 0.5}).counts == (60, 40)


def test_without_a_target_population_nothing_is_compared() -> None:
    assert not list(representativeness(answered()))
    assert unlike(answered()) == []


def test_notable_differences_are_said_in_a_sentence() -> None:
    assert unlike(study({"g": {"f": 0.6, "m": 0.4}}, g=SEX)) == []
    assert unlike(study({"g": {"f": 0.4, "m": 0.6}}, g=SEX)) == [
        "The patients differ from the target population in g (standardised difference 0.41): see their shares."
    ]
