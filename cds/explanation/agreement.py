"""Whether SHAP and LIME point the same way; it informs only, for they estimate different things."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cds.core.errors import DataError
from cds.core.explanation import Agreement, Explanation, LocalSurrogate


def agreement(explanation: Explanation, surrogate: LocalSurrogate, *, top: int = 5) -> Agreement:
    """Sign and rank agreement of SHAP values and LIME contributions over the strongest inputs of either.

    Inputs with no contribution never count among the strongest, and a sign is the same only where both are
    non-zero.

    Raises:
        DataError: the two explain different outputs.
    """
    if explanation.output != surrogate.output:
        raise DataError(f"the explanations are of different outputs: {explanation.output} and {surrogate.output}")
    shap, lime = explanation.values, surrogate.contributions
    first, second = _strongest(shap, top), _strongest(lime, top)
    compared = tuple(dict.fromkeys([*first, *second]))
    pairs = {name: (shap.get(name, 0.0), lime.get(name, 0.0)) for name in compared}
    opposite = tuple(name for name, (one, other) in pairs.items() if one * other < 0)
    same = [name for name, (one, other) in pairs.items() if one * other > 0]
    return Agreement(
        compared=compared,
        shared=tuple(name for name in first if name in second),
        same_sign=len(same) / len(pairs) if pairs else 1.0,
        opposite=opposite,
        rank_correlation=_spearman(pairs),
    )


def _strongest(values: Mapping[str, float], top: int) -> list[str]:
    ranked = sorted((name for name, value in values.items() if value != 0), key=lambda name: -abs(values[name]))
    return ranked[:top]


def _spearman(pairs: Mapping[str, tuple[float, float]]) -> float | None:
    from scipy.stats import rankdata

    if len(pairs) < 3:
        return None
    ranks = rankdata(np.abs(np.array(list(pairs.values()))), axis=0)
    if (np.ptp(ranks, axis=0) == 0).any():
        return None
    return float(np.corrcoef(ranks.T)[0, 1])
