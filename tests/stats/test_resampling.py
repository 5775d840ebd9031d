"""The bootstrap draws patients, once per replicate for everything, and does not depend on the workers."""

import numpy as np
import pytest

from cds import catalog
from cds.calibration.ici import ICI
from cds.calibration.slope import CALIBRATION_SLOPE
from cds.core.errors import ResourceError
from cds.discrimination.auroc import AUROC
from cds.overall.brier import BRIER, SCALED_BRIER
from cds.stats import resampling
from cds.stats.resampling import Plan, Task, bootstrap, calibrated_null, child, multiplicities
from tests.samples import drawn, small

SAMPLE = drawn(120, 3)
EVERYONE = np.arange(120)


def plan(*measures, samples=(SAMPLE,), rows=(EVERYONE,), codes=EVERYONE, **parameters) -> Plan:
    tasks = [Task(k, measure, parameters) for measure in measures for k in range(len(samples))]
    return Plan(list(samples), list(rows), codes, tasks)


def test_multiplicities_add_up_to_the_patients_and_repeat_themselves():
    found = multiplicities(1, 7, 50)
    assert found.sum() == 50 and (found == np.round(found)).all()
    assert found.tolist() == multiplicities(1, 7, 50).tolist()
    assert found.tolist() != multiplicities(1, 8, 50).tolist()
    assert found.tolist() != multiplicities(2, 7, 50).tolist()


def test_children_are_numpys_documented_streams():
    wanted = np.random.Generator(np.random.PCG64(np.random.SeedSequence(5, spawn_key=(3,)))).random()
    assert child(5, 3).random() == wanted


def test_replicates_are_those_of_a_plain_loop_over_repeated_rows():
    found = bootstrap(plan(AUROC, SCALED_BRIER, CALIBRATION_SLOPE), replicates=20, seed=11)
    for b in range(20):
        rows = np.repeat(EVERYONE, multiplicities(11, b, 120).astype(int))
        resampled = small(SAMPLE.outcome[rows], SAMPLE.risk[rows])
        wanted = [m.compute(resampled) for m in (AUROC, SCALED_BRIER, CALIBRATION_SLOPE)]
        assert found[:2, b] == pytest.approx(wanted[:2], rel=1e-12)
        # A regression in a replicate stops within 1e-4 of its standard error, here about .2.
        assert found[2, b] == pytest.approx(wanted[2], abs=1e-4 * 0.2)


def test_the_rows_of_a_patient_are_drawn_together():
    codes = np.repeat(np.arange(40), 3)
    found = bootstrap(plan(BRIER, codes=codes), replicates=5, seed=2)
    for b in range(5):
        rows = np.concatenate([np.flatnonzero(codes == p) for p in child(2, b).integers(0, 40, 40)])
        assert found[0, b] == pytest.approx(BRIER.compute(small(SAMPLE.outcome[rows], SAMPLE.risk[rows])))


def test_a_duplicated_patient_varies_as_much_as_one():
    # Every patient twice under one code: the bootstrap's numbers are those of the patients once.
    twice = small(np.repeat(SAMPLE.outcome, 2), np.repeat(SAMPLE.risk, 2))
    doubled = plan(BRIER, samples=(twice,), rows=(np.arange(240),), codes=np.repeat(EVERYONE, 2))
    assert bootstrap(doubled, replicates=30, seed=4) == pytest.approx(bootstrap(plan(BRIER), replicates=30, seed=4))


def test_a_group_is_drawn_with_the_same_patients_as_the_whole():
    mask = EVERYONE % 3 == 0
    part = SAMPLE.where(mask)
    both = plan(BRIER, samples=(SAMPLE, part), rows=(EVERYONE, np.flatnonzero(mask)))
    found = bootstrap(both, replicates=6, seed=9)
    for b in range(6):
        drawn_of_part = multiplicities(9, b, 120)[mask]
        assert found[1, b] == pytest.approx(BRIER.compute(part.reweight(drawn_of_part)))


