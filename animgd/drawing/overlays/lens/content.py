"""What is seen in a lens: the landscape around the minimum with its contours, the path, the minimum and the point."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.overlays import marks
from animgd.drawing.overlays.base import Context, LensPlace, Overlay
from animgd.drawing.overlays.inset.frame import inner
from animgd.drawing.overlays.inset.picture import lettered, note, numbers, picture, row
from animgd.drawing.overlays.inset.place import trodden
from animgd.drawing.overlays.lens.place import PART
from animgd.drawing.overlays.point import points
from animgd.drawing.overlays.trail import trails
from animgd.frame import Box
from animgd.graphics.canvas import Planes
from animgd.graphics.color_scale import scale
from animgd.graphics.numbers import compact
from animgd.graphics.raster import Mask

CONTOURS, ROUND = 6, (1, 2, 5)  # how many, and the digits of their offsets above the minimum
HIGHEST = 0.55  # of the greatest loss above the minimum: the greatest offset stays below
WRITTEN = 2  # contours with a number
APART = (3.0, 2.0)  # of a contour's number, to other words, and to the path. Units: 720ths of the frame's shorter side


class Content:
    """The inside of a lens, and its frame."""

    def __init__(self, context: Context, place: LensPlace) -> None:
        land = context.recorded.near
        assert land is not None
        kind = "log" if context.place.scale and context.place.scale.log else "linear"
        near = context.inset(inner(place.box, context.layout.unit), land, scale(land.loss, kind))
        self._box, self._inner, unit = place.box, near.box, context.stroke()
        levels = levels_of(near, place.rest.minimum.loss)
        self._picture = picture(near, place.box, levels, ())
        self._overlays: list[Overlay] = [
            *trails(near, unit, context.has_beads and context.paths[0].steps_per_epoch == 1, thin=False),
            marks.magnified(near, unit),
            Words(near, words_in(near, levels, factor(place), unit)),
            *points(near, unit),
        ]

    def step(self, moment: Fraction) -> Iterator[Box]:
        """Move path and point on."""
        for overlay in self._overlays:
            yield from overlay.step(moment)

    def paint(self, box: Box, planes: Planes) -> None:
        """The picture, and what moves on it. Shapes: `planes` is (3, height, width) of the box."""
        planes[:] = self._picture[:, *box.slices_in(self._box)]
        seen = box.intersection(self._inner)
        if seen:
            for overlay in self._overlays:
                overlay.paint(seen, planes[:, *seen.slices_in(box)])


class Words(Overlay):
    """The words of a lens. They lie over the path, which may fill the lens."""

    def __init__(self, near: Context, words: Iterable[Mask]) -> None:
        self.stamps = [*lettered(near, words)]

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Stand still."""
        return ()


def factor(place: LensPlace) -> str:
    """How much larger it is."""
    return f"× {PART * place.rest.times:g}"


def levels_of(near: Context, lowest: float) -> dict[float, str]:
    """The positions of contours on the scale, and what they are above the minimum."""
    loss, shown = near.recorded.landscape.loss, near.place.scale
    offsets = above(loss, lowest)
    if shown is None or shown.flat or not offsets:
        return {}
    positions = shown.unit(np.array([lowest + offset for offset in offsets])).tolist()
    texts = [f"+{compact(offset)}" for offset in offsets]
    return {position: text for position, text in zip(positions, texts, strict=True) if 0 < position < 1}


def above(loss: NDArray[np.float64], lowest: float) -> list[float]:
    """The offsets of contours above the lowest loss: round numbers, from the greatest that has room down."""
    with np.errstate(over="ignore", invalid="ignore"):
        most = HIGHEST * float(np.max(loss - lowest, where=np.isfinite(loss), initial=0.0))
    if not 1e-300 < most < 1e300:
        return []
    power = math.floor(math.log10(most))
    every = [float(f"{digit}e{k}") for k in range(power - CONTOURS, power + 1) for digit in ROUND]
    return [offset for offset in every if offset <= most][-CONTOURS:]


def words_in(near: Context, levels: dict[float, str], text: str, unit: float) -> list[Mask]:
    """How much larger it is, and the numbers of the outermost contours that have room, each in rows of its own."""
    passed = np.logical_or.reduce([trodden(path) for path in near.paths])
    words, sight = [note(near, text, passed)], [stamp.box for stamp, _ in marks.magnified(near, unit).every]
    for level in sorted(levels, reverse=True):
        rows = [row(word.box, near.box) for word in words]
        found = next(numbers(near, level, levels[level], passed, [*rows, *sight], APART), None)
        words += [found] if found and len(words) <= WRITTEN else []
    return words
