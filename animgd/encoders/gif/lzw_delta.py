"""What changed in a picture as LZW codes: whatever did not change fits more than one code.

A pixel that did not change may be transparent or have its own index; both look the same, so each phrase takes
what makes it longer, and is cut short by a pixel where the next one then reaches further. Most pixels did not
change: their runs are matched by length, not pixel by pixel.
Source: flexible parsing, Horspool, "The effect of non-greedy parsing in Ziv-Lempel compression methods", 1995.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.lzw_codes import FULL, clear, pack

TRANSPARENT = 0
NEAR = 12  # unchanged pixels: a longer run before the next change is taken to be transparent
FREE = 256  # is added to an index that may also be transparent
SHORTER = 1  # pixels that a phrase may be cut short by


def compress(indices: NDArray[np.uint8], changed: NDArray[np.bool_], depth: int) -> bytes:
    """The codes of an image drawn over the one before it.

    Shapes: both (rows, columns).
    Units: `depth` in bits; indices of changed pixels are below 2^depth, the others need not be.
    """
    own = indices.astype(np.uint16)
    own[own >> depth > 0] = TRANSPARENT
    own |= np.where(changed | (own == TRANSPARENT), np.uint16(0), np.uint16(FREE))
    pixels = array("H")  # quicker to read one by one
    pixels.frombytes(own.data.cast("B"))
    return pack([_Parser(pixels, changed.tobytes(), depth).codes()], depth)


# The longest phrase from a place: where it ends, its first pixel, how many pixels its shortest beginning has, and the
# numbers of its beginnings. A number is kept shifted by 8, so that with a pixel it is the place of the longer phrase.
_Match = tuple[int, int, int, list[int]]


class _Parser:
    """One picture on its way through the dictionary."""

    def __init__(self, pixels: array[int], changed: bytes, depth: int) -> None:
        self._pixels, self._changed, self._depth, self._size = pixels, changed, depth, len(changed)
        self._children: dict[int, int] = {}
        self._runs = [0, TRANSPARENT << 8]  # the phrase of each number of transparent pixels

    def codes(self) -> list[int]:
        """The codes of the whole picture; a full dictionary stays as it is, for changes are small."""
        codes: list[int] = []
        at, phrase, match = 0, clear(self._depth) + 2, self._reach(0)
        while at < self._size:
            _, first, _, nodes = match
            if first == TRANSPARENT and len(nodes) == 1:
                at = self._run(at, phrase, codes)
                phrase = min(FULL, clear(self._depth) + 2 + len(codes))
                match = self._match(at, TRANSPARENT)
            node, at, match = self._next(at, match)
            codes.append(node >> 8)
            if phrase < FULL:
                self._learn(node, match[1], phrase << 8)
                phrase += 1
            if node in match[3]:  # the phrase just learned may make the next one longer
                match = self._match(at, match[1])
        return codes

    def _run(self, at: int, phrase: int, codes: list[int]) -> int:
        """Far from any change: the longest transparent run, which grows by one with every use."""
        runs, room = self._runs, self._room(at)
        for new in range(phrase, FULL):
            if room < len(runs):
                break
            codes.append(runs[-1] >> 8)
            room -= len(runs) - 1
            at += len(runs) - 1
            self._children[runs[-1]] = new << 8
            runs.append(new << 8)
        return at

    def _room(self, at: int) -> int:
        """How many pixels from here on did not change."""
        change = self._changed.find(1, at)
        return (change if change >= 0 else self._size) - at

    def _learn(self, node: int, first: int, phrase: int) -> None:
        """A phrase that is known already may come again; the older one is kept."""
        known = self._children.setdefault(node | first, phrase)
        if known == phrase and first == TRANSPARENT and node == self._runs[-1]:
            self._runs.append(phrase)

    def _next(self, at: int, match: _Match) -> tuple[int, int, _Match]:
        """The phrase to take, where it ends, and the match there: the one that reaches furthest."""
        end, _, jump, nodes = match
        best, following = end - at, self._reach(end)
        if best > SHORTER:
            other = self._reach(end - SHORTER)
            if other[0] > following[0]:
                best, following = best - SHORTER, other
        node = nodes[best - jump] if best >= jump else self._runs[best]
        return node, at + best, following

    def _reach(self, at: int) -> _Match:
        """The longest phrase from here, whatever its first pixel."""
        if at >= self._size:
            return at, TRANSPARENT, 0, []
        own = self._pixels[at]
        if own < FREE:
            return self._match(at, own)
        match = self._match(at, TRANSPARENT)
        if match[0] - at <= NEAR:
            other = self._match(at, own - FREE)
            if other[0] > match[0]:
                return other
        return match

    def _match(self, at: int, first: int) -> _Match:
        """The longest phrase from here that begins with a pixel: lengthened pixel by pixel, until pixels are free."""
        pixels, find, jump, node = self._pixels, self._children.get, 1, first << 8
        if first == TRANSPARENT and (room := self._room(at)) > NEAR:
            jump = min(room, len(self._runs) - 1)
            node = self._runs[jump]
        nodes = [node]
        for place in range(at + jump, self._size):
            pixel = pixels[place]
            if pixel < FREE:
                node = find(node | pixel, 0)
            else:
                node, other = find(node, 0), find(node | pixel - FREE)
                if other:
                    self._wider(place + 1, nodes, [node, other] if node else [other])
                    break
            if not node:
                break
            nodes.append(node)
        return at + jump + len(nodes) - 1, first, jump, nodes

    def _wider(self, at: int, nodes: list[int], level: list[int]) -> None:
        """The same where more than one phrase fits: all of them are followed."""
        pixels, find = self._pixels, self._children.get
        nodes.append(level[0])
        for place in range(at, self._size):
            pixel = pixels[place]
            if pixel < FREE:
                level = [longer for node in level if (longer := find(node | pixel))]
            else:
                pixel -= FREE
                level = [longer for node in level for choice in (TRANSPARENT, pixel) if (longer := find(node | choice))]
            if not level:
                return
            nodes.append(level[0])
