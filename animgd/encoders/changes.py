"""What changed in a picture as LZW codes: whatever did not change fits more than one code.

A pixel that did not change may be transparent or have its own index; both look the same, so each phrase takes
what makes it longer. Most pixels did not change: their runs are matched by length, not pixel by pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.bits import FULL, clear, pack

TRANSPARENT = 0
NEAR = 12  # unchanged pixels: a longer run before the next change is taken to be transparent
SHORTER = 2  # pixels that a phrase may be cut short by, where the next one then reaches further


def compress(
    indices: NDArray[np.uint8], changed: NDArray[np.bool_], depth: int, shorter: int = SHORTER
) -> bytes:
    """The codes of an image drawn over the one before it.

    Shapes: both (rows, columns).
    Units: `depth` in bits; indices of changed pixels are below 2^depth, the others need not be.
    """
    own = np.where(indices >> depth > 0, TRANSPARENT, indices)
    return pack([_Parser(own.ravel(), changed.ravel(), depth, shorter).codes()], depth)


def _room(changed: NDArray[np.bool_]) -> list[int]:
    """How many pixels from each one on did not change."""
    count = len(changed)
    places = np.where(changed, np.arange(count), count)
    room: list[int] = (np.minimum.accumulate(places[::-1])[::-1] - np.arange(count)).tolist()
    return room


class _Parser:
    """One picture on its way through the dictionary.

    A phrase's number is kept shifted by 8, so that with a pixel it is the place of the longer phrase.
    """

    def __init__(self, own: NDArray[np.uint8], changed: NDArray[np.bool_], depth: int, shorter: int) -> None:
        self._own: list[int] = own.tolist()
        self._room = _room(changed)
        self._depth, self._shorter = depth, shorter
        self._children: dict[int, int] = {}
        self._runs = [0, TRANSPARENT << 8]  # the phrase of each number of transparent pixels

    def codes(self) -> list[int]:
        """The codes of the whole picture; a full dictionary stays as it is, for it is never much too small."""
        codes: list[int] = []
        at, end, phrase = 0, len(self._own), clear(self._depth) + 2
        first = self._reach(0)[1]
        while at < end:
            if first == TRANSPARENT and self._room[at] >= len(self._runs) and phrase < FULL:
                node, at = self._runs[-1], at + len(self._runs) - 1
                first = TRANSPARENT if at < end and self._room[at] else self._reach(at)[1]
            else:
                node, at, first = self._next(at, first)
            codes.append(node >> 8)
            if phrase < FULL:
                self._learn(node, first, phrase << 8)
                phrase += 1
        return codes

    def _learn(self, node: int, first: int, phrase: int) -> None:
        """A phrase that is known already may come again; the older one is kept."""
        if self._children.setdefault(node | first, phrase) == phrase:
            if first == TRANSPARENT and node == self._runs[-1]:
                self._runs.append(phrase)

    def _next(self, at: int, first: int) -> tuple[int, int, int]:
        """The next phrase, where it ends, and the pixel after it: such that the one after reaches furthest."""
        jump, nodes = self._match(at, first)
        longest = jump + len(nodes) - 1
        furthest, best, following = -1, longest, TRANSPARENT
        for length in range(longest, max(0, longest - 1 - self._shorter), -1):
            reach, symbol = self._reach(at + length)
            if reach > furthest:
                furthest, best, following = reach, length, symbol
        node = nodes[best - jump] if best >= jump else self._runs[best]
        return node, at + best, following

    def _reach(self, at: int) -> tuple[int, int]:
        """How far the longest phrase from here goes, and its first pixel."""
        if at >= len(self._own):
            return at, TRANSPARENT
        own = self._own[at]
        jump, nodes = self._match(at, own)
        length = jump + len(nodes)
        if self._room[at] and own != TRANSPARENT:
            jump, nodes = self._match(at, TRANSPARENT)
            if jump + len(nodes) >= length:
                return at + jump + len(nodes), TRANSPARENT
        return at + length, own

    def _match(self, at: int, first: int) -> tuple[int, list[int]]:
        """The longest phrase from here that begins with a pixel: its first length looked at, one phrase for that
        length, and for each longer one."""
        own, room, find = self._own, self._room, self._children.get
        jump = 1
        level = [first << 8]
        if first == TRANSPARENT and room[at] > NEAR:
            jump = min(room[at], len(self._runs) - 1)
            level = [self._runs[jump]]
        nodes = [level[0]]
        try:
            at += jump
            while True:
                pixel = own[at]
                if room[at] and pixel != TRANSPARENT:
                    level = [n for node in level for p in (TRANSPARENT, pixel) if (n := find(node | p))]
                else:
                    level = [n for node in level if (n := find(node | pixel))]
                if not level:
                    break
                nodes.append(level[0])
                at += 1
        except IndexError:
            pass
        return jump, nodes
