"""Other F1s than that of the patients with the outcome."""

import numpy as np
import pytest

from cds.claims.averages import average_claims, averages, explained_by
from cds.claims.reported import read_claims

KNOWN = {"prevalence": (0.265, 0.275), "error": (0.1465, 0.1475)}


def test_the_ranges_hold_every_table() -> None:
    reached, rng = averages(KNOWN), np.random.default_rng(1)
    for _ in range(2000):
        pi, wrong = rng.uniform(*KNOWN["prevalence"]), rng.uniform(*KNOWN["error"])
        fn = rng.uniform(0, wrong)
        p, t = pi - fn, 1 - pi - (wrong - fn)
        positive, negative = 2 * p / (2 * p + wrong), 2 * t / (2 * t + wrong)
        values = {
            "weighted": pi * positive + (1 - pi) * negative,
            "macro": (positive + negative) / 2,
            "negative": negative,
            "micro": 1 - wrong,
        }
        for name, value in values.items():
            assert reached[name][0] - 1e-3 <= value <= reached[name][1] + 1e-3


def test_the_averages_that_fit_are_named() -> None:
    assert "weighted" in explained_by(KNOWN, (0.8505, 0.8515), declared=False)
    assert "No other average" in explained_by(KNOWN, (0.99, 1.0), declared=False)
    assert explained_by(KNOWN, (0.99, 1.0), declared=True) == ""


@pytest.mark.parametrize(("average", "judged"), [("weighted", "consistent"), ("macro", "impossible")])
def test_a_declared_average_is_judged_as_such(average: str, judged: str) -> None:
    claims = read_claims({"f1": "0.851", "prevalence": "27%", "error": "0.147", "f1_average": average})[0]
    (one,) = average_claims(claims)
    assert one.judgement == judged


def test_a_lonely_average_cannot_be_checked() -> None:
    (one,) = average_claims(read_claims({"f1": "0.851", "f1_average": "macro"})[0])
    assert one.judgement == "cannot be checked"
    assert list(average_claims(read_claims({"f1": "0.851"})[0])) == []
