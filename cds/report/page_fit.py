"""Which of several layouts of one document fills one sheet per page, each page measured on its own."""

from __future__ import annotations

from collections.abc import Iterable

from cds.report.pdf import count_pages

_START, _END = "<main", "</main>"  # text of the data is escaped, so these are the template's own


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


def first_that_fits(documents: Iterable[str]) -> tuple[list[str], int]:
    """The single pages of the first document each of whose sections fills one page, and how many pages they fill.

    Where none fits it is the last one, with more pages than sections. A section is measured once however many
    documents hold it, and first the one that was too long before (to begin with the last): that changes how soon the
    answer is known, never which it is.
    """
    counted: dict[str, int] = {}
    suspect = -1
    pages: list[str] = []
    for html in documents:
        pages = single_pages(html)
        order = sorted(range(len(pages)), key=lambda position: position != suspect % len(pages))
        for position in order:
            if pages[position] not in counted:
                counted[pages[position]] = count_pages(pages[position])
            if counted[pages[position]] > 1:
                suspect = position
                break
        else:
            return pages, len(pages)
    return pages, sum(counted.get(page, 1) for page in pages)
