"""The update rule: the next step of a panel as the sum of its terms, with the numbers of the step under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from animgd.drawing.overlays.arrows import suits
from animgd.drawing.readings.readout import Digits
from animgd.graphics.numbers import MINUS, short
from animgd.graphics.theme import Theme
from animgd.layout.elements import RuleTerm
from animgd.layout.measure import Rule
from animgd.recording.model import Recording, Series
from animgd.recording.step_terms import terms
from animgd.scene.runs.run import Run, cycles_momentum
from animgd.scene.scene import Scene

LARGEST = 1e4  # a greater number is not written out


def rule(scene: Scene, recording: Recording) -> Rule | None:
    """The rule of the first panel with a run, where a scene shows one, and its optimizer's terms are known."""
    if not (scene.shows("rule") and suits(scene, "rule")):
        return None
    for i, panel in enumerate(scene.grid):
        for run in panel.runs:
            found, made = terms(run.optimizer, recording.panels[i].runs[0]), _made_of(run)
            names = tuple((name, made[name]) for name in found.named)
            return Rule(i, names, _short(recording.axes)) if found.complete else None
    return None


def _short(axes: tuple[str, str]) -> tuple[str, str]:
    """The names of axes without what they hold of the variance."""
    right, up = (name.partition(" (")[0] for name in axes)
    return right, up


def _made_of(run: Run) -> dict[str, str]:
    """What each term is made of, for SGD; other optimizers divide by a running mean."""
    settings = dict(run.optimizer.settings)
    if run.optimizer.name != "SGD":
        return {"momentum": "running mean", "downhill": "this gradient", "decay": "of the weights"}
    m, decay = float(settings.get("momentum", 0.0)), float(settings.get("weight_decay", 0.0))
    share = 1 - float(settings.get("dampening", 0.0)) if m else 1.0

    def times(value: float) -> str:
        """The learning rate times a number; a schedule changes it, and it stands elsewhere."""
        if not run.schedules:
            return _signed(-float(settings.get("lr", 1e-3)) * value)
        return f"{MINUS}lr" if value == 1 else f"{MINUS}lr · {short(value)}"

    moving = f"{MINUS}lr · m · buffer" if cycles_momentum(run) else f"{times(m)} · buffer"
    return {
        "momentum": moving if run.schedules or settings.get("nesterov") else f"{short(m)} · last step",
        "downhill": f"{times(share)} · gradient",
        "decay": f"{times(share * decay)} · position",
    }


def _signed(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)


def numbers(scene: Scene, recording: Recording, places: tuple[RuleTerm, ...], theme: Theme) -> Iterator[Digits]:
    """The numbers of the rule, which change with each step."""
    found = rule(scene, recording)
    if found is None:
        return
    path, (run,) = recording.panels[found.panel].runs[0], scene.grid[found.panel].runs
    made = terms(run.optimizer, path)
    step: Series = np.sum(list(made.named.values()), axis=0)
    table = {"step": step, **made.named}
    end = path.last + 1
    decimals = _decimals(np.stack([np.nan_to_num(values[:end]) for values in table.values()]))
    for place in places:
        for cells, axis in zip(place.numbers, (1, 0), strict=True):  # bias above weight, as x before y
            values = table[place.name][:, axis]
            yield Digits(
                cells, _writer(values, decimals, end), getattr(theme, place.color), theme.page, path.steps_per_epoch
            )


def _writer(values: Series, decimals: Series, end: int) -> Callable[[int], str]:
    def write(step: int) -> str:
        step = min(step, end - 1)  # the step that ended the run stays
        return written(float(values[step]), int(decimals[step]))

    return write


def _decimals(table: Series) -> Series:
    """The decimals at each step: two, and three from where all numbers stay below 1. Shapes: (terms, steps, 2)."""
    large = np.abs(table).max((0, 2)) >= 1
    last_large = int(np.flatnonzero(large)[-1]) if large.any() else -1
    return np.where(np.arange(table.shape[1]) > last_large, 3, 2)


def written(value: float, decimals: int) -> str:
    """A number with its sign, in at most six characters."""
    if not np.isfinite(value) or abs(value) >= LARGEST:
        return "> 9999" if value > 0 else f"< {MINUS}9999" if value < 0 else "–"
    fewer = 0 if abs(value) >= 999.5 else 1 if abs(value) >= 99.95 else 2 if abs(value) >= 9.995 else decimals
    text = f"{value:+.{fewer}f}"
    return (text[1:] if not float(text) else text).replace("-", MINUS)
