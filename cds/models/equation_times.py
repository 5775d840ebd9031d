"""Published equations of times to an event: Cox with a baseline at horizons, and parametric models in closed form."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cds.models.equation_base import Number, Sampling, Strict, WithTerms
from cds.models.survival_times import AftDistribution, HazardDistribution


class Baseline(Strict):
    """Survival at each horizon of someone whose linear predictor is 0."""

    horizons: tuple[Number, ...] = Field(min_length=1)
    survival: tuple[Number, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if len(self.horizons) != len(self.survival):
            raise ValueError("baseline: give one survival per horizon")
        if list(self.horizons) != sorted(set(self.horizons)) or self.horizons[0] <= 0:
            raise ValueError("baseline: horizons must be positive and increase")
        if any(not 0 < s <= 1 for s in self.survival) or list(self.survival) != sorted(self.survival, reverse=True):
            raise ValueError(
                "baseline: survival must lie in (0, 1] and never rise. It is the share still without the event: of a "
                "percentage give the hundredth, of a risk or cumulative incidence F give 1 − F, of a cumulative hazard "
                "H give exp(−H)"
            )
        return self


class Cox(WithTerms):
    """risk by t = 1 − S₀(t)^exp(lp), at the baseline's horizons only.

    A term's ``centre`` is subtracted from its input, as where the paper gives S₀ at the means. For competing risks
    (Fine and Gray 1999, doi:10.1080/01621459.1999.10474144) ``survival`` is one minus the baseline cumulative
    incidence of the cause, and the risk is its cumulative incidence: F(t) = 1 − (1 − F₀(t))^exp(lp).
    """

    model: Literal["cox"]
    baseline: Baseline
    sampling: Sampling | None = None


class Aft(WithTerms):
    """Accelerated failure time: log T = location + scale · W, where location = intercept + Σ terms.

    Times are in the card's unit. With z = (log t − location) / scale the risk by t is, by ``distribution``:

    - weibull: 1 − exp(−exp z); exponential: the same with scale 1, which is not given
    - log_logistic: 1 / (1 + exp(−z)); log_normal: Φ(z)
    - generalized_gamma, ``shape`` Q: P(Q⁻², Q⁻² exp(Q z)) for Q > 0 and one minus it for Q < 0, where P is the
      regularised incomplete gamma function; Q = 0 is log_normal (Prentice 1974, doi:10.1093/biomet/61.3.539)

    The linear predictor is −location / scale: higher means an earlier event. Then g(risk by t) = log(t) / scale + lp,
    where g is the complementary log-log (weibull), the logit (log_logistic) or the probit (log_normal).

    How programs print the same model:

    - R survreg: ``Intercept``, coefficients and ``Scale`` as they stand
    - R flexsurvreg: weibull and llogis: intercept = log(scale), scale = 1 / shape, coefficients as they stand;
      lnorm: meanlog and sdlog; gengamma: mu, sigma and shape = Q; exp: see ProportionalHazards
    - lifelines: the location parameter's rows; scale = exp(−rho_) or exp(−beta_) (Weibull, log-logistic), exp(sigma_)
    - Stata streg, time: _cons, coefficients; scale = 1/p (weibull), gamma (loglogistic), sigma (lognormal)
    """

    model: Literal["aft"]
    distribution: AftDistribution
    scale: Annotated[Number, Field(gt=0)] | None = None
    shape: Number | None = None

    @model_validator(mode="after")
    def _parameters(self) -> Self:
        if (self.scale is None) != (self.distribution == "exponential"):
            raise ValueError("give scale, as survreg prints it; exponential has none")
        if (self.shape is None) != (self.distribution != "generalized_gamma"):
            raise ValueError("shape is the Q of a generalized_gamma, and of no other; weibull's shape is 1 / scale")
        return self

    @property
    def sigma(self) -> float:
        """The scale; 1 for an exponential."""
        return 1.0 if self.scale is None else self.scale

    @property
    def stretch(self) -> float:
        """−1 / scale."""
        return -1.0 / self.sigma


class ProportionalHazards(WithTerms):
    """Parametric proportional hazards: risk by t = 1 − exp(−H₀(t) · exp(lp)), where lp = intercept + Σ terms.

    Times are in the card's unit. H₀(t) is t (exponential), t^shape (weibull) or (exp(shape · t) − 1) / shape (gompertz;
    its shape may be negative).

    How programs print the same model: R flexsurvreg ``weibullPH``: intercept = log(scale), shape; ``gompertz`` and
    ``exp``: intercept = log(rate), shape; coefficients as they stand. Stata streg: _cons, coefficients,
    shape = p (weibull) or gamma (gompertz).
    """

    model: Literal["proportional_hazards"]
    distribution: HazardDistribution
    shape: Number | None = None

    @model_validator(mode="after")
    def _parameters(self) -> Self:
        if (self.shape is None) != (self.distribution == "exponential"):
            raise ValueError("give shape; exponential has none")
        if self.distribution == "weibull" and self.shape is not None and self.shape <= 0:
            raise ValueError("the shape of a weibull must be positive")
        return self
