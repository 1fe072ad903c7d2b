"""The epoch last reached, with a word that stays beside it: "epoch 5 / 100"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.base import Overlay
from animgd.frame import Box, Color
from animgd.graphics.raster import Mask
from animgd.graphics.text import mask, width
from animgd.graphics.theme import Theme
from animgd.layout.elements import Counter

Part = tuple[str, int, bool]  # a digit or the word, its left edge, whether it is a digit


class EpochCounter(Overlay):
    """The word moves only when the number becomes longer."""

    def __init__(self, place: Counter, theme: Theme) -> None:
        self._place, self._theme, self._epoch = place, theme, -1
        self._parts: tuple[Part, ...] = ()

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Write the epoch last reached."""
        epoch = moment.numerator // moment.denominator
        if epoch == self._epoch:
            return
        before, self._epoch = self._parts, epoch
        self._parts = tuple(self._set(str(epoch)))
        self.stamps = [self._stamp(*part) for part in self._parts]
        yield from (self._stamp(*part)[0].box for part in sorted({*before} ^ {*self._parts}))

    def _set(self, text: str) -> Iterator[Part]:
        number, word = self._place.number, self._place.word
        spare = (number.count - len(text)) * number.pitch
        left = 0.0 if self._place.follows else width(word.text, word.size, word.bold, number.face)
        yield word.text, round(word.x - left) + (-spare if self._place.follows else spare), False
        first = number.x + (0 if self._place.follows else spare)
        yield from ((digit, first + i * number.pitch, True) for i, digit in enumerate(text))

    def _stamp(self, text: str, x: int, is_digit: bool) -> tuple[Mask, Color]:
        number, word = self._place.number, self._place.word
        if not is_digit:
            return mask(text, word.size, word.bold, number.face).moved(x, word.y), self._theme.muted
        spare = number.pitch - width(text, number.size, number.bold, number.face)
        letter = mask(text, number.size, number.bold, number.face)
        return letter.moved(x + round(spare / 2), number.y), self._theme.ink
