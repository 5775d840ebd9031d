"""Running heads and feet as pagination artifacts: assistive technology then does not read them on every page.

WeasyPrint 70 marks them as tagged content and leaves their elements outside the structure tree, so that they are
neither in the reading order nor artifacts (ISO 14289-1, 7.1 and 7.8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_NUMBER = re.compile(rb"(\d+) 0 R")


def margins_as_artifacts(document: Any, pdf: Any) -> None:
    """Of a PDF about to be written (pydyf): every marked sequence outside the structure tree becomes an artifact."""
    root = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    reached = set(_below(pdf, root))
    numbers = pdf.objects[_number(root["ParentTree"])]["Nums"]
    owners = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for reference in pdf.page_references:
        page = pdf.objects[_number(reference)]
        of_page = owners[page["StructParents"]]
        lost = {mcid for mcid, owner in enumerate(of_page) if _number(owner) not in reached}
        stream = pdf.objects[_number(page["Contents"])]
        if lost:
            _mark_artifacts(stream.stream, lost)
            of_page[:] = [b"null" if mcid in lost else owner for mcid, owner in enumerate(of_page)]


def _mark_artifacts(items: list[Any], lost: set[int]) -> None:
    """A mark is three items of a stream: its tag, its properties, and the operator."""
    for position, item in enumerate(items):
        if isinstance(item, dict) and item.get("MCID") in lost:
            items[position - 1] = "/Artifact"
            del item["MCID"]
            item["Type"] = "/Pagination"


def _below(pdf: Any, element: Any) -> Iterator[int]:
    """The object numbers of all elements below one."""
    for kid in element.get("K", ()):
        found = _NUMBER.fullmatch(kid) if isinstance(kid, bytes) else None
        if found:
            number = int(found.group(1))
            yield number
            yield from _below(pdf, pdf.objects[number])


def _number(reference: bytes) -> int:
    found = _NUMBER.fullmatch(reference)
    return int(found.group(1)) if found else 0
