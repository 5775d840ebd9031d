"""Which of several layouts of one document fills one sheet per page, each page measured on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cds.report.pdf import count_pages

_START, _END = "<main", "</main>"  # text of the data is escaped, so these are the template's own


@dataclass(frozen=True)
class Candidate:
    """One layout of a document: how to get its HTML, and the size of print of each page, larger numbers being larger.

    Candidates with ``prints`` differ in nothing else, so that a page too long in one print is too long in a larger.
    The last page of a ``telling`` one is measured before all others.
    """

    html: Callable[[], str]
    prints: tuple[int, ...] | None = None
    telling: bool = False


def single_pages(html: str) -> list[str]:
    """The document once for each of its ``<main>`` sections, holding that section alone.

    >>> single_pages("<body><main>1</main> <main>2</main></body>")
    ['<body><main>1</main></body>', '<body><main>2</main></body>']
    """
    head, *rest = html.split(_START)
    if not rest:
        return [html]
    foot = rest[-1].partition(_END)[2]
    return [f"{head}{_START}{section.partition(_END)[0]}{_END}{foot}" for section in rest]


def first_that_fits(candidates: Iterable[Candidate]) -> tuple[list[str], int]:
    """The single pages of the first candidate each of whose sections fills one page, and how many pages they fill.

    Where none fits it is the last one, with more pages than sections. What is measured first changes how soon the
    answer is known, never which it is, as long as a page needs no less room in larger print.
    """
    trial = _Trial(list(candidates))
    trial.probe()
    for position in range(len(trial.candidates)):
        if trial.fits(position):
            break
    return trial.pages(position), trial.count(position)


class _Trial:
    """What is known so far: the pages of each candidate, how many sheets each fills, the smallest print too large."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates
        self._pages: dict[int, list[str]] = {}
        self._counted: dict[str, int] = {}
        self._too_large: dict[int, int] = {}

    def pages(self, position: int) -> list[str]:
        if position not in self._pages:
            self._pages[position] = single_pages(self.candidates[position].html())
        return self._pages[position]

    def count(self, position: int) -> int:
        return sum(self._sheets(page) for page in self.pages(position))

    def fits(self, position: int) -> bool:
        """Whether each section fills one sheet; a section known to be too long in smaller print is not measured."""
        prints = self.candidates[position].prints or ()
        if any(size >= self._too_large.get(section, size + 1) for section, size in enumerate(prints)):
            return False
        last_first = reversed(range(len(self.pages(position))))
        return all(self._section_fits(position, section) for section in last_first)

    def probe(self) -> None:
        """Measure the last section of the telling candidates: where it is too long, larger print is ruled out."""
        for position, candidate in enumerate(self.candidates):
            if candidate.telling:
                self._section_fits(position, len(self.pages(position)) - 1)

    def _section_fits(self, position: int, section: int) -> bool:
        fits = self._sheets(self.pages(position)[section]) == 1
        prints = self.candidates[position].prints
        if not fits and prints is not None:
            size = prints[section]
            self._too_large[section] = min(size, self._too_large.get(section, size))
        return fits

    def _sheets(self, page: str) -> int:
        if page not in self._counted:
            self._counted[page] = count_pages(page)
        return self._counted[page]
