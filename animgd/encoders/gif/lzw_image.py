"""A whole picture as LZW codes, its dictionary cleared when it no longer fits the picture.

Where a phrase would end, a pixel may take another index whose colour is hardly further away, if the phrase then
goes on: smooth fields become a tenth smaller. Once the dictionary is full nothing is learned any more, so a phrase
may be cut short for free: the one is taken from which the next phrase reaches furthest.
Source: flexible parsing, Matias and Şahinalp 1999; Horspool 1995; lossy matching, Lesinski's giflossy, 2014.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.lzw_codes import FULL, clear, pack

WINDOW = 256  # codes after which a full dictionary is judged
SHORTER = 6  # pixels that a phrase may be cut short by
LONG = 64  # pixels: cutting a phrase this long wins nothing and costs time

Others = list[tuple[int, ...]]


class Choices(NamedTuple):
    """Which indices each pixel may have beside its own. Units: `kinds` count the rows of `others`."""

    kinds: array[int]
    others: Others


class _Path(NamedTuple):
    """A phrase: the numbers of its beginnings, where it ends, and which pixels change for it."""

    nodes: list[int]
    end: int
    changes: list[tuple[int, int]]


def compress(indices: NDArray[np.uint8], depth: int) -> bytes:
    """A picture in which every pixel counts.

    Shapes: (rows, columns).
    Units: `depth` in bits; all indices are below 2^depth.
    """
    return fit(indices, depth, Choices(array("i", bytes(4 * indices.size)), [()]))[0]


def fit(indices: NDArray[np.uint8], depth: int, choices: Choices) -> tuple[bytes, NDArray[np.uint8]]:
    """The codes of a picture whose pixels have a choice, and what was chosen."""
    coder = _Coder(indices, depth, choices)
    codes = coder.codes()
    return codes, np.frombuffer(coder.pixels, np.uint8).reshape(indices.shape)


class _Coder:
    """A picture on its way through the dictionary.

    A phrase's number is kept shifted by 8, so that with a pixel it is the place of the longer phrase.
    """

    def __init__(self, indices: NDArray[np.uint8], depth: int, choices: Choices) -> None:
        self.pixels = bytearray(np.ascontiguousarray(indices).data)
        self._kinds, self._others, self._depth = choices.kinds, choices.others, depth
        self._children = [0] * (FULL << 8)

    def codes(self) -> bytes:
        """All of it; choices are made on the way."""
        runs: list[array[int]] = []
        at = 0
        while at < len(self.pixels):
            taken: list[int] = []
            codes, learned = self._learn(at, taken)
            codes, end = self._reuse(learned, codes, at)
            runs.append(codes)
            at = end
            for key in taken:
                self._children[key] = 0
        return pack(runs, self._depth)

    def _learn(self, at: int, taken: list[int]) -> tuple[array[int], int]:
        """Code until the dictionary is full: the codes, and the first pixel after them."""
        pixels, children = self.pixels, self._children
        codes = array("H")
        for phrase in range(clear(self._depth) + 2, FULL):
            path = self._path(at)
            self._choose(path, path.end)
            codes.append(path.nodes[-1] >> 8)
            at = path.end
            if at == len(pixels):
                break
            taken.append(path.nodes[-1] | pixels[at])
            children[taken[-1]] = phrase << 8
        return codes, at

    def _path(self, at: int) -> _Path:
        """The longest phrase from a pixel on; its choices are not yet made."""
        pixels, children, kinds, others = self.pixels, self._children, self._kinds, self._others
        node, limit = pixels[at] << 8, len(pixels)
        nodes, changes = [node], []
        at += 1
        while at < limit:
            longer = children[node | pixels[at]]
            if not longer:
                for pixel in others[kinds[at]]:
                    if longer := children[node | pixel]:
                        changes.append((at, pixel))
                        break
                else:
                    break
            node = longer
            nodes.append(node)
            at += 1
        return _Path(nodes, at, changes)

    def _choose(self, path: _Path, end: int) -> None:
        """Make a phrase's choices, as far as it is taken."""
        for place, pixel in path.changes:
            if place < end:
                self.pixels[place] = pixel

    def _reuse(self, at: int, codes: array[int], start: int) -> tuple[array[int], int]:
        """Code on with a full dictionary while it codes as many pixels a code as it has until now."""
        limit, learned, before = len(self.pixels), len(codes), at
        while at < limit:
            path = self._path(at)
            end = self._cut(at, path.end) if 1 < path.end - at < LONG else path.end
            self._choose(path, end)
            codes.append(path.nodes[end - at - 1] >> 8)
            at = end
            if (len(codes) - learned) % WINDOW == 0:
                if (at - before) * len(codes) < WINDOW * (at - start):
                    break
                before = at
        return codes, at

    def _cut(self, at: int, end: int) -> int:
        """Where a phrase should end so that the next one reaches furthest."""
        if end == len(self.pixels):
            return end
        return max(range(end, max(at, end - SHORTER - 1), -1), key=lambda middle: self._path(middle).end)
