"""Lower discrimination is laid to case mix, to the model or to both only where the numbers say so."""

import pytest

from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.model_card import PredictionSummary
from cds.core.study import Request
from cds.dataquality.attribution import told_of_concordance
from cds.dataquality.implied import Predicted


def view(implied, observed, *, then=None, claimed=None, beyond=None):
    none = NotEstimable("not asked for")
    return Predicted(
        here=PredictionSummary(n=500, mean=0.3),
        development=None if then is None else PredictionSummary(n=500, mean=0.3, implied_c=then),
        scale="probability",
        rows=500,
        request=Request("auroc"),
        implied=Estimate(implied, none),
        observed=Estimate(observed, none),
        beyond=None if beyond is None else Interval(*beyond, 0.95, "wald"),
        claimed=claimed,
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (view(0.70, 0.69, then=0.80, beyond=(-0.04, 0.02)), "that the model itself ranks worse is not shown"),
        (view(0.70, 0.60, then=0.80, beyond=(-0.14, -0.06)), "Of the loss, 0.10 is to be laid to"),
        (view(0.80, 0.70, then=0.80, beyond=(-0.14, -0.06)), "Case mix does not explain it"),
        (view(0.80, 0.70, beyond=(-0.14, -0.06)), "The model ranks these patients worse than its risks promise."),
        (view(0.70, 0.69, claimed=0.80), "(or to an optimistic claim); that the model itself ranks worse is not shown"),
        (view(0.80, 0.74, then=0.80), "Observed − implied: −0.06, without an interval."),
    ],
)
def test_a_loss_is_laid_to_its_cause(made, said) -> None:
    found = told_of_concordance(made)
    assert found is not None and said in found.sentence


@pytest.mark.parametrize(
    "made",
    [
        view(0.80, 0.80, then=0.80, beyond=(-0.03, 0.03)),
        view(0.85, 0.80, then=0.80, beyond=(-0.10, 0.01)),  # lower than implied, but not shown to be
        view(0.70, 0.80, then=0.80, beyond=(0.05, 0.15)),  # more alike, and nothing lost
        view(0.80, 0.76),  # without an interval .05 is asked for
    ],
)
def test_nothing_is_said_where_nothing_is_lost(made) -> None:
    assert told_of_concordance(made) is None
