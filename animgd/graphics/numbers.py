"""Format numbers for the film: settings, ticks, and losses in columns with a fixed decimal point."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

MINUS = "−"
BOUND = "\u00a0"  # no-break space
PARTS = f"{BOUND}· "  # between settings: a line may end after it
NO_POINT = "\u2008"  # punctuation space, as wide as a decimal point
SIGNIFICANT = 4  # significant digits of a loss
LEAST, MOST = 1e-3, 1e5  # a column with a loss outside this range uses exponents


def short(value: object) -> str:
    """A setting's value as in source code."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(short, value)) + ")"
    if isinstance(value, (int, float)):
        return f"{value:.6g}".replace("-", MINUS)
    return getattr(value, "__name__", type(value).__name__)  # a repr may contain an address


def settings(optimizer: object) -> str:
    """An optimizer's name and settings; those of SGD that are 0, its default, are left out."""
    name, given = optimizer.name, optimizer.settings  # type: ignore[attr-defined]
    zero = name == "SGD"  # its defaults are 0; AdamW's weight_decay is not
    return PARTS.join([name, *setting_labels((k, v) for k, v in given if not (zero and v == 0 and v is not False))])


def setting_labels(given: Iterable[tuple[str, object]]) -> list[str]:
    """A label for each setting, values before flags; those that are False or None are left out."""
    settings = list(given)
    labels = [f"{k.replace('_', ' ')} {short(v)}" for k, v in settings if v is not None and not isinstance(v, bool)]
    labels += [k.replace("_", " ") for k, v in settings if v is True]
    return [label.replace(" ", BOUND) for label in labels]


@dataclass(frozen=True)
class Notation:
    """The number format of a column of losses: decimal points are aligned, and digits change in place.

    Units: at most `decimals` decimals (of the mantissa if `scientific`) and `cells` characters.
    """

    decimals: int
    scientific: bool
    cells: int

    def write(self, value: float) -> str:
        """Format a value, right-aligned in its cells."""
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
        """Four significant digits, or all digits before the point; blanks replace missing decimals."""
        power = int(f"{value:.{SIGNIFICANT - 1}e}".split("e")[1]) if value else SIGNIFICANT
        decimals = max(0, min(self.decimals, SIGNIFICANT - 1 - power))
        blanks = " " * (self.decimals - decimals)
        return f"{value:.{decimals}f}{'' if decimals else NO_POINT}{blanks}"


def notation(losses: Iterable[float], decimals: int = 4, column: Iterable[float] | None = None) -> Notation:
    """The notation for all losses of a column, with the cells that one run needs.

    Fewer than 4 decimals give fewer significant digits.
    """
    run = [v for v in losses if math.isfinite(v)] or [0.0]
    sizes = [abs(v) for v in (run if column is None else column) if math.isfinite(v) and v] or [1.0]
    low, high = min(sizes), max(sizes)
    scientific = low < LEAST or high >= MOST
    more = 0 if scientific else max(0, -1 - math.floor(math.log10(low)))  # zeros after the point
    draft = Notation(decimals - 1 if scientific else decimals + more, scientific, 1)
    below, above = [v for v in run if v < 0] or [0.0], [v for v in run if v > 0] or [0.0]
    widest = (min(below), max(below), min(above), max(above))  # values between two of the same sign are not longer
    return Notation(draft.decimals, draft.scientific, max(len(draft.write(v)) for v in widest))


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round numbers from low to high."""
    span = high / max(most, 1) - low / max(most, 1)  # divided first, because 1e308 - -1e308 overflows
    power = 10.0 ** math.floor(math.log10(span)) if span >= sys.float_info.min else 0.0
    if not 0 < power < 1e306:
        return [low, high][: max(most, 1)]  # no round numbers near the limits of floating point
    for step in (power * m for m in (1, 2, 5, 10, 20, 50, 100)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= max(most, 1):
            return [k * step for k in range(first, last + 1)]
    return []


def labels(values: list[float]) -> list[str]:
    """Format ticks with the same number of decimals."""
    if not values:
        return []
    big = max(abs(v) for v in values)
    step = min((b - a for a, b in pairwise(values)), default=big or 1.0)
    if big >= 1e5 or (0 < big < 1e-3):
        return _scientific_labels(values, step)
    decimals = next((d for d in range(8) if abs(round(step, d) - step) <= 1e-6 * abs(step)), 8)
    return [f"{v:.{decimals}f}".replace("-", MINUS) if abs(v) > 1e-12 * big else "0" for v in values]


def _scientific_labels(values: list[float], step: float) -> list[str]:
    """Format ticks in scientific notation, with the fewest digits that keep them distinct and accurate."""
    for digits in range(1, 17):
        written = [_scientific(v, digits) if v else "0" for v in values]
        if all(abs(float(f"{v:.{digits}e}") - v) <= 1e-3 * step for v in values):
            break
    return written


def compact(value: float) -> str:
    """Format one tick of a logarithmic scale."""
    return f"{value:g}".replace("-", MINUS) if value == 0 or 1e-3 <= abs(value) < 1e5 else _scientific(value)


def _scientific(value: float, digits: int = 1) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", MINUS)
