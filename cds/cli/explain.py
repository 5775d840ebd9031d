"""``cds explain``: a model and data in; one PDF and one JSON per patient out."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cds.cli import ROWS
from cds.cli.options import positive, seed

if TYPE_CHECKING:
    from cds.patients import BatchOutcome
    from cds.patients.protection import Protection

OUT = Path("reports") / "patients"
INPUT_ERROR, SOME_FAILED = 2, 4
CLINIC_RULES = "red_flags.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the data, whom to explain, and where the reports are written."""
    parser.add_argument("--model", required=True, help="NAME@VERSION, NAME@ALIAS, a shipped model or a folder")
    parser.add_argument("--data", required=True, type=Path, help="a .csv or .parquet file, one row per patient")
    parser.add_argument("--id", help="the column of pseudonyms (default: patient, else the row position)")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--patient", action="append", metavar="ID", help="a pseudonym; may be given several times")
    whom.add_argument("--all", action="store_true", help="every row of the data")
    parser.add_argument("--out", type=Path, default=OUT, help=f"the folder of the reports (default: {OUT})")
    parser.add_argument(
        "--allow-unvalidated",
        action="store_true",
        help="print the estimate of a model without validation, marked NOT VALIDATED – NOT FOR CARE",
    )
    parser.add_argument("--jobs", type=positive, help="worker processes (default: as many as processors)")
    parser.add_argument("--seed", type=seed, default=1, help="of the sampled explanations (default: 1)")
    parser.add_argument("--language", default="en", help="of the pages: de or en (default: en)")
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help=f"the clinic's own red-flag rules (default: {CLINIC_RULES} in the registry, else the shipped rules)",
    )
    parser.add_argument(
        "--write-rules",
        type=Path,
        metavar="FILE",
        action=_WriteRules,
        help="write the shipped red-flag rules to FILE, to be edited and signed, and end",
    )
    _protection_arguments(parser)


def _protection_arguments(parser: argparse.ArgumentParser) -> None:
    """The password and the signature of the PDFs: files, since what is typed stays in the shell's history."""
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="encrypt each PDF (AES-256) with the first line of FILE; no JSON",
    )
    parser.add_argument(
        "--json-unprotected", action="store_true", help="with a password: write the JSON too, readable by all"
    )
    parser.add_argument("--sign-key", type=Path, metavar="KEY.p12", help="sign each PDF with this PKCS#12 key")
    parser.add_argument("--sign-password-file", type=Path, metavar="FILE", help="holds the key's password")


class _WriteRules(argparse.Action):
    """Ends the command, as --help does, so that neither model nor data need be named."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        from cds.core.errors import InputError
        from cds.safety.rules import write_rules

        try:
            write_rules(Path(str(values)))
        except InputError as fault:
            parser.exit(INPUT_ERROR, f"cds: {fault}\n")
        print(f"{values}: the shipped red-flag rules; edit them, sign approved_by and approved_on, then use --rules")
        parser.exit()


def _rules(given: Path | None) -> Path | None:
    """The file of rules that was named, else the clinic's own beside the registered models, else none."""
    from cds.registry.reference import registry_root

    own = registry_root() / CLINIC_RULES
    return given if given is not None else own if own.is_file() else None


def run(args: argparse.Namespace) -> int:
    """Write the reports, print where they are and what they show; 0, or 4 where some patients failed."""
    from cds.cli.progress import progress
    from cds.core.errors import InputError, located
    from cds.patients import explain_batch
    from cds.patients.protection import read_protection
    from cds.patients.rows import DEFAULT_ID, absent_columns, by_position, refuse_absent_id
    from cds.patients.single import rules_of
    from cds.registry import load_model
    from cds.report.wording import refuse_other_languages
    from cds.tabular import read_table

    refuse_other_languages(args.language)
    rules = _rules(args.rules)
    told = rules_of(rules)  # a fault of theirs is no fault of the data
    protection = read_protection(
        password=args.password_file,
        key=args.sign_key,
        key_password=args.sign_password_file,
        json_unprotected=args.json_unprotected,
    )
    model = load_model(args.model)
    column = args.id or DEFAULT_ID
    table = read_table(args.data, text_columns=[column])
    try:
        if args.id is not None:
            refuse_absent_id(table.frame, column)
        outcome = explain_batch(
            model,
            table.frame,
            patients=args.patient,
            id_column=column,
            out=args.out,
            allow_unvalidated=args.allow_unvalidated,
            seed=args.seed,
            language=args.language,
            rules=rules,
            jobs=args.jobs or os.cpu_count() or 1,
            load=functools.partial(load_model, args.model),
            progress=progress("explaining"),
            protection=protection,
        )
    except InputError as fault:
        raise located(fault, args.data.name) from None
    if by_position(table.frame, column):
        print("no column patient: patients are row positions, counted from 0; name another column with --id")
    if model.card.in_language(args.language).language != args.language:
        print(f"the model's own texts stay as its card has them: it lacks some of [translations.{args.language}]")
    signed = f"approved by {told.approved_by} on {told.approved_on}" if told.approved else "not clinically approved"
    print(f"red-flag rules: {rules or 'shipped'} ({told.name} {told.version}, {told.sha256[:12]}), {signed}")
    for absent in absent_columns(model.card, table.frame):
        print(f"cds: nobody gets an estimate: {located(absent, args.data.name)}", file=sys.stderr)
    _tell_protection(protection)
    _tell(outcome, args.data.name)
    return SOME_FAILED if outcome.failed else 0


def _tell_protection(protection: Protection) -> None:
    """What readers of the folder can and cannot see."""
    if protection.password and protection.writes_json:
        print("the JSON files and summary.json are NOT encrypted and hold what the PDFs hold")
    elif protection.password:
        print("PDFs are encrypted; no JSON is written, and summary.json names the files only")
    if protection.signer:
        print(f"PDFs are signed (certificate {protection.signer.fingerprint[:16]}, time of this computer's clock)")


def _tell(outcome: BatchOutcome, data: str) -> None:
    """One line per report and failure, with why an estimate is withheld; no identifier but in the file's own name."""
    lines = {each["file"]: each for each in json.loads(outcome.summary.read_text(encoding="utf-8"))["reports"]}
    kept = set(outcome.skipped)
    for path in sorted((*outcome.written, *outcome.skipped)):
        if "status" not in lines[path.name]:
            print(f"{path}: encrypted{' (unchanged from an earlier run)' if path in kept else ''}")
            continue
        shown = {"point": "estimate given", "range": "range only", "none": "no estimate"}[lines[path.name]["shown"]]
        why = "; ".join(lines[path.name]["why"])
        again = " (unchanged from an earlier run)" if path in kept else ""
        print(f"{path}: {lines[path.name]['status']}, {shown}{f': {why}' if why else ''}{again}")
    for failure in outcome.failed:
        print(f"cds: {data} row {failure.row}: no report: {failure.reason}", file=sys.stderr)
    if outcome.failed:
        print(ROWS, file=sys.stderr)
    counts = f"{len(outcome.written)} written, {len(kept)} unchanged from an earlier run, {len(outcome.failed)} failed"
    print(f"{counts}; summary in {outcome.summary}, hashes in {outcome.manifest.name}")
