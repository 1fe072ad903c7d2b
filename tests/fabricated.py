"""Scenes with made-up recordings: paths and bowls whose every number is known, and no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from animgd.frame import Box
from animgd.recording.model import Landscape, Minimum, PanelRecording, Recording, Series, Trajectory
from animgd.scene.optimizers import SGD, Optimizer
from animgd.scene.problem import Window
from animgd.scene.scene import Panel, Run, Scene
from animgd.scene.style import Style
from animgd.scene.video import Video

NAMES = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
LABELS = ("plain", "momentum", "Nesterov", "damped", "Adam", "RMSprop")
WIDE, SQUARE, TALL = (640, 360), (480, 480), (360, 640)
Path = tuple[Series, Series]  # (weight, bias)


def scene(
    size: tuple[int, int] = WIDE,
    *,
    panels: int = 4,
    runs: int = 1,
    epochs: int = 12,
    theme: str = "light",
    title: str = "A tiny film",
    style: Style | None = None,
    **video: object,
) -> Scene:
    """A scene whose frames lie between epochs; nothing of it is ever trained."""
    pace: dict[str, object] = {"fps": 10, "epochs_per_second": 6, "hold_start": 0.2, "hold_end": 0.3, "pace": "linear"}
    shown = Video(width=size[0], height=size[1], **(pace | video))  # type: ignore[arg-type]
    several = tuple(
        Run(LABELS[i % 6] + str(i // 6 or ""), SGD(0.1 + 0.01 * i, momentum=0.1 * (i % 9))) for i in range(runs)
    )
    return Scene(
        title=title,
        optimizer=SGD(0.1, momentum=0.9) if runs == 1 else several,
        panels=tuple(Panel(title=NAMES[i % 4], loss=NAMES[i % 4]) for i in range(panels)),
        epochs=epochs,
        video=shown,
        style=style or Style(theme=theme),
    )


def torch_free(size: tuple[int, int] = WIDE) -> Scene:
    """A scene with another optimizer than SGD, still only declared."""
    return replace(scene(size), optimizer=Optimizer("Adam", lr=0.3))


def bowl(window: Window, resolution: int = 41) -> Series:
    """A paraboloid above zero with its floor at weight 1, bias 2.5."""
    weight = np.linspace(*window.weight, resolution)[:, None]
    bias = np.linspace(*window.bias, resolution)[None, :]
    return depth(weight, bias)


def depth(weight: Series, bias: Series) -> Series:
    """The bowl's loss at a place."""
    return np.asarray((weight - 1.0) ** 2 + 0.5 * (bias - 2.5) ** 2 + 0.25)


def spiral(epochs: int, phase: float = 0.0) -> Path:
    """Inwards around the floor, always inside the window."""
    k = np.arange(epochs + 1)
    radius = 5.0 * 0.9**k
    return 1.0 + radius * np.cos(0.55 * k + phase), 2.5 + 0.9 * radius * np.sin(0.55 * k + phase)


def leaving(epochs: int, phase: float = 0.0) -> Path:
    """Out of the window to the right, and back again."""
    k = np.arange(epochs + 1)
    return 1.0 + 2 * np.cos(k + phase), 4.0 + 9.0 * np.sin(np.pi * k / epochs)


def creeping(epochs: int, phase: float = 0.0) -> Path:
    """Hardly a hundredth of a pixel per epoch, then none at all."""
    k = np.minimum(np.arange(epochs + 1), epochs // 2)
    return 3.0 + 0.0005 * k, -2.0 + phase + 0.0003 * k


def exploding(epochs: int, phase: float = 0.0) -> Path:
    """To infinity."""
    k = np.arange(epochs + 1)
    with np.errstate(over="ignore"):
        return 2.0 + (-9.0) ** k * np.cos(phase), 1.0 + 10.0 ** (25.0 * k) * 1e-25


def trajectory(path: Path, window: Window | None = None) -> Trajectory:
    """A path with its losses; judged as a recording judges it, a thousand windows away being infinity."""
    weight, bias = path
    window = window or Window()
    with np.errstate(over="ignore", invalid="ignore"):
        loss = depth(weight, bias)
    far = 1000 * (window.bias[1] - window.bias[0])
    gone = ~(np.isfinite(loss) & (np.abs(weight) < far) & (np.abs(bias) < far))
    zeros = np.zeros((len(weight), 2))
    return Trajectory(weight, bias, loss, zeros, None, int(gone.argmax()) if gone.any() else None)


def recording(scene: Scene, paths: Sequence[Path] = (), loss: Series | None = None) -> Recording:
    """All panels of a scene over one bowl (or another landscape); panel by panel, run by run the paths in turn."""
    window = scene.window if isinstance(scene.window, Window) else Window()
    land = Landscape(window, bowl(window) if loss is None else loss)
    made = list(paths) or [walk(scene.epochs, p) for p in (0.0, 0.9, 1.7) for walk in WALKS]
    panels, taken = [], 0
    for panel in scene.grid:
        runs = [trajectory(made[(taken + i) % len(made)], window) for i in range(len(panel.runs))]
        taken += len(runs)
        ghost = trajectory(spiral(scene.epochs, 2.2), window) if panel.ghost else None
        panels.append(PanelRecording(land, (Minimum(1.0, 2.5, 0.25, True),), tuple(runs), (None,) * len(runs), ghost))
    x = np.linspace(-2, 2, 20)
    return Recording(tuple(panels), ("bias", "weight"), np.stack([x, x + 2 + 0.4 * np.sin(9 * x)]))


def with_terms(recording: Recording) -> Recording:
    """The same recording with the gradients and buffers that arrows and the update rule need."""

    def moved(path: Trajectory) -> Trajectory:
        gradient = np.clip(np.nan_to_num(np.stack([path.weight - 1, path.bias - 2.5], 1)), -9, 9) / 9
        return replace(path, gradient=gradient, momentum=gradient[::-1].copy())

    panels = [replace(panel, runs=tuple(map(moved, panel.runs))) for panel in recording.panels]
    return replace(recording, panels=tuple(panels))


WALKS = (spiral, leaving, creeping, exploding)


def place(box: Box, path: Path, moment: Fraction, window: Window | None = None) -> tuple[float, float]:
    """Where a path is at a moment, from `box`, window and parameters alone: the contract's own formula."""
    window = window or Window()
    epoch, part = int(moment), float(moment - int(moment))
    after = min(epoch + 1, len(path[0]) - 1)
    weight, bias = (float(v[epoch] + part * (v[after] - v[epoch])) for v in path)
    x = box.left + (bias - window.bias[0]) / (window.bias[1] - window.bias[0]) * (box.right - box.left)
    y = box.bottom - (weight - window.weight[0]) / (window.weight[1] - window.weight[0]) * (box.bottom - box.top)
    return x, y
