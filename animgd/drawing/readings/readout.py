"""Numbers that change in place, such as losses: from a fixed end, so that no digit moves with another."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box, Color
from animgd.graphics.numbers import THIN, Notation
from animgd.graphics.text import EXPONENT, mask, width
from animgd.graphics.theme import Theme
from animgd.layout import DigitField
from animgd.layout.elements import LossCell, Rate
from animgd.recording.model import PanelRecording, Trajectory

NARROW = f".,{THIN}{EXPONENT}"  # the others are as wide as a digit
Ink = tuple[Color, bool]  # colour, whether bold
Letter = tuple[str, int, Ink]  # character, left edge, ink


class Digits:
    """A short text over an even ground: an area of its own, whose letters are only copied."""

    def __init__(
        self,
        cells: DigitField,
        write: Callable[[int], str],
        ink: Color | Callable[[int], Ink],
        page: Color,
        steps_per_epoch: int = 1,
    ) -> None:
        """`write` gives the text after so many steps, `ink` its look."""
        self.box = cells.box
        self._cells, self._write, self._page, self._pitch = cells, write, page, cells.pitch
        self._ink: Callable[[int], Ink] = ink if callable(ink) else lambda _: (ink, cells.bold)
        self._letters: tuple[Letter, ...] = ()
        self._step, self._steps_per_epoch = -1, steps_per_epoch

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Write what holds after the last step."""
        step = moment.numerator * self._steps_per_epoch // moment.denominator
        if step == self._step:
            return
        before, self._step = set(self._letters), step
        self._letters = tuple(self._set(self._write(step), self._ink(step)))
        changed = before.symmetric_difference(self._letters)
        if changed:
            left, right = min(x for _, x, _ in changed), max(x for _, x, _ in changed) + self._pitch
            box = self.box
            yield Box(max(left - 1, box.left), box.top, min(right + 1, box.right), box.bottom)

    def _set(self, text: str, ink: Ink) -> Iterator[Letter]:
        """Letters from the fixed end on; those at the same distance from it stand in the same place."""
        x = self._cells.x
        if not self._cells.flush_left:
            x += self._cells.count * self._pitch - sum(map(self._advance, text))
        for letter in text:
            if not letter.isspace():
                yield letter, x, ink
            x += self._advance(letter)

    @functools.lru_cache(maxsize=256)  # noqa: B019 - lives as long as the film
    def _advance(self, letter: str) -> int:
        wide = self._width(letter)
        return math.ceil(wide) if letter == THIN else round(wide) if letter in NARROW else self._pitch

    def _width(self, letter: str) -> float:
        return width(letter, self._cells.size, self._cells.bold, self._cells.face)

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - lives as long as the film
    def _sprite(self, letter: str, ink: Ink) -> tuple[NDArray[np.uint8], Box]:
        """A letter in its cell, which may be a bit narrower than the letter's own room."""
        spare, wide = self._advance(letter) - self._width(letter), self._advance(letter)
        shape = mask(letter, self._cells.size, ink[1], self._cells.face).moved(round(spare / 2), self._cells.y)
        shape = shape.within(Box(0, shape.box.top, wide, shape.box.bottom)) or shape
        part = shape.coverage * np.float32(1 / 255)
        planes = np.stack([np.rint(p + (np.float32(i) - p) * part) for i, p in zip(ink[0], self._page, strict=True)])
        return planes.astype(np.uint8), shape.box

    def paint(self, box: Box, still: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
        """Put the ground back, and copy the letters that stand in the box. Shapes: (3, height, width) of the frame."""
        picture[:, *box.slices] = still[:, *box.slices]
        for letter, x, ink in self._letters:
            if x >= box.right or x + self._pitch <= box.left:
                continue
            sprite, at = self._sprite(letter, ink)
            at = at.moved(x, 0)
            shared = at.intersection(box)
            if shared:
                picture[:, *shared.slices] = sprite[:, *shared.slices_in(at)]


def losses(cells: DigitField, notation: Notation, path: Trajectory, theme: Theme) -> Digits:
    """The loss after the last step; muted once the run has diverged."""

    def ink(step: int) -> Ink:
        return theme.muted if path.diverged_at is not None and step >= path.diverged_at else theme.ink, False

    def text(step: int) -> str:
        return notation.write(float(path.loss[min(step, path.last)]))

    return Digits(cells, text, ink, theme.page, path.steps_per_epoch)


def rate(place: Rate, path: Trajectory, theme: Theme) -> Digits:
    """The learning rate of the step under way."""

    def text(step: int) -> str:
        assert path.lr is not None
        return place.notation.above(float(path.lr[min(step, len(path.lr) - 1)]))

    return Digits(place.number, text, theme.ink, theme.page, path.steps_per_epoch)


def cell(cell: LossCell, recorded: PanelRecording, theme: Theme) -> Digits:
    """The loss of a run above the minimum, in bold where it is the least of its row."""
    every = [recorded.above_minimum(run)[: path.last + 1] for run, path in enumerate(recorded.runs)]
    common = math.lcm(*(path.steps_per_epoch for path in recorded.runs))  # parts of an epoch

    def at(run: int, part: int) -> float:
        step = part * recorded.runs[run].steps_per_epoch // common
        return float(every[run][min(step, len(every[run]) - 1)])

    def text(part: int) -> str:
        return cell.notation.above(at(cell.run, part))

    def ink(part: int) -> Ink:
        least = min((at(run, part) for run in range(len(every))), key=lambda value: (math.isnan(value), value))
        return (theme.ink, True) if text(part) == cell.notation.above(least) else (theme.muted, False)

    return Digits(cell.number, text, ink, theme.page, common)
