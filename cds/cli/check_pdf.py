"""``cds check-pdf``: the faults of PDFs against PDF/UA-1, page by page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

FAULTS, UNREAD = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, and what opens them."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a PDF, of cds or of another program")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="holds the password of encrypted PDFs")


def run(args: argparse.Namespace) -> int:
    """Print every fault and whether veraPDF was asked; 0 without faults, 1 with some, 2 where a file is not read."""
    from cds.core.errors import InputError
    from cds.report.pdf_checks import check_pdf
    from cds.report.pdf_password import read_password
    from cds.report.pdf_verapdf import ask_verapdf

    password = read_password(args.password_file)
    count, unread, asked = 0, 0, True
    for file in args.files:
        try:
            faults = check_pdf(file, password=password)
        except InputError as refusal:  # the others are still checked
            print(f"cds: {refusal}", file=sys.stderr)
            unread += 1
            continue
        more = None if password else ask_verapdf(file)
        asked = asked and more is not None
        faults += more or []
        count += len(faults)
        print(f"{file}: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}")
        for fault in faults:
            print(f"  {fault}")
    missing = (
        "veraPDF was not run on encrypted files" if password else "veraPDF was not run: no program verapdf on PATH"
    )
    print("veraPDF was run as well" if asked else missing)
    return UNREAD if unread else FAULTS if count else 0
