"""Numbers as they are written on the film: settings, ticks, and losses that do not move as their digits change."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

MINUS = "−"
PARTS = "   "  # between settings
BOUND = "\u00a0"  # a space at which no line breaks
NO_POINT = "\u2008"  # a space as wide as a decimal point
SIGNIFICANT = 4  # digits of a loss
LEAST, MOST = 1e-3, 1e5  # a column with a loss outside of these is written with exponents


def short(value: object) -> str:
    """A setting as an author would write it."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(short, value)) + ")"
    if isinstance(value, (int, float)):
        return f"{value:.6g}".replace("-", MINUS)
    return getattr(value, "__name__", type(value).__name__)  # its repr may be an address, which is never the same


def settings(optimizer: object) -> str:
    """What one must know to compare: the optimizer, lr, and all that differs from torch's defaults."""
    name, given = optimizer.name, optimizer.settings  # type: ignore[attr-defined]
    zero = name == "SGD"  # where the defaults are 0; AdamW's weight_decay is not
    return PARTS.join([name, *told((k, v) for k, v in given if not (zero and v == 0 and v is not False))])


def told(given: Iterable[tuple[str, object]]) -> list[str]:
    """Settings by name, numbers before those that are only on; what is off or None goes without saying."""
    every = list(given)
    said = [f"{k.replace('_', ' ')} {short(v)}" for k, v in every if v is not None and not isinstance(v, bool)]
    said += [k.replace("_", " ") for k, v in every if v is True]
    return [part.replace(" ", BOUND) for part in said]


@dataclass(frozen=True)
class Notation:
    """One way to write all losses of a column, so that their points stand under each other and digits change in place.

    Units: `decimals` behind the point at most, or of the mantissa if `scientific`; `cells` characters at most.
    """

    decimals: int
    scientific: bool
    cells: int

    def write(self, value: float) -> str:
        """The value, right-aligned in its cells."""
        if math.isnan(value):
            text = "–"
        elif math.isinf(value):
            text = "∞" if value > 0 else f"{MINUS}∞"
        elif self.scientific:
            mantissa, exponent = f"{value:.{self.decimals}e}".split("e")
            text = f"{mantissa}e{int(exponent)}" if value else "0"
        else:
            text = self._fixed(value)
        return text.replace("-", MINUS).rjust(self.cells)

    def _fixed(self, value: float) -> str:
        """Four significant digits, or all before the point; blanks stand for the decimals that others have."""
        power = int(f"{value:.{SIGNIFICANT - 1}e}".split("e")[1]) if value else SIGNIFICANT
        decimals = max(0, min(self.decimals, SIGNIFICANT - 1 - power))
        blanks = " " * (self.decimals - decimals)
        return f"{value:.{decimals}f}{'' if decimals else NO_POINT}{blanks}"


def notation(losses: Iterable[float], decimals: int = 4, column: Iterable[float] | None = None) -> Notation:
    """The notation that suits all losses of a column, with the cells that those of one run need.

    With fewer decimals than 4 there are fewer significant digits, where room is short.
    """
    run = [v for v in losses if math.isfinite(v)] or [0.0]
    sizes = [abs(v) for v in (run if column is None else column) if math.isfinite(v) and v] or [1.0]
    low, high = min(sizes), max(sizes)
    scientific = low < LEAST or high >= MOST
    more = 0 if scientific else max(0, -1 - math.floor(math.log10(low)))  # zeros behind the point
    draft = Notation(decimals - 1 if scientific else decimals + more, scientific, 1)
    below, above = [v for v in run if v < 0] or [0.0], [v for v in run if v > 0] or [0.0]
    widest = (min(below), max(below), min(above), max(above))  # no value between two of a sign is written longer
    return Notation(draft.decimals, draft.scientific, max(len(draft.write(v)) for v in widest))


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, at most so many."""
    span = high / max(most, 1) - low / max(most, 1)  # apart: 1e308 - -1e308 overflows
    power = 10.0 ** math.floor(math.log10(span)) if span >= sys.float_info.min else 0.0
    if not 0 < power < 1e306:
        return [low, high][: max(most, 1)]  # at the ends of floating point no number is round
    for step in (power * m for m in (1, 2, 5, 10, 20, 50, 100)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= max(most, 1):
            return [k * step for k in range(first, last + 1)]
    return []


def labels(values: list[float]) -> list[str]:
    """Ticks written alike: the same number of decimals for all."""
    if not values:
        return []
    big = max(abs(v) for v in values)
    step = min((b - a for a, b in pairwise(values)), default=big or 1.0)
    if big >= 1e5 or (0 < big < 1e-3):
        return _alike(values, step)
    decimals = next((d for d in range(8) if abs(round(step, d) - step) <= 1e-6 * abs(step)), 8)
    return [f"{v:.{decimals}f}".replace("-", MINUS) if abs(v) > 1e-12 * big else "0" for v in values]


def _alike(values: list[float], step: float) -> list[str]:
    """Ticks in scientific notation, with the fewest digits that tell them apart and put none elsewhere."""
    for digits in range(1, 17):
        written = [_scientific(v, digits) if v else "0" for v in values]
        if all(abs(float(f"{v:.{digits}e}") - v) <= 1e-3 * step for v in values):
            break
    return written


def compact(value: float) -> str:
    """A tick of a logarithmic scale, each written in its own way."""
    return f"{value:g}".replace("-", MINUS) if value == 0 or 1e-3 <= abs(value) < 1e5 else _scientific(value)


def _scientific(value: float, digits: int = 1) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", MINUS)
