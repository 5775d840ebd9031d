"""Examines explanations by asking the model again: under measurement error, and with inputs taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cds.core.errors import PredictionError
from cds.core.explanation import Check, Explanation
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.explanation import faithfulness, stability
from cds.explanation.games import Game
from cds.explanation.outputs import Outputs
from cds.explanation.players import Players


def examined(
    model: RegisteredModel,
    game: Players,
    own: Outputs,
    background: Outputs,
    found: Mapping[Game, Explanation | NotEstimable],
    *,
    seed: int,
) -> dict[Game, Explanation | NotEstimable]:
    """The explanations with the checks ``stability`` and ``faithfulness`` added, not run where another has failed."""
    from threadpoolctl import threadpool_limits

    standing = {key: each for key, each in found.items() if isinstance(each, Explanation) and not each.failed}
    checks: dict[Game, list[Check]] = {key: [] for key in standing}
    if standing:
        with threadpool_limits(1):
            for module, run in ((stability, stability.stability), (faithfulness, faithfulness.faithfulness)):
                try:
                    told = run(model, game, own, background, standing, seed=seed)
                except PredictionError:
                    told = {key: _not_run(model, module.NAME, "refused") for key in standing}
                for key in standing:
                    checks[key].append(told[key])
    done: dict[Game, Explanation | NotEstimable] = {}
    for key, each in found.items():
        if isinstance(each, NotEstimable):
            done[key] = each
            continue
        added = checks.get(key) or [_not_run(model, m.NAME, "another_failed") for m in (stability, faithfulness)]
        done[key] = replace(each, checks=(*each.checks, *added))
    return done


def _not_run(model: RegisteredModel, name: str, reason: str) -> Check:
    limits = model.card.explanation.limits
    return Check(name, None, limits.stability if name == stability.NAME else limits.faithfulness, None, reason)
