"""The exceptions that a user of ``cds`` can meet.

::

    CdsError
    ├── InputError            the user's input is wrong (exit code 2)
    │   ├── ProtocolError     a protocol that cannot be read or obeyed
    │   ├── CardError         a model card that cannot be read
    │   ├── DataError         rows or columns that cannot be analysed
    │   ├── PredictionError   a prediction is undefined (missing column, unknown level, risk outside [0, 1])
    │   ├── ArtifactError     a model file that cannot be trusted or read
    │   └── RegistryError     a registry entry that is absent, exists already or does not match its sums
    ├── NoEstimateError       a bound or value was asked of a finding that has none
    └── ResourceError         the work could not be done (memory, disk, a worker died; exit code 4)
        └── StorageError      a folder could not be written: full, or not allowed
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

MOST_NAMES = 12  # of a list of known names in a message
_NEAR = 0.75  # below it "patient" would suggest "pain"
SHORT, _NEAR_SHORT = 3, 0.6  # one letter weighs more in a short name


class CdsError(Exception):
    """Any error that ``cds`` raises on purpose."""


class InputError(CdsError):
    """The user's input is wrong: says what, where and what to do; several faults are listed at once."""

    def __init__(self, what: str, *, where: str = "", do: str = "", others: Sequence[InputError] = ()) -> None:
        self.what, self.where, self.do, self.others = what, where, do, tuple(others)
        super().__init__(str(self))

    def faults(self) -> Iterator[InputError]:
        """This fault and every one joined to it, each once."""
        yield self
        for other in self.others:
            yield from other.faults()

    def __str__(self) -> str:
        lines, advised = [], {""}
        for fault in self.faults():
            line = f"{fault.where}: {fault.what}" if fault.where else fault.what
            # The same advice (or list of known names) under several faults is read once.
            lines.append(line if fault.do in advised else f"{line}. {fault.do}")
            advised.add(fault.do)
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.where, self.do, self.others)


def _rebuild(kind: type[InputError], what: str, where: str, do: str, others: Sequence[InputError]) -> InputError:
    return kind(what, where=where, do=do, others=others)


class ProtocolError(InputError):
    """A protocol that cannot be read or obeyed."""


class CardError(InputError):
    """A model card that cannot be read."""


class DataError(InputError):
    """Rows or columns that cannot be analysed as declared."""


class PredictionError(InputError):
    """A prediction is undefined for some rows."""


class ArtifactError(InputError):
    """A model file that cannot be trusted or read."""


class RegistryError(InputError):
    """A registry entry that is absent, exists already, or does not match its recorded sums."""


class NoEstimateError(CdsError):
    """A value or bound was asked of a finding that has none; the message is the reason."""


class ResourceError(CdsError):
    """The work could not be done here: memory, disk or a worker failed."""


class StorageError(ResourceError):
    """A folder could not be written: the disk is full, or writing there is not allowed."""


def all_at_once(faults: Sequence[InputError]) -> InputError:
    """Join faults into one error that lists them all.

    >>> print(all_at_once([InputError("a is missing"), InputError("b is text")]))
    a is missing
    b is text
    """
    first, *rest = faults
    return type(first)(first.what, where=first.where, do=first.do, others=(*first.others, *rest))


def located(fault: InputError, where: str, *, before: str = "") -> InputError:
    """The same fault, saying ``where`` (a file) on every line whose place is ``before``; by default none yet.

    >>> str(located(InputError("age is missing"), "clinic.csv"))
    'clinic.csv: age is missing'
    """
    return type(fault)(
        fault.what,
        where=where if fault.where == before else fault.where,
        do=fault.do,
        others=[located(other, where, before=before) for other in fault.others],
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known name, or the first dozen when none is near; case does not matter.

    >>> nearest("calibration_slop", ["calibration_slope", "auroc"])
    "Did you mean 'calibration_slope'?"
    """
    names = sorted(known)
    near = near_name(name, names)
    if near:
        return f"Did you mean {near!r}?"
    return known_names(names) if names else "None is known"


def nearest_column(name: str, columns: Iterable[object]) -> str:
    """A sentence that names the nearest column, or how many there are: a file without a header has values for names.

    >>> nearest_column("aeg", ["age", "bmi"]), nearest_column("aeg", ["1990-03-12", "A. Patient"])
    ("Did you mean 'age'?", 'The first line names 2 columns; compare them')
    """
    names = [str(column) for column in columns]
    near = near_name(name, names)
    return f"Did you mean {near!r}?" if near else f"The first line names {len(names)} columns; compare them"


def near_name(name: str, known: Iterable[str]) -> str:
    """The known name most like this one, whatever its case; empty where none is near.

    >>> near_name("CHRONIC", ["chronic"]), near_name("patient", ["pain"])
    ('chronic', '')
    """
    by_folded = {other.casefold(): other for other in known}
    cutoff = _NEAR_SHORT if len(name) <= SHORT else _NEAR
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else ""


def known_names(names: Sequence[str]) -> str:
    """A sentence that lists the known names, the first dozen of them.

    >>> known_names(["female", "male"])
    'Known: female, male'
    """
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"Known: {', '.join(names[:MOST_NAMES])}{more}"


def row_list(rows: Sequence[int] | Iterable[int], limit: int = 10) -> str:
    """Row positions (from 0) for a message, the first few of them.

    >>> row_list([3, 17])
    'rows 3, 17'
    """
    listed = [int(row) for row in rows]
    shown = ", ".join(str(row) for row in listed[:limit])
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return f"row{'s' if len(listed) != 1 else ''} {shown}{more}"
