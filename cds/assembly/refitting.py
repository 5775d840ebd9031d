"""Refuses a protocol that demands refits of a model that cannot be refitted, before anything is computed."""

from __future__ import annotations

from cds.core.errors import ProtocolError
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.protocol import ValidationProtocol
from cds.stats.refitting import as_refittable


def refuse_unrefittable(protocol: ValidationProtocol, model: RegisteredModel | None) -> None:
    """Refuse ``leave_one_site_out = true`` without a declared site or without a model that can be refitted.

    Raises:
        ProtocolError: what is missing, and what to do.
    """
    if not protocol.refitting.leave_one_site_out:
        return
    if protocol.cohort.site is None:
        raise ProtocolError(
            "refitting.leave_one_site_out asks for refits without each site, and the protocol names no site",
            do="Name the column of the sites: site in [cohort]",
        )
    possible = as_refittable(model)
    if isinstance(possible, NotEstimable):
        raise ProtocolError(
            f"refitting.leave_one_site_out asks for refits without each site: {possible.reason}",
            do="Give a model that can be refitted, such as a scikit-learn pipeline, or remove leave_one_site_out",
        )
