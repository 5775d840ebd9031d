"""The background sample: fixed reference rows for explanations, stored and hashed with the version."""

from __future__ import annotations

import io
from collections.abc import Collection, Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, RegistryError
from cds.core.model_card import ModelCard
from cds.registry.development import outcome_values
from cds.stats.inputs import prepare_inputs, refuse_missing

BACKGROUND = "background.csv"
_OUTCOME = "(outcome)"  # beside the inputs' names, so it can be none of them


@dataclass(frozen=True, eq=False)
class Background:
    """Prepared inputs in the card's order, and the outcomes where the sample carried them."""

    frame: pd.DataFrame
    outcome: FloatArray | None = None


def read_background(card: ModelCard, frame: pd.DataFrame) -> Background:
    """Check a sample against the card; keep the inputs, and the outcome where its column is present.

    Raises:
        PredictionError: inputs that are not as the card declares them, or a required one missing.
        DataError: no rows, or an outcome column that holds something else.
    """
    if frame.empty:
        raise DataError("the sample has no rows")
    prepared = prepare_inputs(card, frame).reset_index(drop=True)
    refuse_missing(card, prepared)
    return Background(prepared, outcome_values(card, frame, required=False))


def background_bytes(background: Background) -> bytes:
    """The sample as CSV; numbers keep every digit."""
    frame = background.frame
    if background.outcome is not None:
        frame = frame.assign(**{_OUTCOME: background.outcome})
    return frame.to_csv(index=False, lineterminator="\n").encode()


def parse_background(card: ModelCard, content: bytes) -> Background:
    """Read back what ``background_bytes`` wrote.

    Raises:
        RegistryError: the file is not as this registry writes it.
    """
    as_text: dict[Hashable, type[str]] = {
        f.name: str for f in card.inputs if f.levels or f.type in ("category", "text")
    }
    try:
        frame = pd.read_csv(
            io.BytesIO(content),
            dtype=as_text,
            keep_default_na=False,
            na_values=[""],
            float_precision="round_trip",
        )
    except ValueError:
        raise RegistryError(f"{BACKGROUND} cannot be read", do="Register the model again") from None
    outcome = frame[_OUTCOME].to_numpy(dtype=np.float64) if _OUTCOME in frame else None
    return Background(prepare_inputs(card, _whole(frame, as_text)), outcome)


def _whole(frame: pd.DataFrame, as_text: Collection[Hashable]) -> pd.DataFrame:
    """Number-like levels were written as 1.0; their key is 1."""
    stripped = {name: frame[name].str.replace(r"^(-?\d+)\.0$", r"\1", regex=True) for name in as_text if name in frame}
    return frame.assign(**{str(name): column for name, column in stripped.items()})
