"""The subsets of the data that steps use."""

from __future__ import annotations

import torch
from torch import Tensor


class Batches:
    """Mini-batches: a new random order of all points each epoch, whose last batch may be smaller.

    The orders are `torch.randperm(points, generator=g)`, with one generator of the seed for all epochs.
    """

    def __init__(self, points: int, batch: int | None, seed: int) -> None:
        self._points, self._size = points, min(batch or points, points)
        self._is_full = not (batch and points)
        self.steps_per_epoch = 1 if self._is_full else -(-points // self._size)
        self._generator = torch.Generator("cpu").manual_seed(seed)
        self._order: Tensor | None = None

    def next(self, step: int) -> Tensor | None:
        """The indices of the points of a step, None for all; to be called once for each step, in order."""
        if self._is_full:
            return None
        first = step % self.steps_per_epoch * self._size
        if self._order is None or first == 0:
            self._order = torch.randperm(self._points, generator=self._generator, device="cpu")
        return self._order[first : first + self._size]
