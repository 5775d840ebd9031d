"""What a card says about the explanations of its model: who the players are, and what becomes of related inputs."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from cds.core.strict import Strict

DEFAULT_CLUSTER_FROM = 0.5


class ExplanationSettings(Strict):
    """The card's ``[explanation]``: which values a patient's explanation gives.

    ``players``: ``inputs`` gives each input a value of its own; ``domains`` gives one to each ``domain`` of the inputs
    (an input without a domain stands alone), and divides it among the domain's inputs. ``correlated``: ``independent``
    lets every input enter a coalition by itself; ``owen`` lets inputs that are related in the background enter
    together, as clusters whose mean absolute association is at least ``cluster_from``.
    """

    players: Literal["inputs", "domains"] = "inputs"
    correlated: Literal["independent", "owen"] = "independent"
    cluster_from: float = Field(default=DEFAULT_CLUSTER_FROM, gt=0, le=1)

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
