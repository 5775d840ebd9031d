"""What a model may tell of its inside so that its explanation needs no sampling: additive shares, or its trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cds.core.arrays import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:  # slow to load
    import pandas as pd

Scale = Literal["log_odds", "probability", "value", "linear_predictor"]


@dataclass(frozen=True, eq=False)
class Shares:
    """What each input alone adds to an additive predictor: f(x) = constant + Σ_j f_j(x_j).

    ``values`` has shape (rows, inputs) in the order of ``names``; ``scale`` is where the sum is taken. All outputs
    (horizons) have the same shares.
    """

    scale: Scale
    names: tuple[str, ...]
    values: FloatArray


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree: children by node (−1 in a leaf), the input that each node asks about, and what leaves add.

    ``source`` is the input's position in ``Trees.names``: a node that asks about an encoded column asks about the input
    that it was made from. ``values`` has shape (nodes, outputs).
    """

    left: IntArray
    right: IntArray
    source: IntArray
    values: FloatArray


@dataclass(frozen=True, eq=False)
class Trees:
    """A sum of trees on ``scale``, up to a constant.

    ``goes_left`` takes raw inputs and gives, tree by tree, which rows go left at each node, shape (rows, nodes): how a
    node compares numbers, levels and missing values stays with the model. Outputs are in the order of a prediction's.
    """

    scale: Scale
    names: tuple[str, ...]
    trees: tuple[Tree, ...]
    goes_left: Callable[[pd.DataFrame], Iterator[BoolArray]]

    @property
    def leaves(self) -> int:
        """How many leaves there are in all."""
        return sum(int((tree.left < 0).sum()) for tree in self.trees)
