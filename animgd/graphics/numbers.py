"""Format numbers for the film: settings, ticks, and losses in columns with a fixed decimal point."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

MINUS = "−"
BOUND = "\u00a0"  # no-break space
PARTS = f"{BOUND}· "  # between settings: a line may end after it
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
THIN = "\u2009"  # thin space, between thousands
NAMES = {"nesterov": "Nesterov"}  # of settings that are named after somebody
CYCLES = ("OneCycleLR", "CyclicLR")  # schedules that begin with a learning rate of their own
MOST = 1e5  # from here on numbers are written with powers of ten


def short(value: object) -> str:
    """A setting's value as in source code."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(short, value)) + ")"
    if isinstance(value, (int, float)):
        return f"{value:.6g}".replace("-", MINUS)
    return getattr(value, "__name__", type(value).__name__)  # a repr may contain an address


def settings(optimizer: object, without: tuple[str, ...] = ()) -> str:
    """An optimizer's name and settings; those of SGD that are 0, its default, are left out."""
    name = optimizer.name  # type: ignore[attr-defined]
    given = [(key, value) for key, value in optimizer.settings if key not in without]  # type: ignore[attr-defined]
    zero = name == "SGD"  # its defaults are 0; AdamW's weight_decay is not
    return PARTS.join([name, *setting_labels((k, v) for k, v in given if not (zero and v == 0 and v is not False))])


def run_settings(run: Any) -> str:
    """The settings of a run: its optimizer's, then its batches, schedules and clipping."""
    cycling = any(schedule.name in CYCLES for schedule in run.schedules)
    found = [settings(run.optimizer, ("lr",) if cycling else ())]
    if run.batch:
        found += [f"batch {run.batch}", *([f"seed {run.seed}"] if run.seed else [])]  # 0 is the default
    found += [_schedule(each) for each in run.schedules]
    if run.clip:
        kind, most = run.clip if isinstance(run.clip, tuple) else ("norm", run.clip)
        found.append(f"{kind} clipped to {short(most)}")
    return PARTS.join(part.replace(" ", BOUND) if i and "(" not in part else part for i, part in enumerate(found))


def _schedule(schedule: Any) -> str:
    """A schedule in words: "cosine annealing warm restarts (T_0 15)"; an own one by its name."""
    words = re.sub(r"LR|(?<=d)Scheduler$", "", schedule.name) if isinstance(schedule.factory, str) else ""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words).lower().strip() or _own(schedule.name)
    plain = [(name, value) for name, value in schedule.settings if value is not None]
    given = ", ".join(f"{name} {short(value)}" for name, value in plain if not callable(value) and not _parts(value))
    inner = ", ".join(_schedule(part) for part in schedule.parts)
    every = "each step" if schedule.every == "step" and schedule.name not in CYCLES else ""
    told = ", ".join(filter(None, [inner, given, every]))
    return f"{words} ({told})" if told else words


def _own(name: str) -> str:
    return "own schedule" if name == "<lambda>" else name.replace("_", " ")


def _parts(value: object) -> bool:
    """Whether a setting is made of schedules or functions."""
    return isinstance(value, tuple) and any(hasattr(each, "every") or callable(each) for each in value)


def setting_labels(given: Iterable[tuple[str, object]]) -> list[str]:
    """A label for each setting, values before flags; those that are False or None are left out."""
    settings = list(given)
    labels = [f"{k.replace('_', ' ')} {short(v)}" for k, v in settings if v is not None and not isinstance(v, bool)]
    labels += [NAMES.get(k, k.replace("_", " ")) for k, v in settings if v is True]
    return [label.replace(" ", BOUND) for label in labels]


@dataclass(frozen=True)
class Notation:
    """How the losses of a run are written: in at most `cells` characters, with `decimals` where they are below 1000."""

    decimals: int
    cells: int

    def write(self, value: float) -> str:
        """Format a value: without decimals from 1000 on, with powers of ten from 100,000 on or where decimals are 0."""
        if math.isnan(value):
            return "–"
        if math.isinf(value):
            return "∞" if value > 0 else f"{MINUS}∞"
        size = abs(value)
        if value and (size >= MOST - 0.5 or size < 0.5 * 10**-self.decimals):
            return power_of_ten(value, min(self.decimals, 2))
        text = f"{value:,.0f}".replace(",", THIN) if size >= 999.5 else f"{value:.{self.decimals}f}"
        return text.replace("-", MINUS)

    def above(self, value: float) -> str:
        """Format a loss above the minimum: what decimals do not show is not of interest."""
        return under(self.decimals) if value < 0.5 * 10**-self.decimals else self.write(value)


def under(decimals: int) -> str:
    """What stands for less than decimals show: < 0.001."""
    return f"<{THIN}{10**-decimals:.{decimals}f}"


def notation(losses: Iterable[float], decimals: int = 3, least: int = 1) -> Notation:
    """The notation for losses, with the cells that they need, at least `least`."""
    draft = Notation(decimals, 1)
    return Notation(decimals, max([least, *(len(draft.write(value)) for value in losses)]))


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
    """Format ticks with powers of ten, with the fewest digits that keep them distinct and accurate."""
    for digits in range(1, 17):
        if all(abs(float(f"{v:.{digits}e}") - v) <= 1e-3 * step for v in values):
            break
    return [_short_power(v, digits) if v else "0" for v in values]


def compact(value: float) -> str:
    """Format one tick of a logarithmic scale."""
    return f"{value:g}".replace("-", MINUS) if value == 0 or 1e-3 <= abs(value) < MOST else _short_power(value)


def _short_power(value: float, digits: int = 1) -> str:
    """A tick with a power of ten, without zeros at the end, and without a factor of 1."""
    factor, power = power_of_ten(value, digits).split("×")
    factor = factor.rstrip("0").rstrip(".") if "." in factor else factor
    return f"{factor}×{power}" if factor.lstrip(MINUS) != "1" else f"{factor.rstrip('1')}{power}"


def power_of_ten(value: float, decimals: int) -> str:
    """A number as a factor and a power of ten: 8.10×10⁶."""
    factor, exponent = f"{value:.{decimals}e}".split("e")
    return f"{factor.replace('-', MINUS)}×10{str(int(exponent)).translate(RAISED)}"
