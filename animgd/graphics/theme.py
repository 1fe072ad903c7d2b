"""Themes: colours, line widths and colour maps."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animgd.errors import SceneError, near
from animgd.frame import Color
from animgd.scene.style import Style
from animgd.scene.themes import THEMES as TABLE

LIGHT = 400  # sum of red, green and blue: on lighter fills, details are dark
LEVELS = 1024  # of a colour map: enough to avoid visible bands
LINE_CONTRAST, WORD_CONTRAST = 3.0, 4.5  # with the page, at least

# From low to high loss; lightness increases monotonically, so the order survives colour blindness and print.
RAMPS: dict[str, Sequence[str]] = {
    "animgd": ("#191347", "#263a86", "#2d6aa2", "#579bae", "#93c1b3", "#c2d1b7"),
    "animgd-dark": ("#070616", "#12153f", "#15305a", "#1c4a63", "#2a5c66", "#3c6a69", "#52786f"),
}


@dataclass(frozen=True)
class Theme:
    """The settings of a theme. Units: line widths in 720ths of the frame's height."""

    page: Color
    ink: Color  # of titles and numbers
    muted: Color  # of settings, ticks and captions
    hair: Color  # thin lines on the page
    frame: Color  # around panels and plots, and of tick marks
    colormap: str  # as `Style.colormap`
    scale: str  # as `Style.scale`
    smooth: bool  # whether colours are interpolated between samples
    undefined: Color  # where the loss is not finite
    contour: Color | None  # below CHANGE of the scale; None draws none
    contour_strength: float
    high_contour: Color | None  # above it
    high_contour_strength: float
    casing: Color  # the outline of trails and markers
    fresh: Color  # the trail of the last step
    dry: Color  # the trail of old steps
    mark: Color  # start and minimum
    dark: Color  # below marks and points
    points: tuple[Color, ...]  # of the current point, per run
    ring: Color  # around the current point
    bead: str  # marker of an epoch on the trail: "bead" or "plus"
    plot: Color  # background of companions
    lines: tuple[Color, ...]  # of companions, per series
    outlines: tuple[Color, ...]  # around them; that of a line without one is its own colour
    labels: tuple[Color, ...]  # of their names
    sequence: tuple[Color, ...]  # one hue from light to dark, for runs that differ in one number
    momentum: Color  # the arrows of a step's terms; that of a whole step has the colour of words
    downhill: Color
    decay: Color
    arrow_casing: Color
    glow: Color | None  # around the point; None draws none
    hides: tuple[str, ...]  # what is not shown by default

    @property
    def step(self) -> Color:
        """The arrow of a whole step."""
        return self.ink

    @property
    def uphill(self) -> Color:
        """The arrow of the gradient, where it is followed upwards."""
        return self.downhill


def rgb(code: str) -> Color:
    """A colour from "#rrggbb"."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def _built(row: dict[str, Any]) -> Theme:
    """A row of the table, with colours as numbers."""
    names = {name for name, kind in Theme.__annotations__.items() if "Color" in kind}
    colors = {k: tuple(map(rgb, v)) if isinstance(v, tuple) else v and rgb(v) for k, v in row.items() if k in names}
    return Theme(**{**row, **colors})


THEMES = {name: _built(row) for name, row in TABLE.items()}


def theme_of(style: Style, ranks: tuple[int, ...] = ()) -> Theme:
    """The theme that a style names; `ranks` are those of runs that differ in one number, the lowest 0."""
    return _in_one_hue(THEMES[style.theme], ranks) if ranks else THEMES[style.theme]


@functools.lru_cache(maxsize=8)
def _in_one_hue(theme: Theme, ranks: tuple[int, ...]) -> Theme:
    """The theme with a shade of one hue for each run, the lowest number's the lightest.

    On the page, a line too pale for it has a grey outline, and its name has the nearest shade that is not too pale.
    """
    ramp = _ramp(theme.sequence)
    places = [round(rank / (len(ranks) - 1) * (LEVELS - 1)) for rank in ranks]
    contrasts = contrast(ramp, np.array(theme.plot))

    def shades(least: float) -> tuple[Color, ...]:
        allowed = np.flatnonzero(contrasts >= least)
        nearest = [int(allowed[np.abs(allowed - place).argmin()]) for place in places]
        return tuple((int(red), int(green), int(blue)) for red, green, blue in ramp[nearest])

    own, pale = shades(1.0), contrasts[places] < LINE_CONTRAST
    outlines = tuple(theme.muted if is_pale else shade for shade, is_pale in zip(own, pale, strict=True))
    return replace(theme, points=own, lines=own, outlines=outlines, labels=shades(WORD_CONTRAST))


def run_colors(theme: Theme, marker: int, distinct: bool) -> tuple[Color, Color]:
    """The colours (trail, point) of a run; a trail has the theme's own colour unless runs are distinguished.

    Where that is the colour of the first point, the trails of the others have theirs too.
    """
    color = theme.points[marker % len(theme.points)]
    return (color if distinct or theme.fresh == theme.points[0] else theme.fresh), color


def casing(theme: Theme, core: Color) -> Color:
    """The colour around a trail: the theme's own, or the dark one where that sets the trail off more."""
    ratios = contrast(np.array([theme.casing, theme.dark]), np.array(core))
    return theme.casing if ratios[0] >= ratios[1] else theme.dark


