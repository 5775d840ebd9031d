"""Samples: aligned and checked once, frozen, sharing what replicates can share."""

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from cds.core.errors import DataError, PredictionError
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_times import CompetingRisksSample
from tests.samples import OUTCOME, RISK, small


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"outcome": [0, 2, 1]}, "outcome must be 0 or 1, got another value at row 1"),
        ({"outcome": [0, np.nan, 1]}, "outcome must not be missing at row 1"),
        ({"outcome": [0, 1]}, "outcome has 2, risk has 3"),
        ({"risk": [0.1, 0.2, 1.2]}, r"risk must lie in \[0, 1\]; it does not at row 2"),
        ({"weights": np.array([1.0, -1, 1])}, "weights must not be negative at row 1"),
        ({"weights": np.array([1.0, np.nan, 1])}, "weights must not be missing at row 1"),
        ({"weights": np.array([1.0])}, "rows has 3, weights has 1"),
        ({"weights": np.zeros(3)}, "weights must not all be 0"),
        ({"patient": np.array([0, 1])}, "rows has 3, patient has 2"),
        ({"patient": np.array([0, -1, 1])}, "patient codes must be 0 or more"),
        ({"clip": (0.5, 0.1)}, "clip must be two bounds"),
        ({"outcome": [], "risk": []}, "the sample has no rows"),
    ],
)
def test_what_is_no_sample_is_refused(more, message):
    with pytest.raises((DataError, PredictionError), match=message):
        small(**{"outcome": [0, 1, 1], "risk": [0.1, 0.2, 0.3], **more})


def test_a_sample_and_its_arrays_are_frozen():
    sample = small(weights=np.ones(24), patient=np.arange(24))
    with pytest.raises(FrozenInstanceError):
        sample.risk = RISK  # type: ignore[misc]  # that is the point
    for array in (sample.outcome, sample.risk, sample.weights, sample.patient, sample.order, sample.logit):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_counts_follow_the_weights():
    sample = small([1, 0, 1], [0.3, 0.2, 0.9], weights=np.array([2.0, 1, 0]))
    assert (sample.total, sample.events, sample.prevalence) == (3, 2, 2 / 3)
    assert sample.has_both_classes
    assert not sample.reweight(np.array([1.0, 0, 1])).has_both_classes
    assert (small().total, small().events) == (24, 11)


