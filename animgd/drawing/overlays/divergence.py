"""A notice that a run diverged, and when, or that its loss is undefined where it starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.base import Context, Overlay
from animgd.frame import Box
from animgd.graphics.fonts import Face
from animgd.graphics.raster import Mask
from animgd.graphics.text import clean, fitted, mask, width
from animgd.graphics.theme import Theme


class Notice(Overlay):
    """A line of text on a plate, from an epoch on."""

    def __init__(self, plate: Mask, letters: Mask, since: int, theme: Theme) -> None:
        self._since, self._notice = since, ((plate, theme.page, 0.86), (letters, theme.ink))
        self.box = plate.box

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Appear when the epoch is reached."""
        before, self.stamps = self.stamps, self._notice if moment >= self._since else ()
        if before != self.stamps:
            yield self.box


def _said(label: str, fate: str, size: int, room: int, face: Face) -> str:
    """The text of a notice; if it is too long, the label is truncated first."""
    if label:
        fate = f": {fate}"
        label = fitted(label, size, max(0.0, room - width(fate, size, face=face)), face=face)
    return fitted(label + fate, size, room, face=face)


def covered(context: Context) -> list[Box]:
    """The boxes of all notices of a panel."""
    return [notice.box for notice in overlays(context)]


def overlays(context: Context) -> Iterator[Notice]:
    """One notice for each run that diverged, from the lower edge upwards, unless it is said beside the name."""
    if context.place.state is not None:
        return
    size, face, theme = round(1.1 * context.layout.tick), context.layout.face, context.theme
    panel, bottom = context.box, context.box.bottom
    for run, path in zip(context.panel.runs, context.recorded.runs, strict=True):
        if path.diverged_at is None:
            continue
        text = _said(clean(run.label), path.fate.replace("epoch ", ""), size, panel.width - size, face)
        long = round(width(text, size, face=face) + 0.9 * size)
        box = Box(panel.left, bottom - round(1.5 * size), panel.left + long, bottom)
        shared = box.intersection(panel)
        if shared is not None:
            letters = mask(text, size, face=face).moved(box.left + round(0.45 * size), bottom - round(0.42 * size))
            yield Notice(Mask.even(shared), letters, path.diverged_at, theme)
        bottom = box.top - 1
