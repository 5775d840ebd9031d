"""``cds validate``: a model, data and a protocol in; a run folder and a verdict out."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cds.cli.options import default_folder, run_arguments
from cds.core.errors import InputError

if TYPE_CHECKING:
    from cds.core.finding import Finding
    from cds.core.record import RunRecord

BOUNDS = ("at_least", "at_most", "within", "difference_within", "ratio_within")
EXIT = {"ready": 0, "not_ready": 1, "inconclusive": 3}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The protocol, the model, the data, and where the run is written."""
    parser.add_argument("--protocol", required=True, help="a path or the name of a shipped protocol")
    parser.add_argument(
        "--model",
        help="NAME@VERSION, NAME@ALIAS, a model folder, or predictions: when the data hold the predictions; "
        "a protocol with [trial] needs none",
    )
    parser.add_argument("--data", required=True, type=Path, help="a .csv or .parquet file")
    run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Validate, write the run folder, print the verdict; 0 ready, 1 not ready, 3 inconclusive."""
    from cds import run as runs
    from cds.cli.progress import progress
    from cds.protocol import read_protocol
    from cds.report.pdf import warm_up
    from cds.run_folder import refuse_occupied

    loaded = read_protocol(args.protocol)
    if args.model is None and loaded.protocol.trial is None:
        raise InputError("no --model is given", do="Name a model, or write --model predictions:")
    if args.model not in (None, runs.FROZEN) and loaded.protocol.trial is not None:
        raise InputError("a trial compares arms and judges no model, and --model names one", do="Leave --model away")
    out = args.out or default_folder(loaded.protocol.name)
    refuse_occupied(out, overwrite=args.overwrite)
    warm_up()
    finished = runs.validate(
        args.model, args.data, loaded, jobs=args.jobs, seed=args.seed, progress=progress("resampling")
    )
    folder = finished.save(out, overwrite=args.overwrite)
    print("\n".join(told(finished.record, folder)))
    return EXIT[finished.readiness]


def told(record: RunRecord, folder: Path) -> Iterator[str]:
    """What the terminal says of a run: the verdict, the criteria, open data faults, the files."""
    model = "@".join(part for part in (record.model_name, record.model_version) if part)
    yield f"{record.readiness.replace('_', ' ')}: {model}"
    yield f"  {record.protocol.question}"
    events = "" if record.events is None else f", {record.events} with the outcome"
    several = "" if record.rows == record.patients else f" in {record.rows} rows"
    patients = "1 patient" if record.patients == 1 else f"{record.patients} patients"
    yield f"  {patients}{several}{events}; protocol {_protocol(record)}"
    yield ""
    yield from (f"  {_criterion_line(record, finding)}" for finding in record.judged)
    if record.protocol.judges_development:
        yield f"  {record.protocol.design} design: every number not corrected for optimism is apparent"
    yield from (f"  not asked: {sentence}" for sentence in record.not_set)
    yield from (line for severity in ("blocking", "warning") for line in _data_faults(record, severity))
    yield ""
    yield from (f"  {folder / name}" for name in ("report.pdf", "report.html", "results.json"))


def _data_faults(record: RunRecord, severity: str) -> Iterator[str]:
    for finding in record.findings:
        if finding.severity == severity and finding.accepted is None:
            yield f"  {severity}: {finding.code} {finding.record()['reason']}"


def _protocol(record: RunRecord) -> str:
    return f"{record.protocol.name} {record.protocol.version}, {'locked' if record.locked else 'not locked'}"


def _unit(record: RunRecord, finding: Finding) -> str:
    """The outcome's unit, where the measure is in it."""
    definition = record.definitions.get(finding.measure)
    return record.unit if definition and definition.in_unit else ""


def _criterion_line(record: RunRecord, finding: Finding) -> str:
    row = finding.record()
    verdict = (finding.verdict or "").replace("_", " ")
    group = f"{row['attribute']} = {row['group']}" if row["group"] is not None else f"across {row['attribute']}"
    where = [group] if row["attribute"] else []
    where += [row["category"]] if row["category"] is not None else []
    where += [_time(record, row["horizon"])] if row["horizon"] is not None else []
    where += [f"at {row['threshold']:g}"] if row["threshold"] is not None else []
    where += [finding.kind] if finding.kind in ("difference", "ratio") else []
    where += ["corrected for optimism"] if finding.analysis == "optimism_corrected" else []
    told = " ".join([finding.measure, *(f"({part})" for part in where)])
    reason = f"; {row['reason']}" if row["reason"] else ""
    wanted = f"{_wanted(finding)} {_unit(record, finding)}".rstrip()
    return f"{verdict:<15} {told}: {_numbers(row, finding.criterion or {})}, wanted {wanted}{reason}"


def _time(record: RunRecord, horizon: float) -> str:
    return f"{'by' if record.protocol.has_times else 'at'} {horizon:g} {record.protocol.time_unit}".rstrip()


def _numbers(row: Mapping[str, Any], criterion: Mapping[str, Any]) -> str:
    """Estimate and bounds with the same decimals, none of them rounded onto a bound that it does not equal."""
    from cds.report.rounding import decimals, number

    if row["estimate"] is None:
        return "no estimate"
    values = [row[name] for name in ("estimate", "low", "high") if row[name] is not None]
    digits = decimals(values, apart=[bound for key in BOUNDS for bound in _bounds(criterion, key)])
    estimate, *interval = (number(value, digits) for value in values)
    return f"{estimate} ({' to '.join(interval)})" if interval else estimate


def _bounds(criterion: Mapping[str, Any], key: str) -> Sequence[float]:
    bound = criterion.get(key)
    return () if bound is None else bound if isinstance(bound, (list, tuple)) else (bound,)


def _wanted(finding: Finding) -> str:
    from cds.report.rounding import plain

    given = {key: _bounds(finding.criterion or {}, key) for key in BOUNDS}
    return " and ".join(
        f"{key.replace('_', ' ')} {' to '.join(plain(bound) for bound in bounds)}"
        for key, bounds in given.items()
        if bounds
    )
