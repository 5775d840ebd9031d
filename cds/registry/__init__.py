"""Registers models and hands them out: card, integrity check, adapter; the names load on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cds.registry.adding import add, wrap
    from cds.registry.card_file import read_card
    from cds.registry.folder import set_alias
    from cds.registry.listing import list_models, show, verify
    from cds.registry.loading import find_card, load_model
    from cds.registry.standings import record_standing

_PUBLIC = {
    "add": "adding",
    "find_card": "loading",
    "list_models": "listing",
    "load_model": "loading",
    "read_card": "card_file",
    "record_standing": "standings",
    "set_alias": "folder",
    "show": "listing",
    "verify": "listing",
    "wrap": "adding",
}

__all__ = [
    "add",
    "find_card",
    "list_models",
    "load_model",
    "read_card",
    "record_standing",
    "set_alias",
    "show",
    "verify",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'cds.registry' has no attribute {name!r}")
    return getattr(importlib.import_module(f"cds.registry.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