def detail(theme: Theme, fill: Color) -> Color:
    """The colour of the detail on a marker that is filled with a colour."""
    return theme.dark if sum(fill) > LIGHT else theme.ring


def line_colors(theme: Theme, marker: int) -> tuple[Color, Color | None]:
    """The colour of a run in companions, and that of its outline, if it has one."""
    color, outline = (colors[marker % len(colors)] for colors in (theme.lines, theme.outlines))
    return color, None if outline == color else outline


@functools.lru_cache(maxsize=8)
def colors(style: Style) -> NDArray[np.uint8]:
    """The colour map of a style. Shapes: (LEVELS, 3), row 0 the lowest loss. Raises: SceneError."""
    name = style.colormap or theme_of(style).colormap
    if name in RAMPS:
        return _ramp([rgb(code) for code in RAMPS[name]])
    import matplotlib

    try:
        table = matplotlib.colormaps[name](np.linspace(0, 1, LEVELS))[:, :3]
    except KeyError:
        hint = near(name, (*RAMPS, *matplotlib.colormaps)) or "; choose one of matplotlib's, such as 'viridis'"
        raise SceneError(f"Style: unknown colormap {name!r}{hint}", style.origin) from None
    return _bytes(table)


def _bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    result: NDArray[np.uint8] = np.rint(colors * 255).astype(np.uint8)
    return result


def _ramp(anchors: Sequence[Color]) -> NDArray[np.uint8]:
    """Interpolate in OKLab, which is perceptually uniform.

    Source: Björn Ottosson, "A perceptual color space for image processing", 2020.
    """
    fine = np.linspace(0, len(anchors) - 1, 8 * LEVELS)
    curve = np.stack([_monotone(fine, channel) for channel in _oklab(np.array(anchors)).T], 1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    even = np.interp(np.linspace(0, along[-1], LEVELS), along, fine)  # equal steps in OKLab
    return _from_oklab(np.stack([_monotone(even, channel) for channel in _oklab(np.array(anchors)).T], 1))


def luminance(colors: NDArray[Any]) -> NDArray[np.float64]:
    """Relative luminance, from 0 to 1, by WCAG. Shapes: (..., 3) to (...)."""
    part = np.asarray(colors, float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    weighted: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return weighted


def contrast(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.float64]:
    """The contrast ratio of colours by WCAG, from 1 to 21. Shapes: (..., 3) to (...)."""
    lights = luminance(one) + 0.05, luminance(other) + 0.05
    ratio: NDArray[np.float64] = np.maximum(*lights) / np.minimum(*lights)
    return ratio


def mixed(one: Color, other: Color, part: float) -> Color:
    """A colour between two, in OKLab. Units: `part` of the other, 0 to 1."""
    lab = _oklab(np.array([one, other]))
    red, green, blue = _from_oklab(lab[:1] * (1 - part) + lab[1:] * part)[0].tolist()
    return red, green, blue


def half_chroma(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colours with half their chroma in OKLab, as light as before. Shapes: (colours, 3)."""
    return _from_oklab(_oklab(colors) * (1, 0.5, 0.5))


def _oklab(colors: NDArray[Any]) -> NDArray[np.float64]:
    value = colors / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.uint8]:
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    return _bytes(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


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


_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                    [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
