import io
import socket
import time
from collections.abc import Callable

import pikepdf
import pypdf
import pytest

from cds.core.errors import InputError, ResourceError
from cds.report import pdf
from cds.report.pdf import DocumentRefused, Limits, pdf_bytes, render_pdf
from cds.report.pdf_worker import draw

PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>A title</title>'
    '<style>body {{ font-family: "IBM Plex Sans", "Noto Sans Symbols2" }}</style></head>'
    "<body><h1>Heading ● ○</h1><p>Text <b>bold</b></p>{0}</body></html>"
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">'


def uses(levels: int) -> str:
    groups = "".join(f'<g id="a{k}">{f"<use href=#a{k - 1} />" * 10}</g>' for k in range(1, levels))
    return f'{SVG}<defs><g id="a0"><rect width="1" height="1"/></g>{groups}</defs><use href="#a{levels - 1}"/></svg>'


def test_a_document_is_tagged_with_language_and_title_and_names_no_date() -> None:
    drawn = pikepdf.open(io.BytesIO(pdf_bytes(PAGE.format(""), identifier="abc")))
    assert drawn.Root.MarkInfo.Marked
    assert str(drawn.Root.Lang) == "en"
    assert str(drawn.docinfo["/Title"]) == "A title"
    assert "/CreationDate" not in drawn.docinfo
    assert drawn.Root.StructTreeRoot.K[0].S == "/Document"
    assert b"pdfuaid" in drawn.Root.Metadata.read_bytes()
    assert bytes(drawn.trailer.ID[0]) == b"abc"


def test_every_font_is_embedded_and_ours() -> None:
    page = pypdf.PdfReader(io.BytesIO(pdf_bytes(PAGE.format("<p>你</p>"), identifier="a"))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    names = {font["/BaseFont"].split("+")[1] for font in fonts}
    assert names == {"IBM-Plex-Sans", "IBM-Plex-Sans-Bold", "Noto-Sans-Symbols2"}
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor


def test_the_same_document_has_the_same_bytes_from_another_process_too() -> None:
    first = pdf_bytes(PAGE.format(""), identifier="abc")
    assert pdf_bytes(PAGE.format(""), identifier="abc") == first
    pdf.close_renderer()
    assert pdf_bytes(PAGE.format(""), identifier="abc") == first


def test_pages_are_counted() -> None:
    assert render_pdf(PAGE.format('<p style="break-before: page">two</p>'), identifier="a").pages == 2


def test_an_asset_is_served_from_memory() -> None:
    drawing = f'{SVG}<rect width="9" height="9"/></svg>'.encode()
    html = PAGE.format('<img src="asset:box.svg" alt="a box">')
    assert pdf_bytes(html, assets={"box.svg": drawing}, identifier="a").startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    "asking",
    [
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="http://169.254.169.254/latest/meta-data" alt="x">',
        '<img src="picture.png" alt="x">',
        '<img src="asset:absent.png" alt="x">',
        '<img src="data:image/svg+xml,<svg/>" alt="x">',
        "<style>@import url(https://example.org/a.css);</style>",
        "<style>@font-face { font-family: A; src: url(https://example.org/a.ttf) } p { font-family: A }</style>",
        '<link rel="attachment" href="file:///etc/hostname">',
        '<object data="file:///etc/hostname"></object>',
        f'{SVG}<image href="http://example.org/a.png" width="5" height="5"/></svg>',
        '<p style="background: url(ftp://example.org/a)">x</p>',
    ],
)
def test_a_document_that_asks_for_an_address_is_refused(asking: str) -> None:
    with pytest.raises(DocumentRefused, match="none was fetched") as refusal:
        pdf_bytes(PAGE.format(asking), identifier="a")
    assert isinstance(refusal.value, InputError)
    assert len(refusal.value.addresses) >= 1
    assert "hostname" not in str(refusal.value)


def test_refusing_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        opened.append("socket")
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    # The renderer's own code, here instead of in its process, where the patches would not reach.
    asked = [f'<img src="{scheme}://169.254.169.254/a" alt="x">' for scheme in ("http", "https", "ftp", "file")]
    answer = draw(PAGE.format("".join(asked)), {}, "a")
    assert len(answer.refused) == 4
    assert answer.pdf == b""
    assert opened == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "bomb",
    [
        lambda: "<table><tr><td colspan=1000000>x</td></tr></table>",
        lambda: '<div style="display: flex">' * 150 + "x" + "</div>" * 150,
        lambda: uses(12),
    ],
    ids=["colspan", "flexboxes", "svg use"],
)
def test_a_layout_bomb_is_stopped_and_the_next_document_is_drawn(bomb: Callable[[], str]) -> None:
    limits = Limits(seconds=3)
    started = time.monotonic()
    with pytest.raises(ResourceError, match=r"longer than 3 seconds|renderer ended|memory|nested"):
        pdf_bytes(PAGE.format(bomb()), identifier="a", limits=limits)
    assert time.monotonic() - started < 20
    assert pdf_bytes(PAGE.format(""), identifier="a", limits=limits).startswith(b"%PDF")


def test_a_renderer_that_was_killed_is_replaced() -> None:
    pdf_bytes(PAGE.format(""), identifier="a")
    for worker in pdf._workers.values():
        worker._process.kill()
        worker._process.wait()
    assert pdf_bytes(PAGE.format(""), identifier="a").startswith(b"%PDF")


def test_a_renderer_without_memory_ends_with_a_reason() -> None:
    with pytest.raises(ResourceError, match="the PDF renderer ended; it may address 60 MiB"):
        pdf_bytes(PAGE.format(""), identifier="a", limits=Limits(seconds=30, memory=60 * 1024**2))