def test_a_simple_sample_is_analytic_and_no_other():
    assert small().analytic
    assert small(patient=np.arange(24)[::-1]).analytic
    assert not small(patient=np.arange(24) // 2).analytic
    assert not small(weights=np.ones(24)).analytic
    assert not small(design="case_control").analytic
    assert not small().resample(np.ones(24)).analytic


def test_rows_come_in_the_order_of_risk_with_ties_marked():
    sample = small([0, 1, 0, 1], [0.5, 0.2, 0.5, 0.1])
    assert sample.order.tolist() == [3, 1, 0, 2]
    assert sample.tie_starts.tolist() == [0, 1, 2]


def test_where_keeps_the_rows_and_everything_aligned():
    sample = small(weights=np.arange(24.0), patient=np.arange(24))
    sample.order  # noqa: B018  # cached, so that it is filtered and not made anew
    mask = OUTCOME == 1
    part = sample.where(mask)
    assert len(part) == 11 and part.outcome.all()
    assert part.weights is not None and part.weights.tolist() == np.arange(24.0)[mask].tolist()
    assert part.patient is not None and part.patient.tolist() == np.flatnonzero(mask).tolist()
    assert part.risk[part.order].tolist() == sorted(RISK[mask])
    assert part.order.tolist() == np.argsort(part.risk, kind="stable").tolist()


def test_reweighting_replaces_and_resampling_multiplies():
    sample = small(weights=np.full(24, 3.0))
    twice = np.full(24, 2.0)
    assert sample.reweight(twice).weight.tolist() == [2] * 24
    assert sample.resample(twice).weight.tolist() == [6] * 24
    assert sample.weight.tolist() == [3] * 24


def test_a_replicate_knows_its_origin_and_a_reweighted_sample_is_its_own():
    sample = small()
    assert sample.resample(np.ones(24)).origin is sample and sample.resample(np.ones(24)).is_replicate
    other = sample.reweight(np.ones(24))
    assert other.origin is other and not other.is_replicate
    assert not sample.resample(np.ones(24)).where(OUTCOME == 1).is_replicate


@pytest.mark.parametrize("weights", [np.full(24, -1.0), np.full(24, np.nan), np.ones(3)])
def test_weights_that_are_none_are_refused_later_too(weights):
    with pytest.raises(DataError):
        small().reweight(weights)


def test_what_depends_on_the_rows_is_made_once_for_all_replicates():
    sample, made = small(), []

    def make():
        made.append(1)
        return len(made)

    replicates = [sample, sample.resample(np.ones(24)), sample.reweight(np.full(24, 2.0))]
    assert [s.rows_memo("key", make) for s in replicates] == [1, 1, 1]
    assert [s.memo("key", make) for s in replicates] == [2, 3, 4]
    assert sample.memo("key", make) == 2
    assert sample.where(OUTCOME == 1).rows_memo("key", make) == 5


def test_a_pickled_sample_leaves_its_caches_behind_and_says_the_same():
    sample = small(patient=np.arange(24))
    sample.memo("big", lambda: np.zeros(10_000))
    sample.order  # noqa: B018  # fills the cache
    back = pickle.loads(pickle.dumps(sample))
    assert not back._memo and not back._rows
    assert back.order.tolist() == sample.order.tolist() and back.events == sample.events
    assert len(pickle.dumps(sample)) < 5_000


def test_risks_of_zero_and_one_leave_the_logit_sample_only():
    sample = small([0, 1, 1, 0], [0.0, 0.5, 1.0, 0.2], weights=np.array([1.0, 1, 3, 1]))
    assert sample.on_boundary == 4
    assert sample.logit_sample.risk.tolist() == [0.5, 0.2]
    assert sample.logit_sample is sample.logit_sample
    assert small().logit_sample is not None and small().on_boundary == 0
    whole = small()
    assert whole.logit_sample is whole


def test_a_replicates_logit_sample_has_the_full_samples_as_origin():
    sample = small([0, 1, 1, 0], [0.0, 0.5, 0.7, 0.2])
    part = sample.resample(np.array([1.0, 2, 0, 1])).logit_sample
    assert part.origin is sample.logit_sample
    assert part.weight.tolist() == [2, 0, 1]
    simulated = sample.with_outcome(np.array([1.0, 1, 0, 0])).logit_sample
    assert simulated.origin is sample.logit_sample and simulated.outcome.tolist() == [1, 0, 0]


def test_declared_bounds_keep_every_risk_and_count_the_moved_ones():
    sample = small([0, 1, 1, 0], [0.0, 0.5, 0.995, 0.2], clip=(0.01, 0.99))
    assert sample.logit_sample is sample
    assert sample.logit[[0, 2]] == pytest.approx(np.log([0.01 / 0.99, 0.99 / 0.01]))
    assert (sample.clipped, sample.on_boundary, small().clipped) == (2, 1, 0)


def test_simulated_outcomes_keep_risks_and_weights_and_forget_the_old_outcome():
    sample = small(weights=np.full(24, 2.0))
    sample.rows_memo("ordered_outcome", lambda: sample.outcome[sample.order])
    other = sample.with_outcome(1 - OUTCOME)
    assert other.events == 26 and sample.events == 22
    assert other.order is sample.order
    assert other.rows_memo("ordered_outcome", lambda: "anew") == "anew"
    assert other.is_replicate and small().with_outcome(OUTCOME).weights is None


def test_the_other_kinds_check_their_alignment():
    nominal = NominalSample(
        code=np.array([0, 1]), probability=np.array([[0.4, 0.6], [0.5, 0.5]]), categories=("a", "b")
    )
    assert len(nominal) == 2
    with pytest.raises(DataError, match="outside the declared categories at row 0"):
        NominalSample(code=np.array([-1]), probability=np.array([[0.4, 0.6]]), categories=("a", "b"))
    assert len(ContinuousSample(observed=np.array([1.0]), predicted=np.array([2.0]))) == 1
    with pytest.raises(DataError, match="observed has 2, predicted has 1"):
        ContinuousSample(observed=np.array([1.0, 2]), predicted=np.array([2.0]))
    follow_up = {"time": np.array([5.0]), "status": np.array([1]), "risk": np.array([[0.2]]), "horizons": (90.0,)}
    assert CompetingRisksSample(**follow_up).at(90.0).horizon == 90
    with pytest.raises(DataError, match=r"no risk by horizon 30; there are \[90.0\]"):
        CompetingRisksSample(**follow_up).at(30.0)


def test_kinds_are_named():
    assert (BinarySample.kind, NominalSample.kind, ContinuousSample.kind) == ("binary", "nominal", "continuous")
