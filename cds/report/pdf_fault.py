"""What is wrong with a PDF, and the error where the extra ``pdf`` is not installed."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from cds.core.errors import ResourceError

EXTRA = "pip install 'cds-suite[pdf]'"


@dataclass(frozen=True, order=True)
class Fault:
    """A rule that a PDF breaks, on which page (counted from 1; 0 is the document), and how."""

    page: int
    rule: str
    message: str

    def __str__(self) -> str:
        where = f"page {self.page}" if self.page else "document"
        return f"{where}: {self.rule}: {self.message}"


def need_pikepdf() -> ModuleType:
    """The library pikepdf.

    Raises:
        ResourceError: it is not installed.
    """
    try:
        import pikepdf
    except ImportError:
        raise ResourceError(f"reading, encrypting and signing PDFs needs pikepdf: {EXTRA}") from None
    return pikepdf
