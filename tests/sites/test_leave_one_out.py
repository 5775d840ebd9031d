"""The model developed anew without each site: judged there, failures counted, refused where it cannot be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.errors import ProtocolError
from cds.core.measure import NotEstimable
from cds.core.protocol import ValidationProtocol

SITES = 5


def people(n=400, seed=3):
    rng = np.random.default_rng(seed)
    x, site = rng.normal(size=n), rng.integers(0, SITES, n)
    event = (rng.random(n) < 1 / (1 + np.exp(-(x + 0.3 * (site - 2))))).astype(int)
    return pd.DataFrame({"patient": np.arange(n), "x": x, "y": event, "site": [f"S{s}" for s in site]})


def model(frame):
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=float("inf"), solver="newton-cholesky", tol=1e-10).fit(frame[["x"]], frame.y)
    card = {"schema": "cds.card/1", "name": "m", "version": "1", "outcome": "binary", "outcome_column": "y",
            "inputs": [{"name": "x", "type": "number"}]}  # fmt: skip
    return cds.wrap(fitted, cds.ModelCard.model_validate(card))


def protocol(**changes):
    given = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q", "design": "internal",
        "outcome": {"kind": "binary", "column": "y"}, "cohort": {"patient": "patient", "site": "site"},
        "measures": {"replicates": 0, "thresholds": [0.5]},
        "refitting": {"leave_one_site_out": True, "bootstrap": 0},
        "criteria": [{"measure": "calibration_slope", "within": [-2.0, 5.0]}],
        **changes,
    }  # fmt: skip
    return ValidationProtocol.model_validate(given)


def run(tmp_path, frame, asked, of=None):
    file = tmp_path / "d.csv"
    frame.to_csv(file, index=False)
    return cds.validate(of or model(frame), file, asked, jobs=1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    frame = people()
    return frame, run(tmp_path_factory.mktemp("loso"), frame, protocol())


def test_each_site_is_judged_by_the_model_of_the_others(finished):
    frame, done = finished
    inside = frame.site == "S1"
    other = model(frame[~inside])
    risk = other.predict(frame.loc[inside, ["x"]]).values
    alone = cds.evaluate.binary(frame.y[inside], risk, replicates=0)
    found = done.findings.get("calibration_slope", analysis="leave_one_site_out", attribute="site", group="S1")
    assert (found.estimate, found.se) == pytest.approx(
        (alone["calibration_slope"].estimate, alone["calibration_slope"].se)
    )


def test_the_criterion_is_judged_on_all_out_of_site_predictions(finished):
    _, done = finished
    overall = done.findings.get("calibration_slope", analysis="leave_one_site_out")
    assert overall.verdict == "meets"
    assert overall.result.method == "jackknife over sites"
    assert overall.result.details["refits"] == SITES and overall.result.details["refits_failed"] == 0
    mean = done.findings.get("calibration_slope", analysis="leave_one_site_out_random_effects").result
    assert overall.result.details["prediction_low"] == mean.details["prediction_low"]


def test_the_forest_says_that_each_site_was_left_out(finished):
    _, done = finished
    titles = [c.title for c in done.record.curves if c.name == "forest"]
    assert sum("left out of the fit" in t for t in titles) == len(titles) / 2


def test_a_site_without_which_a_class_is_absent_is_counted_and_refuses_the_interval(tmp_path):
    frame = people()
    frame = frame[(frame.site == "S0") | (frame.y == 0)]
    done = run(tmp_path, frame, protocol())
    table = next(t for t in done.record.tables if t.name == "leave_one_site_out")
    assert ("failed", "1") in table.rows
    assert ("without S0", "a refit needs at least one row of every class") in table.rows
    overall = done.findings.get("brier", analysis="leave_one_site_out").result
    assert overall.interval == NotEstimable("1 of 5 refits without a site failed (limit 5 %)")
    assert done.findings.get("calibration_slope", analysis="leave_one_site_out").verdict == "not_assessable"


def test_it_is_done_unasked_in_an_internal_design_and_not_in_another(tmp_path):
    frame = people(200)
    silent = {"refitting": {"bootstrap": 0}}
    for design, wanted in (("internal", True), ("external", False)):
        done = run(tmp_path, frame, protocol(design=design, **silent))
        assert any(f.analysis == "leave_one_site_out" for f in done.findings) == wanted
    done = run(tmp_path, frame, protocol(refitting={"bootstrap": 0, "leave_one_site_out": False}))
    assert not any(f.analysis == "leave_one_site_out" for f in done.findings)


def test_demanded_of_a_model_that_cannot_be_refitted_or_without_a_site_it_is_refused(tmp_path):
    frame = people(100).assign(risk=0.3)
    frozen = protocol(predictions={"risk": "risk"})
    frame.to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(ProtocolError, match="there is no model to refit"):
        cds.validate(None, tmp_path / "d.csv", frozen)
    with pytest.raises(ProtocolError, match="names no site"):
        run(tmp_path, frame, protocol(cohort={"patient": "patient"}))


def test_several_imputations_are_said_to_be_not_analysed(finished):
    from cds.sites.leave_one_out import SEVERAL_IMPUTATIONS, _not_possible

    study = replace(_study(finished), samples=(None, None))
    assert _not_possible(study) == SEVERAL_IMPUTATIONS


def _study(finished):
    from tests.studies import answered

    return answered()
