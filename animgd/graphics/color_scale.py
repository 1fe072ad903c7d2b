"""How losses become positions on a colour bar."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animgd.graphics.numbers import compact, labels, ticks

DEEPEST = 1e-6  # a logarithmic scale reaches down to this part of its top; a remark says where it cuts
# Around a floor at 0, a few samples would take most of the colours: this part of all may share the lowest one, as far
# as they are lower than this part of the median.
FEW, LOW = 2e-3, 1e-2


@dataclass(frozen=True)
class Scale:
    """A range of losses, linear or logarithmic; `low` == `high` where all samples are equal."""

    low: float
    high: float
    log: bool
    cut: bool = False  # whether lower samples share the lowest colour

    @property
    def flat(self) -> bool:
        """Whether there is no range to speak of, not even in floating point."""
        return self.high / 2 <= self.low / 2

    def unit(self, loss: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions from 0 to 1; nan where the loss is not finite."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.flat:
                return np.where(np.isfinite(loss), 0.5, np.nan)
            if self.log:
                part = np.log(np.maximum(loss, self.low) / self.low) / math.log(self.high / self.low)
            else:
                part = (loss / 2 - self.low / 2) / (self.high / 2 - self.low / 2)  # halves: 1e308 - -1e308 overflows
            return np.where(np.isfinite(loss), np.clip(part, 0, 1), np.nan)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Positions from 0 to 1 with their labels, from low to high, at most so many."""
        if self.flat:
            rounded = float(f"{self.low:.4g}")
            return [(0.5, compact(rounded if math.isfinite(rounded) else self.low))]
        values = self._decades(most) if self.log else []
        written = [compact(v) for v in values]
        if len(values) < 2:
            values = [v for v in ticks(self.low, self.high, most) if v > 0 or not self.log]
            written = labels(values)
        where = self.unit(np.array(values)).tolist() if values else []
        return list(zip(where, written, strict=True))

    def _decades(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for parts in ((1, 2, 5), (1, 3), (1,)):
            values = [float(f"{m}e{k}") for k in range(first, last + 1) for m in parts]
            inside = [v for v in values if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]
            if len(inside) <= most:
                return inside
        return inside[:: max(1, math.ceil(len(inside) / most))]


def scale(loss: NDArray[np.float64], kind: str) -> Scale | None:
    """The scale of a landscape, None where no sample is finite; linear where a logarithm cannot be."""
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    if kind == "linear" or low < 0 or high <= 0:
        return Scale(low, high, log=False)
    few = min(float(np.quantile(finite, FEW)), LOW * float(np.median(finite)))
    floor = max(float(finite[finite > 0].min()), high * DEEPEST, few)
    return Scale(floor, high, log=True, cut=floor > low)
