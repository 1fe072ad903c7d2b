"""What changed in a picture as LZW codes: whatever did not change fits more than one code.

A pixel that did not change may be transparent or have its own index; both look the same, so each phrase takes
what makes it longer, and is cut short by a pixel where the next one then reaches further. Most pixels did not
change: their runs are matched by length, not pixel by pixel.
Source: flexible parsing, Horspool, "The effect of non-greedy parsing in Ziv-Lempel compression methods", 1995.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.bits import FULL, clear, pack

TRANSPARENT = 0
NEAR = 12  # unchanged pixels: a longer run before the next change is taken to be transparent
SHORTER = 1  # pixels that a phrase may be cut short by


def compress(indices: NDArray[np.uint8], changed: NDArray[np.bool_], depth: int) -> bytes:
    """The codes of an image drawn over the one before it.

    Shapes: both (rows, columns).
    Units: `depth` in bits; indices of changed pixels are below 2^depth, the others need not be.
    """
    own = np.where(indices >> depth > 0, TRANSPARENT, indices)
    return pack([_Parser(own.tobytes(), changed.tobytes(), depth).codes()], depth)


class _Match(NamedTuple):
    """The longest phrase from a place: `nodes` are its beginnings, the first of them `jump` pixels long.

    A phrase's number is kept shifted by 8, so that with a pixel it is the place of the longer phrase.
    """

    end: int
    first: int
    jump: int
    nodes: list[int]


class _Parser:
    """One picture on its way through the dictionary."""

    def __init__(self, own: bytes, changed: bytes, depth: int) -> None:
        self._own, self._changed, self._depth = own, changed, depth
        self._children: dict[int, int] = {}
        self._runs = [0, TRANSPARENT << 8]  # the phrase of each number of transparent pixels

    def codes(self) -> list[int]:
        """The codes of the whole picture; a full dictionary stays as it is, for changes are small."""
        codes: list[int] = []
        at, end = 0, len(self._own)
        phrase, match = clear(self._depth) + 2, self._reach(0)
        while at < end:
            if match.first == TRANSPARENT and len(match.nodes) == 1:
                at = self._run(at, phrase, codes)
                phrase = min(FULL, clear(self._depth) + 2 + len(codes))
                match = self._match(at, TRANSPARENT)
            node, at, match = self._next(at, match)
            codes.append(node >> 8)
            if phrase < FULL:
                self._learn(node, match.first, phrase << 8)
                phrase += 1
            if node in match.nodes:  # the phrase just learned may make the next one longer
                match = self._match(at, match.first)
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
        return (change if change >= 0 else len(self._own)) - at

    def _learn(self, node: int, first: int, phrase: int) -> None:
        """A phrase that is known already may come again; the older one is kept."""
        known = self._children.setdefault(node | first, phrase)
        if known == phrase and first == TRANSPARENT and node == self._runs[-1]:
            self._runs.append(phrase)

    def _next(self, at: int, match: _Match) -> tuple[int, int, _Match]:
        """The phrase to take, where it ends, and the match there: the one that reaches furthest."""
        length = match.end - at
        best, following = length, self._reach(match.end)
        for shorter in range(length - 1, max(0, length - 1 - SHORTER), -1):
            other = self._reach(at + shorter)
            if other.end > following.end:
                best, following = shorter, other
        node = match.nodes[best - match.jump] if best >= match.jump else self._runs[best]
        return node, at + best, following

    def _reach(self, at: int) -> _Match:
        """The longest phrase from here, whatever its first pixel."""
        if at >= len(self._own):
            return _Match(at, TRANSPARENT, 0, [])
        own = self._own[at]
        if self._changed[at]:
            return self._match(at, own)
        match = self._match(at, TRANSPARENT)
        if own != TRANSPARENT and match.end - at <= NEAR:
            other = self._match(at, own)
            if other.end > match.end:
                return other
        return match

    def _match(self, at: int, first: int) -> _Match:
        """The longest phrase from here that begins with a pixel."""
        jump, node = 1, first << 8
        if first == TRANSPARENT and (room := self._room(at)) > NEAR:
            jump = min(room, len(self._runs) - 1)
            node = self._runs[jump]
        nodes = self._longer(at + jump, node)
        return _Match(at + jump + len(nodes) - 1, first, jump, nodes)

    def _longer(self, at: int, node: int) -> list[int]:
        """A phrase and those that lengthen it pixel by pixel; where pixels are free, all that fit are followed."""
        own, changed, find = self._own, self._changed, self._children.get
        nodes, others = [node], []
        for place in range(at, len(own)):
            pixel = own[place]
            free = not changed[place] and pixel != TRANSPARENT
            if others:
                choices = (TRANSPARENT, pixel) if free else (pixel,)
                level = [n for node in (nodes[-1], *others) for p in choices if (n := find(node | p))]
                node, *others = level or [0]
            elif free:
                node, other = find(nodes[-1], 0), find(nodes[-1] | pixel)
                if other:
                    node, others = (node, [other]) if node else (other, [])
            else:
                node = find(nodes[-1] | pixel, 0)
            if not node:
                break
            nodes.append(node)
        return nodes
