"""What was computed of a scene: numbers only, so that a kept recording needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from animgd.scene.problem import Window

Series = NDArray[Any]


@dataclass(frozen=True)
class Landscape:
    """The loss sampled evenly over a window, ends included.

    Shapes: `loss` is (resolution, resolution): row 0 is the lowest weight, column 0 the lowest bias.
    """

    window: Window
    loss: Series


@dataclass(frozen=True)
class Minimum:
    """A lowest point (or a highest); `proven` where the loss is convex, so that no other can be lower, or declared."""

    weight: float
    bias: float
    loss: float
    proven: bool


@dataclass(frozen=True)
class Trajectory:
    """What one optimizer did; index k is epoch k, the start is epoch 0.

    Shapes: weight, bias and loss (epochs + 1,); gradient (epochs + 1, 2) of the loss alone, at the parameters of
    its epoch; momentum (epochs + 1, 2), torch's buffer after the step that led to its epoch, None without one.
    The second axis is (weight, bias).
    """

    weight: Series
    bias: Series
    loss: Series
    gradient: Series
    momentum: Series | None
    diverged_at: int | None = None

    @property
    def fate(self) -> str:
        """How it ended, in words; "" where it did not diverge."""
        if self.diverged_at is None:
            return ""
        return f"diverged at epoch {self.diverged_at}" if self.diverged_at else "undefined at the start"


@dataclass(frozen=True)
class PanelRecording:
    """One panel: its landscape, all places where it is lowest, and per run the path and where weight decay pulls it."""

    landscape: Landscape
    minima: tuple[Minimum, ...]
    runs: tuple[Trajectory, ...]
    decayed: tuple[Minimum | None, ...]  # where loss and decay together rest; None without decay
    ghost: Trajectory | None = None
    maxima: tuple[Minimum, ...] = ()  # where a run ascends

    def shows(self, place: Minimum) -> bool:
        """Whether a place lies in the window."""
        (left, right), (low, high) = self.landscape.window.bias, self.landscape.window.weight
        return left <= place.bias <= right and low <= place.weight <= high

    @property
    def minimum(self) -> Minimum | None:
        """The first of the minima."""
        return self.minima[0] if self.minima else None


@dataclass(frozen=True)
class Recording:
    """What was computed for a scene; nothing in it depends on look, size or rate."""

    panels: tuple[PanelRecording, ...]
    axes: tuple[str, str]  # what runs to the right, what runs upwards
    points: Series | None = None  # (2, n): x and y of the data, None for a function
    warnings: tuple[str, ...] = ()  # what was found out of own code, a line each
