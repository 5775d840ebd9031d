"""Protocols: read strictly, checked against the catalogue of measures, locked before the data are seen.

``reading`` finds and reads the file, ``faults`` says plainly what is wrong with it, ``criteria`` knows what
may be asked of which measure, ``scope`` what this version analyses, ``locking`` fixes a protocol, ``remarks``
tells what it does not ask, ``unfilled`` what its template left open, ``template`` writes a new one.
"""

from cds.protocol.criteria import refuse_unanswerable
from cds.protocol.locking import lock
from cds.protocol.reading import LoadedProtocol, read_protocol
from cds.protocol.remarks import can_be_ready, check, not_set
from cds.protocol.scope import refuse_unsupported
from cds.protocol.template import new

__all__ = [
    "LoadedProtocol",
    "can_be_ready",
    "check",
    "lock",
    "new",
    "not_set",
    "read_protocol",
    "refuse_unanswerable",
    "refuse_unsupported",
]
