"""R's answers about five stacked imputations (tests/reference), from the arrays and from the command line.

R 4.2.2, mice::pool.scalar: Rscript tests/reference/make_expected.R tests/reference/cases expected.json
"""

import json

import numpy as np
import pandas as pd
import pytest

import cds
from cds.cli import main
from tests.samples import EXPECTED, REFERENCE

DATA = REFERENCE / "cases" / "imputed.csv"
R = EXPECTED["imputed"]
PROTOCOL = """
schema = "cds.protocol/1"
name = "reference-imputed"
version = "1"
question = "Does the command line pool as R does?"

[outcome]
kind = "binary"
column = "outcome"

[cohort]
patient = "patient"
imputation = "imputation"

[predictions]
risk = "risk"

[measures]
replicates = 0

[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
rationale = "a fifth too extreme or too narrow"
"""


def from_arrays():
    d = pd.read_csv(DATA).sample(frac=1, random_state=3)  # the order of the rows says nothing
    found = cds.evaluate.binary(d.outcome, d.risk, patient=d.patient, imputation=d.imputation, replicates=0)
    return [f.record() for f in found]


def from_the_command_line(folder):
    (folder / "p.toml").write_text(PROTOCOL, encoding="utf-8")
    arguments = ["validate", "--protocol", str(folder / "p.toml"), "--model", "predictions:", "--data", str(DATA)]
    assert main([*arguments, "--out", str(folder / "run"), "--jobs", "1"]) == 3
    results = json.loads((folder / "run" / "results.json").read_text(encoding="utf-8"))
    assert results["data"]["rows"] == results["data"]["patients"] == 600
    return results["findings"]


@pytest.fixture(scope="module", params=["arrays", "command line"])
def rows(request, tmp_path_factory):
    found = from_arrays() if request.param == "arrays" else from_the_command_line(tmp_path_factory.mktemp("imputed"))
    return {f["measure"]: f for f in found if f["analysis"] == "primary"}


@pytest.mark.parametrize("measure", ["calibration_in_the_large", "calibration_slope"])
def test_calibration_is_pooled_as_in_mice(rows, measure):
    found, expected = rows[measure], R[measure]
    assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-8)
    assert found["se"] == pytest.approx(expected["se"], rel=1e-6)
    told = found["details"]
    assert told["imputations"] == 5 and told["df"] == pytest.approx(expected["df_barnard_rubin"], rel=1e-6)
    assert (told["within"], told["between"]) == pytest.approx((expected["within"], expected["between"]), rel=1e-6)


def test_the_auc_is_pooled_on_the_logit(rows):
    found, expected = rows["auroc"], R["logit_auroc"]
    logit = np.log(found["estimate"] / (1 - found["estimate"]))
    assert logit == pytest.approx(expected["estimate"], rel=1e-8)
    told = found["details"]
    assert told["df"] == pytest.approx(expected["df_barnard_rubin"], rel=1e-6)
    assert (told["within"], told["between"]) == pytest.approx((expected["within"], expected["between"]), rel=1e-6)


def test_the_brier_score_is_the_imputations_mean(rows):
    assert rows["brier"]["estimate"] == pytest.approx(R["mean_brier"], rel=1e-8)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"patient": None}, "needs patient"),
        ({"imputation": np.where(np.arange(3000) == 7, None, 1)}, "imputation is missing at row 7"),
        ({"imputation": np.ones(3000)}, "several rows in one imputation"),
    ],
)
def test_stacked_arrays_that_do_not_fit_are_refused(change, told):
    d = pd.read_csv(DATA)
    given = {"patient": d.patient, "imputation": d.imputation, **change}
    with pytest.raises(cds.core.errors.DataError, match=told):
        cds.evaluate.binary(d.outcome, d.risk, replicates=0, **given)


def test_whole_weights_are_repeated_rows_in_every_imputation():
    d = pd.read_csv(DATA)
    options = {"patient": d.patient, "imputation": d.imputation, "replicates": 0}
    once = cds.evaluate.binary(d.outcome, d.risk, **options)["auroc"].estimate
    assert cds.evaluate.binary(d.outcome, d.risk, weights=np.full(3000, 2), **options)[
        "auroc"
    ].estimate == pytest.approx(once)


def test_gaps_are_formed_within_each_imputation_and_then_pooled():
    d = pd.read_csv(DATA)
    sex = np.where(d.patient % 2, "f", "m")
    found = cds.evaluate.binary(
        d.outcome, d.risk, patient=d.patient, imputation=d.imputation, replicates=0, groups={"sex": sex},
        references={"sex": "m"},
    )  # fmt: skip
    gap = found.get("auroc", kind="difference", attribute="sex", group="f")
    each = []
    for _, part in d.assign(sex=sex).groupby("imputation"):
        one = cds.evaluate.binary(
            part.outcome, part.risk, replicates=0, groups={"sex": part.sex}, references={"sex": "m"}
        )
        each.append(one.get("auroc", kind="difference", attribute="sex", group="f"))
    values, within = [e.estimate for e in each], np.mean([e.se**2 for e in each])
    assert gap.estimate == pytest.approx(np.mean(values))
    assert gap.se == pytest.approx(np.sqrt(within + 1.2 * np.var(values, ddof=1)))
    assert gap.record()["details"]["imputations"] == 5


def test_imputations_that_do_not_fit_together_stop_the_command_line_with_every_fault(tmp_path, capsys):
    d = pd.read_csv(DATA)
    d.loc[d.index[700], "outcome"] = 1 - d.loc[d.index[700], "outcome"]
    d.loc[d.index[2999], "patient"] = 9999
    d.to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "p.toml").write_text(PROTOCOL, encoding="utf-8")
    given = ["--protocol", str(tmp_path / "p.toml"), "--data", str(tmp_path / "d.csv"), "--out", str(tmp_path / "run")]
    assert main(["validate", "--model", "predictions:", *given]) == 2
    told = capsys.readouterr().err
    assert "imputation 2 has another outcome than imputation 1 for 1 patient, at row 700" in told
    assert "imputation 5 lacks 1 patient that imputation 1 has and has 1 patient" in told
    assert "9999" not in told and not (tmp_path / "run").exists()
