"""A lens in a corner of a panel whose path has become small: the neighbourhood of the minimum, magnified.

`place` finds the corner and the moments, `content` draws what is seen in it, and `moving` opens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.lens.moving import Lens
from animgd.drawing.overlays.lens.place import found, tangents
from animgd.frame import Box, Color
from animgd.graphics.theme import colors, half_chroma

__all__ = ["Lens", "covered", "found", "overlays", "shades", "tangents", "with_lens"]

SHADES = 16  # colours of its map that a GIF keeps


def overlays(context: Context) -> Iterator[Lens]:
    """The lens of a panel, if it has one."""
    if context.lens:
        yield Lens(context, context.lens)


def with_lens(context: Context) -> Context:
    """The panel with its lens, which other overlays must know of: they give way to it."""
    lens = found(context)
    return replace(context, lens=lens) if lens else context


def shades(contexts: Sequence[Context]) -> list[Color]:
    """Colours of the maps in lenses, for the palette of a GIF: the map's own have twice the chroma."""
    if not any(context.lens for context in contexts):
        return []
    table = half_chroma(colors(contexts[0].scene.style))
    picked = table[np.rint(np.linspace(0, len(table) - 1, SHADES)).astype(int)].tolist()
    return [(red, green, blue) for red, green, blue in picked]


def covered(context: Context) -> list[Box]:
    """The boxes of a panel's lens and of its place on the map."""
    return [context.lens.box, context.lens.footprint] if context.lens else []
