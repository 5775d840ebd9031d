"""Who is missing at which visit, and does it depend on the prediction?

Where it does, the patients seen are no random part of those who were due. Little & Rubin 2019, Statistical Analysis
with Missing Data, 3rd ed., doi:10.1002/9781119482260.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.attendance import Attendance
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.small_cells import hidden
from cds.stats.intervals import scale_slope, t_quantile, wald
from cds.stats.logistic import fit_logistic

FIFTHS = 5
MEASURE, ANALYSIS, FAMILY = "missing_odds_ratio", "dropout", "longitudinal"
ALL_DUE = (
    "Every patient is taken to be due at every visit; a patient without a row at a visit is missing there. Patients "
    "without any row are not known."
)
HIDDEN = " × Small counts, and those from which they could be worked out, are not printed."


def dropout(
    attendance: Attendance, *, level: float, small: int, time_unit: str = ""
) -> Iterator[Finding | Curve | Table]:
    """Tables of who was seen, the share missing by prediction, and odds ratios of being missing per sd of prediction.

    ``small`` is the smallest count that is printed.
    """
    yield seen_table(attendance, small, time_unit)
    yield by_prediction(attendance, small, time_unit)
    found = {visit: odds_ratio(attendance, visit, level) for visit in attendance.schedule}
    everywhere = odds_ratio_over_visits(attendance, level)
    yield odds_table(found, everywhere, time_unit)
    yield odds_curve(found, level, time_unit)
    yield Finding(MEASURE, FAMILY, everywhere, analysis=ANALYSIS)
    for visit, result in found.items():
        yield Finding(MEASURE, FAMILY, result, analysis=ANALYSIS, horizon=visit)


def standing(attendance: Attendance) -> FloatArray:
    """How high each patient's prediction is at each visit, in standard deviations, shape (patients, visits).

    (ŷ − mean)/sd over the patients with a row at the visit. A patient without a row there keeps the standing of their
    last earlier visit, else of their first later one. 0 where all predictions of a visit are the same.
    """
    values = attendance.grid(attendance.predicted)
    z = np.full_like(values, np.nan)
    for j in range(values.shape[1]):
        present = np.isfinite(values[:, j])
        spread = float(np.std(values[present, j], ddof=1)) if present.sum() > 1 else 0.0
        if present.any():
            z[present, j] = (values[present, j] - values[present, j].mean()) / spread if spread > 0 else 0.0
    return _carried(z)


def _carried(z: FloatArray) -> FloatArray:
    filled = z.copy()
    for j in range(1, z.shape[1]):  # the last one before
        gap = np.isnan(filled[:, j])
        filled[gap, j] = filled[gap, j - 1]
    for j in reversed(range(z.shape[1] - 1)):  # else the first one after
        gap = np.isnan(filled[:, j])
        filled[gap, j] = filled[gap, j + 1]
    return filled


def odds_ratio(attendance: Attendance, visit: float, level: float) -> Result:
    """Odds ratio of being missing at one visit per standard deviation of the prediction: logistic regression, Wald."""
    j = attendance.schedule.index(visit)
    missing, z = ~attendance.seen_grid[:, j], standing(attendance)[:, j]
    refused = _refused(missing, f"at visit {visit:g}")
    if refused is not None:
        return refused
    z = _per_sd(z)
    if not z.any():
        return NotEstimable(f"every prediction at visit {visit:g} is the same")
    fit = fit_logistic(np.vstack([np.ones(len(z)), z]), missing.astype(float))
    if isinstance(fit, NotEstimable):
        return fit
    ratio = exp(fit.coefficients[1])
    interval = wald(ratio, level, scale_se=fit.se(1), scale="log", method="wald, log scale")
    return Estimate(ratio, interval, "log", len(z), int(missing.sum()))


def odds_ratio_over_visits(attendance: Attendance, level: float) -> Result:
    """One odds ratio over all visits, each with its own level of being missing, the error clustered by patient.

    Logistic regression of missing on visit and standing; sandwich G/(G − 1)·CR0 with G patients and Student's t with
    G − 1 degrees of freedom. Liang & Zeger 1986, doi:10.1093/biomet/73.1.13. Visits where all or none are missing
    say nothing and are left out.
    """
    missing, z = ~attendance.seen_grid, standing(attendance)
    told = [j for j in range(missing.shape[1]) if 0 < missing[:, j].sum() < len(missing)]
    if not told:
        return _refused(missing.ravel(), "at any visit") or NotEstimable(
            "at every visit either nobody or everybody is missing"
        )
    patients, visits = len(missing), len(told)
    z = np.column_stack([_per_sd(z[:, j]) for j in told]).ravel(order="F")
    y = missing[:, told].ravel(order="F").astype(float)
    of_visit = np.repeat(np.eye(visits), patients, axis=1)
    if not z.any():
        return NotEstimable("at each visit every prediction is the same")
    fit = fit_logistic(np.vstack([z, of_visit]), y)
    if isinstance(fit, NotEstimable):
        return fit
    scores = (fit.design * (y - fit.fitted)).reshape(visits + 1, visits, patients).sum(axis=1)
    meat = scores @ scores.T * patients / (patients - 1)
    se = float(np.sqrt((fit.covariance @ meat @ fit.covariance)[0, 0]))
    ratio, df = exp(fit.coefficients[0]), patients - 1
    half = t_quantile(level, df) * se
    low, high = exp(fit.coefficients[0] - half), exp(fit.coefficients[0] + half)
    told_of = {"patients": patients, "df": df, "visits": visits}
    interval = Interval(
        low, high, level, "cluster-robust by patient, log scale", se / scale_slope(ratio, "log"), se, told_of
    )
    return Estimate(ratio, interval, "log", len(y), int(y.sum()))


def _per_sd(z: FloatArray) -> FloatArray:
    """The standing over everybody who was due, again with a standard deviation of 1."""
    spread = float(np.std(z, ddof=1)) if len(z) > 1 else 0.0
    return np.asarray((z - z.mean()) / spread if spread > 0 else np.zeros_like(z))


def _refused(missing: BoolArray, where: str) -> NotEstimable | None:
    if not missing.any():
        return NotEstimable(f"nobody is missing {where}")
    return NotEstimable(f"everybody is missing {where}") if missing.all() else None


def seen_table(attendance: Attendance, small: int, time_unit: str = "") -> Table:
    """Per visit how many were due, seen and missing, and of those missing how many have no row at all."""
    seen, predicted = attendance.seen_grid, attendance.grid(attendance.predicted)
    rows = tuple(
        (_at(visit, time_unit), *_seen_at(seen[:, j], predicted[:, j], small))
        for j, visit in enumerate(attendance.schedule)
    )
    header = (
        "visit", "due", "seen", "missing", "of whom without a row", "mean prediction, seen", "mean prediction, missing",
    )  # fmt: skip
    note = ALL_DUE + (HIDDEN if any("×" in row for row in rows) else "")
    return Table("dropout", FAMILY, "Who was seen at each visit", header, rows, note, section="missing")


def _seen_at(seen: BoolArray, predicted: FloatArray, small: int) -> tuple[str, ...]:
    """One visit's counts and mean predictions as they are printed."""
    has_row = np.isfinite(predicted)
    here, gone, no_row = int(seen.sum()), int((~seen).sum()), int((~has_row).sum())
    few = bool(hidden([here, gone], small))
    few_rows = few or bool(hidden([no_row, gone - no_row], small))
    means = [
        "×" if 0 < len(values) < small else _mean(values) for values in (predicted[seen], predicted[~seen & has_row])
    ]
    return (
        str(len(seen)),
        "×" if few else str(here),
        "×" if few else f"{gone} ({_percent(gone / len(seen))})",
        "×" if few_rows else str(no_row),
        *means,
    )


