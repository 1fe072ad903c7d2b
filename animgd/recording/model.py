"""Recordings: the numbers that were computed for a scene. Reading one does not need torch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from importlib import import_module
from math import floor
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from animgd.errors import UsageError
from animgd.scene.problem import Window
from animgd.scene.scene import Scene

Series = NDArray[Any]


@dataclass(frozen=True)
class Landscape:
    """The loss sampled evenly over a window, ends included; with `decay`, the loss + (decay / 2) · ‖parameters‖².

    Shapes: `loss` is (resolution, resolution): row 0 is the lowest weight, column 0 the lowest bias.
    """

    window: Window
    loss: Series
    decay: float = 0.0

    @property
    def name(self) -> str:
        """What is sampled."""
        return "loss + decay" if self.decay else "loss"

    def __repr__(self) -> str:
        rows, columns = self.loss.shape
        return f"Landscape({self.name}, {columns}x{rows} samples, {self.window})"


@dataclass(frozen=True)
class Minimum:
    """A global minimum (or maximum); `proven` if the loss is convex, or if it is declared."""

    weight: float
    bias: float
    loss: float
    proven: bool


@dataclass(frozen=True)
class Curvature:
    """The eigenvalues of the loss's Hessian at a minimum; `everywhere` if they are the same at other places."""

    low: float
    high: float
    everywhere: bool


