"""The structure tree of a tagged PDF: roles, tables, headings, figures, and the order in which it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cds.report.pdf_fault import Fault, need_pikepdf
from cds.report.pdf_marks import Marks

# ISO 32000-1, 14.8.4
_GROUPS = "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private"
_BLOCKS = "P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot"
_INLINE = "Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form"
STANDARD = frozenset(f"{_GROUPS} {_BLOCKS} {_INLINE}".split())
PARENTS = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
    "TFoot": {"Table"},
    "LI": {"L"},
    "LBody": {"LI"},
}
_HEADING = re.compile(r"H([1-6])")
_UP, _LEFT = 6.0, 1.0  # points: less is a raised or indented word, not another line or column


@dataclass
class Element:
    """One structure element: its role after the role map, its page (0 unknown), its attributes and what is in it.

    ``marks`` are the (page, MCID) directly in it.
    """

    role: str
    given: str
    page: int
    raw: Any
    parent: Element | None
    kids: list[Element] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in the order in which they are read."""
        yield self
        for kid in self.kids:
            yield from kid.walk()

    @property
    def first_page(self) -> int:
        """The page of the element, or of the first thing in it that has one."""
        return next((e.page for e in self.walk() if e.page), 0)

    def attribute(self, name: str) -> Any:
        """An attribute of the element's attribute objects, None where it has none of that name."""
        given = self.raw.get("/A")
        owners = given if isinstance(given, need_pikepdf().Array) else [given]
        return next((owner[name] for owner in owners if owner is not None and name in owner), None)


def tree_of(pdf: Any) -> Element | None:
    """The structure tree under a root of role ``""``; None where there is none."""
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        return None
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    roles = {str(name)[1:]: str(role)[1:] for name, role in root.get("/RoleMap", {}).items()}
    top = Element("", "", 0, root, None)
    _add_kids(top, pages, roles)
    return top


def _add_kids(top: Element, pages: Mapping[Any, int], roles: Mapping[str, str]) -> None:
    pikepdf = need_pikepdf()
    kids = top.raw.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, int):
            top.marks.append((top.page, kid))
        elif "/MCID" in kid:
            top.marks.append((_page(kid, pages) or top.page, int(kid["/MCID"])))
        elif "/S" in kid:
            given = str(kid["/S"])[1:]
            element = Element(_resolved(given, roles), given, _page(kid, pages) or top.page, kid, top)
            top.kids.append(element)
            _add_kids(element, pages, roles)


def _page(raw: Any, pages: Mapping[Any, int]) -> int:
    page = raw.get("/Pg")
    return 0 if page is None else pages.get(page.objgen, 0)


def _resolved(role: str, roles: Mapping[str, str]) -> str:
    seen: set[str] = set()
    while role not in STANDARD and role in roles and role not in seen:
        seen.add(role)
        role = roles[role]
    return role


def tag_faults(tree: Element, pages: Mapping[int, Marks]) -> list[Fault]:
    """What is wrong with the tree of a document whose pages hold these marks."""
    elements = [element for element in tree.walk() if element is not tree]
    if not elements:
        return [Fault(0, "structure-tree", "the structure tree is empty")]
    faults = _roles(elements) + _texts(elements) + _headings(elements) + _covered(tree, pages) + _order(tree, pages)
    for element in elements:
        if element.role == "Table":
            faults += _table(element)
    return faults


def _roles(elements: list[Element]) -> list[Fault]:
    faults = [
        Fault(e.first_page, "roles", f"the role {e.given} is neither standard nor mapped to a standard one")
        for e in elements
        if e.role not in STANDARD
    ]
    for e in elements:
        above = e.parent.role if e.parent else ""
        if e.role in PARENTS and above not in PARENTS[e.role]:
            faults.append(Fault(e.first_page, "nesting", f"{e.role} lies within {above or 'the root'}"))
    return faults


def _texts(elements: list[Element]) -> list[Fault]:
    return [
        Fault(e.first_page, "alternative-text", f"a {e.role} has no alternative text")
        for e in elements
        if e.role in ("Figure", "Formula") and not any(str(e.raw.get(k, "")).strip() for k in ("/Alt", "/ActualText"))
    ]


def _headings(elements: list[Element]) -> list[Fault]:
    faults, last = [], 0
    for e in elements:
        found = _HEADING.fullmatch(e.role)
        if found:
            level = int(found.group(1))
            if level > last + 1:
                after = f"H{last}" if last else "no heading"
                faults.append(Fault(e.first_page, "headings", f"H{level} follows {after}"))
            last = level
    return faults


def _covered(tree: Element, pages: Mapping[int, Marks]) -> list[Fault]:
    """Every marked sequence is in the tree once, and the tree refers to none that is absent."""
    told: dict[tuple[int, int], int] = {}
    for element in tree.walk():
        for mark in element.marks:
            told[mark] = told.get(mark, 0) + 1
    faults = [
        Fault(number, "content-tagged", f"the marked sequence {mcid} is not in the structure tree")
        for number, marks in pages.items()
        for mcid in sorted(marks.found)
        if (number, mcid) not in told
    ]
    for (number, mcid), times in told.items():
        if number not in pages or mcid not in pages[number].found:
            faults.append(Fault(number, "content-tagged", f"the tree refers to the absent sequence {mcid}"))
        elif times > 1:
            faults.append(Fault(number, "content-tagged", f"the sequence {mcid} is in the tree {times} times"))
    return faults


def _order(tree: Element, pages: Mapping[int, Marks]) -> list[Fault]:
    """The tree goes on page by page, and on a page never back: to what lies higher and not further right."""
    faults, before = [], None
    for number, mcid in (mark for element in tree.walk() for mark in element.marks):
        place = pages[number].at.get(mcid) if number in pages else None
        if place is None:
            continue
        if before is not None:
            page, x, y = before
            if number < page:
                faults.append(Fault(number, "reading-order", f"page {number} is read after page {page}"))
            elif number == page and place[1] > y + _UP and place[0] < x + _LEFT:
                faults.append(Fault(number, "reading-order", f"the sequence {mcid} is read after what lies below it"))
        before = (number, *place)
    return faults


def _table(table: Element) -> list[Fault]:
    """Each data cell has a header: by ``Headers`` of its own, or by the ``Scope`` of one in its row or column."""
    rows = [e for e in table.walk() if e.role == "TR"]
    names = {str(e.raw["/ID"]) for e in table.walk() if e.role == "TH" and "/ID" in e.raw}
    columns = {k for row in rows for k, c in _columns(row) if c.role == "TH" and _scope(c) in ("/Column", "/Both")}
    faults = []
    if not any(e.role == "TH" for e in table.walk()):
        return [Fault(table.first_page, "table-headers", "a table has no header cell")]
    for number, row in enumerate(rows, 1):
        by_row = any(cell.role == "TH" and _scope(cell) in ("/Row", "/Both") for cell in row.kids)
        for column, cell in _columns(row):
            if cell.role != "TD" or by_row or column in columns:
                continue
            told = cell.attribute("/Headers")
            told = [] if told is None else [str(each) for each in told]
            if not told or not set(told) <= names:
                what = "names a header that is not there" if told else "has no header"
                where = f"row {number}, column {column + 1} of a table"
                faults.append(Fault(cell.first_page or table.first_page, "table-headers", f"{where} {what}"))
    return faults


def _columns(row: Element) -> Iterator[tuple[int, Element]]:
    column = 0
    for cell in row.kids:
        yield column, cell
        column += int(cell.attribute("/ColSpan") or 1)


def _scope(cell: Element) -> str:
    return str(cell.attribute("/Scope") or "")