def by_prediction(attendance: Attendance, small: int, time_unit: str = "") -> Table:
    """Share missing at each visit in fifths of the prediction there: patients missing of patients due."""
    missing, z = ~attendance.seen_grid, standing(attendance)
    columns, kept_back = [], False
    for j in range(missing.shape[1]):
        edges = np.quantile(z[:, j], np.linspace(0, 1, FIFTHS + 1))
        place = np.searchsorted(edges[1:-1], z[:, j], side="left")
        due = np.bincount(place, minlength=FIFTHS).tolist()
        gone = np.bincount(place[missing[:, j]], minlength=FIFTHS).tolist()
        few = hidden(due, small) | hidden(gone, small)
        few |= hidden([d - g for d, g in zip(due, gone, strict=True)], small)
        kept_back = kept_back or bool(few)
        columns.append([_share(gone[k], due[k], hide=k in few) for k in range(FIFTHS)])
    rows = tuple((_fifth(k), *(column[k] for column in columns)) for k in range(FIFTHS))
    header = ("prediction", *(f"missing at {_at(visit, time_unit)}" for visit in attendance.schedule))
    note = (
        "Fifths of the prediction among those due. A patient without a row at a visit stands where their nearest "
        "prediction put them. If those missing gather at one end, those seen differ from those who were due."
    )
    return Table(
        "dropout_by_prediction", FAMILY, "Missing at each visit by predicted value", header, rows,
        note + (HIDDEN if kept_back else ""), section="missing",
    )  # fmt: skip


