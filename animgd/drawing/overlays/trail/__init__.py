"""The path that a run has left."""

from __future__ import annotations

from collections.abc import Iterator

from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.trail.ageing import AGES, AgeingTrail, Pen
from animgd.drawing.overlays.trail.plain import Trail
from animgd.graphics.markers import dashes
from animgd.graphics.theme import casing, run_colors

__all__ = ["AGES", "AgeingTrail", "Pen", "Trail", "overlays", "trails"]

THIN = 0.6  # of its usual width: a path that leaves the window may cross it to and fro
LARGE, WIDEST = 400.0, 1.35  # units: on larger panels trails grow along, at most so many times
FINEST = 1.6  # pixels: the pattern of a thinner line is that of one so wide


def overlays(context: Context) -> Iterator[AgeingTrail | Trail]:
    """One trail a run; on a large panel they are wider."""
    unit = context.stroke()
    wide = min(WIDEST, max(1.0, context.box.shorter / unit / LARGE))
    return trails(context, wide * unit, context.has_beads)


def trails(context: Context, unit: float, beads: bool, thin: bool | None = None) -> Iterator[AgeingTrail | Trail]:
    """One trail a run: an ageing one for the only run of a panel, else plain ones, the first run's on top.

    `thin`: whether the casings of the only run's old steps are; by default where it leaves the window.
    """
    theme = context.theme
    if len(context.paths) == 1 and not context.labelled:
        leaves = bool(context.paths[0].outside.any()) if thin is None else thin
        yield AgeingTrail(context.paths[0], Pen.of(theme, unit, leaves, context.markers[0]), beads)
        return
    for path, marker in reversed([*zip(context.paths, context.markers, strict=True)]):
        core = run_colors(theme, marker, context.labelled)[0]
        wide = unit * (THIN if path.outside.any() else 1.0)
        layers = ((2.2 * wide, casing(theme, core), 0.85), (1.2 * wide, core, 1.0))
        yield Trail(path, layers, dashes(marker if context.labelled else 0, max(2.4 * unit, FINEST)))
