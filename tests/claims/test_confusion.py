"""Which tables of patients agree with reported numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.claims.confusion import Bounds, Counts, conflict, corners, reach, whole_table

NAMES = {
    "acc": "accuracy",
    "sens": "sensitivity",
    "spec": "specificity",
    "ppv": "ppv",
    "npv": "npv",
    "f1": "f1",
}
# (with the outcome, without, decimals, scores, inconsistent) as mlscorecheck 1.0.3 (PyPI) judges them:
#   check_1_testset_no_kfold(testset={"p": p, "n": n}, scores=scores, eps=0.5 * 10**-decimals)["inconsistency"]
JUDGED = [
    (46, 24, 2, {"acc": 0.66, "sens": 0.54}, False),
    (9, 16, 3, {"f1": 0.665, "acc": 0.76}, True),
    (78, 79, 2, {"acc": 0.38, "sens": 0.64}, False),
    (78, 44, 2, {"acc": 0.95, "sens": 0.91}, True),
    (31, 68, 3, {"sens": 0.874, "ppv": 0.491, "npv": 0.909}, True),
    (15, 78, 2, {"npv": 0.92, "ppv": 0.39, "spec": 0.86}, True),
    (24, 67, 3, {"acc": 0.198, "sens": 0.542, "npv": 0.312, "f1": 0.26}, True),
    (39, 65, 3, {"spec": 0.108, "npv": 0.167, "ppv": 0.065, "f1": 0.079}, False),
    (49, 7, 3, {"sens": 0.592, "acc": 0.605}, True),
    (55, 55, 3, {"f1": 0.824, "ppv": 0.696}, True),
    (58, 50, 2, {"f1": 0.59, "acc": 0.62}, False),
    (80, 28, 3, {"f1": 0.5, "ppv": 0.635}, False),
    (45, 21, 3, {"spec": 0.762, "acc": 0.909, "ppv": 0.898, "npv": 0.932}, True),
    (56, 12, 2, {"ppv": 0.49, "f1": 0.3}, True),
    (77, 24, 2, {"sens": 0.88, "acc": 0.7, "spec": 0.12}, False),
    (24, 86, 3, {"npv": 0.733, "ppv": 0.16, "acc": 0.473, "sens": 0.333}, False),
    (64, 66, 3, {"f1": 0.803, "acc": 0.769}, False),
    (66, 111, 3, {"f1": 0.311, "sens": 0.303}, True),
    (16, 94, 3, {"f1": 0.308, "npv": 0.892, "spec": 0.702}, False),
    (29, 108, 3, {"spec": 0.954, "f1": 0.35, "sens": 0.241}, True),
    (65, 38, 2, {"ppv": 1, "npv": 0.48, "sens": 0.37}, False),
    (48, 31, 2, {"spec": 0.0, "npv": 0.0, "acc": 0.38}, False),
    (30, 66, 3, {"spec": 0.333, "npv": 0.917, "acc": 0.518}, True),
    (26, 21, 3, {"sens": 0.0, "npv": 0.13, "ppv": 0.0, "spec": 0.19}, True),
    (18, 72, 3, {"f1": 0.211, "acc": 0.656}, True),
    (38, 74, 3, {"spec": 0.216, "npv": 0.571}, False),
    (71, 58, 2, {"f1": 0.69, "sens": 0.9, "acc": 0.56, "spec": 0.14}, False),
    (24, 27, 3, {"spec": 0.556, "acc": 0.373, "sens": 0.167, "f1": 0.2}, False),
    (18, 118, 2, {"f1": 0.23, "npv": 0.88}, False),
    (69, 62, 2, {"ppv": 0.18, "npv": 0.42}, False),
    (62, 70, 2, {"f1": 0.65, "sens": 0.55, "npv": 0.69, "ppv": 0.79}, False),
    (22, 58, 3, {"npv": 0.568, "acc": 0.35, "f1": 0.102}, True),
    (24, 96, 3, {"f1": 0.717, "npv": 0.955, "spec": 0.875}, True),
    (25, 90, 3, {"ppv": 0.091, "sens": 0.28, "spec": 0.213, "f1": 0.137}, True),
    (7, 48, 3, {"acc": 0.633, "ppv": 0.259, "npv": 1.0, "sens": 1.0}, True),
    (18, 15, 2, {"f1": 0.48, "npv": 0.44}, False),
    (38, 56, 3, {"sens": 0.237, "ppv": 0.291, "npv": 0.54, "acc": 0.457}, True),
    (39, 7, 2, {"sens": 0.14, "f1": 0.21}, True),
    (48, 75, 2, {"f1": 0.45, "acc": 0.43, "spec": 0.45, "sens": 0.54}, True),
    (44, 72, 3, {"sens": 0.295, "f1": 0.283, "npv": 0.544}, False),
]


def table(tp: int, fn: int, fp: int, tn: int, *, decimals: int = 3) -> dict[str, Bounds]:
    n, half = tp + fn + fp + tn, 0.5 * 10**-decimals
    scores = {"accuracy": (tp + tn) / n, "sensitivity": tp / (tp + fn), "specificity": tn / (tn + fp)}
    scores |= {"ppv": tp / (tp + fp)} if tp + fp else {}
    scores |= {"npv": tn / (tn + fn)} if tn + fn else {}
    scores |= {"f1": 2 * tp / (2 * tp + fp + fn)} if tp + fp + fn else {}
    rounded = {name: round(value, decimals) for name, value in scores.items()}
    return {"prevalence": ((tp + fn) / n,) * 2} | {
        name: (max(v - half, 0.0), min(v + half, 1.0)) for name, v in rounded.items()
    }


@pytest.mark.parametrize(("p", "n", "decimals", "scores", "inconsistent"), JUDGED)
def test_it_judges_as_mlscorecheck_does(
    p: int, n: int, decimals: int, scores: dict[str, float], inconsistent: bool
) -> None:
    half = 0.5 * 10**-decimals
    known = {NAMES[name]: (max(v - half, 0.0), min(v + half, 1.0)) for name, v in scores.items()}
    known["prevalence"] = (p / (p + n),) * 2
    assert (whole_table(known, p + n) is None) == inconsistent


@given(st.tuples(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60), st.integers(1, 60)))
def test_numbers_of_a_real_table_never_contradict_each_other(cells: tuple[int, int, int, int]) -> None:
    known = table(*cells)
    assert conflict(known) == ()
    assert isinstance(whole_table(known, sum(cells)), Counts)


def test_the_reach_of_f1_is_the_one_by_hand() -> None:
    # π = .27 and error .147 exactly: F1 = 2p / (2p + .147) with p from .27 − .147 to .27.
    low, high = reach("f1", {"prevalence": (0.27, 0.27), "error": (0.147, 0.147)}) or (0, 0)
    assert high == pytest.approx(0.54 / 0.687) and low == pytest.approx(0.246 / 0.393)


def test_bayes_rule_leaves_one_predictive_value() -> None:
    exact = {"prevalence": (0.1, 0.1), "sensitivity": (0.8, 0.8), "specificity": (0.9, 0.9)}
    assert reach("ppv", exact) == (pytest.approx(0.08 / 0.17), pytest.approx(0.08 / 0.17))


def test_the_fewest_numbers_in_conflict_are_named() -> None:
    known = {
        "prevalence": (0.27, 0.27),
        "npv": (0.5, 1.0),
        "error": (0.147, 0.147),
        "f1": (0.85, 0.852),
    }
    assert set(conflict(known)) == {"prevalence", "error", "f1"}
    assert len(corners(known)) == 0 and reach("accuracy", known) is None


def test_shares_that_exist_may_have_no_whole_patients() -> None:
    # .83 of 10 patients is none.
    known = {"prevalence": (10 / 24, 10 / 24), "sensitivity": (0.825, 0.835)}
    assert conflict(known) == () and whole_table(known, 24) is None


def test_a_measure_that_would_be_undefined_agrees_with_nothing() -> None:
    # Without a patient with the outcome, sensitivity, ppv and F1 are all 0/0.
    known = {"sensitivity": (0.75, 0.85), "ppv": (0.55, 0.65), "f1": (0.745, 0.755)}
    assert set(conflict(known)) == set(known)
    assert whole_table({"prevalence": (0.0, 0.01), "sensitivity": (0.4, 0.6)}, 50) is None


def test_too_many_tables_are_not_searched() -> None:
    assert "too many" in str(whole_table({"accuracy": (0.1, 0.9)}, 100_000))
