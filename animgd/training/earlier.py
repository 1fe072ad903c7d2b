"""What the last recording was computed from, so that the next one computes only what has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from animgd.recording.cache import plain

Part = TypeVar("Part")


class Earlier:
    """Landscapes, trajectories and minima of the last recording, by the declarations that they depend on.

    Parts that need an author's own code are computed every time: it may answer differently.
    """

    def __init__(self) -> None:
        self._parts: dict[str, Any] = {}
        self._used: set[str] = set()

    def get(self, compute: Callable[[], Part], *declared: Any) -> Part:
        """The part that `declared` determines, computed unless it is known."""
        key = plain(declared)
        if key is None:
            return compute()
        if key not in self._parts:
            self._parts[key] = compute()
        self._used.add(key)
        found: Part = self._parts[key]
        return found

    def finish(self) -> None:
        """Forget what the recording that is now complete did not use."""
        self._parts = {key: part for key, part in self._parts.items() if key in self._used}
        self._used = set()
