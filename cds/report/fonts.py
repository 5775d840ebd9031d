"""The fonts that the package ships, checked before they are used: a page in another font may not fit or lack signs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cds.core.errors import ResourceError
from cds.resources import template_folder

SHA256 = {
    "IBMPlexSans-Bold.ttf": "40fe9778b6e1e9e86d1584ecfd263dac26067131a3ae913ea5773f5dfc73a5d3",
    "IBMPlexSans-Italic.ttf": "337ef87c26bc8d9487e892c2871c68b07658000781c273e0a3919dcf87c19dd6",
    "IBMPlexSans-Regular.ttf": "a16f0d8a0295de33db9d4159caac39c052aa5189366abb50feb01bf3ecdc893a",
    "IBMPlexSans-SemiBold.ttf": "d53847ece7cab541457b4282873086e0cb65c4c3a2cdb7bab640e1aa93987d0c",
    "NotoSansSymbols2-Subset.ttf": "7743188f2e6d370d5056dadf40397d104297e74a17514498674815e2e8564bb2",
}


def check_fonts() -> None:
    """Refuse to draw without the package's own fonts.

    Raises
    ------
    ResourceError
        A font file is absent, unreadable or not the one that was shipped; every such file is named.
    """
    faults = [fault for name, expected in SHA256.items() if (fault := _fault(_folder() / name, expected))]
    if faults:
        raise ResourceError(f"no PDF can be drawn: {'; '.join(faults)}. Install cds-suite again")


def font_configuration(folder: Path) -> Path:
    """Write into ``folder`` a font configuration that knows the package's fonts only: every machine draws one page."""
    from xml.sax.saxutils import escape

    file = folder / "fonts.conf"
    file.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{escape(str(_folder().resolve()))}</dir>'
        f"<cachedir>{escape(str(folder / 'cache'))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return file


def _folder() -> Path:
    return template_folder() / "fonts"


def _fault(file: Path, expected: str) -> str:
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return f"the font {file.name} is missing from the installed package"
    except OSError as fault:
        return f"the font {file.name} cannot be read ({fault.strerror})"
    return "" if found == expected else f"the font {file.name} is not the one that the package ships"
