"""Data files: read without guessing (``reading``, ``csv_text``, ``parquet``), made a cohort (``cohort``)."""

from cds.tabular.cohort import build_cohort, without_missing_outcomes
from cds.tabular.reading import Table, read_table

__all__ = ["Table", "build_cohort", "read_table", "without_missing_outcomes"]
