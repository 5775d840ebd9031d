"""Codes of what ended follow-up that the protocol does not declare, and competing risks of which there are none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.finding import Finding
from cds.core.protocol import CompetingRisksOutcome
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.check import DataCheck
from cds.dataquality.counts import counted

RARE = 0.01  # of the rows: rather a typing error than a kind of event
STATUS_CODES = DataCheck(
    code="DQ024",
    name="status_codes",
    what="Codes of the status column that the protocol declares neither as the cause of interest nor as censored nor "
    "among outcome.others: they count as competing events (info; a warning where one of them makes up less than 1 % "
    "of the rows, as a typing error would). Competing risks of which nobody had a competing event (warning).",
    source="Kahn et al., eGEMs 2016, value conformance, doi:10.13063/2327-9214.1244",
)


def status_codes(study: Study) -> Iterator[Finding]:
    """A row for codes that were taken as competing events undeclared, one where there are no competing events."""
    sample = study.sample
    if sample.kind != "competing_risks" or not isinstance(sample, CompetingRisksSample):
        yield STATUS_CODES.clear()  # no other outcome has competing events
        return
    others = sample.status[(sample.status > 0) & (sample.status != sample.cause)]
    if not len(others):
        sentence = (
            "Nobody had a competing event: every follow-up ended by the event of interest or censored. Are competing "
            'events among the censored? If there truly are none, write kind = "survival", or accept this with the '
            "reason."
        )
        yield STATUS_CODES.fault("warning", sentence, {"competing_events": 0, "rows": len(sample)})
        return
    rule = None if study.protocol is None else study.protocol.outcome
    if not isinstance(rule, CompetingRisksOutcome) or rule.others:
        yield STATUS_CODES.clear({"competing_events": counted(len(others), study.small_cell)})
        return
    # Codes are read with censored as 0 and 0 as the code of censored: the file's own code is the other way round.
    codes = np.where(others == rule.censored, 0, others)
    yield _undeclared(rule, codes, len(sample), study.small_cell)


def _undeclared(
    rule: CompetingRisksOutcome, codes: np.ndarray[tuple[int], np.dtype[np.int64]], rows: int, small: int
) -> Finding:
    found = {int(code): int(n) for code, n in zip(*np.unique(codes, return_counts=True), strict=True)}
    shown = {code: n for code, n in found.items() if n >= small}
    hidden, rare = len(found) - len(shown), any(n < RARE * rows for n in found.values())
    told = [f"{code} in {n} rows" if n != 1 else f"{code} in 1 row" for code, n in shown.items()]
    if hidden:
        each = "one code" if hidden == 1 else f"{hidden} codes, each"
        told.append(f"{each} in fewer than {small} rows")
    what = "Is a rare one a typing error? Correct it, or declare" if rare else "If they are meant, declare"
    sentence = (
        f"Column {rule.status!r} holds codes that the protocol does not declare, and they were taken as competing "
        f"events: {'; '.join(told)}. {what} the codes of competing events in outcome.others: any other code is then "
        "refused."
    )
    details = {"codes": {str(code): n for code, n in shown.items()}, "rarer_codes": hidden, "rows": rows}
    return STATUS_CODES.fault("warning" if rare else "info", sentence, details)
