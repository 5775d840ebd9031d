"""What a check varies together: each input by itself, or the groups of inputs that an explanation has as players."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.explanation import Explanation, Space
from cds.explanation.outputs import Outputs, in_space
from cds.explanation.players import Players

# What is too small to print: half a percentage point, 0.02 of log-odds, half a hundredth of the range of values.
GRID: dict[Space, float] = {"probability": 0.01, "log_odds": 0.04, "value": 0.01}


@dataclass(frozen=True, eq=False)
class Units:
    """``columns`` holds the positions of each unit's inputs; ``members`` (units × inputs) tells the same."""

    columns: tuple[tuple[int, ...], ...]
    members: BoolArray

    def taken(self, chosen: BoolArray) -> BoolArray:
        """Which inputs are the patient's (… × inputs), given which units are (… × units)."""
        inputs: BoolArray = (chosen.astype(np.int64) @ self.members.astype(np.int64)) > 0
        return inputs


def units_of(explanation: Explanation, names: tuple[str, ...]) -> Units:
    """The explanation's groups where it has them, else every input by itself."""
    groups = [group.inputs for group in explanation.groups] or [(name,) for name in names]
    columns = tuple(tuple(names.index(name) for name in group) for group in groups)
    members = np.zeros((len(columns), len(names)), dtype=np.bool_)
    for unit, places in enumerate(columns):
        members[unit, list(places)] = True
    return Units(columns, members)


def unit_values(explanation: Explanation, names: tuple[str, ...]) -> FloatArray:
    """What the explanation says of each unit, shape (units,)."""
    if explanation.groups:
        return np.array([group.value for group in explanation.groups])
    return np.array([explanation.values[name] for name in names])


def fewer_rows(game: Players, most: int, rng: np.random.Generator) -> IntArray:
    """At most so many background rows, drawn without replacement; all of them, in order, where they are few."""
    if game.background_rows <= most:
        return np.arange(game.background_rows)
    return np.sort(rng.choice(game.background_rows, size=most, replace=False)).astype(np.int64)


def grid(space: Space, background: Outputs, own: Outputs, output: str) -> float:
    """The step in which contributions are compared: what a page prints, or 1 % of the range of values seen."""
    if space != "value":
        return GRID[space]
    column = own.names.index(output)
    seen = in_space(np.append(background.values[:, column], own.values[0, column]), space)
    return GRID[space] * float(np.ptp(seen))
