"""Samples with several categories that several tests share: the reference case, and 12 patients counted by hand."""

import numpy as np
import pandas as pd

from cds.core.sample_kinds import NominalSample
from tests.samples import EXPECTED, REFERENCE

WANTED = EXPECTED["multiclass"]
CATEGORIES = ("self_care", "physiotherapy", "specialist")


def reference_rows() -> pd.DataFrame:
    """The 450 patients of the multiclass reference case."""
    return pd.read_csv(REFERENCE / "cases" / "multiclass.csv")


def reference(kind=NominalSample, **more):
    """The multiclass reference case as a sample."""
    rows = reference_rows()
    code = rows["outcome"].map({c: k for k, c in enumerate(CATEGORIES)}).to_numpy()
    return kind(code=code, probability=rows[[f"p_{c}" for c in CATEGORIES]].to_numpy(), categories=CATEGORIES, **more)


def classes(code, probability, kind=NominalSample, **more):
    """A sample of categories a, b, c, … from codes and probabilities."""
    probability = np.asarray(probability, float)
    names = tuple("abcdefgh"[: probability.shape[1]])
    return kind(code=np.asarray(code), probability=probability, categories=names, **more)


def drawn_classes(n, seed, kind=NominalSample, *, categories=3, digits=None):
    """n patients whose categories follow their probabilities; rounded to ``digits`` so that many tie."""
    rng = np.random.default_rng(seed)
    probability = rng.dirichlet(np.linspace(1.5, 3, categories), n)
    code = (rng.random(n)[:, None] >= np.cumsum(probability, axis=1)[:, :-1]).sum(axis=1)
    if digits is not None:
        probability = probability.round(digits).clip(10.0**-digits, 1)
        probability = probability / probability.sum(axis=1, keepdims=True)
    return classes(code, probability, kind)
