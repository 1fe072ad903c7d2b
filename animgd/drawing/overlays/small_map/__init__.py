"""A small map in a corner of a panel whose run left it: the landscape from further away, as far as the path has gone.

The window is doubled as often as the path so far needs. `place` finds the corner, `picture` draws each of the maps
once, and `moving` draws the path on them.
"""

from __future__ import annotations

from collections.abc import Iterator

from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.small_map.moving import SmallMap
from animgd.drawing.overlays.small_map.place import placed

__all__ = ["SmallMap", "overlays", "placed"]


def overlays(context: Context) -> Iterator[SmallMap]:
    """The small map of a panel whose only run leaves the window, if a corner is free."""
    box = placed(context)
    if box is not None:
        yield SmallMap(context, box)
