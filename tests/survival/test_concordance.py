"""Harrell's and Uno's C: exactly those of R's survival::concordance, with their errors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds import catalog
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_times import SurvivalSample
from cds.survival.concordance import (
    NO_WEIGHTS,
    harrell_c,
    harrell_details,
    harrell_influence,
    harrell_interval,
    uno_c,
    uno_details,
    uno_influence,
    uno_interval,
)
from tests.samples import EXPECTED, REFERENCE

# In R, for every comment that names time, event, x, w and entry:
#   i <- 0:59; time <- 1 + (i * 7) %% 11; event <- as.numeric((i * 5) %% 3 != 0); x <- (i * i) %% 8
#   w <- 1 + (i %% 3); entry <- pmax(0, time - 1 - (i * 3) %% 7); S <- Surv(time, event)
_I = np.arange(60)
TIME, EVENT, X = 1.0 + (_I * 7) % 11, ((_I * 5) % 3 != 0).astype(int), ((_I * _I) % 8).astype(float)
W, ENTRY = 1.0 + _I % 3, np.maximum(0.0, (_I * 7) % 11 - (_I * 3) % 7)
HORIZONS = (4.0, 8.0, 11.0)


def tied(time=TIME, event=EVENT, x=X, horizons=HORIZONS, **more) -> SurvivalSample:
    """The 60 patients above, with heavy ties in time and prediction, or others; the linear predictor is x."""
    risk = np.tile(0.1 + np.asarray(x, float)[:, None] / 1000, (1, len(horizons)))
    return SurvivalSample(
        **{
            "time": np.asarray(time, float), "status": np.asarray(event, int), "risk": risk, "horizons": horizons,
            "linear_predictor": np.asarray(x, float), "time_unit": "days", **more,
        }
    )  # fmt: skip


def error(terms) -> float:
    assert not isinstance(terms, NotEstimable)
    return float(np.sqrt(terms @ terms))


def test_harrells_c_is_countable_by_hand():
    # Event at 1 (x = 3) beats 2 and 0, ties with 3; event at 2 (x = 2) beats 0, loses to 3; the censored are no events.
    assert harrell_c(tied([1, 2, 3, 4], [1, 1, 0, 0], [3, 2, 0, 3])) == 3.5 / 5


def test_unos_c_is_countable_by_hand():
    # G is 1 before the censoring at 2 and 2/3 after it: pairs of the event at 3 weigh 9/4, those of the event at 1, 1.
    # At 1: x = 2 against 0, 3, 1: two of three won. At 3: x = 3 against 1: won.
    sample = tied([1, 2, 3, 4], [1, 0, 1, 0], [2, 0, 3, 1], horizons=(3.0,))
    assert uno_c(sample, 3.0) == pytest.approx((2 + 9 / 4) / (3 + 9 / 4), rel=1e-14)


def test_the_reference_case_is_that_of_r():
    rows, expected = pd.read_csv(REFERENCE / "cases" / "survival.csv"), EXPECTED["survival"]
    sample = SurvivalSample(
        time=rows["days"].to_numpy(float), status=rows["event"].to_numpy(),
        risk=rows[["risk_90", "risk_180", "risk_365"]].to_numpy(), horizons=(90.0, 180.0, 365.0),
        linear_predictor=rows["lp"].to_numpy(),
    )  # fmt: skip
    assert harrell_c(sample) == pytest.approx(expected["harrell_c"]["estimate"], rel=1e-10)
    assert error(harrell_influence(sample)) == pytest.approx(expected["harrell_c"]["se"], rel=1e-9)
    assert uno_c(sample, 365.0) == pytest.approx(expected["uno_c_tau365"]["estimate"], rel=1e-10)
    assert error(uno_influence(sample, 365.0)) == pytest.approx(expected["uno_c_tau365"]["se"], rel=1e-9)


@pytest.mark.parametrize(
    ("more", "value", "se"),
    [
        # R 4.2.2, survival 3.5.3: k <- concordance(S ~ x, reverse = TRUE); c(k$concordance, sqrt(k$var))
        ({}, 0.46869782971619, 0.05096835756881),
        # concordance(S ~ x, weights = w, reverse = TRUE)
        ({"weights": W}, 0.45769837099317, 0.04983472656902),
        # concordance(Surv(entry, time, event) ~ x, reverse = TRUE)
        ({"entry": ENTRY}, 0.46814159292035, 0.04303222537701),
        # concordance(Surv(entry, time, event) ~ x, weights = w, reverse = TRUE)
        ({"entry": ENTRY, "weights": W}, 0.46253943217666, 0.03761415794280),
    ],
)
def test_harrells_c_is_that_of_r_with_ties_weights_and_delayed_entry(more, value, se):
    sample = tied(**more)
    assert harrell_c(sample) == pytest.approx(value, rel=1e-13)
    assert error(harrell_influence(sample)) == pytest.approx(se, rel=1e-12)


@pytest.mark.parametrize(
    ("horizon", "weights", "value", "se"),
    [
        # R 4.2.2, survival 3.5.3: k <- concordance(S ~ x, reverse = TRUE, timewt = "n/G2", ymax = 8)
        (8.0, None, 0.47434073089855, 0.05152347155333),
        # concordance(S ~ x, weights = w, reverse = TRUE, timewt = "n/G2", ymax = 8)
        (8.0, W, 0.46514194385849, 0.05178930231985),
        # concordance(S ~ x, reverse = TRUE, timewt = "n/G2", ymax = 11), where follow-up ends
        (11.0, None, 0.47206311271844, 0.04780748911871),
    ],
)
def test_unos_c_is_that_of_r_with_events_and_censorings_tied_and_at_the_end_of_follow_up(horizon, weights, value, se):
    sample = tied(weights=weights)
    assert uno_c(sample, horizon) == pytest.approx(value, rel=1e-12)
    assert error(uno_influence(sample, horizon)) == pytest.approx(se, rel=1e-12)


def test_unos_c_of_the_veterans_is_that_of_r():
    # R 4.2.2, survival 3.5.3, which also wrote veteran_lp.csv:
    #   f <- coxph(Surv(time, status) ~ karno + age, veteran,
    #              control = coxph.control(eps = 1e-11, toler.chol = 1e-12, iter.max = 100))
    #   write.csv(transform(veteran[c("time", "status")], lp = signif(predict(f), 12)), "veteran_lp.csv",
    #             row.names = FALSE, quote = FALSE)
    #   concordance(Surv(time, status) ~ lp, read.csv("veteran_lp.csv"), reverse = TRUE, timewt = "n/G2", ymax = h)
    rows = pd.read_csv(Path(__file__).parent / "veteran_lp.csv")
    sample = tied(rows["time"], rows["status"], rows["lp"], (100.0, 180.0, 999.0))
    for horizon, value, se in (
        (100.0, 0.75000616659148, 0.02496952234319),
        (180.0, 0.70929272829115, 0.02445981087415),
        (999.0, 0.70009862424269, 0.02417867954482),
    ):
        assert uno_c(sample, horizon) == pytest.approx(value, rel=1e-12)
        assert error(uno_influence(sample, horizon)) == pytest.approx(se, rel=1e-10)


@pytest.mark.shared
def test_a_breast_cancer_model_has_the_published_concordance_in_other_patients(shared_folder):
    # McLernon et al. 2022. R 4.2.2, survival 3.5.3; size, min(nodes, 19) as a restricted cubic spline (knots 0, 1, 9),
    # grade 3, fitted in rotterdam up to 5 years: coxph(Surv(time, event) ~ (size == "20-50") + (size == ">50") + n1 +
    # n3 + (grade == 3), control = coxph.control(eps = 1e-11, toler.chol = 1e-12, iter.max = 100)), then in gbsg
    # concordance(Surv(time, event) ~ lp, reverse = TRUE), and with timewt = "n/G2", ymax = 5
    rows = pd.read_csv(shared_folder / "data" / "breast_rotterdam_gbsg" / "gbsg.csv")
    nodes = np.minimum(rows["nodes"], 19)
    cubes = [np.maximum(nodes - knot, 0) ** 3 for knot in (0, 1, 9)]
    spline = (cubes[0] - 9 / 8 * cubes[1] + 1 / 8 * cubes[2]) / 81
    lp = (
        0.341842289565101 * rows["size"].between(20.5, 50)
        + 0.573554907409839 * (rows["size"] > 50)
        + 0.303965118522117 * nodes
        - 0.811166937047886 * spline
        + 0.361710071816110 * (rows["grade"] == 3)
    )
    years = rows["rfstime"] / 365.25
    event = (rows["status"] == 1) & (years <= 5)
    sample = tied(np.minimum(years, 5), event, lp, (4.99, 5.0))
    assert harrell_c(sample) == pytest.approx(0.6524007561, abs=5e-11)
    assert error(harrell_influence(sample)) == pytest.approx(0.0167168966, abs=5e-11)
    for horizon in (4.99, 5.0):  # nobody is followed beyond 5 years, but the last event comes before
        assert uno_c(sample, horizon) == pytest.approx(0.6353713247, abs=5e-11)
        assert error(uno_influence(sample, horizon)) == pytest.approx(0.0165111912, abs=5e-11)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 4), st.integers(0, 2)), min_size=2, max_size=25)
)
def test_it_is_the_weighted_share_of_all_comparable_pairs(rows):
    time, event, x, weight = (np.array(column) for column in zip(*rows, strict=True))
    weight[0] += 1
    sample = tied(time, event, x, horizons=(3.0,), weights=weight.astype(float))
    found = harrell_c(sample), uno_c(sample, 3.0)
    for value, horizon in zip(found, (None, 3.0), strict=True):
        expected = over_all_pairs(time, event, x, weight, horizon)
        assert isinstance(value, NotEstimable) if expected is None else value == pytest.approx(expected, rel=1e-12)


def over_all_pairs(time, event, x, weight, horizon):
    """The definition, pair by pair; None where there is none."""
    if horizon is not None and time[weight > 0].max() < horizon:
        return None
    won = compared = 0.0
    left, before = 1.0, {}
    for now in sorted(set(time.tolist())):
        before[now] = left
        here = time == now
        staying = weight[time >= now].sum() - weight[here & event].sum()
        if staying:
            left *= 1 - weight[here & ~event].sum() / staying
    for i in np.flatnonzero(event & (weight > 0) & (time <= (np.inf if horizon is None else horizon))):
        pair = weight[i] * weight / (1 if horizon is None else before[time[i]] ** 2)
        later = (time > time[i]) | ((time == time[i]) & ~event)
        compared += pair[later].sum()
        won += (pair * ((x < x[i]) + 0.5 * (x == x[i])))[later].sum()
    return won / compared if compared else None


@pytest.mark.parametrize("entry", [None, ENTRY])
def test_a_monotone_transform_of_the_predictions_changes_nothing(entry):
    plain, bent = tied(entry=entry), tied(linear_predictor=np.exp(X / 2) - 5, entry=entry)
    assert harrell_c(bent) == pytest.approx(harrell_c(plain), rel=1e-14)
    assert error(harrell_influence(bent)) == pytest.approx(error(harrell_influence(plain)), rel=1e-12)


def test_reversed_predictions_give_the_complement():
    assert harrell_c(tied(linear_predictor=-X)) == pytest.approx(1 - harrell_c(tied()), rel=1e-13)
    assert uno_c(tied(linear_predictor=-X), 8.0) == pytest.approx(1 - uno_c(tied(), 8.0), rel=1e-13)


@pytest.mark.parametrize("entry", [None, ENTRY])
def test_a_weight_of_two_is_a_doubled_row_and_a_weight_of_zero_no_row(entry):
    weights = np.where(_I % 3 == 0, 2.0, np.where(_I % 7 == 0, 0.0, 1.0))
    rows = np.repeat(_I, weights.astype(int))
    weighted = tied(weights=weights, entry=entry)
    repeated = tied(TIME[rows], EVENT[rows], X[rows], entry=None if entry is None else entry[rows])
    assert harrell_c(weighted) == pytest.approx(harrell_c(repeated), rel=1e-13)
    if entry is None:
        assert uno_c(weighted, 8.0) == pytest.approx(uno_c(repeated, 8.0), rel=1e-12)


def test_fractional_equal_weights_and_the_order_of_rows_change_nothing():
    shuffled = np.random.default_rng(3).permutation(60)
    for other in (tied(weights=np.full(60, 0.3)), tied(TIME[shuffled], EVENT[shuffled], X[shuffled])):
        assert harrell_c(other) == pytest.approx(harrell_c(tied()), rel=1e-12)
        assert uno_c(other, 8.0) == pytest.approx(uno_c(tied(), 8.0), rel=1e-12)


def test_a_replicate_is_the_sample_with_its_rows_repeated():
    times = np.random.default_rng(5).poisson(1, 60).astype(float)
    rows = np.repeat(_I, times.astype(int))
    sample = tied(linear_predictor=None)
    harrell_c(sample)
    replicate, repeated = sample.resample(times), tied(TIME[rows], EVENT[rows], X[rows], linear_predictor=None)
    for horizon in (8.0, 4.0):
        assert uno_c(replicate, horizon) == pytest.approx(uno_c(repeated, horizon), rel=1e-12)
    assert harrell_c(replicate) == pytest.approx(harrell_c(repeated), rel=1e-13)


def test_without_a_linear_predictor_the_risks_rank_and_the_details_say_which():
    risk = np.sort(np.random.default_rng(1).random((60, 3)), axis=1)
    sample = tied(linear_predictor=None, risk=risk)
    assert uno_c(sample, 4.0) == uno_c(tied(linear_predictor=risk[:, 0]), 4.0)
    assert harrell_c(sample) == harrell_c(tied(linear_predictor=risk[:, 2]))
    assert uno_details(sample, 4.0)["ranked_by"] == "risk by 4 days"
    assert harrell_details(sample)["ranked_by"] == "risk by 11 days"
    assert harrell_details(tied())["ranked_by"] == "linear predictor"


def test_the_interval_lies_on_the_logit_scale_with_the_plain_one_beside_it():
    for value, found in (
        (harrell_c(tied()), harrell_interval(tied(), harrell_c(tied()), 0.9)),
        (uno_c(tied(), 8.0), uno_interval(tied(), uno_c(tied(), 8.0), 0.9, 8.0)),
    ):
        assert isinstance(found, Interval)
        half = 1.6448536269514722 * found.se / (value * (1 - value))
        logit = np.log(value / (1 - value))
        assert found.low == pytest.approx(1 / (1 + np.exp(-(logit - half))), rel=1e-12)
        assert found.details["high_wald"] == pytest.approx(value + 1.6448536269514722 * found.se, rel=1e-12)


def test_with_delayed_entry_harrell_says_so_and_uno_is_refused():
    sample = tied(entry=ENTRY)
    assert "entered" in harrell_details(sample)["delayed_entry"]
    assert isinstance(uno_c(sample, 8.0), NotEstimable) and isinstance(uno_influence(sample, 8.0), NotEstimable)
    assert "largest_weight" not in uno_details(sample, 8.0)


def test_a_horizon_after_the_end_of_follow_up_names_the_latest_usable_one():
    found = uno_c(tied(horizons=(8.0, 30.0)), 30.0)
    assert found == NotEstimable("no follow-up reaches 30 days; the latest usable horizon is 11 days")


def test_the_details_say_which_censoring_weights_were_used():
    assert "Kaplan–Meier" in uno_details(tied(), 8.0)["censoring_weights"]
    assert "not used" in uno_details(tied(censoring=X[:, None]), 8.0)["censoring_weights"]
    assert uno_c(tied(censoring=X[:, None]), 8.0) == uno_c(tied(), 8.0)


@pytest.mark.parametrize(
    ("time", "event"), [([5.0], [1]), ([5.0], [0]), ([0.0, 0.0], [1, 1]), ([3.0] * 6, [1] * 6), (TIME, EVENT * 0)]
)
def test_where_nobody_can_be_compared_there_is_a_reason(time, event):
    sample = tied(time, event, np.arange(len(time)), horizons=(2.0,))
    for found in (harrell_c(sample), harrell_influence(sample), uno_c(sample, 2.0), uno_influence(sample, 2.0)):
        assert isinstance(found, NotEstimable)
    assert isinstance(harrell_interval(sample, 0.5, 0.95), NotEstimable)
    assert isinstance(uno_interval(sample, 0.5, 0.95, 2.0), NotEstimable)


def test_where_the_censored_outweigh_all_others_the_censoring_weights_do_not_exist():
    sample = tied([1, 2, 3], [0, 1, 0], [1, 2, 0], horizons=(2.0,), weights=np.array([1e20, 1, 1]))
    assert uno_c(sample, 2.0) == NotEstimable(NO_WEIGHTS)


def test_a_perfect_order_has_no_interval():
    sample = tied([1, 2, 3, 4], [1, 1, 1, 0], [4, 3, 2, 1])
    assert harrell_c(sample) == 1.0
    assert isinstance(harrell_interval(sample, 1.0, 0.95), NotEstimable)


def test_equal_predictions_for_all_are_one_half_without_an_interval():
    sample = tied(linear_predictor=np.zeros(60))
    assert (harrell_c(sample), uno_c(sample, 8.0)) == (0.5, 0.5)
    assert isinstance(uno_interval(sample, 0.5, 0.95, 8.0), NotEstimable)


def test_the_catalogue_finds_both():
    assert {"harrell_c", "uno_c"} <= set(catalog.measures("survival"))
