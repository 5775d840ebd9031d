"""Continuous samples that several tests share: R's 32 cars, and the reference case with R's answers."""

import numpy as np
import pandas as pd

from cds.core.sample_kinds import ContinuousSample
from tests.samples import REFERENCE

# In R, for every comment that names y and p: y <- mtcars$mpg; p <- 36 - 5 * mtcars$wt
OBSERVED = np.array(
    [21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4, 14.7, 32.4, 30.4,
     33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4]
)  # fmt: skip
WEIGHT = np.array(
    [2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424, 5.345, 2.2,
     1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78]
)  # fmt: skip
PREDICTED = 36 - 5 * WEIGHT


def values(observed=OBSERVED, predicted=PREDICTED, **more) -> ContinuousSample:
    """The 32 cars, or other observed and predicted values."""
    return ContinuousSample(observed=np.asarray(observed, float), predicted=np.asarray(predicted, float), **more)


def bounded(half=4.0, level=0.9) -> ContinuousSample:
    """The 32 cars with prediction intervals of one width."""
    return values(low=PREDICTED - half, high=PREDICTED + half, interval_level=level)


def reference_values() -> pd.DataFrame:
    """The 400 patients of the continuous reference case."""
    return pd.read_csv(REFERENCE / "cases" / "continuous.csv")


def drawn_values(n: int, seed: int, *, shift: float = 0.0, slope: float = 1.0) -> ContinuousSample:
    """n patients whose outcome follows shift + slope·prediction, a fifth of the predictions tied, with 90 % bounds."""
    rng = np.random.default_rng(seed)
    predicted = rng.normal(10, 4, n)
    predicted = np.where(np.arange(n) % 5 == 0, predicted.round(), predicted)
    observed = shift + slope * predicted + rng.normal(0, 3, n)
    return values(observed, predicted, low=predicted - 5, high=predicted + 5, interval_level=0.9)
