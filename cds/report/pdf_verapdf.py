"""Asks veraPDF, the reference checker of PDF/UA, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from cds.report.pdf_fault import Fault

SECONDS = 300.0


def ask_verapdf(pdf: Path) -> list[Fault] | None:
    """The rules of PDF/UA-1 that veraPDF finds broken; None where no program ``verapdf`` is on the PATH."""
    program = shutil.which("verapdf")
    if program is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603  # fixed arguments; the file's name is one of its own
            [program, "--flavour", "ua1", "--format", "xml", str(pdf.resolve())],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        report = ElementTree.fromstring(told.stdout).find(".//validationReport")  # noqa: S314  # a local program's
    except (OSError, subprocess.TimeoutExpired, ElementTree.ParseError):
        report = None
    if report is None:
        return [Fault(0, "verapdf", "veraPDF gave no report")]
    failed = [rule for rule in report.iter("rule") if rule.get("status") == "failed"]
    faults = [
        Fault(0, f"verapdf {r.get('clause')}-{r.get('testNumber')}", r.findtext("description", "")) for r in failed
    ]
    if not faults and report.get("isCompliant") != "true":
        return [Fault(0, "verapdf", "veraPDF says that it is not PDF/UA-1 and names no rule")]
    return faults
