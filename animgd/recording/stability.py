"""Which learning rates of SGD are stable near a minimum, from the curvature there."""

from __future__ import annotations

from typing import NamedTuple

from animgd.recording.model import Curvature, PanelRecording, Recording
from animgd.scene.optimizers import Loss
from animgd.scene.scene import AnyOptimizer, FilledPanel, Scene
from animgd.scene.weight_decay import coupled_decay, is_sgd


class Stability(NamedTuple):
    """What is known of runs whose loss and settings are the same but for their learning rates, first on a panel.

    `of_loss`: whether it holds for all runs on that loss. `low` and `high` are the eigenvalues of the Hessian of loss +
    decay; lr below `greatest` is stable.
    """

    panel: int
    of_loss: bool
    low: float
    high: float
    decay: float
    everywhere: bool
    greatest: float
    lrs: tuple[float, ...]


def stability(scene: Scene, recording: Recording) -> Stability | None:
    """The stability on the first panel for which it is known and the same for all runs, and on those like it."""
    panels = enumerate(zip(scene.grid, recording.panels, strict=True))
    known = {i: found for i, (panel, recorded) in panels if (found := _known(panel, recorded))}
    if not known:
        return None
    first = min(known)
    _, _, curvature = known[first]
    runs = [run for i, found in known.items() if found == known[first] for run in scene.grid[i].runs]
    decay = coupled_decay(runs[0].optimizer)
    lrs = tuple(dict.fromkeys(_settings(run.optimizer)["lr"] for run in runs))
    low, high = curvature.low + decay, curvature.high + decay
    alike = [known.get(i) for i, panel in enumerate(scene.grid) if panel.loss == scene.grid[first].loss and panel.runs]
    greatest = greatest_lr(runs[0].optimizer, curvature)
    of_loss = all(each == known[first] for each in alike)
    return Stability(first, of_loss, low, high, decay, curvature.everywhere, greatest, lrs)


def _known(panel: FilledPanel, recorded: PanelRecording) -> tuple[Loss | None, tuple[object, ...], Curvature] | None:
    """The loss, the settings without the lr, and the curvature, if all runs of a panel have the same."""
    if any(run.batch or run.schedules or run.clip for run in panel.runs):
        return None  # it is not the gradient of the loss, or not one lr
    settings, curvatures = {_without_lr(run.optimizer) for run in panel.runs}, {*recorded.curvatures}
    if len(settings) != 1 or len(curvatures) != 1:
        return None
    (setting,), (curvature,) = settings, curvatures
    return (panel.loss, setting, curvature) if curvature else None


def greatest_lr(optimizer: AnyOptimizer, curvature: Curvature) -> float:
    """The learning rate of SGD below which a quadratic loss with that curvature is descended; 0 if there is none.

    Of an eigenvalue h, torch's step is b' = m b + s h x; x' = x - lr b', or x - lr (h x + m b') with Nesterov. The
    eigenvalues of this 2 x 2 matrix are inside the unit circle (Jury's criterion) for lr below 2 (1 + m) / (s h), or
    2 (1 + m) / ((1 + 2 m) h) with Nesterov. It falls with h, so the largest eigenvalue decides.
    """
    given = _settings(optimizer)
    m, high = given["momentum"], curvature.high + coupled_decay(optimizer)
    share = 1 - given["dampening"] if m else 1.0
    if share <= 0:  # the momentum never hears of a new gradient, or does the opposite
        return 0.0
    return 2 * (1 + m) / ((1 + 2 * m if given["nesterov"] else share) * high)


def _settings(optimizer: AnyOptimizer) -> dict[str, float]:
    usual = {"lr": 1e-3, "momentum": 0.0, "dampening": 0.0, "nesterov": 0.0, "weight_decay": 0.0}
    given = dict(optimizer.settings) if is_sgd(optimizer) else {}
    return {name: float(given.get(name) or 0.0) if name in given else value for name, value in usual.items()}


def _without_lr(optimizer: AnyOptimizer) -> tuple[object, ...]:
    return optimizer.name, *(value for name, value in _settings(optimizer).items() if name != "lr")
