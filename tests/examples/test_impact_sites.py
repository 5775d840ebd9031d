"""The example of 15 studies, from its one command, against R on the same people.

R 4.2.2, pROC, metafor::

    d <- read.csv("impact.csv", na.strings = character(0))   # None is a level of the pupils
    tight <- glm.control(epsilon = 1e-14, maxit = 100)
    f <- mort ~ age + motor_score + pupil + ct + hypox + hypots + tsah + edh
    o <- do.call(rbind, lapply(split(seq_len(nrow(d)), d$name), function(i) {
      fit <- glm(f, binomial, d[-i, ], control = tight); t <- d[i, ]; lp <- predict(fit, t)
      r <- roc(t$mort, plogis(lp), direction = "<", levels = c(0, 1)); a <- as.numeric(r$auc)
      s <- glm(t$mort ~ lp, family = binomial, control = tight)
      data.frame(auc = a, v = var(r) / (a * (1 - a))^2, slope = coef(s)[2], vs = vcov(s)[2, 2],
                 oe = mean(t$mort) / mean(plogis(lp))) }))
    m <- rma(qlogis(o$auc), o$v, method = "REML", test = "knha", control = list(threshold = 1e-14, maxiter = 1000))
    plogis(c(m$b, m$ci.lb, m$ci.ub, m$b + c(-1, 1) * qt(.975, m$k - 2) * sqrt(m$tau2 + m$se^2))); m$tau2
    # and the same of o$slope, o$vs
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "impact_sites" / "run.py"

# study: AUROC, slope, observed / expected, of the model refitted without it
LEFT_OUT = {
    "APOE": (0.856239048727, 1.240627871076, 0.754367043374),
    "CSTAT": (0.779839930781, 0.940042777273, 0.975647078393),
    "EBIC": (0.869340420074, 1.221333411171, 1.054956669147),
    "HIT I": (0.801440701839, 1.018071412439, 1.098087577505),
    "HIT II": (0.774353441009, 0.856156347891, 0.935950648923),
    "NABIS": (0.765322130805, 0.989065810664, 0.869985344541),
    "PEG": (0.792841742545, 0.910608020227, 0.779819288796),
    "PHARMOS": (0.687647315583, 0.708975566993, 0.793158111331),
    "SAP": (0.744545782071, 0.783139678368, 0.956158098200),
    "SKB": (0.711317135550, 0.708471485981, 0.874346593582),
    "SLIN": (0.771361026680, 1.086127013530, 1.072027932905),
    "TCDB": (0.846976401180, 1.105504805183, 1.325795481347),
    "TINT": (0.786825539568, 1.014257596304, 1.181627692867),
    "TIUS": (0.778932461874, 0.823107998701, 0.925335328162),
    "UK4": (0.853035051068, 1.273625385081, 1.360467192655),
}
# mean, interval, interval in a new study, τ²; the areas' ties are broken by rounding in one study (1e-6)
MEANS = {
    "auroc": (0.7940633681, 0.7636457885, 0.8214814791, 0.6678563349, 0.8808688784, 0.0840323509),
    "calibration_slope": (0.9801692112, 0.8793338696, 1.0810045528, 0.6327370134, 1.3276014090, 0.0236529959),
}


@pytest.fixture(scope="module")
def out(tmp_path_factory, shared_folder):
    folder = tmp_path_factory.mktemp("impact") / "out"
    environment = {**os.environ, "CDS_SHARED": str(shared_folder)}
    subprocess.run([sys.executable, str(SCRIPT), "--out", str(folder)], check=True, cwd=folder.parent, env=environment)
    return folder


@pytest.fixture(scope="module")
def findings(out):
    results = json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))
    return {
        (f["measure"], f["analysis"], f["group"]): f
        for f in results["findings"]
        if f["threshold"] is None and f["kind"] == "estimate"
    }


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("study", LEFT_OUT)
def test_each_study_is_judged_as_in_r_by_the_model_of_the_others(findings, study):
    names = ("auroc", "calibration_slope", "observed_expected")
    found = [findings[name, "leave_one_site_out", study]["estimate"] for name in names]
    assert found == pytest.approx(LEFT_OUT[study], rel=2e-6)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("measure", MEANS)
def test_their_mean_and_what_to_expect_of_a_new_study_are_metafors(findings, measure):
    found = findings[measure, "leave_one_site_out_random_effects", None]
    told = found["details"]
    numbers = [
        found["estimate"],
        found["low"],
        found["high"],
        told["prediction_low"],
        told["prediction_high"],
        told["tau2"],
    ]
    assert numbers == pytest.approx(MEANS[measure], rel=1e-5)


@pytest.mark.shared
@pytest.mark.slow
def test_the_criteria_are_judged_on_studies_that_took_no_part(findings):
    judged = {(name, analysis) for (name, analysis, _), f in findings.items() if f["verdict"]}
    assert judged == {(name, "leave_one_site_out") for name in ("auroc", "calibration_slope", "observed_expected")}


@pytest.mark.shared
@pytest.mark.slow
def test_forest_plots_are_drawn(out):
    drawn = {p.name for p in (out / "validation" / "figures").iterdir()}
    assert {"forest_auroc.svg", "forest_auroc_leave_one_site_out.svg"} <= drawn


def test_absent_data_are_one_sentence_and_exit_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(tmp_path / "out")], check=False, cwd=tmp_path, text=True,
        env={**os.environ, "CDS_SHARED": str(tmp_path / "nowhere")}, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "CDS_SHARED" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
