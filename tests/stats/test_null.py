"""Beside a distance stands what a perfectly calibrated model would show in as many patients."""

import numpy as np
import pytest

from cds.core.measure import Estimate
from cds.core.study import Request
from tests.samples import drawn
from tests.studies import answered


def ici(study) -> Estimate:
    result = study.answers[Request("ici", smoother="rcs")].result
    assert isinstance(result, Estimate)
    return result


def test_a_calibrated_model_shows_what_chance_alone_shows():
    found = ici(answered(drawn(300, 5), replicates=200))
    assert found.details["null_replicates"] == 200
    assert found.details["p_value"] > 0.05
    assert found.details["expected_if_calibrated"] > 0


def test_a_miscalibrated_model_shows_more():
    found = ici(answered(drawn(600, 5, shift=1.0), replicates=200))
    assert found.details["p_value"] == pytest.approx(1 / 201)
    assert found.value > found.details["p95_if_calibrated"]


def test_groups_have_a_null_of_their_own():
    sample = drawn(400, 9)
    group = np.where(np.arange(400) < 150, "a", "b")
    study = answered(sample, {"g": group}, replicates=60)
    expected = {
        request.subgroup.level: answer.result.details["expected_if_calibrated"]
        for request, answer in study.answers.items()
        if request.measure == "ici" and request.analysis == "primary" and isinstance(answer.result, Estimate)
    }
    assert expected["a"] > expected["b"] > expected[None]  # the fewer patients, the more chance alone shows


def test_without_replicates_there_is_none():
    assert "expected_if_calibrated" not in ici(answered(drawn(300, 5))).details
