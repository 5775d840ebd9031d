"""Parquet is read without losing what its types say."""

import io
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cds.core.errors import DataError
from cds.tabular.parquet import read_parquet


def content(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def test_text_columns_keep_every_digit_beside_missing_values() -> None:
    ids = pa.array([12345678901234567, None, 7], type=pa.int64())
    frame = read_parquet(content(pa.table({"id": ids})), ["id"], where="t.parquet")
    assert frame["id"].tolist() == ["12345678901234567", None, "7"]


def test_categories_become_their_levels_and_decimals_floats() -> None:
    table = pa.table({"sex": pa.array(["f", "m", "f"]).dictionary_encode(), "x": [Decimal("1.5")] * 3})
    frame = read_parquet(content(table), [], where="t.parquet")
    assert frame["sex"].tolist() == ["f", "m", "f"]
    assert frame["x"].tolist() == [1.5, 1.5, 1.5]


def test_a_text_none_is_no_missing_value() -> None:
    frame = read_parquet(content(pa.table({"a": ["None", None, "NA"]})), [], where="t.parquet")
    assert frame["a"].isna().tolist() == [False, True, False]


def test_damaged_files_are_refused() -> None:
    with pytest.raises(DataError, match="damaged"):
        read_parquet(content(pa.table({"a": [1]}))[:-6], [], where="t.parquet")


def test_duplicate_names_and_nested_columns_are_refused() -> None:
    with pytest.raises(DataError, match="same name: a"):
        read_parquet(content(pa.table([[1], [2]], names=["a", "a"])), [], where="t.parquet")
    with pytest.raises(DataError, match="hold lists or tables: a"):
        read_parquet(content(pa.table({"a": [[1, 2]]})), [], where="t.parquet")
