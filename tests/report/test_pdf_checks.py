"""Each check of a tagged PDF finds the fault that is planted, and nothing in the document before."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest

from cds.core.errors import InputError
from cds.report.pdf import pdf_bytes
from cds.report.pdf_checks import check_pdf
from cds.report.pdf_verapdf import ask_verapdf

HTML = """<!DOCTYPE html><html lang="en"><head><title>A report</title><style>
body { font: 400 10pt "IBM Plex Sans" } @page { @bottom-right { content: "page " counter(page) } }
</style></head><body><main><h1>One</h1><p>First.</p><h2>Two</h2><p>Second.</p>
<svg width="20" height="20"><title>A square of 20 points</title><rect width="20" height="20"/></svg>
<table><thead><tr><th>Name</th><th>Number</th></tr></thead><tbody><tr><th scope="row">a</th><td>1</td></tr></tbody>
</table><h2>Three</h2><p>Third.</p></main><p style="break-before: page">Fourth.</p></body></html>"""
GOOD = pdf_bytes(HTML, identifier="a")
Pdf = pikepdf.Pdf
Plant = Callable[[Pdf], object]


def elements(pdf: Pdf, role: str) -> list[pikepdf.Object]:
    def below(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
        for kid in element.get("/K", []):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                yield kid
                yield from below(kid)

    return [each for each in below(pdf.Root.StructTreeRoot) if str(each.S) == f"/{role}"]


def edited(plant: Plant) -> bytes:
    with pikepdf.open(io.BytesIO(GOOD)) as pdf:
        plant(pdf)
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


def content(pdf: Pdf, change: Callable[[bytes], bytes]) -> None:
    page = pdf.pages[0]
    page.Contents = pdf.make_stream(change(page.Contents.read_bytes()))


def no_title(pdf: Pdf) -> None:
    with pdf.open_metadata() as metadata:
        del metadata["dc:title"]


def no_mark(pdf: Pdf) -> None:
    with pdf.open_metadata() as metadata:
        del metadata["pdfuaid:part"]


def swapped(pdf: Pdf) -> None:
    kids = elements(pdf, "Part")[0].K
    first, last = kids[0], kids[len(kids) - 1]
    kids[0], kids[len(kids) - 1] = last, first


def pages_swapped(pdf: Pdf) -> None:
    kids = elements(pdf, "Document")[0].K
    first, last = kids[0], kids[len(kids) - 1]
    kids[0], kids[len(kids) - 1] = last, first


def link(pdf: Pdf, **more: object) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], **more)
    pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([note]))


def fonts(pdf: Pdf) -> list[pikepdf.Object]:
    return list(pdf.pages[0].Resources.Font.values())


def unembedded(pdf: Pdf) -> None:
    for font in fonts(pdf):
        descriptor = font.DescendantFonts[0].FontDescriptor
        for key in ("/FontFile", "/FontFile2", "/FontFile3"):
            if key in descriptor:
                del descriptor[key]


def mapped_nowhere(pdf: Pdf) -> None:
    elements(pdf, "P")[0].S = pikepdf.Name("/Chapter")


def many_pages(pdf: Pdf) -> None:
    del pdf.Root.Outlines
    for _ in range(4):
        pdf.add_blank_page()


# The rule, the page that it is reported on, and the fault.
PLANTED: dict[str, tuple[str, int, Plant]] = {
    "no language": ("language", 0, lambda pdf: pdf.Root.__delitem__("/Lang")),
    "no title": ("title", 0, no_title),
    "title not shown": ("title-shown", 0, lambda pdf: pdf.Root.__delitem__("/ViewerPreferences")),
    "no PDF/UA mark": ("identifier", 0, no_mark),
    "not marked": ("marked", 0, lambda pdf: pdf.Root.MarkInfo.__setitem__("/Marked", False)),
    "suspects": ("suspects", 0, lambda pdf: pdf.Root.MarkInfo.__setitem__("/Suspects", True)),
    "no tree": ("structure-tree", 0, lambda pdf: pdf.Root.__delitem__("/StructTreeRoot")),
    "empty tree": ("structure-tree", 0, lambda pdf: pdf.Root.StructTreeRoot.__delitem__("/K")),
    "unknown role": ("roles", 1, mapped_nowhere),
    "cell outside a row": ("nesting", 1, lambda pdf: elements(pdf, "P")[0].__setitem__("/S", pikepdf.Name.TD)),
    "untagged content": ("content-marked", 1, lambda pdf: content(pdf, lambda old: old + b" 0 0 9 9 re f")),
    "mark without element": (
        "content-tagged",
        1,
        lambda pdf: content(pdf, lambda old: old + b" /P <</MCID 999>> BDC 0 0 9 9 re f EMC"),
    ),
    "element without mark": ("content-tagged", 1, lambda pdf: content(pdf, lambda old: old.replace(b"/MCID 1", b""))),
    "artifact in a tag": (
        "artifact-in-tag",
        1,
        lambda pdf: content(pdf, lambda old: old.replace(b"BT", b"/Artifact BMC EMC BT", 1)),
    ),
    "tag in an artifact": (
        "tag-in-artifact",
        1,
        lambda pdf: content(pdf, lambda old: b"/Artifact BMC " + old + b" EMC"),
    ),
    "no alternative text": ("alternative-text", 1, lambda pdf: elements(pdf, "Figure")[0].__delitem__("/Alt")),
    "no header cell": ("table-headers", 1, lambda pdf: [each.__setitem__("/S", pikepdf.Name.TD) for each in
                                                       elements(pdf, "TH")]),
    "cell without header": ("table-headers", 1, lambda pdf: elements(pdf, "TD")[0].__delitem__("/A")),
    "absent header": ("table-headers", 1, lambda pdf: elements(pdf, "TD")[0].A.__setitem__("/Headers", ["nowhere"])),
    "level skipped": ("headings", 1, lambda pdf: elements(pdf, "H2")[0].__setitem__("/S", pikepdf.Name.H3)),
    "no first level": ("headings", 1, lambda pdf: elements(pdf, "H1")[0].__setitem__("/S", pikepdf.Name.H2)),
    "order on a page": ("reading-order", 1, swapped),
    "order of pages": ("reading-order", 1, pages_swapped),
    "tab order": ("tab-order", 1, lambda pdf: (link(pdf, StructParent=7, Contents="a"),
                                               pdf.pages[0].__delitem__("/Tabs"))),
    "link without tag": ("annotations", 1, lambda pdf: link(pdf, Contents="a")),
    "link without description": ("annotations", 1, lambda pdf: link(pdf, StructParent=7)),
    "font not embedded": ("fonts-embedded", 1, unembedded),
    "font without text": ("fonts-as-text", 1, lambda pdf: [font.__delitem__("/ToUnicode") for font in fonts(pdf)]),
    "script": ("scripts", 0, lambda pdf: pdf.Root.__setitem__(
        "/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))),
    "no bookmarks": ("bookmarks", 0, many_pages),
}  # fmt: skip


def test_a_document_without_fault_has_none() -> None:
    assert check_pdf(GOOD) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_on_its_page(name: str) -> None:
    rule, page, plant = PLANTED[name]
    assert (rule, page) in {(fault.rule, fault.page) for fault in check_pdf(edited(plant))}


def test_a_role_that_is_mapped_to_a_standard_one_is_none() -> None:
    def plant(pdf: Pdf) -> None:
        mapped_nowhere(pdf)
        pdf.Root.StructTreeRoot.RoleMap = pikepdf.Dictionary(Chapter=pikepdf.Name.Text, Text=pikepdf.Name.P)

    assert check_pdf(edited(plant)) == []


def test_headers_by_scope_serve_as_well_as_headers_by_name() -> None:
    def plant(pdf: Pdf) -> None:
        for cell in elements(pdf, "TD"):
            del cell["/A"]
        for cell in elements(pdf, "TH"):
            cell.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Column)

    assert check_pdf(edited(plant)) == []


def test_a_character_without_glyph_is_found() -> None:
    def plant(pdf: Pdf) -> None:
        font = next(iter(pdf.pages[0].Resources.Font.keys()))
        show = f" /Artifact BMC BT {font} 9 Tf <00140000> Tj ET EMC"
        content(pdf, lambda old: old + show.encode())

    assert [(fault.page, fault.rule) for fault in check_pdf(edited(plant))] == [(1, "glyphs")]


def test_a_lock_against_assistive_technology_is_found_and_another_lock_is_none() -> None:
    def locked(accessible: bool) -> bytes:
        with pikepdf.open(io.BytesIO(GOOD)) as pdf:
            target = io.BytesIO()
            allow = pikepdf.Permissions(accessibility=accessible, extract=False)
            # R = 3: in later revisions pikepdf always leaves this permission on.
            lock = pikepdf.Encryption(owner="o", user="u", R=3, aes=False, metadata=False, allow=allow)
            pdf.save(target, encryption=lock)
        return target.getvalue()

    assert check_pdf(locked(accessible=True), password="u") == []
    assert [fault.rule for fault in check_pdf(locked(accessible=False), password="u")] == ["encryption"]
    with pytest.raises(InputError, match="it is encrypted"):
        check_pdf(locked(accessible=True))
    with pytest.raises(InputError, match="the password does not open it"):
        check_pdf(locked(accessible=True), password="other")


def test_what_is_no_pdf_or_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no PDF that can be read"):
        check_pdf(b"not a pdf")
    with pytest.raises(InputError, match="cannot be read: No such file"):
        check_pdf(tmp_path / "absent.pdf")


FAKE = """#!{python}
import sys
print('''<report><jobs><job><validationReport isCompliant="{compliant}"><details>
<rule specification="ISO 14289-1:2014" clause="7.1" testNumber="9" status="failed">
<description>A title is needed</description></rule>
<rule specification="ISO 14289-1:2014" clause="7.2" testNumber="1" status="passed"/></details>
</validationReport></job></jobs></report>''' if sys.argv[1:3] == ["--flavour", "ua1"] else "")
"""


def test_verapdf_is_asked_where_it_is_and_missed_where_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(GOOD)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_verapdf(file) is None
    program = tmp_path / "verapdf"
    program.write_text(FAKE.format(python=sys.executable, compliant="false"), encoding="utf-8")
    os.chmod(program, 0o700)
    assert [str(fault) for fault in ask_verapdf(file) or []] == ["document: verapdf 7.1-9: A title is needed"]
    program.write_text(f"#!{sys.executable}\nprint('no report')", encoding="utf-8")
    assert [fault.message for fault in ask_verapdf(file) or []] == ["veraPDF gave no report"]
