"""The update rule: the next step of a panel as the sum of its terms, with the numbers of the step under way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import floor, log10

import numpy as np

from animgd.drawing.overlays.arrows import suits
from animgd.drawing.overlays.base import Area, Overlay, Stack
from animgd.drawing.readings.readout import Digits
from animgd.frame import Box
from animgd.graphics.fonts import Face
from animgd.graphics.numbers import MINUS, short
from animgd.graphics.raster import Mask
from animgd.graphics.text import Label, mask
from animgd.graphics.theme import Theme
from animgd.layout.elements import RuleTerm
from animgd.layout.measure import Rule
from animgd.recording.events import within
from animgd.recording.model import PanelRecording, Recording, Series
from animgd.recording.step_terms import Terms, terms
from animgd.scene.runs.run import Run, cycles_momentum
from animgd.scene.scene import Scene

LARGEST = 1e4  # a greater number is not written out
SMALLEST = 0.01  # where all are smaller, they are written in a power of ten


def rule(scene: Scene, recording: Recording) -> Rule | None:
    """The rule of the first panel with a run, where a scene shows one, and its optimizer's terms are known."""
    if not (scene.shows("rule") and suits(scene, "rule")):
        return None
    for i, panel in enumerate(scene.grid):
        for run in panel.runs:
            found = terms(run.optimizer, recording.panels[i].runs[0])
            power = _power(found, recording.panels[i])
            if not found.complete:
                return None
            made, first = _made_of(run), _made_of(run, first=True)
            other = {name: first[name] for name in found.named if first[name] != made[name]}
            return Rule(i, tuple((name, made[name]) for name in found.named), _short(recording.axes), other, power)
    return None


def _power(made: Terms, recorded: PanelRecording) -> int:
    """The power of ten in which the terms of a panel's first run are written: of the largest in the window."""
    inside = np.flatnonzero(within(recorded, recorded.runs[0]))
    every = np.abs(np.concatenate([values[inside] for values in made.named.values()]))
    largest = float(every[np.isfinite(every)].max(initial=0.0))
    return 0 if not largest or SMALLEST <= largest < LARGEST else floor(log10(largest))


def _short(axes: tuple[str, str]) -> tuple[str, str]:
    """The names of axes without what they hold of the variance."""
    right, up = (name.partition(" (")[0] for name in axes)
    return right, up


def _made_of(run: Run, first: bool = False) -> dict[str, str]:
    """What each term is made of. SGD does not dampen the first step; others divide by a running mean."""
    settings, name = dict(run.optimizer.settings), run.optimizer.name
    m, decay = float(settings.get("momentum", 0.0)), float(settings.get("weight_decay", 0.0))
    moves = bool(m) or cycles_momentum(run)
    share = 1 - float(settings.get("dampening", 0.0)) if moves and not first else 1.0

    def times(value: float) -> str:
        """The learning rate times a number; a schedule changes it, and it stands elsewhere."""
        if not run.schedules:
            return _signed(-float(settings.get("lr", 1e-3)) * value)
        lr = "lr" if value < 0 else f"{MINUS}lr"
        return lr if abs(value) == 1 else f"{lr} · {short(abs(value))}"

    buffer = f"{MINUS}lr · m · buffer" if cycles_momentum(run) else f"{times(m)} · buffer"
    momentum = buffer if run.schedules or settings.get("nesterov") else f"{short(m)} · last step"
    gradient = "clipped gradient" if run.clip else "gradient"
    if name != "SGD":
        gradient = gradient if run.clip else "this gradient"
        momentum = momentum if name == "RMSprop" else "running mean"
        return {"momentum": momentum, "downhill": gradient, "uphill": gradient, "decay": "of the weights"}
    return {
        "momentum": momentum,
        "downhill": f"{times(share)} · {gradient}",
        "uphill": f"{times(-share)} · {gradient}",
        "decay": f"{times(share * decay)} · position",
    }


