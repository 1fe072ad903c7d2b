"""LZW codes of the changes between two pictures.

An unchanged pixel may be transparent or have its own index, which looks the same: a phrase takes the longer match. It
is shortened by a pixel if the next phrase then reaches further. Most pixels are unchanged: runs of them are matched by
length, not pixel by pixel.
Source: flexible parsing, Horspool, "The effect of non-greedy parsing in Ziv-Lempel compression methods", 1995.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.lzw_codes import DICTIONARY_SIZE, clear_code, pack

TRANSPARENT = 0
NEAR = 12  # pixels; an unchanged run longer than this is matched as transparent
OPTIONAL = 256  # added to an index that may also be transparent
MAX_CUT = 1  # pixels by which a phrase may be shortened


def compress(indices: NDArray[np.uint8], changed: NDArray[np.bool_], depth: int) -> bytes:
    """The codes of an image drawn over the one before it.

    Shapes: both (rows, columns).
    Units: `depth` in bits; indices of changed pixels are below 2^depth, the others need not be.
    """
    index = indices.astype(np.uint16)
    index[index >> depth > 0] = TRANSPARENT
    index |= np.where(changed | (index == TRANSPARENT), np.uint16(0), np.uint16(OPTIONAL))
    pixels = array("H")  # faster than NumPy to read one by one
    pixels.frombytes(index.data.cast("B"))
    return pack([_Parser(pixels, changed.tobytes(), depth).codes()], depth)


# The longest phrase from a position: its end, its first pixel, the length of its shortest known prefix, and the nodes
# of its prefixes. A node is a phrase's number shifted by 8, so that node | pixel is the key of the longer phrase.
_Match = tuple[int, int, int, list[int]]


class _Parser:
    """The state of one compression."""

    def __init__(self, pixels: array[int], changed: bytes, depth: int) -> None:
        self._pixels, self._changed, self._depth, self._size = pixels, changed, depth, len(changed)
        self._children: dict[int, int] = {}
        self._transparent_runs = [0, TRANSPARENT << 8]  # node of each run length of transparent pixels

    def codes(self) -> list[int]:
        """The codes of the picture; a full dictionary is not cleared, because changes are small."""
        codes: list[int] = []
        start, phrase, match = 0, clear_code(self._depth) + 2, self._longest(0)
        while start < self._size:
            _, first, _, nodes = match
            if first == TRANSPARENT and len(nodes) == 1:
                start = self._transparent_run(start, phrase, codes)
                phrase = min(DICTIONARY_SIZE, clear_code(self._depth) + 2 + len(codes))
                match = self._match(start, TRANSPARENT)
            node, start, match = self._choose(start, match)
            codes.append(node >> 8)
            if phrase < DICTIONARY_SIZE:
                self._learn(node, match[1], phrase << 8)
                phrase += 1
            if node in match[3]:  # the new phrase may extend the next match
                match = self._match(start, match[1])
        return codes

    def _transparent_run(self, start: int, phrase: int, codes: list[int]) -> int:
        """Encode an unchanged run: each code is the longest transparent phrase, which grows by a pixel a code."""
        runs, unchanged = self._transparent_runs, self._unchanged(start)
        for new in range(phrase, DICTIONARY_SIZE):
            if unchanged < len(runs):
                break
            codes.append(runs[-1] >> 8)
            unchanged -= len(runs) - 1
            start += len(runs) - 1
            self._children[runs[-1]] = new << 8
            runs.append(new << 8)
        return start

    def _unchanged(self, start: int) -> int:
        """The number of unchanged pixels from a position."""
        change = self._changed.find(1, start)
        return (change if change >= 0 else self._size) - start

    def _learn(self, node: int, first: int, phrase: int) -> None:
        """Add a phrase; if it exists, the older one remains."""
        known = self._children.setdefault(node | first, phrase)
        if known == phrase and first == TRANSPARENT and node == self._transparent_runs[-1]:
            self._transparent_runs.append(phrase)

    def _choose(self, start: int, match: _Match) -> tuple[int, int, _Match]:
        """The phrase from which the next one reaches furthest: its node, its end, and the match at its end."""
        end, _, skipped, nodes = match
        best, following = end - start, self._longest(end)
        if best > MAX_CUT:
            other = self._longest(end - MAX_CUT)
            if other[0] > following[0]:
                best, following = best - MAX_CUT, other
        node = nodes[best - skipped] if best >= skipped else self._transparent_runs[best]
        return node, start + best, following

    def _longest(self, start: int) -> _Match:
        """The longest phrase from a position, with any first pixel."""
        if start >= self._size:
            return start, TRANSPARENT, 0, []
        index = self._pixels[start]
        if index < OPTIONAL:
            return self._match(start, index)
        match = self._match(start, TRANSPARENT)
        if match[0] - start <= NEAR:
            other = self._match(start, index - OPTIONAL)
            if other[0] > match[0]:
                return other
        return match

    def _match(self, start: int, first: int) -> _Match:
        """The longest phrase from a position with a given first pixel; follows one path until two phrases match."""
        pixels, find, skipped, node = self._pixels, self._children.get, 1, first << 8
        if first == TRANSPARENT and (unchanged := self._unchanged(start)) > NEAR:
            skipped = min(unchanged, len(self._transparent_runs) - 1)
            node = self._transparent_runs[skipped]
        nodes = [node]
        for position in range(start + skipped, self._size):
            pixel = pixels[position]
            if pixel < OPTIONAL:
                node = find(node | pixel, 0)
            else:
                node, other = find(node, 0), find(node | pixel - OPTIONAL)
                if other:
                    self._match_all(position + 1, nodes, [node, other] if node else [other])
                    break
            if not node:
                break
            nodes.append(node)
        return start + skipped + len(nodes) - 1, first, skipped, nodes

    def _match_all(self, start: int, nodes: list[int], level: list[int]) -> None:
        """Extend a match along all phrases that fit."""
        pixels, find = self._pixels, self._children.get
        nodes.append(level[0])
        for position in range(start, self._size):
            pixel = pixels[position]
            if pixel < OPTIONAL:
                level = [longer for node in level if (longer := find(node | pixel))]
            else:
                pixel -= OPTIONAL
                level = [longer for node in level for choice in (TRANSPARENT, pixel) if (longer := find(node | choice))]
            if not level:
                return
            nodes.append(level[0])
