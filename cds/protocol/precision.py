"""What a protocol may aim at with [[precision]]: refuses unknown measures, and what does not fit a known one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.core.errors import nearest
from cds.core.measure import Measure

Fault = tuple[str, str]
DECLARED = {
    "threshold": ("measures", "thresholds", "thresholds"),
    "horizon": ("measures", "horizons", "horizons"),
    "category": ("outcome", "categories", "categories"),
}


def precision_faults(raw: Mapping[str, Any], known: Mapping[str, Measure]) -> list[Fault]:
    """(what is wrong, what to do) per target width; reads the raw file, so that all faults are told at once."""
    targets = raw.get("precision")
    if not known or not isinstance(targets, Sequence):
        return []
    named = [t for t in targets if isinstance(t, Mapping) and isinstance(t.get("measure"), str)]
    faults = [fault for target in named for fault in _faults(target, raw, known)]
    places = [(t["measure"], *(t.get(parameter) for parameter in DECLARED)) for t in named]
    twice = dict.fromkeys(place[0] for place in places if places.count(place) > 1)
    return [*faults, *((f"two target widths for {measure!r} in [[precision]]", "Keep one") for measure in twice)]


def _faults(target: Mapping[str, Any], raw: Mapping[str, Any], known: Mapping[str, Measure]) -> Iterator[Fault]:
    name = target["measure"]
    if name not in known:
        yield f"precision names the unknown measure {name!r}", nearest(name, known)
        return
    for parameter, (section, key, plural) in DECLARED.items():
        wanted, given = parameter in known[name].parameters, target.get(parameter)
        optional = parameter == "horizon" and known[name].also_without_horizon
        if wanted and given is None and not optional:
            yield f"precision of {name!r} needs a {parameter}", f"Add {parameter} = … to it"
        elif given is not None and not wanted:
            yield f"{name!r} has no {parameter}", f"Remove {parameter} from its [[precision]]"
        elif given is not None:
            home = raw.get(section)
            declared = home.get(key, []) if isinstance(home, Mapping) else []
            if isinstance(declared, Sequence) and given not in declared:
                yield f"precision of {name!r}: {parameter} {given} is not among {plural} {list(declared)}", ""
