"""Numbers that change in place, the epoch and the losses: right-aligned, so that no digit moves with another."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Color
from animgd.graphics.numbers import NO_POINT, Notation
from animgd.graphics.text import mask, width
from animgd.graphics.theme import Theme
from animgd.layout import DigitField
from animgd.recording.model import Trajectory

NARROW = f".,e{NO_POINT}"  # the others are as wide as a digit
BLANK = f" {NO_POINT}"
Letter = tuple[str, int, bool]  # character, left edge, faint


class Digits:
    """A short text over an even ground: an area of its own, whose letters are only copied."""

    def __init__(
        self, cells: DigitField, write: Callable[[int], str], ink: Color, page: Color, faint: str = ""
    ) -> None:
        """`write` gives the text of an epoch; leading characters that are in `faint` are drawn faintly."""
        self.box = cells.box
        self._cells, self._write, self._ink, self._page, self._faint = cells, write, ink, page, faint
        self._letters: tuple[Letter, ...] = ()
        self._epoch = -1

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Write the epoch last reached."""
        epoch = moment.numerator // moment.denominator
        if epoch == self._epoch:
            return
        before, self._epoch = set(self._letters), epoch
        self._letters = self._set(self._write(epoch))
        changed = before.symmetric_difference(self._letters)
        if changed:
            left, right = min(x for _, x, _ in changed), max(x for _, x, _ in changed) + self._cells.pitch
            box = self.box
            yield Box(max(left - 1, box.left), box.top, min(right + 1, box.right), box.bottom)

    def _set(self, text: str) -> tuple[Letter, ...]:
        """Letters from right to left; those at the same distance from the right end stand in the same place."""
        letters: list[Letter] = []
        x = self._cells.x + self._cells.count * self._cells.pitch
        lead = len(text) - len(text.lstrip(self._faint)) if self._faint else 0
        lead = min(lead, len(text) - 1)
        for i in range(len(text) - 1, -1, -1):
            x -= self._advance(text[i])
            if text[i] not in BLANK:
                letters.append((text[i], x, i < lead))
        return tuple(letters)

    def _advance(self, letter: str) -> int:
        return math.ceil(self._width(letter)) if letter in NARROW else self._cells.pitch

    def _width(self, letter: str) -> float:
        cells = self._cells
        return width("." if letter == NO_POINT else letter, cells.size, cells.bold, cells.face)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - lives as long as the film
    def _sprite(self, letter: str, faint: bool) -> tuple[NDArray[np.uint8], Box]:
        shape = mask(letter, self._cells.size, self._cells.bold, self._cells.face)
        part = shape.coverage * np.float32((0.16 if faint else 1.0) / 255)
        planes = np.stack([np.rint(p + (np.float32(i) - p) * part) for i, p in zip(self._ink, self._page, strict=True)])
        spare = self._advance(letter) - self._width(letter)
        return planes.astype(np.uint8), shape.box.moved(round(spare / 2), self._cells.y)

    def paint(self, box: Box, still: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
        """Put the ground back, and copy the letters that stand in the box. Shapes: (3, height, width) of the frame."""
        picture[:, *box.slices] = still[:, *box.slices]
        for letter, x, faint in self._letters:
            sprite, at = self._sprite(letter, faint)
            at = at.moved(x, 0)
            shared = at.intersection(box)
            if shared:
                picture[:, *shared.slices] = sprite[:, *shared.slices_in(at)]


def counter(cells: DigitField, theme: Theme) -> Digits:
    """The epoch last reached, its leading zeros faint: the number grows without moving."""
    return Digits(cells, lambda epoch: f"{epoch:0{cells.count}d}", theme.ink, theme.page, faint="0")


def losses(cells: DigitField, notation: Notation, path: Trajectory, theme: Theme) -> Digits:
    """The loss at the epoch last reached."""
    values = path.loss
    return Digits(cells, lambda epoch: notation.write(float(values[epoch])), theme.ink, theme.page)
