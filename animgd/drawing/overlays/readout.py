"""Numbers that change in place, the epoch and the losses: right-aligned, so that no digit moves with another."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.screen_path import last
from animgd.frame import Box, Color
from animgd.graphics.numbers import THIN, Notation
from animgd.graphics.text import EXPONENT, mask, width
from animgd.graphics.theme import Theme
from animgd.layout import DigitField
from animgd.recording.model import Trajectory

NARROW = f".,{THIN}{EXPONENT}"  # the others are as wide as a digit
Letter = tuple[str, int, Color]  # character, left edge, colour


class Digits:
    """A short text over an even ground: an area of its own, whose letters are only copied."""

    def __init__(
        self,
        cells: DigitField,
        write: Callable[[int], str],
        ink: Color | Callable[[int], Color],
        page: Color,
    ) -> None:
        """`write` gives the text of an epoch, `ink` its colour."""
        self.box = cells.box
        self._cells, self._write, self._page = cells, write, page
        self._ink: Callable[[int], Color] = ink if callable(ink) else lambda _: ink
        self._letters: tuple[Letter, ...] = ()
        self._epoch = -1

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Write the epoch last reached."""
        epoch = moment.numerator // moment.denominator
        if epoch == self._epoch:
            return
        before, self._epoch = set(self._letters), epoch
        self._letters = tuple(self._set(self._write(epoch), self._ink(epoch)))
        changed = before.symmetric_difference(self._letters)
        if changed:
            left, right = min(x for _, x, _ in changed), max(x for _, x, _ in changed) + self._cells.pitch
            box = self.box
            yield Box(max(left - 1, box.left), box.top, min(right + 1, box.right), box.bottom)

    def _set(self, text: str, ink: Color) -> Iterator[Letter]:
        """Letters from right to left; those at the same distance from the right end stand in the same place."""
        x = self._cells.x + self._cells.count * self._cells.pitch
        for letter in reversed(text):
            x -= self._advance(letter)
            if not letter.isspace():
                yield letter, x, ink

    def _advance(self, letter: str) -> int:
        return math.ceil(self._width(letter)) if letter in NARROW else self._cells.pitch

    def _width(self, letter: str) -> float:
        return width(letter, self._cells.size, self._cells.bold, self._cells.face)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - lives as long as the film
    def _sprite(self, letter: str, ink: Color) -> tuple[NDArray[np.uint8], Box]:
        shape = mask(letter, self._cells.size, self._cells.bold, self._cells.face)
        part = shape.coverage * np.float32(1 / 255)
        planes = np.stack([np.rint(p + (np.float32(i) - p) * part) for i, p in zip(ink, self._page, strict=True)])
        spare = self._advance(letter) - self._width(letter)
        return planes.astype(np.uint8), shape.box.moved(round(spare / 2), self._cells.y)

    def paint(self, box: Box, still: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
        """Put the ground back, and copy the letters that stand in the box. Shapes: (3, height, width) of the frame."""
        picture[:, *box.slices] = still[:, *box.slices]
        for letter, x, ink in self._letters:
            sprite, at = self._sprite(letter, ink)
            at = at.moved(x, 0)
            shared = at.intersection(box)
            if shared:
                picture[:, *shared.slices] = sprite[:, *shared.slices_in(at)]


def counter(cells: DigitField, theme: Theme) -> Digits:
    """The epoch last reached."""
    return Digits(cells, str, theme.ink, theme.page)


def losses(cells: DigitField, notation: Notation, path: Trajectory, theme: Theme) -> Digits:
    """The loss at the epoch last reached; muted once the run has diverged."""
    end = last(path)

    def ink(epoch: int) -> Color:
        return theme.muted if path.diverged_at is not None and epoch >= path.diverged_at else theme.ink

    return Digits(cells, lambda epoch: notation.write(float(path.loss[min(epoch, end)])), ink, theme.page)
