"""What a page's content stream paints: its marked sequences, where each begins, and what lies outside any mark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cds.report.pdf_fault import Fault, need_pikepdf

_PATHS = frozenset({"f", "F", "f*", "B", "B*", "b", "b*", "S", "s"})
_TEXT = frozenset({"Tj", "TJ", "'", '"'})
_PAINT = _PATHS | _TEXT | {"sh", "Do", "INLINE IMAGE"}
_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Matrix = tuple[float, float, float, float, float, float]


@dataclass
class Marks:
    """The marked sequences of one page: MCID → where its first ink lies (points, y upward), and the page's faults."""

    at: dict[int, tuple[float, float]] = field(default_factory=dict)
    found: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)


def marks_of(page: Any, number: int) -> Marks:
    """Read the content of a page (``number`` counts from 1): every painting operator must be tagged or an artifact."""
    pikepdf = need_pikepdf()
    reader = _Reader(page, number)
    for instruction in pikepdf.parse_content_stream(page):
        reader.take(str(instruction.operator), list(instruction.operands))
    if reader.outside:
        reader.fault("content-marked", f"{reader.outside} painted things are neither tagged nor artifacts")
    if reader.without_glyph:
        reader.fault("glyphs", f"{reader.without_glyph} characters have no glyph in their font")
    return reader.marks


class _Reader:
    """Follows marks, transformations and the text position through one content stream."""

    def __init__(self, page: Any, number: int) -> None:
        self.marks, self.number = Marks(), number
        self.outside = self.without_glyph = 0
        self._fonts = page.get("/Resources", {}).get("/Font", {})
        self._properties = page.get("/Resources", {}).get("/Properties", {})
        self._stack: list[int | str | None] = []  # an MCID, "artifact", or None for a mark that says neither
        self._saved: list[Matrix] = []
        self._ctm = self._line = _IDENTITY
        self._point = (0.0, 0.0)
        self._two_bytes = False

    def fault(self, rule: str, message: str) -> None:
        self.marks.faults.append(Fault(self.number, rule, message))

    def take(self, operator: str, operands: list[Any]) -> None:
        if operator in ("BMC", "BDC"):
            self._open(operands)
        elif operator == "EMC":
            if self._stack:
                self._stack.pop()
        elif operator in _PAINT:
            self._paint(operator, operands)
        else:
            self._move(operator, operands)

    def _open(self, operands: list[Any]) -> None:
        mark: int | str | None = "artifact" if str(operands[0]) == "/Artifact" else None
        details = operands[1] if len(operands) > 1 else {}
        if isinstance(details, need_pikepdf().Name):  # named in the page's resources
            details = self._properties.get(str(details), {})
        if "/MCID" in details:
            mark = int(details["/MCID"])
            self.marks.found.add(mark)
        around = self._around
        if mark == "artifact" and isinstance(around, int):
            self.fault("artifact-in-tag", f"an artifact lies within the tagged sequence {around}")
        if isinstance(mark, int) and around == "artifact":
            self.fault("tag-in-artifact", f"the tagged sequence {mark} lies within an artifact")
        self._stack.append(mark)

    @property
    def _around(self) -> int | str | None:
        return next((mark for mark in reversed(self._stack) if mark is not None), None)

    def _paint(self, operator: str, operands: list[Any]) -> None:
        around = self._around
        if around is None:
            self.outside += 1
        elif isinstance(around, int) and around not in self.marks.at:
            self.marks.at[around] = self._where(operator)
        if operator in _TEXT and self._two_bytes:
            self.without_glyph += sum(_zero_codes(part) for part in _strings(operands[-1]))

    def _where(self, operator: str) -> tuple[float, float]:
        if operator in _TEXT:
            return _times(self._line, self._ctm)[4:]
        x, y = self._point if operator in _PATHS else (0.0, 0.0)
        return _times((1, 0, 0, 1, x, y), self._ctm)[4:]

    def _move(self, operator: str, operands: list[Any]) -> None:
        if operator == "q":
            self._saved.append(self._ctm)
        elif operator == "Q" and self._saved:
            self._ctm = self._saved.pop()
        elif operator == "cm":
            self._ctm = _times(_matrix(operands), self._ctm)
        elif operator == "BT":
            self._line = _IDENTITY
        elif operator == "Tm":
            self._line = _matrix(operands)
        elif operator in ("Td", "TD"):
            self._line = _times((1, 0, 0, 1, float(operands[0]), float(operands[1])), self._line)
        elif operator in ("m", "re"):
            self._point = float(operands[0]), float(operands[1])
        elif operator == "Tf":
            font = self._fonts.get(str(operands[0]), {})
            self._two_bytes = str(font.get("/Encoding", "")) == "/Identity-H"


def _matrix(operands: list[Any]) -> Matrix:
    a, b, c, d, e, f = (float(each) for each in operands)
    return a, b, c, d, e, f


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """The transformation ``inner`` followed by ``outer`` (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _strings(operand: Any) -> list[bytes]:
    """The strings of a text operator; an array of TJ also holds numbers."""
    pikepdf = need_pikepdf()
    parts = operand if isinstance(operand, pikepdf.Array) else [operand]
    return [bytes(part) for part in parts if isinstance(part, pikepdf.String)]


def _zero_codes(codes: bytes) -> int:
    return sum(codes[k : k + 2] == b"\0\0" for k in range(0, len(codes), 2))
