"""What a card says about the explanations of its model: who the players are, and what becomes of related inputs."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from cds.core.strict import Strict

DEFAULT_CLUSTER_FROM = 0.5


class ExplanationLimits(Strict):
    """The card's ``[explanation.limits]``: beyond them an explanation is withheld.

    ``additivity`` is how far base + contributions, or a repeated prediction, may lie from the model's estimate, in the
    space explained (a probability, log-odds, or the card's unit); ``stability`` the least mean rank correlation of the
    strongest contributions under measurement error; ``faithfulness`` the least share of random orders that the
    explanation's order of the inputs must match or beat.
    """

    additivity: float = Field(default=1e-6, gt=0)
    stability: float = Field(default=0.5, ge=0, lt=1)
    faithfulness: float = Field(default=0.95, gt=0, le=1)


class ExplanationSettings(Strict):
    """The card's ``[explanation]``: which values a patient's explanation gives.

    ``players``: ``inputs`` gives each input a value of its own; ``domains`` gives one to each ``domain`` of the inputs
    (an input without a domain stands alone), and divides it among the domain's inputs. ``correlated``: ``independent``
    lets every input enter a coalition by itself; ``owen`` lets inputs that are related in the background enter
    together, as clusters whose mean absolute association is at least ``cluster_from``. ``limits`` are those of
    the checks.
    """

    players: Literal["inputs", "domains"] = "inputs"
    correlated: Literal["independent", "owen"] = "independent"
    cluster_from: float = Field(default=DEFAULT_CLUSTER_FROM, gt=0, le=1)
    limits: ExplanationLimits = Field(default_factory=ExplanationLimits)

    @model_validator(mode="after")
    def _one_partition(self) -> Self:
        if self.players == "domains" and self.correlated == "owen":
            raise ValueError(
                'explanation: players = "domains" and correlated = "owen" both say which inputs belong together: '
                "keep one of the two"
            )
        if self.cluster_from != DEFAULT_CLUSTER_FROM and self.correlated != "owen":
            raise ValueError('explanation: cluster_from goes with correlated = "owen"')
        return self
