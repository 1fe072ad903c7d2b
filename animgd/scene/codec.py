"""Dataclasses as JSON, and what reads it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from animgd.scene.base import Declaration

Makers = Mapping[str, Callable[..., Any]]


def described(value: Any) -> dict[str, Any]:
    """The class and the fields of a dataclass, which `decoded` reads. Raises: TypeError, if it is none."""
    return {"kind": type(value).__name__} | {field.name: getattr(value, field.name) for field in fields(value)}


def decoded(text: str | bytes, makers: Makers) -> Any:
    """The value of a JSON text: its lists as tuples, its objects made by the maker of their kind."""

    def made(found: dict[str, Any]) -> Any:
        if "kind" not in found:
            return found
        maker, origin = makers[found.pop("kind")], found.pop("origin", None)
        value = maker(**{name: _tuples(each) for name, each in found.items()})
        if isinstance(value, Declaration):
            value._set("origin", origin)
        return value

    return json.loads(text, object_hook=made)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
