"""The data files of a run folder."""

import csv
import io
import json

import numpy as np
import pytest

from cds.core.errors import CdsError
from cds.core.finding import COLUMNS, Curve, Finding
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.run_files import curve_files, estimates_csv, plain


def test_plain_values_are_what_json_holds() -> None:
    given = {"a": np.float64(0.1), "b": (np.int64(2), np.bool_(True)), "c": np.array([1.5]), "d": None}
    assert json.dumps(plain(given)) == '{"a": 0.1, "b": [2, true], "c": [1.5], "d": null}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("-inf")])
def test_a_number_that_is_not_finite_is_refused_with_its_place(value: float) -> None:
    with pytest.raises(CdsError, match=r"results\.findings\[1\]\.x is no finite number"):
        plain({"findings": [0, {"x": value}]})


def test_what_json_has_no_place_for_is_refused() -> None:
    with pytest.raises(CdsError, match="holds a set"):
        plain({"a": {1}})


def test_json_numbers_keep_every_digit() -> None:
    assert float(json.dumps(plain(0.1 + 0.2))) == 0.1 + 0.2


def test_estimates_have_one_row_per_finding_six_digits_and_tables_as_json() -> None:
    interval = Interval(0.123456789, 0.9, 0.95, "wald", se=0.1)
    details = {"knots": [0.123456789]}
    estimated = Finding("auroc", "discrimination", Estimate(2 / 3, interval, n=10, events=3, details=details))
    missing = Finding("auroc", "discrimination", NotEstimable("no events"), attribute="sex", group="f,m")
    rows = list(csv.DictReader(io.StringIO(estimates_csv([estimated, missing]))))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["estimate"], rows[0]["low"], rows[0]["n"]) == ("0.666667", "0.123457", "10")
    assert json.loads(rows[0]["details"]) == {"knots": [0.123457]}
    assert (rows[1]["estimate"], rows[1]["reason"], rows[1]["group"]) == ("", "no events", "f,m")


def test_curves_are_files_of_their_own_even_where_names_collide() -> None:
    columns = {"risk": np.array([0.1, np.nan]), "observed": np.array([1 / 3, 0.5])}
    curves = [
        Curve("calibration", "calibration", "t", columns),
        Curve("calibration", "calibration", "t", columns, attribute="sex", group="a/b"),
        Curve("calibration", "calibration", "t", columns, attribute="sex", group="a b"),
        Curve("calibration", "calibration", "t", columns, attribute="sex", group="../../etc"),
    ]
    files = curve_files(curves)
    assert list(files) == [
        "calibration.csv",
        "calibration-sex-a_b.csv",
        "calibration-sex-a_b-2.csv",
        "calibration-sex-.._.._etc.csv",
    ]
    assert files["calibration.csv"] == "risk,observed\n0.1,0.333333\n,0.5\n"
    assert files["calibration-sex-a_b.csv"].splitlines()[0] == "attribute,group,risk,observed"
