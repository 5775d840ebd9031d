"""The demonstration's folder: it holds everything a finished demonstration wrote, or what it held before."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cds.core.errors import InputError

MARKER = "SYNTHETIC.txt"
NOTICE = "SYNTHETIC: `cds demo` made everything in this folder from simulated women.\n"


@contextlib.contextmanager
def all_or_nothing(out: Path) -> Iterator[Path]:
    """Give an empty folder at ``out``; if the block fails, ``out`` is as it was before.

    An earlier demonstration (known by its ``SYNTHETIC.txt``) is replaced; anything else is refused.

    Raises:
        InputError: ``out`` is a file, or a folder that holds something other than a demonstration.
    """
    refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    # The outputs are made at their final place, so that no path they name is stale; the old step aside.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-earlier-") as aside:
        earlier = Path(aside) / "earlier"
        if out.exists():
            out.rename(earlier)
        try:
            out.mkdir()
            yield out
            (out / MARKER).write_text(NOTICE, encoding="utf-8")
        except BaseException:
            shutil.rmtree(out, ignore_errors=True)
            if earlier.exists():
                earlier.rename(out)
            raise


def refuse_foreign(out: Path) -> None:
    """Refuse a place that holds something a demonstration did not write."""
    if out.exists() and not out.is_dir():
        raise InputError("is a file, not a folder", where=str(out), do="Name another folder with --out")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise InputError(
            "holds files that no demonstration wrote, and they would be lost",
            where=str(out),
            do="Name another or an empty folder with --out",
        )
