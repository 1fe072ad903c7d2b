"""The ticks of maps: they go while close-ups cover the maps, because these have other scales."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from animgd.drawing.overlays.anatomy.times import Times, opened
from animgd.drawing.overlays.base import Context, Overlay, Stack
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask
from animgd.graphics.text import letters
from animgd.layout.elements import Ticks


def hidden(contexts: Sequence[Context]) -> Iterator[Stack]:
    """The areas of tick marks and labels that are not seen while all panels that they serve have a close-up."""
    times = [opened(context) for context in contexts]
    for ticks in contexts[0].layout.ticks if any(each.epochs for each in times) else ():
        served = [times[panel] for panel in ticks.panels]
        if set.intersection(*(set(each.epochs) for each in served)) and (ticks.marks or ticks.labels):
            stamps = list(_bare(ticks, contexts[0]))
            box = functools.reduce(Box.union, (stamp.box for stamp, _ in stamps))
            yield Stack(box, [_Hidden(box, stamps, served)])


class _Hidden(Overlay):
    """What covers ticks with what is below them."""

    def __init__(self, box: Box, stamps: list[tuple[Mask, Color]], times: list[Times]) -> None:
        self._box, self._bare, self._times = box, stamps, times

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Cover them, or no longer."""
        covers = all(each.opened(moment) for each in self._times)
        if covers != bool(self.stamps):
            self.stamps = self._bare if covers else ()
            yield self._box


def _bare(ticks: Ticks, context: Context) -> Iterator[tuple[Mask, Color]]:
    """The pixels of ticks in the colours of what is below them: the page, and the frames of panels."""
    theme, layout = context.theme, context.layout
    for word in ticks.labels:
        glyphs = letters(word, layout.face).trimmed()  # other texts may be near
        yield Mask(glyphs.box, (glyphs.coverage > 0) * np.uint8(255)), theme.page
    panel, thin = layout.panels[ticks.panels[0]].box, layout.thin
    frame = Box(panel.left - thin, panel.top - thin, panel.right + thin, panel.bottom + thin)
    for mark in ticks.marks:
        yield Mask.even(mark), theme.page
        framed = mark.intersection(frame)
        if framed:
            yield Mask.even(framed), theme.frame
