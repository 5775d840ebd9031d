import functools

import pytest

from cds.report import page_fit
from cds.report.layouts import candidates, layouts
from cds.report.page_fit import Candidate, first_that_fits, single_pages
from cds.report.patient import patient_view
from cds.report.pdf import count_pages, render_pdf
from tests.report import patient_cases as made

HEAD = "<!DOCTYPE html><html lang='en'><head><title>A</title><style>.a { break-after: page }</style></head><body>"


def document(*sections: str) -> str:
    return HEAD + "\n".join(f"<main class='a'>{each}</main>" for each in sections) + "</body></html>"


@pytest.mark.parametrize("case", ["normal", "red_flag"])
def test_pages_laid_out_one_by_one_are_the_same_pdf_as_the_whole_document(case: str) -> None:
    view = patient_view(made.CASES[case])
    whole = render_pdf(view.html(), identifier="a")
    parts = single_pages(view.html())
    assert len(parts) == 2
    assert render_pdf(parts, identifier="a") == whole
    assert sum(count_pages(part) for part in parts) == whole.pages


def test_a_part_that_was_measured_is_drawn_with_the_same_bytes_as_one_that_was_not() -> None:
    html = document("<p>one</p>")
    before = render_pdf(html, identifier="a")
    count_pages(html)
    assert render_pdf(html, identifier="a") == before


def test_the_first_layout_that_fits_is_the_one_that_drawing_each_in_full_would_find() -> None:
    for name in ("normal", "missing"):
        view = patient_view(made.CASES[name])
        drawn = next(v for v in layouts(view) if render_pdf(v.html(), identifier="a").pages == 2)
        pages, count = first_that_fits(candidates(view))
        assert (pages, count) == (single_pages(drawn.html()), 2)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sections that were measured; those with the word long need two sheets."""
    found: list[str] = []

    def count(html: str) -> int:
        found.append(html.partition("<main class='a'>")[2].partition("<")[0])
        return 2 if "long" in html else 1

    monkeypatch.setattr(page_fit, "count_pages", count)
    return found


def tried(*pages: tuple[str, str], prints: bool = False, telling: int = -1) -> list[Candidate]:
    sizes = range(len(pages), 0, -1)
    return [
        Candidate(functools.partial(document, *page), (size, size) if prints else None, telling=k == telling)
        for k, (page, size) in enumerate(zip(pages, sizes, strict=True))
    ]


def test_each_section_is_measured_once_and_the_last_first(asked: list[str]) -> None:
    found = first_that_fits(tried(("a", "long 1"), ("a", "long 2"), ("a", "short"), ("b", "short")))
    assert found == (single_pages(document("a", "short")), 2)
    assert asked == ["long 1", "long 2", "short", "a"]


def test_what_is_too_long_in_small_print_is_not_measured_in_larger(asked: list[str]) -> None:
    pages = [(f"a {k}", f"long {k}") for k in range(5)] + [("a", "b")]
    assert first_that_fits(tried(*pages, prints=True, telling=4)) == (single_pages(document("a", "b")), 2)
    assert asked == ["long 4", "b", "a"]


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("last", range(4))
@pytest.mark.parametrize("telling", [-1, 1, 2])
def test_the_largest_print_that_fits_is_found_wherever_it_lies(
    asked: list[str], first: int, last: int, telling: int
) -> None:
    pages = [(f"a long {k}" if k < first else f"a {k}", f"b long {k}" if k < last else f"b {k}") for k in range(4)]
    found = first_that_fits(tried(*pages, prints=True, telling=telling))[0]
    assert found == single_pages(document(*pages[max(first, last)]))


def test_where_no_layout_fits_the_pages_of_the_last_are_told(asked: list[str]) -> None:
    assert first_that_fits(tried(("a", "long"), ("b", "long 2"))) == (single_pages(document("b", "long 2")), 3)
