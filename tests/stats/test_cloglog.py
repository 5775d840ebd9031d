"""log(−log(1 − risk)): cached once for all replicates; risks without one are left out and counted."""

import numpy as np
import pytest

from cds.stats.cloglog import cloglog, cloglog_details, cloglog_weights, follow_up_details
from tests.survival.tied import survival

TIME, EVENT = [1.0, 2, 3, 4], [1, 0, 1, 0]


def sample(risk, **more):
    return survival(TIME, EVENT, risk, horizons=(3.0,), **more).at(3.0)


def test_a_risk_of_one_minus_one_over_e_is_zero():
    assert cloglog(sample([1 - np.exp(-1), 0.5, 0.2, 0.9]))[0] == pytest.approx(0, abs=1e-12)


def test_replicates_share_the_values_and_keep_their_weights():
    full = sample([0.1, 0.5, 0.2, 0.9])
    drawn = full.resample(np.array([2.0, 0, 1, 1]))
    assert cloglog(drawn) is cloglog(full)
    assert cloglog_weights(full) is None
    assert cloglog_weights(drawn).tolist() == [2, 0, 1, 1]


def test_risks_of_0_and_1_get_no_weight_and_are_counted():
    full = sample([0.0, 0.5, 1.0, 0.9])
    assert cloglog_weights(full).tolist() == [0, 1, 0, 1]
    assert np.isfinite(cloglog(full)).all()
    assert cloglog_details(full)["left_out"] == 2
    assert cloglog_weights(full.resample(np.array([1.0, 2, 1, 0]))).tolist() == [0, 2, 0, 0]


def test_declared_bounds_keep_them():
    full = sample([0.0, 0.5, 1.0, 0.9], clip=(0.01, 0.95))
    assert cloglog_weights(full) is None
    assert cloglog(full) == pytest.approx(np.log(-np.log(1 - np.array([0.01, 0.5, 0.95, 0.9]))))
    assert cloglog_details(full) == {"clipped": 2}


def test_the_details_name_the_follow_up_and_delayed_entry():
    assert follow_up_details(sample([0.1] * 4)) == {"follow_up": "to_horizon"}
    late = survival(TIME, EVENT, [0.1] * 4, horizons=(3.0,), entry=np.full(4, 0.5), follow_up="all")
    assert follow_up_details(late.at(3.0))["follow_up"] == "all"
    assert "delayed_entry" in follow_up_details(late)
