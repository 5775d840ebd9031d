"""What the audit says of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Judgement = Literal["impossible", "misleading", "implausible", "consistent", "cannot be checked"]
WRONG: tuple[Judgement, ...] = ("impossible", "misleading", "implausible")
JUDGEMENTS: tuple[Judgement, ...] = (*WRONG, "consistent", "cannot be checked")


@dataclass(frozen=True)
class ClaimFinding:
    """One claim, what is to be thought of it, and the arithmetic in a sentence; ``source`` where a rule has one."""

    claim: str
    judgement: Judgement
    sentence: str
    source: str = ""
    set_name: str = ""

    def record(self) -> dict[str, Any]:
        """The finding as ``cds claims --json`` prints it."""
        return asdict(self)


def joined(words: Sequence[str]) -> str:
    """Words with commas and a final "and".

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
