"""Is a PDF what PDF/UA-1 asks for, as far as a program of ours can tell?

Checked are: language, title shown, the PDF/UA mark in XMP, MarkInfo, the structure tree (standard roles, alternative
texts, table headers, heading levels, reading order), that all content is tagged or an artifact, fonts embedded and
readable as text, tab order, annotations, bookmarks of long documents, no scripts, and no lock against assistive
technology. What needs eyes (is an alternative text true? is contrast enough?) is not: no fault is no certificate.
``pdf_verapdf`` asks veraPDF as well.

Source: ISO 14289-1:2014; the Matterhorn Protocol 1.1 lists its failure conditions.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cds.core.errors import InputError
from cds.report.pdf_fault import Fault, need_pikepdf
from cds.report.pdf_marks import marks_of
from cds.report.pdf_tags import tag_faults, tree_of

LONG = 5  # pages: from here on a document needs bookmarks
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_HIDDEN = 2  # the flag of an annotation that is not shown (ISO 32000-1, table 165)


def check_pdf(pdf: bytes | str | Path, *, password: str = "") -> list[Fault]:
    """Every fault found in a PDF, by page; an empty list where there is none. ``password`` opens an encrypted one.

    Raises:
        InputError: it is no PDF, cannot be read, or the password does not open it.
        ResourceError: pikepdf is not installed.
    """
    pikepdf = need_pikepdf()
    name = "the PDF" if isinstance(pdf, bytes) else str(pdf)
    try:
        content = pdf if isinstance(pdf, bytes) else Path(pdf).read_bytes()
        with _opened(content, password) as document:
            return sorted(set(_faults(document)))
    except pikepdf.PasswordError:
        what = "the password does not open it" if password else "it is encrypted"
        raise InputError(f"{name}: {what}", do="Give its password in a file: --password-file FILE") from None
    except OSError as fault:
        raise InputError(f"{name}: cannot be read: {fault.strerror}") from None
    except (pikepdf.PdfError, RecursionError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        # a part of the file is of another kind than a PDF has there
        raise InputError(f"{name}: this is no PDF that can be read") from None


def _opened(content: bytes, password: str) -> Any:
    """The document; one that needs no password opens with any, as one folder may hold both."""
    pikepdf = need_pikepdf()
    try:
        return pikepdf.open(io.BytesIO(content))
    except pikepdf.PasswordError:
        return pikepdf.open(io.BytesIO(content), password=password)


def _faults(pdf: Any) -> Iterator[Fault]:
    yield from _document(pdf)
    yield from _scripts(pdf)
    pages = {number: marks_of(page, number) for number, page in enumerate(pdf.pages, 1)}
    for number, page in enumerate(pdf.pages, 1):
        yield from pages[number].faults
        yield from _annotations(page, number)
        for font in _fonts(page.get("/Resources", {})):
            yield from _font(font, number)
    tree = tree_of(pdf)
    if tree is None:
        yield Fault(0, "structure-tree", "there is no structure tree")
    else:
        yield from tag_faults(tree, pages)


def _document(pdf: Any) -> Iterator[Fault]:
    root = pdf.Root
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        mark, title = metadata.get("pdfuaid:part"), metadata.get("dc:title")
    if not _LANGUAGE.fullmatch(str(root.get("/Lang", ""))):
        yield Fault(0, "language", "the document names no language")
    if not str(title or "").strip():
        yield Fault(0, "title", "the metadata hold no title")
    if not bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)):
        yield Fault(0, "title-shown", "the window would show the file's name in place of the title")
    if str(mark) != "1":
        yield Fault(0, "identifier", "the metadata do not say PDF/UA-1")
    if not bool(root.get("/MarkInfo", {}).get("/Marked", False)):
        yield Fault(0, "marked", "the document does not say that it is tagged")
    if bool(root.get("/MarkInfo", {}).get("/Suspects", False)):
        yield Fault(0, "suspects", "the document says that its tags may be wrong")
    if pdf.is_encrypted and not pdf.allow.accessibility:
        yield Fault(0, "encryption", "assistive technology may not read the text")
    if len(pdf.pages) >= LONG and "/First" not in root.get("/Outlines", {}):
        yield Fault(0, "bookmarks", f"{len(pdf.pages)} pages and no bookmarks")


def _scripts(pdf: Any) -> Iterator[Fault]:
    pikepdf = need_pikepdf()
    kinds = (pikepdf.Dictionary, pikepdf.Stream)
    dictionaries = (each for each in pdf.objects if isinstance(each, kinds))
    inner = (
        value for each in dictionaries for value in (each, *dict(each.items()).values()) if isinstance(value, kinds)
    )
    if any("/JS" in each or str(each.get("/S", "")) == "/JavaScript" for each in inner):
        yield Fault(0, "scripts", "the document holds JavaScript")


def _annotations(page: Any, number: int) -> Iterator[Fault]:
    shown = [a for a in page.get("/Annots", []) if not int(a.get("/F", 0)) & _HIDDEN]
    shown = [a for a in shown if str(a.get("/Subtype", "")) != "/Popup"]
    if "/Annots" in page and str(page.get("/Tabs", "")) != "/S":
        yield Fault(number, "tab-order", "the tab key does not follow the structure")
    for annotation in shown:
        kind = str(annotation.get("/Subtype", ""))[1:]
        if "/StructParent" not in annotation:
            yield Fault(number, "annotations", f"a {kind} is not in the structure tree")
        if not str(annotation.get("/Contents", annotation.get("/TU", ""))).strip():
            yield Fault(number, "annotations", f"a {kind} has no description")


def _fonts(resources: Any) -> Iterator[Any]:
    """The fonts of a page, those of the forms and patterns that it draws included."""
    yield from resources.get("/Font", {}).values()
    for kind in ("/XObject", "/Pattern"):
        for each in resources.get(kind, {}).values():
            if "/Resources" in each:
                yield from _fonts(each["/Resources"])


def _font(font: Any, number: int) -> Iterator[Fault]:
    name = str(font.get("/BaseFont", "/without name"))[1:]
    if str(font.get("/Subtype", "")) == "/Type3":
        return
    whole = str(font.get("/Subtype", "")) == "/Type0"
    descriptor = (font["/DescendantFonts"][0] if whole else font).get("/FontDescriptor", {})
    if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
        yield Fault(number, "fonts-embedded", f"the font {name} is not embedded")
    named = str(font.get("/Encoding", "")) in ("/WinAnsiEncoding", "/MacRomanEncoding")
    if "/ToUnicode" not in font and (whole or not named):
        yield Fault(number, "fonts-as-text", f"the font {name} does not say which characters its glyphs are")
