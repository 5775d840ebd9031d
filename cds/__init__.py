"""cds: judge a low-back-pain prediction model before it meets a patient, and explain it when it does.

The public names load on first use, so that ``import cds`` and ``cds --help`` stay fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.4.0"

if TYPE_CHECKING:
    from cds import evaluate, registry
    from cds.core.cohort import Cohort
    from cds.core.model_card import Feature, ModelCard
    from cds.patients import explain
    from cds.protocol import read_protocol
    from cds.registry import load_model, wrap
    from cds.run import read_cohort, validate

_PUBLIC = {
    "Cohort": ("cds.core.cohort", "Cohort"),
    "Feature": ("cds.core.model_card", "Feature"),
    "ModelCard": ("cds.core.model_card", "ModelCard"),
    "evaluate": ("cds.evaluate", None),
    "explain": ("cds.patients", "explain"),
    "load_model": ("cds.registry", "load_model"),
    "read_cohort": ("cds.run", "read_cohort"),
    "read_protocol": ("cds.protocol", "read_protocol"),
    "registry": ("cds.registry", None),
    "validate": ("cds.run", "validate"),
    "wrap": ("cds.registry", "wrap"),
}

__all__ = [
    "Cohort",
    "Feature",
    "ModelCard",
    "__version__",
    "evaluate",
    "explain",
    "load_model",
    "read_cohort",
    "read_protocol",
    "registry",
    "validate",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'cds' has no attribute {name!r}")
    module_name, attribute = _PUBLIC[name]
    module = importlib.import_module(module_name)
    return module if attribute is None else getattr(module, attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