@dataclass(frozen=True)
class Trajectory:
    """The path of one optimizer; index k is what k steps led to, the start is entry 0.

    Shapes: weight, bias, loss (steps + 1,); gradient (steps + 1, 2), without decay, that the step that leaves the
    entry uses: of its batch, clipped; momentum (steps + 1, 2), torch's buffer after the step to the entry, None
    without momentum. The second axis is (weight, bias). The loss is that of all data.
    lr (steps + 1,) is the learning rate of the step that leaves the entry, None if it is unknown; norm (steps + 1,)
    the gradient's norm before it was clipped; momentum_factor (steps + 1,) the momentum or first beta where a schedule
    changes it. `diverged_at` is an entry.
    Of a model, weight, bias, gradient and momentum are coordinates in a plane, projected; off_plane (steps + 1,) is the
    distance from it, and `zero` the projection of the point where all parameters are 0. norm is that of all parameters.
    """

    weight: Series
    bias: Series
    loss: Series
    gradient: Series
    momentum: Series | None
    diverged_at: int | None = None
    steps_per_epoch: int = 1
    lr: Series | None = None
    norm: Series | None = None
    momentum_factor: Series | None = None
    off_plane: Series | None = None
    zero: tuple[float, float] = (0.0, 0.0)

    @property
    def last(self) -> int:
        """The entry after which it is not drawn any further: its last, or the one before it diverged."""
        return len(self.weight) - 1 if self.diverged_at is None else max(0, self.diverged_at - 1)

    @property
    def fate(self) -> str:
        """A text about its divergence; "" if it did not diverge."""
        if self.diverged_at is None:
            return ""
        epoch = floor(self.epoch(self.diverged_at))
        return f"diverged at epoch {epoch}" if self.diverged_at else "undefined at the start"

    @property
    def changes_lr(self) -> bool:
        """Whether its learning rate changes."""
        return self.lr is not None and bool((self.lr != self.lr[0]).any())

    @property
    def gradient_norm(self) -> Series:
        """The norm of the gradient before it was clipped. Shapes: (steps + 1,)."""
        return np.hypot(*self.gradient.T) if self.norm is None else self.norm

    def epoch(self, step: int) -> Fraction:
        """The epoch, possibly between two, at which so many steps are made."""
        return Fraction(step, self.steps_per_epoch)

    def step(self, moment: Fraction | int) -> int:
        """The steps made at a moment. Units: epochs."""
        return moment.numerator * self.steps_per_epoch // moment.denominator

    def to_dict(self) -> dict[str, list[float]]:
        """Its columns, one number a step: "epoch", "weight", "bias", "loss", "gradient_weight" and so on."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        columns: dict[str, list[float]] = {"epoch": [float(self.epoch(step)) for step in range(len(self.loss))]}
        for name, values in every.items():
            if isinstance(values, np.ndarray) and values.ndim == 2:
                columns |= {f"{name}_weight": values[:, 0].tolist(), f"{name}_bias": values[:, 1].tolist()}
            elif isinstance(values, np.ndarray):
                columns[name] = values.tolist()
        return columns

    def to_dataframe(self) -> Any:
        """The columns of `to_dict` as a pandas DataFrame. Raises: UsageError, if pandas is not installed."""
        try:
            pandas = import_module("pandas")
        except ImportError:
            raise UsageError("to_dataframe needs pandas: python -m pip install pandas, or use to_dict") from None
        return pandas.DataFrame(self.to_dict())

    def __repr__(self) -> str:
        epochs, first, last = self.epoch(len(self.loss) - 1), self.loss[0], self.loss[self.last]
        fate = f", {self.fate}" if self.fate else ""
        return f"Trajectory({epochs} epochs, loss {first:.4g} to {last:.4g}{fate})"


@dataclass(frozen=True)
class Curves:
    """What a network predicts over one feature. Shapes: x (samples,), y (epochs + 1, samples)."""

    x: Series
    y: Series


@dataclass(frozen=True)
class Boundaries:
    """The lines between a network's classes over two features.

    Shapes: points (all points, 2); line i is points[lines[i] : lines[i + 1]]; epoch k has lines epochs[k] to before
    epochs[k + 1].
    """

    points: Series
    lines: Series
    epochs: Series

    def at(self, epoch: int) -> list[Series]:
        """The lines of an epoch. Shapes: (points, 2) each."""
        first, last = self.epochs[[epoch, epoch + 1]]
        return [self.points[self.lines[i] : self.lines[i + 1]] for i in range(first, last)]


@dataclass(frozen=True)
class PlaneRecording:
    """The plane of a model's panel: the names of its axes (horizontal first), the parts of the paths' variance that
    they hold, and what each run's network predicts, if that is shown. `spread` is the standard deviation of the paths:
    the root of their mean squared distance from their mean, in the full space."""

    axes: tuple[str, str]
    shares: tuple[float, float]
    spread: float
    predicted: tuple[Curves | Boundaries, ...] = ()


@dataclass(frozen=True)
class PanelRecording:
    """One panel: its landscape, its minima, and for each run the trajectory and the minimum with weight decay.

    `wider` has the landscape over wider windows, from narrow to wide, if the only run leaves the window; `near` that
    around the minimum, if the only run ends there with a long path in a small place. `curvatures` are of the loss
    without decay, where each run of SGD comes to rest; None where they are not known.
    """

    landscape: Landscape
    minima: tuple[Minimum, ...]
    runs: tuple[Trajectory, ...]
    decayed: tuple[Minimum | None, ...]  # of loss and decay together, one per run; None without decay
    ghost: Trajectory | None = None
    maxima: tuple[Minimum, ...] = ()  # if a run ascends
    wider: tuple[Landscape, ...] = ()
    near: Landscape | None = None
    curvatures: tuple[Curvature | None, ...] = ()
    plane: PlaneRecording | None = None  # of a model

    def shows(self, point: Minimum) -> bool:
        """Whether a point is in the window."""
        (left, right), (low, high) = self.landscape.window.bias, self.landscape.window.weight
        return left <= point.bias <= right and low <= point.weight <= high

    def above_minimum(self, run: int) -> Series:
        """The loss of a run above the minimum, at each step; the loss itself where no minimum is known."""
        loss = self.runs[run].loss
        with np.errstate(all="ignore"):  # of a run that diverges
            return np.maximum(loss - self.minima[0].loss, 0) if self.minima else loss

    def heights(self, run: int) -> Series:
        """What the landscape is where a run is, at each step: its loss, with decay where the landscape has it."""
        path, decay = self.runs[run], self.landscape.decay
        with np.errstate(all="ignore"):  # of a run that diverges
            return path.loss + decay / 2 * (path.weight**2 + path.bias**2) if decay else path.loss

    @property
    def minimum(self) -> Minimum | None:
        """The first of the minima."""
        return self.minima[0] if self.minima else None

    def __repr__(self) -> str:
        return f"PanelRecording({self.landscape!r}, minimum={self.minimum!r}, runs={self.runs!r})"


@dataclass(frozen=True)
class Recording:
    """The numbers that were computed for a scene; they do not depend on look, size or rate.

    `scene` is the scene as `animgd.record` was given it; None of a recording from the cache or another process.
    """

    scene: ClassVar[Scene | None] = None  # neither compared nor stored
    panels: tuple[PanelRecording, ...]
    axes: tuple[str, str]  # names of the horizontal and the vertical axis
    # (2, n): x and y of the data; (3, n): two features and the number of the class; None where there are none
    points: Series | None = None
    warnings: tuple[str, ...] = ()  # about own code, one line each
    device: str = ""  # on which a model was trained

    @property
    def changing_lrs(self) -> tuple[tuple[int, int], ...]:
        """The runs, as (panel, run), whose learning rates change; of those that change alike, the first."""
        found: dict[tuple[int, bytes], tuple[int, int]] = {}
        for i, panel in enumerate(self.panels):
            for j, run in enumerate(panel.runs):
                if run.lr is not None and run.changes_lr:
                    found.setdefault((run.steps_per_epoch, run.lr.tobytes()), (i, j))
        return tuple(found.values())

    @property
    def shares_lr(self) -> bool:
        """Whether the learning rates of all runs change, and alike."""
        every = [run.changes_lr for panel in self.panels for run in panel.runs]
        return all(every) and len(self.changing_lrs) == 1

    def __repr__(self) -> str:
        panels, runs = len(self.panels), sum(len(panel.runs) for panel in self.panels)
        epochs = max((run.epoch(len(run.loss) - 1) for panel in self.panels for run in panel.runs), default=0)
        counts = f"{panels} panel{'s' * (panels != 1)}, {runs} run{'s' * (runs != 1)} of {epochs} epochs"
        return f"Recording({counts}, axes={self.axes})"