def test_the_number_of_workers_does_not_change_a_digit(monkeypatch):
    work = plan(*[m for m in catalog.measures("binary").values() if not m.parameters])
    alone = bootstrap(work, replicates=9, seed=3)
    monkeypatch.setattr(resampling, "PARALLEL_FROM", 0)
    assert np.array_equal(bootstrap(work, replicates=9, seed=3, jobs=2), alone, equal_nan=True)
    null = Task(0, ICI, {"smoother": "rcs"})
    shared = calibrated_null([SAMPLE], [null], draws=9, seed=3, jobs=2)
    monkeypatch.undo()
    assert np.array_equal(calibrated_null([SAMPLE], [null], draws=9, seed=3), shared)


def test_more_replicates_begin_with_the_same_ones():
    few, many = (bootstrap(plan(BRIER), replicates=n, seed=3) for n in (8, 25))
    assert np.array_equal(many[:, :8], few)


def test_a_replicate_without_an_answer_is_nan():
    rare = small(np.r_[1.0, np.zeros(29)], np.linspace(0.1, 0.9, 30))
    found = bootstrap(plan(AUROC, samples=(rare,), rows=(np.arange(30),), codes=np.arange(30)), replicates=60, seed=1)
    absent = [not multiplicities(1, b, 30)[0] for b in range(60)]
    assert np.isnan(found[0]).tolist() == absent
    assert 10 < sum(absent) < 35  # (29/30)^30 is about 36 %


def test_a_group_of_which_nobody_was_drawn_is_nan_and_no_crash():
    two = SAMPLE.where(EVERYONE < 2)
    found = bootstrap(plan(BRIER, samples=(two,), rows=(np.arange(2),)), replicates=60, seed=1)
    absent = [not multiplicities(1, b, 120)[:2].sum() for b in range(60)]
    assert np.isnan(found[0]).tolist() == absent and any(absent)


def test_nothing_to_do_is_an_empty_answer():
    assert bootstrap(plan(), replicates=5, seed=1).shape == (0, 5)
    assert bootstrap(plan(BRIER), replicates=0, seed=1).shape == (1, 0)
    assert calibrated_null([SAMPLE], [], draws=3, seed=1).shape == (0, 3)


def test_progress_ends_at_the_total():
    told = []
    bootstrap(plan(BRIER), replicates=23, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (23, 23) and [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_worker_that_dies_is_a_resource_error(monkeypatch):
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    def dying(*_args, **_options):
        raise TerminatedWorkerError("killed")

    monkeypatch.setattr("joblib.Parallel", dying)
    monkeypatch.setattr(resampling, "PARALLEL_FROM", 0)
    with pytest.raises(ResourceError, match="fewer --jobs"):
        bootstrap(plan(BRIER), replicates=9, seed=3, jobs=2)


def test_the_null_draws_outcomes_from_the_risks():
    found = calibrated_null([SAMPLE], [Task(0, BRIER, {})], draws=400, seed=6)
    assert found.mean() == pytest.approx(float((SAMPLE.risk * (1 - SAMPLE.risk)).mean()), abs=0.003)


def test_an_ici_of_calibrated_risks_lies_within_its_null():
    # Their p-values are uniform: of eight, two or more at or below .02 in 1 of 100.
    inside = []
    for seed in range(8):
        sample = drawn(500, 40 + seed)
        null = calibrated_null([sample], [Task(0, ICI, {"smoother": "rcs"})], draws=60, seed=1)
        inside.append(np.mean(null >= ICI.compute(sample, smoother="rcs")))
    assert sorted(inside)[1] > 0.02 and np.mean(inside) > 0.2


def test_an_ici_of_miscalibrated_risks_lies_beyond_its_null():
    sample = drawn(500, 41, shift=1.0)
    null = calibrated_null([sample], [Task(0, ICI, {"smoother": "rcs"})], draws=60, seed=1)
    assert (null < ICI.compute(sample, smoother="rcs")).all()
