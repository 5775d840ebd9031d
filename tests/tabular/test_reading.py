"""A data file is read by what it holds; one that is not what its name says is refused."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.tabular import read_table


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def parquet(folder: Path, name: str) -> Path:
    path = folder / name
    pd.DataFrame({"a": [1, 2], "b": ["x", None]}).to_parquet(path)
    return path


def test_csv_and_parquet_give_the_same_table(tmp_path: Path) -> None:
    csv = read_table(file(tmp_path, "t.csv", b"a,b\n1,x\n2,\n"))
    other = read_table(parquet(tmp_path, "t.parquet"))
    pd.testing.assert_frame_equal(csv.frame, other.frame.fillna(float("nan")), check_dtype=False)


def test_the_hash_is_of_the_file(tmp_path: Path) -> None:
    content = b"a\n1\n"
    table = read_table(file(tmp_path, "t.csv", content))
    assert table.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.csv", b"PK\x03\x04....", "an Excel workbook"),
        ("t.csv", b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        ("t.csv", b"$FL2@(#)", "an SPSS file"),
        ("t.csv", b"\xff\xfea\x00", "UTF-16 text"),
        ("t.csv", b"\n<!DOCTYPE html><p>", "a web page"),
        ("t.csv", b"a,b\n1,\x00\n", "no text"),
        ("t.parquet", b"a,b\n1,2\n", "does not hold Parquet"),
        ("t.xlsx", b"PK\x03\x04", "Data are read from .csv and .parquet"),
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b" \n\n", "the file is empty"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_table(file(tmp_path, name, content))


def test_parquet_named_csv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is named \.csv but holds Parquet"):
        read_table(parquet(tmp_path, "t.csv"))


def test_a_missing_file_suggests_the_nearest(tmp_path: Path) -> None:
    file(tmp_path, "cohort.csv", b"a\n1\n")
    with pytest.raises(DataError, match=r"Did you mean 'cohort\.csv'"):
        read_table(tmp_path / "cohrt.csv")
    with pytest.raises(DataError) as error:
        read_table(tmp_path / "else.parquet")
    assert "cohort.csv" not in str(error.value)
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)
