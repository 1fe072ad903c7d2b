"""Map losses to positions on a colour bar."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animgd.graphics.numbers import compact, labels, ticks

DEEPEST = 1e-6  # least low/high of a logarithmic scale; a warning reports lower samples
# Near a minimum of 0, few samples would span most of the colours: this fraction of all samples may share the lowest
# colour, if they lie below this fraction of the median.
FEW, LOW = 2e-3, 1e-2
SERIES = ((1, 2, 5), (1, 1.5, 2, 3, 5, 7))  # round losses in each decade


@dataclass(frozen=True)
class Scale:
    """A range of losses, linear or logarithmic; `low` == `high` where all samples are equal."""

    low: float
    high: float
    log: bool
    cut: bool = False  # whether lower samples share the lowest colour

    @property
    def flat(self) -> bool:
        """Whether the range is empty in floating point."""
        return self.high / 2 <= self.low / 2

    def unit(self, loss: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions from 0 to 1; nan for losses that are not finite."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.flat:
                return np.where(np.isfinite(loss), 0.5, np.nan)
            if self.log:
                part = np.log(np.maximum(loss, self.low) / self.low) / math.log(self.high / self.low)
            else:
                part = (loss / 2 - self.low / 2) / (self.high / 2 - self.low / 2)  # halved: 1e308 - -1e308 overflows
            return np.where(np.isfinite(loss), np.clip(part, 0, 1), np.nan)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """At most `most` ticks as (position from 0 to 1, label), in ascending order."""
        return list(_ticks(self, most))

    def contours(self) -> list[float]:
        """Levels of contours at round losses, as positions from 0 to 1: about six to thirteen."""
        if not self.log:
            return [position for position, _ in self.ticks(12)]
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for parts in SERIES if last - first < 8 else SERIES[:1]:
            values = [float(f"{m}e{k}") for k in range(first, last + 1) for m in parts]
            inside = [value for value in values if self.low < value < self.high]
            if len(inside) >= 6:
                break
        return [] if not inside else sorted(self.unit(np.array(inside[:: math.ceil(len(inside) / 13)])).tolist())

    def _decades(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for parts in ((1, 2, 5), (1, 3), (1,)):
            values = [float(f"{m}e{k}") for k in range(first, last + 1) for m in parts]
            inside = [v for v in values if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]
            if len(inside) <= most:
                return inside
        return inside[:: max(1, math.ceil(len(inside) / most))]


@functools.lru_cache(maxsize=256)
def _ticks(scale: Scale, most: int) -> list[tuple[float, str]]:
    """The ticks of a scale; layouts that are tried ask again and again."""
    if scale.flat:
        rounded = float(f"{scale.low:.4g}")
        return [(0.5, compact(rounded if math.isfinite(rounded) else scale.low))]
    values = scale._decades(most) if scale.log else []
    texts = [compact(v) for v in values]
    if len(values) < 2:
        values = [v for v in ticks(scale.low, scale.high, most) if v > 0 or not scale.log]
        texts = labels(values)
    positions = scale.unit(np.array(values)).tolist() if values else []
    return list(zip(positions, texts, strict=True))


def scale(loss: NDArray[np.float64], kind: str) -> Scale | None:
    """The scale of a landscape, linear if its losses have no logarithm; None if no sample is finite."""
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    if kind == "linear" or low < 0 or high <= 0:
        return Scale(low, high, log=False)
    few = min(float(np.quantile(finite, FEW)), LOW * float(np.median(finite)))
    floor = max(float(finite[finite > 0].min()), high * DEEPEST, few)
    return Scale(floor, high, log=True, cut=floor > low)
