"""The numbers of a fitted lifelines regression, which are all that is stored of it: no pickle."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.errors import ArtifactError
from cds.models.fitted_survival import written_level
from cds.models.lifelines_design import inputs_read, terms
from cds.models.survival_format import Factor, FittedAft, FittedCox, FittedSurvival, FittedTerm, Settings, Stratum
from cds.models.survival_times import AftDistribution

COX = "CoxPHFitter"
# Per fitter: distribution; parameters of location, log scale and shape; the sign that makes the second a log scale.
AFT: dict[str, tuple[AftDistribution, str, str, str, float]] = {
    "WeibullAFTFitter": ("weibull", "lambda_", "rho_", "", -1.0),
    "LogLogisticAFTFitter": ("log_logistic", "alpha_", "beta_", "", -1.0),
    "LogNormalAFTFitter": ("log_normal", "mu_", "sigma_", "", 1.0),
    "GeneralizedGammaRegressionFitter": ("generalized_gamma", "mu_", "sigma_", "lambda_", 1.0),
}
Columns = dict[str, tuple[Factor, ...]]


def kind_of(fitter: Any) -> str:
    """The fitter's class."""
    return type(fitter).__name__


def is_breslow(fitter: Any) -> bool:
    """Whether this is a Cox regression with a baseline of steps, not one of splines or pieces."""
    return kind_of(fitter) == COX and fitter.baseline_estimation_method == "breslow"


def numbers(fitter: Any) -> FittedSurvival:
    """The regression as data.

    Raises:
        ArtifactError: a baseline of splines or pieces, or a formula that is more than columns and their products.
    """
    held = inputs_read(fitter.regressors.mappings.values(), strata_of(fitter)).levels
    levels = {name: tuple(written_level(level) for level in met) for name, met in held.items()}
    return numbers_of(fitter, {name: terms(mapping) for name, mapping in fitter.regressors.mappings.items()}, levels)


def numbers_of(fitter: Any, read: dict[str, Columns], levels: dict[str, tuple[str, ...]]) -> FittedSurvival:
    """The regression as data, where ``read`` says what each regression's columns are.

    Raises:
        ArtifactError: a baseline of splines or pieces.
    """
    plain: dict[str, Any] = {
        "fitter": f"lifelines {_version()} {kind_of(fitter)}",
        "levels": levels,
        "settings": _settings(fitter),
    }
    if kind_of(fitter) == COX:
        return _cox(fitter, read["beta_"], plain)
    distribution, location, scale, shape, sign = AFT[kind_of(fitter)]
    return FittedAft(
        model="aft",
        distribution=distribution,
        location=_regression(fitter, location, read),
        log_scale=_regression(fitter, scale, read, sign),
        shape=_regression(fitter, shape, read) if shape else (),
        **plain,
    )


def strata_of(fitter: Any) -> dict[str, tuple[Any, ...]]:
    """The strata's columns with the levels that were met; none for other fitters."""
    if not is_breslow(fitter) or not fitter.strata:
        return {}
    names = [fitter.strata] if isinstance(fitter.strata, str) else list(fitter.strata)
    met = [_tuple(key) for key in fitter.baseline_cumulative_hazard_.columns]
    return {name: tuple(dict.fromkeys(key[k] for key in met)) for k, name in enumerate(names)}


def last_times(fitter: Any) -> dict[tuple[Any, ...], float]:
    """The end of follow-up by stratum; one without strata."""
    if not fitter.strata:
        return {(): float(np.max(fitter.durations))}
    followed = fitter._predicted_partial_hazards_["T"]
    by = list(range(followed.index.nlevels))
    return {_tuple(key): float(last) for key, last in followed.groupby(level=by if len(by) > 1 else 0).max().items()}


def _cox(fitter: Any, columns: Columns, plain: dict[str, Any]) -> FittedCox:
    if not is_breslow(fitter):
        raise ArtifactError(
            f"a baseline of the kind {fitter.baseline_estimation_method} cannot be stored as data",
            do='Fit with baseline_estimation_method="breslow"',
        )
    mean, hazards, last = fitter._norm_mean, fitter.baseline_cumulative_hazard_, last_times(fitter)
    strata = tuple(strata_of(fitter))
    keys = [_tuple(key) if strata else () for key in hazards.columns]
    return FittedCox(
        model="cox",
        terms=tuple(
            FittedTerm(factors=columns[str(name)], coefficient=float(value), mean=float(mean[name]))
            for name, value in fitter.params_.items()
        ),
        strata=strata,
        times=tuple(float(t) for t in hazards.index),
        baselines=tuple(
            Stratum(
                levels=tuple(written_level(level) for level in key),
                hazard=tuple(float(h) for h in hazards.iloc[:, k]),
                last=last[key],
            )
            for k, key in enumerate(keys)
        ),
        **plain,
    )


def _regression(fitter: Any, parameter: str, read: dict[str, Columns], sign: float = 1.0) -> tuple[FittedTerm, ...]:
    return tuple(
        FittedTerm(factors=read[parameter][str(name)], coefficient=sign * float(value))
        for name, value in fitter.params_.loc[parameter].items()
    )


def _settings(fitter: Any) -> Settings | None:
    """None where a refit would need more: penalties by covariate, or a fitter that refits do not know."""
    penalizer = getattr(fitter, "penalizer", 0.0)
    if np.ndim(penalizer) or kind_of(fitter) == "GeneralizedGammaRegressionFitter":
        return None
    return Settings(penalizer=float(penalizer), l1_ratio=float(fitter.l1_ratio))


def _tuple(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _version() -> str:
    import lifelines

    return str(lifelines.__version__)
