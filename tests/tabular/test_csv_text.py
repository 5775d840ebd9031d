"""CSV is read as it is written: nothing is mangled, nothing is filled in."""

import time

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.tabular.csv_text import read_csv_text


def read(content: str | bytes, *text_columns: str) -> pd.DataFrame:
    raw = content.encode() if isinstance(content, str) else content
    return read_csv_text(raw, text_columns, where="t.csv")


def refused(content: str | bytes) -> str:
    with pytest.raises(DataError) as error:
        read(content)
    return str(error.value)


def test_empty_na_and_nan_are_missing_and_nothing_else_is() -> None:
    frame = read('a,b\n,x\nNA,None\nNaN,null\n1,n/a\n"",-\n')
    assert frame["a"].isna().tolist() == [True, True, True, False, True]
    assert frame["b"].tolist() == ["x", "None", "null", "n/a", "-"]


def test_semicolons_and_a_byte_order_mark_are_read() -> None:
    assert read("\ufeffa;b\n1;2\n").columns.tolist() == ["a", "b"]


def test_a_decimal_comma_is_read_where_semicolons_separate() -> None:
    assert read("a;b\n1,5;x\n2,25;y\n")["a"].tolist() == [1.5, 2.25]


def test_a_decimal_comma_beside_decimal_points_stays_text() -> None:
    assert read("a;b\n1,5;0.5\n")["a"].tolist() == ["1,5"]


def test_leading_zeros_are_kept() -> None:
    frame = read("patient,age,risk,code\n007,40,0.5,01\n010,50,0.05,11\n")
    assert frame["patient"].tolist() == ["007", "010"]
    assert frame["code"].tolist() == ["01", "11"]
    assert frame["age"].dtype == np.int64
    assert frame["risk"].tolist() == [0.5, 0.05]


def test_declared_text_is_kept_as_written() -> None:
    assert read("id,x\n1e5,1\n12345678901234567890123,2\n", "id")["id"].tolist() == ["1e5", "12345678901234567890123"]


def test_quoted_separators_and_line_breaks_are_part_of_a_field() -> None:
    assert read('a,b\n"x, y",1\n"p\nq",2\n')["a"].tolist() == ["x, y", "p\nq"]


def test_duplicate_names_are_refused() -> None:
    assert "columns of the same name: the columns 1, 3 from the left" in refused("a,b,a\n1,2,3\n")


def test_values_in_place_of_column_names_are_refused_and_not_quoted() -> None:
    for first in ("1990-03-12,Anna,F-12345,yes", "12.3.1990,Anna,x,y", "yes,no,Anna,yes"):
        told = refused(f"{first}\n1991-01-01,Berta,F-2,no\n")
        assert "no column names in its first line" in told and "Anna" not in told


def test_short_and_long_rows_are_refused_by_position_from_0() -> None:
    told = refused("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3\n")
    assert "the number of fields is not the header's 3 at rows 1, 2" in told


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    assert "line 3 is not UTF-8 text" in refused(b"a,b\n1,x\n2,caf\xe9\n")


def test_an_open_quote_is_refused() -> None:
    assert "Is a quote left open?" in refused('a,b\n1,"x\n2,y\n')


def test_a_file_without_a_header_is_refused_without_quoting_its_values() -> None:
    told = refused("1017,34,0.275\n1018,35,0.3\n")
    assert "no column names" in told
    assert "1017" not in told


def test_a_table_without_rows_has_its_columns() -> None:
    assert read("a,b\n").columns.tolist() == ["a", "b"]


def test_the_largest_cohort_of_the_field_is_read_in_seconds() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(154_167, 12)).round(3), columns=[f"x{i}" for i in range(12)])
    frame.insert(0, "patient", [f"{i:07d}" for i in range(len(frame))])
    content = frame.to_csv(index=False).encode()
    started = time.monotonic()
    assert len(read_csv_text(content, ("patient",), where="t.csv")) == 154_167
    assert time.monotonic() - started < 20


def test_a_tab_separated_file_is_read() -> None:
    frame = read_csv_text(b"a\tb,c\td\n1\tx\t0,5\n2\ty, z\t1,5\n", (), where="f")
    assert list(frame) == ["a", "b,c", "d"]
    assert frame["d"].tolist() == [0.5, 1.5]
    assert read_csv_text(b"a\tb\n007\t1\n", (), where="f")["a"].tolist() == ["007"]


def test_logical_values_stay_as_the_file_writes_them() -> None:
    frame = read_csv_text(b"r,python,gap,none\nTRUE,True,FALSE,\nFALSE,False,,\n", (), where="f")
    assert frame["r"].tolist() == ["TRUE", "FALSE"]
    assert frame["python"].tolist() == [True, False]
    assert frame["gap"].tolist()[0] == "FALSE"
    assert frame["gap"].isna().tolist() == [False, True]
    assert frame["none"].isna().all()


def test_decimal_commas_between_commas_are_hinted_at() -> None:
    with pytest.raises(DataError, match="Decimal commas need semicolons"):
        read_csv_text(b"a,b\n1,5,2\n", (), where="f")
