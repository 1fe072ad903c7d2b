"""One step of an optimizer taken apart, and which step of a film is worth it.

With Nesterov, torch's recorded parameters are those at which the gradient is taken. The textbook's iterate (Sutskever
et al. 2013) lies lr · momentum · buffer from them: downhill leads from the recorded point to the textbook's next
iterate, and momentum from there to the next recorded point.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from animgd.recording.model import PanelRecording, Recording, Series, Trajectory
from animgd.recording.step_terms import GRADIENT, Terms, terms
from animgd.scene.scene import AnyOptimizer, Scene

SEEN = 0.02  # of the window's shorter side: shorter terms can hardly be seen
LARGEST = 0.35  # of the window's sides: a larger step has no close-up that is much larger than the map
ANGLES = 35.0, 145.0  # degrees between two terms whose directions differ


class Part(NamedTuple):
    """One term of a step, head to tail after the one before. Shapes: (2,), weight and bias."""

    name: str
    start: Series
    end: Series


class Anatomy(NamedTuple):
    """A step from a recorded point to the next. Shapes: `start` and `end` (2,), weight and bias.

    `textbook` are the textbook's iterates from epoch 0 to the end of the step, (epochs, 2), None without Nesterov;
    the last of them is where its momentum begins.
    """

    start: Series
    end: Series
    parts: tuple[Part, ...]
    textbook: Series | None = None

    @property
    def places(self) -> Series:
        """All ends of arrows, if each term also begins at the start. Shapes: (places, 2)."""
        both = [place for part in self.parts for place in (part.end, self.start + part.end - part.start)]
        chain = [part.end for part in self.parts]
        return np.stack([self.start, self.end, *(both if self.textbook is None else chain)])


def anatomy(optimizer: AnyOptimizer, path: Trajectory, epoch: int) -> Anatomy | None:
    """The step that leads on from an epoch; None if there is none, or its terms are not known."""
    found = terms(optimizer, path)
    if epoch >= path.last or not found.complete or path.steps_per_epoch > 1:
        return None
    start, end = (np.array([path.weight[k], path.bias[k]], float) for k in (epoch, epoch + 1))
    textbook = _textbook(optimizer, path, epoch + 1)
    names = list(found.named) if textbook is None else sorted(found.named, key=(*GRADIENT, "decay", "momentum").index)
    at, parts = start, []
    for name in names:
        parts.append(Part(name, at, at + found.named[name][epoch]))
        at = parts[-1].end
    return Anatomy(start, end, tuple(parts), textbook)


def _textbook(optimizer: AnyOptimizer, path: Trajectory, until: int) -> Series | None:
    """The textbook's iterates: the recorded points without the momentum of the step that led to each."""
    settings = dict(optimizer.settings)
    if optimizer.name != "SGD" or not settings.get("nesterov") or path.momentum is None:
        return None
    at = np.stack([path.weight, path.bias], 1)[: until + 1].astype(float)
    lr = float(settings.get("lr", 1e-3)) if path.lr is None else path.lr
    m = float(settings["momentum"]) if path.momentum_factor is None else path.momentum_factor
    led = np.broadcast_to(lr * np.asarray(m), len(path.weight))[[0, *range(until)]]
    result: Series = at + led[:, None] * path.momentum[: until + 1]
    return result


def chosen_epochs(scene: Scene, recording: Recording) -> tuple[int, ...]:
    """The epochs whose next step the film takes apart: those that the scene names, else the most telling one."""
    if not (scene.shows("anatomy") and scene.heatmaps):
        return ()
    alone = [(panel.runs[0].optimizer, recorded) for panel, recorded in zip(scene.grid, recording.panels, strict=True)
             if len(panel.runs) == 1]  # fmt: skip
    known = [(recorded, found) for optimizer, recorded in alone if (found := _known(optimizer, recorded)) is not None]
    if not known:
        return ()
    if isinstance(scene.anatomy, tuple):
        return tuple(sorted({epoch for epoch in scene.anatomy if epoch < scene.epochs}))
    return _most_telling(scene.epochs, known)


def _known(optimizer: AnyOptimizer, recorded: PanelRecording) -> Terms | None:
    path = recorded.runs[0]
    if path.steps_per_epoch > 1:  # no frame stands at each of its steps
        return None
    found = terms(optimizer, path)
    return found if found.complete and path.last else None


def _most_telling(epochs: int, panels: list[tuple[PanelRecording, Terms]]) -> tuple[int, ...]:
    """The first epoch at which the directions of terms differ on the most panels; if they never do, the one at which
    they differ most; else the first one whose step can be shown, if there is one."""
    apart, differ, ever = np.zeros(epochs), np.zeros(epochs), np.zeros(epochs, bool)
    for recorded, found in panels:
        path, window = recorded.runs[0], recorded.landscape.window
        side = min(window.bias[1] - window.bias[0], window.weight[1] - window.weight[0])
        inside = _inside(path.weight, window.weight) & _inside(path.bias, window.bias)
        small = _small(path.weight, window.weight) & _small(path.bias, window.bias)
        shown = inside[:-1] & inside[1:] & small & (np.arange(epochs) < path.last)
        ever |= shown
        shorter, angle = _compared([term[:epochs] / side for term in found.named.values()])
        apart += shown & (shorter >= SEEN) & (ANGLES[0] <= angle) & (angle <= ANGLES[1])
        differ += np.where(shown, shorter * np.sin(np.radians(angle)), 0)
    telling = next((each for each in (apart, differ) if each.any()), ever)
    return (int(np.argmax(telling)),) if ever.any() else ()


def _compared(vectors: list[Series]) -> tuple[Series, Series]:
    """The length of the shorter of the first two terms at each epoch, and the angle between them, in degrees."""
    one, other = vectors[0], vectors[min(1, len(vectors) - 1)]
    across, along = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0], (one * other).sum(1)
    return np.minimum(np.hypot(*one.T), np.hypot(*other.T)), np.degrees(np.arctan2(np.abs(across), along))


def _small(values: Series, limits: tuple[float, float]) -> Series:
    with np.errstate(all="ignore"):  # of a run that diverged
        return np.asarray(np.abs(np.diff(values)) < LARGEST * (limits[1] - limits[0]))


def _inside(values: Series, limits: tuple[float, float]) -> Series:
    return np.asarray((limits[0] <= values) & (values <= limits[1]))
