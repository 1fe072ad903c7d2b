"""LZW codes of a whole picture; the dictionary is cleared once it compresses worse than before.

Where a phrase would end, a pixel may take another index of nearly the same colour if that makes the phrase longer:
smooth fields become 10 % smaller. A full dictionary learns nothing, so shortening a phrase costs nothing: the end is
chosen from which the next phrase reaches furthest.
Source: flexible parsing, Matias and Şahinalp 1999; Horspool 1995; lossy matching, Lesinski's giflossy, 2014.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.gif.lzw_codes import DICTIONARY_SIZE, clear_code, pack

WINDOW = 256  # codes after which the compression of a full dictionary is measured
MAX_CUT = 6  # pixels by which a phrase may be shortened
LONG = 64  # pixels; phrases this long are not shortened, which would cost time and save nothing

Alternatives = list[tuple[int, ...]]


class Choices(NamedTuple):
    """The alternative indices of each pixel. Units: `classes` are row numbers of `alternatives`, one a pixel."""

    classes: array[int]
    alternatives: Alternatives


class _Path(NamedTuple):
    """A phrase: the nodes of its prefixes, its end, and the pixels that it changes."""

    nodes: list[int]
    end: int
    changes: list[tuple[int, int]]


def compress(indices: NDArray[np.uint8], depth: int) -> bytes:
    """Compress a picture without alternatives.

    Shapes: (rows, columns).
    Units: `depth` in bits; all indices are below 2^depth.
    """
    return fit(indices, depth, Choices(array("i", bytes(4 * indices.size)), [()]))[0]


def fit(indices: NDArray[np.uint8], depth: int, choices: Choices) -> tuple[bytes, NDArray[np.uint8]]:
    """Compress a picture whose pixels have alternatives; returns the codes and the chosen indices."""
    coder = _Coder(indices, depth, choices)
    codes = coder.codes()
    return codes, np.frombuffer(coder.pixels, np.uint8).reshape(indices.shape)


class _Coder:
    """The state of one compression.

    A node is a phrase's number shifted by 8, so that node | pixel is the key of the longer phrase.
    """

    def __init__(self, indices: NDArray[np.uint8], depth: int, choices: Choices) -> None:
        self.pixels = bytearray(np.ascontiguousarray(indices).data)
        self._classes, self._alternatives, self._depth = choices.classes, choices.alternatives, depth
        self._children = [0] * (DICTIONARY_SIZE << 8)

    def codes(self) -> bytes:
        """The codes of the picture; replaces pixels by alternatives on the way."""
        runs: list[array[int]] = []
        position = 0
        while position < len(self.pixels):
            used: list[int] = []
            codes, learned = self._learn(position, used)
            codes, end = self._reuse(learned, codes, position)
            runs.append(codes)
            position = end
            for key in used:
                self._children[key] = 0
        return pack(runs, self._depth)

    def _learn(self, position: int, used: list[int]) -> tuple[array[int], int]:
        """Encode until the dictionary is full; returns the codes and the position after them."""
        pixels, children = self.pixels, self._children
        codes = array("H")
        for phrase in range(clear_code(self._depth) + 2, DICTIONARY_SIZE):
            path = self._path(position)
            self._apply(path, path.end)
            codes.append(path.nodes[-1] >> 8)
            position = path.end
            if position == len(pixels):
                break
            used.append(path.nodes[-1] | pixels[position])
            children[used[-1]] = phrase << 8
        return codes, position

    def _path(self, position: int) -> _Path:
        """The longest phrase from a position; its changes are not yet applied."""
        pixels, children, classes, alternatives = self.pixels, self._children, self._classes, self._alternatives
        node, limit = pixels[position] << 8, len(pixels)
        nodes, changes = [node], []
        position += 1
        while position < limit:
            longer = children[node | pixels[position]]
            if not longer:
                for pixel in alternatives[classes[position]]:
                    if longer := children[node | pixel]:
                        changes.append((position, pixel))
                        break
                else:
                    break
            node = longer
            nodes.append(node)
            position += 1
        return _Path(nodes, position, changes)

    def _apply(self, path: _Path, end: int) -> None:
        """Apply a phrase's changes up to its end."""
        for changed, pixel in path.changes:
            if changed < end:
                self.pixels[changed] = pixel

    def _reuse(self, position: int, codes: array[int], start: int) -> tuple[array[int], int]:
        """Encode with a full dictionary as long as it encodes as many pixels a code as on average so far."""
        limit, learned, before = len(self.pixels), len(codes), position
        while position < limit:
            path = self._path(position)
            end = self._best_end(position, path.end) if 1 < path.end - position < LONG else path.end
            self._apply(path, end)
            codes.append(path.nodes[end - position - 1] >> 8)
            position = end
            if (len(codes) - learned) % WINDOW == 0:
                if (position - before) * len(codes) < WINDOW * (position - start):
                    break
                before = position
        return codes, position

    def _best_end(self, position: int, end: int) -> int:
        """The end of a phrase from which the next one reaches furthest."""
        if end == len(self.pixels):
            return end
        return max(range(end, max(position, end - MAX_CUT - 1), -1), key=lambda middle: self._path(middle).end)
