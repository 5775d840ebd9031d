"""How far long work has come: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

WIDTH = 40
LINES = 4


def progress(what: str, stream: TextIO | None = None) -> Callable[[int, int], None]:
    """A function of (done, total) that shows both on ``stream`` (stderr by default).

    On a terminal a bar is drawn over itself; elsewhere a line is printed at each quarter.
    """
    stream = sys.stderr if stream is None else stream
    bar = stream.isatty()
    last = -1

    def show(done: int, total: int) -> None:
        nonlocal last
        step = done * (WIDTH if bar else LINES) // max(total, 1)
        if step == last:
            return
        last = step
        if bar:
            end = "\n" if done >= total else ""
            stream.write(f"\r{what} [{'#' * step}{'.' * (WIDTH - step)}] {done} of {total}{end}")
        else:
            stream.write(f"{what}: {done} of {total}\n")
        stream.flush()

    return show
