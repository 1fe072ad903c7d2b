"""A step taken apart: at chosen epochs a close-up opens on each panel, in which the step is put together.

It is an inset in the map's own colours, as large as the panel allows. The terms grow one after another at their true
lengths until they meet at the next recorded point; then the step is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from animgd.drawing.overlays import arrows
from animgd.drawing.overlays.anatomy.moving import CloseUps
from animgd.drawing.overlays.anatomy.place import near
from animgd.drawing.overlays.anatomy.times import opened
from animgd.drawing.overlays.base import Context
from animgd.frame import Color
from animgd.graphics.theme import Theme
from animgd.recording.step_terms import NAMES, term_names
from animgd.scene.scene import Scene


def overlays(context: Context) -> Iterator[CloseUps]:
    """The close-ups of a panel with one run."""
    times = opened(context)
    found = [close for epoch in times.epochs if (close := near(context, context.recording, epoch)) is not None]
    if found:
        yield CloseUps(context, found, times)


def legend(scene: Scene) -> list[tuple[str, str]]:
    """The terms that are drawn, unless the legend of the arrows has them."""
    alone = [panel.runs[0] for panel in scene.grid if len(panel.runs) == 1]
    if not (scene.shows("anatomy") and scene.heatmaps) or arrows.legend(scene):
        return []
    found = {name for run in alone for name in term_names(run, scene.problem.plane is not None)}
    return [(name, name) for name in NAMES if name in found]


def inks(scene: Scene, theme: Theme) -> Iterable[Color]:
    """The colours of the arrows."""
    if not scene.shows("anatomy"):
        return ()
    return theme.momentum, theme.downhill, theme.decay, theme.arrow_casing
