"""Reads Parquet: text stays text, categories become their levels, decimals become floats."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pandas as pd

from cds.core.errors import DataError
from cds.core.model_card import level_key


def read_parquet(content: bytes, text_columns: Sequence[str], *, where: str) -> pd.DataFrame:
    """Read the bytes of a Parquet file; ``where`` names it in messages.

    Raises
    ------
    DataError
        A damaged file, duplicate column names, a column that holds lists or tables.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(io.BytesIO(content)).read()
    except (pa.ArrowException, OSError):
        raise DataError("is a damaged Parquet file", where=where, do="Write it again") from None
    names = list(table.column_names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"has columns of the same name: {', '.join(twice)}", where=where, do="Rename one of each")
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    if nested:
        raise DataError(f"has columns that hold lists or tables: {', '.join(nested)}", where=where)
    return pd.DataFrame({name: _series(table.column(name), name in text_columns) for name in names})


def _series(column: Any, as_text: bool) -> pd.Series[Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    if as_text:
        # Through Python values: to_pandas would turn whole numbers with gaps into floats and lose digits.
        values = [None if value is None else level_key(value) for value in column.to_pylist()]
        return pd.Series(values, dtype=object)
    return column.to_pandas()  # type: ignore[no-any-return]  # pyarrow publishes no types
