"""``cds claims CARD``: can the numbers that a card or paper reports be true, and do they mean anything?"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cds.core.errors import CardError, ResourceError, nearest

if TYPE_CHECKING:
    from cds.claims.audit import Audit
    from cds.claims.finding import ClaimFinding

CLAIMS_SCHEMA = "cds.claims/1"
TOP_KEYS = ("schema", "name", "source", "claims")
SOMETHING_WRONG = 1
SIGNS = {"impossible": "✗", "misleading": "!", "implausible": "?", "consistent": "✓", "cannot be checked": "–"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose claims, and the form of the answer."""
    parser.add_argument(
        "card", metavar="CARD", help="a card.toml or a file of claims (TOML), or NAME@VERSION of the registry"
    )
    parser.add_argument("--json", action="store_true", help="print the audit as JSON")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the audit as JSON to a file")
    parser.epilog = "exit code: 0 nothing wrong, 1 a claim is impossible, misleading or implausible, 2 input error"


def run(args: argparse.Namespace) -> int:
    """Print the audit; 1 where a claim is impossible, misleading or implausible, else 0."""
    import json

    audit = _audit(args.card)
    text = json.dumps(audit.record(), ensure_ascii=False, indent=2)
    if args.out is not None:
        _write(args.out, text + "\n")
    print(text if args.json else "\n".join(_lines(audit)))
    return SOMETHING_WRONG if audit.wrong else 0


def _audit(named: str) -> Audit:
    """The audit of a card file, of a file of claims, or of a registered or shipped model."""
    path = Path(named)
    if path.is_file():
        return _audit_of_file(path)
    if path.suffix == ".toml":
        raise CardError(f"there is no file {path}")
    from cds.claims.audit import audit_card
    from cds.registry import find_card

    return audit_card(find_card(named))


def _audit_of_file(path: Path) -> Audit:
    from cds.claims.audit import audit_card, audit_claims

    raw = _toml(path)
    if raw.get("schema") != CLAIMS_SCHEMA:
        from cds.registry import read_card

        return audit_card(read_card(path))
    strange = [key for key in raw if key not in TOP_KEYS]
    if strange:
        raise CardError(f"unknown key {strange[0]}", where=path.name, do=nearest(strange[0], TOP_KEYS))
    claims = raw.get("claims")
    if not isinstance(claims, Mapping) or not claims:
        raise CardError("a file of claims needs a [claims] table with the numbers", where=path.name)
    name, source = str(raw.get("name", path.stem)), str(raw.get("source", ""))
    return audit_claims(claims, name=name, source=source, where=path.name)


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as fault:
        raise CardError(f"cannot be read: {fault.strerror}", where=path.name) from None
    except UnicodeDecodeError:
        raise CardError("is not UTF-8 text", where=path.name, do="Save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise CardError(f"is not valid TOML: {str(fault)[:200]}", where=path.name) from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ResourceError(f"{path} cannot be written: {fault.strerror}") from None


def _lines(audit: Audit) -> Iterator[str]:
    yield audit.name
    if audit.source:
        yield from _wrapped(audit.source, "  ")
    if not audit.findings:
        yield from ("", "It reports no numbers ([claims]), so there is nothing to check.")
        return
    for finding in audit.findings:
        yield ""
        yield from _block(finding)
    for remark in audit.remarks:
        yield from ("", *_wrapped(remark, "  "))
    counts = {judgement: number for judgement, number in audit.record()["counts"].items() if number}
    yield from ("", ", ".join(f"{number} {judgement}" for judgement, number in counts.items()))


def _block(finding: ClaimFinding) -> Iterator[str]:
    of = f"{finding.set_name}: " if finding.set_name else ""
    yield from _wrapped(f"{SIGNS[finding.judgement]} {finding.judgement}: {of}{finding.claim}", "", hang=2)
    yield from _wrapped(finding.sentence, "    ")
    if finding.source and finding.judgement in ("impossible", "misleading", "implausible"):
        yield from _wrapped(f"({finding.source})", "    ")


def _wrapped(text: str, indent: str, *, hang: int = 0) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent=indent, subsequent_indent=indent + " " * hang)