def _signed(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)


def numbers(scene: Scene, recording: Recording, places: tuple[RuleTerm, ...], theme: Theme) -> Iterator[Area]:
    """The numbers of the rule, which change with each step, and what is otherwise in the first one."""
    found = rule(scene, recording)
    if found is None:
        return
    path, (run,) = recording.panels[found.panel].runs[0], scene.grid[found.panel].runs
    with np.errstate(all="ignore"):  # infinite terms of a run that diverges
        made = {name: values / 10.0**found.power for name, values in terms(run.optimizer, path).named.items()}
        step: Series = np.sum(list(made.values()), axis=0)
    end = path.last + 1
    decimals = _decimals(np.stack([np.nan_to_num(values[:end]) for values in (step, *made.values())]))
    for place in places:
        parts = list(made.values()) if place.name == "step" else [made[place.name]]
        for cells, axis in zip(place.numbers, (1, 0), strict=True):  # bias above weight, as x before y
            write = _writer([values[:, axis] for values in parts], decimals, end)
            yield Digits(cells, write, getattr(theme, place.color), theme.page, path.steps_per_epoch)
        if place.made and place.name in found.first:
            notice = FirstStep(place.made, found.first[place.name], theme, cells.face, path.steps_per_epoch)
            yield Stack(notice.box, [notice])


def _writer(parts: list[Series], decimals: Series, end: int) -> Callable[[int], str]:
    """Writes a sum of terms. Each term is rounded first, so that the numbers on screen add up."""
    small = all(float(np.abs(np.nan_to_num(values[:end])).max()) < 9.99 for values in parts)

    def write(step: int) -> str:
        step = min(step, end - 1)  # the step that ended the run stays
        terms = [float(values[step]) for values in parts]
        count = min(_fewer(value, int(decimals[step])) for value in terms)
        text = written(sum(_rounded(value, int(decimals[step])) for value in terms), count)
        return f"{text} " if count == 2 and small else text  # the point stands where it stands with three

    return write


class FirstStep(Overlay):
    """What a term is made of in the first step, over what it is made of later."""

    def __init__(self, later: Label, text: str, theme: Theme, face: Face, steps_per_epoch: int) -> None:
        here, there = (mask(each, later.size, face=face) for each in (text, later.text))
        placed = [each.moved(later.x - each.box.width // 2 - each.box.left, later.y) for each in (here, there)]
        self.box = placed[0].box.union(placed[1].box)
        self._first = [(Mask.even(self.box), theme.page), (placed[0], theme.muted)]
        self._end = Fraction(1, steps_per_epoch)

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Go when the first step is made."""
        before, self.stamps = self.stamps, self._first if moment < self._end else ()
        return [self.box] if len(before) != len(self.stamps) else []


def _decimals(table: Series) -> Series:
    """The decimals at each step: two, and three from where all numbers stay below 1. Shapes: (terms, steps, 2)."""
    large = np.abs(table).max((0, 2)) >= 1
    last_large = int(np.flatnonzero(large)[-1]) if large.any() else -1
    return np.where(np.arange(table.shape[1]) > last_large, 3, 2)


def written(value: float, decimals: int) -> str:
    """A number with its sign, in at most six characters."""
    if not np.isfinite(value) or abs(value) >= LARGEST:
        return "> 9999" if value > 0 else f"<{MINUS}9999" if value < 0 else "–"
    text = f"{value:+.{_fewer(value, decimals)}f}"
    return (text[1:] if not float(text) else text).replace("-", MINUS)


def _rounded(value: float, decimals: int) -> float:
    """The number that is written."""
    return round(value, _fewer(value, decimals)) if np.isfinite(value) else value


def _fewer(value: float, decimals: int) -> int:
    most = 0 if abs(value) >= 999.5 else 1 if abs(value) >= 99.95 else 2 if abs(value) >= 9.995 else decimals
    return min(most, decimals)
