"""A bar on a terminal, plain lines elsewhere."""

import io

from cds.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_a_line_is_printed_at_each_quarter() -> None:
    stream = io.StringIO()
    show = progress("resampling", stream)
    for done in range(1, 9):
        show(done, 8)
    assert stream.getvalue().splitlines()[-4:] == [f"resampling: {done} of 8" for done in (2, 4, 6, 8)]


def test_on_a_terminal_a_bar_is_drawn_over_itself() -> None:
    stream = Terminal()
    show = progress("resampling", stream)
    show(1, 2)
    show(2, 2)
    first, second = stream.getvalue().strip("\r").split("\r")
    assert first == f"resampling [{'#' * 20}{'.' * 20}] 1 of 2"
    assert second == f"resampling [{'#' * 40}] 2 of 2\n"