def odds_table(found: dict[float, Result], everywhere: Result, time_unit: str = "") -> Table:
    """The odds ratios with their intervals, and what they mean."""
    rows = [
        *((_at(visit, time_unit), _ratio(result)) for visit, result in found.items()),
        ("all visits, by patient", _ratio(everywhere)),
    ]
    return Table(
        "dropout_odds", FAMILY, "Does being missing depend on the prediction?",
        ("visit", "odds ratio of being missing per sd of the prediction"), tuple(rows), meaning(everywhere),
        section="missing",
    )  # fmt: skip


def meaning(everywhere: Result) -> str:
    """What the odds ratio over all visits says about the numbers of those who were seen."""
    if not isinstance(everywhere, Estimate):
        return f"No odds ratio over all visits: {everywhere.reason}."
    must = (
        "The numbers of this report hold for everybody who was due only if, among patients with the same prediction, "
        "those missing did as those seen; the data cannot show that."
    )
    interval = everywhere.interval
    if isinstance(interval, NotEstimable) or interval.low <= 1 <= interval.high:
        return (
            "The data do not show that being missing depends on the prediction, which does not mean that it does not. "
            + must
        )
    side = "higher" if everywhere.value > 1 else "lower"
    return (
        f"Patients with {side} predictions are missing more often: the means of those seen are not those of everybody "
        f'who was due, and visits with fewer patients seen weigh less. {must} missing = "weight" in [outcome] weights '
        "rows with an outcome for the rows of the data that have none."
    )


def odds_curve(found: dict[float, Result], level: float, time_unit: str = "") -> Curve:
    """The odds ratio of being missing along the visits; NaN where there is none."""
    columns = np.full((3, len(found)), np.nan)
    for j, result in enumerate(found.values()):
        if isinstance(result, Estimate):
            columns[0, j] = result.value
            if isinstance(result.interval, Interval):
                columns[1:, j] = result.interval.low, result.interval.high
    return Curve(
        "dropout_odds", FAMILY, "Being missing and the prediction",
        {"visit": np.array(list(found)), **dict(zip(("odds_ratio", "low", "high"), columns, strict=True))},
        x_label=f"Visit ({time_unit})" if time_unit else "Visit",
        y_label="Odds ratio of being missing per sd of the prediction", note="Wald intervals, log scale",
        facts={"level": level, "ideal": 1.0},
    )  # fmt: skip


def _at(visit: float, time_unit: str) -> str:
    return f"{visit:g} {time_unit}".rstrip()


def _fifth(k: int) -> str:
    return ("lowest fifth", "second", "third", "fourth", "highest fifth")[k]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _share(gone: int, due: int, *, hide: bool) -> str:
    if hide:
        return "×"
    return f"{gone} of {due} ({_percent(gone / due)})" if due else "–"


def _mean(values: FloatArray) -> str:
    return f"{np.mean(values):.2f}" if len(values) else "–"


def _ratio(result: Result) -> str:
    if isinstance(result, NotEstimable):
        return f"not estimable: {result.reason}"
    if isinstance(result.interval, NotEstimable):
        return f"{result.value:.2f} (no interval: {result.interval.reason})"
    return f"{result.value:.2f} ({result.interval.low:.2f} to {result.interval.high:.2f})"
