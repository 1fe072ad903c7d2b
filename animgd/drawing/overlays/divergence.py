"""A notice that a run diverged, and when, or that its loss is undefined where it starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.base import Context
from animgd.frame import Box, Color
from animgd.graphics.canvas import Planes, blend
from animgd.graphics.fonts import Face
from animgd.graphics.raster import Mask
from animgd.graphics.text import clean, fitted, mask, width


class Notice:
    """A line of text on a plate, from an epoch on."""

    def __init__(self, text: str, size: int, box: Box, since: int, plate: Color, ink: Color,
                 face: Face) -> None:  # fmt: skip
        self._text, self._size, self._box, self._since = text, size, box, since
        self._plate, self._ink, self._face = plate, ink, face
        self._shown = False

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Appear when the epoch is reached."""
        before, self._shown = self._shown, moment >= self._since
        if before != self._shown:
            yield self._box

    def paint(self, box: Box, planes: Planes) -> None:
        """The plate, then the text."""
        shared = self._box.intersection(box)
        if not self._shown or shared is None:
            return
        full = np.full((self._box.height, self._box.width), 255, np.uint8)
        blend(planes, box, Mask(self._box, full), self._plate, 0.86)
        letters = mask(self._text, self._size, face=self._face)
        left = self._box.left + round(0.45 * self._size) + letters.left
        top = self._box.bottom - round(0.42 * self._size) + letters.top
        height, wide = letters.coverage.shape
        blend(planes, box, Mask(Box(left, top, left + wide, top + height), letters.coverage), self._ink)


def _said(label: str, fate: str, size: int, room: int, face: Face) -> str:
    """The text of a notice; if it is too long, the label is truncated first."""
    if label:
        fate = f": {fate}"
        label = fitted(label, size, max(0.0, room - width(fate, size, face=face)), face=face)
    return fitted(label + fate, size, room, face=face)


def overlays(context: Context) -> Iterator[Notice]:
    """One notice for each run that diverged, stacked from the panel's lower edge upwards."""
    size, face, theme = round(1.1 * context.layout.tick), context.layout.face, context.theme
    panel, bottom = context.box, context.box.bottom
    for run, path in zip(context.panel.runs, context.recorded.runs, strict=True):
        if path.diverged_at is None:
            continue
        text = _said(clean(run.label), path.fate, size, panel.width - size, face)
        long = round(width(text, size, face=face) + 0.9 * size)
        box = Box(panel.left, bottom - round(1.5 * size), panel.left + long, bottom)
        shared = box.intersection(panel)
        if shared is not None:
            yield Notice(text, size, shared, path.diverged_at, theme.page, theme.ink, face)
        bottom = box.top - 1
