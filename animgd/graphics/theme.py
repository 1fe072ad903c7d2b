"""Themes: colours, line widths and colour maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animgd.errors import SceneError
from animgd.frame import Color
from animgd.scene.style import Style
from animgd.scene.themes import THEMES as TABLE

LEVELS = 1024  # of a colour map: enough to avoid visible bands

# From low to high loss; lightness increases monotonically, so the order survives colour blindness and print.
RAMPS: dict[str, Sequence[str]] = {
    "animgd": ("#1b1350", "#2b3d94", "#2173a6", "#2ea096", "#74c487", "#cbdc7c", "#fdea8c"),
    "animgd-dark": ("#130e3c", "#23317a", "#1e5d8c", "#26857f", "#55a973", "#9cc067", "#dfd272"),
}


@dataclass(frozen=True)
class Theme:
    """The settings of a theme. Units: line widths in 720ths of the frame's height."""

    page: Color
    ink: Color  # of titles and numbers
    muted: Color  # of settings, ticks and captions
    frame: Color  # around panels and plots, and of tick marks
    colormap: str  # as `Style.colormap`
    scale: str  # as `Style.scale`
    smooth: bool  # whether colours are interpolated between samples
    contour: Color | None  # None draws no contours
    undefined: Color  # where the loss is not finite
    casing: Color  # the outline of trails and markers
    cores: tuple[Color, ...]  # of the trail, per run
    points: tuple[Color, ...]  # of the current point, per run
    ring: Color  # around the current point
    casing_width: float
    core_width: float
    bead: str  # marker of an epoch on the trail: "bead" or "plus"
    plot: Color  # background of companions
    lines: tuple[Color, ...]  # of companions, per series


def rgb(code: str) -> Color:
    """A colour from "#rrggbb"."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def _built(row: dict[str, Any]) -> Theme:
    """A row of the table, with colours as numbers."""
    names = {name for name, kind in Theme.__annotations__.items() if "Color" in kind}
    colors = {k: tuple(map(rgb, v)) if isinstance(v, tuple) else v and rgb(v) for k, v in row.items() if k in names}
    return Theme(**{**row, **colors})


THEMES = {name: _built(row) for name, row in TABLE.items()}


def theme_of(style: Style) -> Theme:
    """The theme that a style names."""
    return THEMES[style.theme]


def run_colors(theme: Theme, marker: int, distinct: bool) -> tuple[Color, Color]:
    """The colours (trail, point) of a run; a trail has the theme's own colour unless runs are distinguished."""
    color = theme.points[marker % len(theme.points)]
    return (color if distinct else theme.cores[0]), color


def line_color(theme: Theme, marker: int) -> Color:
    """The colour of a run in companions."""
    return theme.lines[marker % len(theme.lines)]


def colors(style: Style) -> NDArray[np.uint8]:
    """The colour map of a style. Shapes: (LEVELS, 3), row 0 the lowest loss. Raises: SceneError."""
    name = style.colormap or theme_of(style).colormap
    if name in RAMPS:
        return _ramp([rgb(code) for code in RAMPS[name]])
    import matplotlib

    try:
        table = matplotlib.colormaps[name](np.linspace(0, 1, LEVELS))[:, :3]
    except KeyError:
        hint = "choose one of matplotlib's colormaps, such as 'viridis' or 'cividis'"
        raise SceneError(f"Style: unknown colormap {name!r}; {hint}", style.origin) from None
    return _bytes(table)


def _bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    result: NDArray[np.uint8] = np.rint(colors * 255).astype(np.uint8)
    return result


def _ramp(anchors: Sequence[Color]) -> NDArray[np.uint8]:
    """Interpolate in OKLab, which is perceptually uniform.

    Source: Björn Ottosson, "A perceptual color space for image processing", 2020.
    """
    linear = np.array([[_linear(c / 255) for c in anchor] for anchor in anchors])
    lab = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    at = np.linspace(0, len(anchors) - 1, LEVELS)
    between = np.stack([_monotone(at, lab[:, i]) for i in range(3)], 1)
    back = (between @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T
    back = np.clip(back, 0, 1)
    shown = np.where(back <= 0.0031308, 12.92 * back, 1.055 * back ** (1 / 2.4) - 0.055)
    return _bytes(shown)


def _monotone(at: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Monotone cubic interpolation of values at 0, 1, 2 ..., so that lightness stays monotone.

    Source: Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants", 1984.
    """
    steps = np.diff(values)
    product = steps[:-1] * steps[1:]
    inner = np.where(product > 0, 2 * product / np.where(product > 0, steps[:-1] + steps[1:], 1), 0)
    slopes = np.concatenate([steps[:1], inner, steps[-1:]])
    k = np.minimum(at.astype(int), len(values) - 2)
    t = at - k
    h00, h10 = (1 + 2 * t) * (1 - t) ** 2, t * (1 - t) ** 2
    h01, h11 = t**2 * (3 - 2 * t), t**2 * (t - 1)
    result: NDArray[np.float64] = h00 * values[k] + h10 * slopes[k] + h01 * values[k + 1] + h11 * slopes[k + 1]
    return result


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                    [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
