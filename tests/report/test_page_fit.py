import pytest

from cds.report import page_fit
from cds.report.layouts import layouts
from cds.report.page_fit import first_that_fits, single_pages
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
        pages, count = first_that_fits(v.html() for v in layouts(view))
        assert (pages, count) == (single_pages(drawn.html()), 2)


def test_each_section_is_measured_once_and_the_one_too_long_before_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def count(html: str) -> int:
        asked.append(html.partition("<main class='a'>")[2].partition("<")[0])
        return 2 if "long" in html else 1

    monkeypatch.setattr(page_fit, "count_pages", count)
    tried = [document("a", "long 1"), document("a", "long 2"), document("b", "short")]
    assert first_that_fits(tried) == (single_pages(tried[2]), 2)
    assert asked == ["long 1", "long 2", "short", "b"]


def test_where_no_layout_fits_the_pages_of_the_last_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_fit, "count_pages", lambda html: 3 if "long" in html else 1)
    assert first_that_fits([document("a", "long")])[1] == 4
