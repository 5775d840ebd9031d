"""One figure, one JSON line."""

from __future__ import annotations

import json
import os
import platform


def figure(name: str, *, seconds: float, peer: str, peer_seconds: float | None, target: str, **more: object) -> None:
    """Print a figure beside its peer; ``ratio`` is how many times faster than the peer."""
    line = {
        "figure": name,
        "seconds": round(seconds, 3),
        "peer": peer,
        "peer_seconds": None if peer_seconds is None else round(peer_seconds, 3),
        "ratio": None if peer_seconds is None else round(peer_seconds / seconds, 2),
        "target": target,
        **more,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    print(json.dumps(line), flush=True)
