"""A panel on one's own matplotlib Axes: map, contours, marks, trails and points, as vectors but for the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from animgd.drawing.background import CHANGE
from animgd.drawing.screen_path import TrajectoryPath
from animgd.frame import Box, Color
from animgd.graphics.color_scale import Scale, scale
from animgd.graphics.markers import fill_style
from animgd.graphics.raster import Place
from animgd.graphics.resample import view
from animgd.graphics.text import clean
from animgd.graphics.theme import Theme, colors, detail, run_colors, theme_of
from animgd.layout.legend import labels, numbers
from animgd.layout.measure import shown_title
from animgd.recording.model import Landscape, PanelRecording, Recording, Series, Trajectory
from animgd.recording.objective import with_objective
from animgd.scene.scene import MOST_RUNS, Scene
from animgd.scene.sequence import ranks
from animgd.scene.style import Style

FINE = 512  # pixels of the map along each axis
SIDE = 4096  # of a box that stands for the window
FAR = 1e6  # windows: what is further away is drawn as if it were there
APART = 0.012  # of the window's side: beads nearer to a neighbour are left out
TIP = 0.06  # of the window's side: the arrow of a run that has left
SHAPES = ("o", "s", "D", "^", "v", "h")  # as `markers.SHAPES`
HOLLOW = 1
FILLS = ("full", "full", "bottom", "right")  # for the fill styles of markers
DASHES = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (4, 1.5, 1, 1.5)))
TRAIL, CASING, GHOST, CONTOUR = 1.1, 1.3, 0.9, 0.5  # points: widths; a casing's is beyond its line
POINT, BEAD, START, SIGHT, SIGN = 5.5, 1.7, 4.2, 13.0, 8.0  # points: sizes of markers
NEAR, NESTED = 0.03, 3.2  # of the window's side: points this near nest; the size that each lower one has more
MAP, LINES, WAYS, MARKS, POINTS = 0.0, 1.0, 2.1, 2.2, 2.3  # from below to above; one's own lines are at 2


@dataclass(frozen=True)
class _Look:
    """The colours of a plot, and the marker of each run."""

    style: Style
    theme: Theme
    markers: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def distinct(self) -> bool:
        """Whether runs are distinguished by their colours."""
        return any(self.labels) or len(set(self.markers)) > 1


def plot(recording: Recording, scene: Scene | None, panel: int, epoch: int | None, ax: Any = None) -> Any:
    """Draw a panel at an epoch, the last if None, on an Axes, the current one if None; return it.

    Without a scene it has the light theme, and neither title nor labels.
    """
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.gca()
    recorded = (with_objective(scene, recording) if scene else recording).panels[panel]
    look = _look(scene, panel) if scene else _bare(recorded)
    land, theme = recorded.landscape, look.theme
    _draw_map(ax, land, look)
    if recorded.ghost is not None:
        x, y = _places(recorded.ghost, land, recorded.ghost.last)
        ax.plot(
            x, y, color=_rgb(theme.mark), lw=GHOST, alpha=0.7, dashes=(4, 3), zorder=WAYS, path_effects=_cased(theme)
        )
    ends = [path.last if epoch is None else min(path.step(epoch), path.last) for path in recorded.runs]
    for path, end, number in zip(recorded.runs, ends, range(len(ends)), strict=True):
        _draw_trail(ax, path, land, look, number, end)
    _draw_points(ax, recorded, look, ends)
    _draw_marks(ax, recorded, theme)
    ax.set(xlim=land.window.x, ylim=land.window.y, xlabel=recording.axes[0], ylabel=recording.axes[1])
    if scene:
        ax.set(title=clean(shown_title(scene.grid[panel])), aspect=scene.style.aspect)
    return ax


def _look(scene: Scene, panel: int) -> _Look:
    grid = scene.grid
    markers = numbers(grid) if labels(grid) else tuple((0,) * len(each.runs) for each in grid)
    theme = theme_of(scene.style, ranks(grid, markers) if labels(grid) else ())
    return _Look(scene.style, theme, markers[panel], tuple(clean(run.label) for run in grid[panel].runs))


def _bare(recorded: PanelRecording) -> _Look:
    count = len(recorded.runs)
    markers = tuple(range(count)) if count <= MOST_RUNS else (0,) * count
    return _Look(Style(), theme_of(Style()), markers, ("",) * count)


def _rgb(color: Color) -> tuple[float, ...]:
    return tuple(part / 255 for part in color)


def _cased(theme: Theme, line: float = TRAIL, strength: float = 0.8) -> list[Any]:
    """The dark casing that keeps a light line visible on every colour of the map."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=line + CASING, foreground=(*_rgb(theme.dark), strength))]


def _draw_map(ax: Any, land: Landscape, look: _Look) -> None:
    """The map, with a norm from which `colorbar` reads losses, and its contours."""
    from matplotlib.colors import ListedColormap

    theme, found = look.theme, scale(land.loss, look.style.scale or look.theme.scale)
    ax.set_facecolor(_rgb(theme.undefined))
    if found is None:
        return
    box = Box(0, 0, FINE, FINE)
    shown = _losses(found, view(found.unit(land.loss), box, box, theme.smooth))
    table = ListedColormap(colors(look.style) / 255, name="animgd")
    extent = (*land.window.x, *land.window.y)
    # "none" puts these pixels into PDF and SVG files as they are.
    ax.imshow(np.ma.masked_invalid(shown), cmap=table, norm=_norm(found), extent=extent, origin="upper",
              aspect="auto", interpolation="none", zorder=MAP)  # fmt: skip
    if found.flat:
        return
    x, y = (
        np.linspace(*side, size) for side, size in zip((land.window.x, land.window.y), land.loss.T.shape, strict=True)
    )
    levels = found.contours()
    for color, strength, low, high in (
        (theme.contour, theme.contour_strength, 0.0, CHANGE),
        (theme.high_contour, theme.high_contour_strength, CHANGE, 1.0),
    ):
        some = [level for level in levels if low <= level < high]
        if color is not None and some:
            ax.contour(x, y, np.ma.masked_invalid(land.loss), levels=_losses(found, np.array(some)), alpha=strength,
                       colors=[_rgb(color)], linewidths=CONTOUR, zorder=LINES)  # fmt: skip


def _losses(scale: Scale, unit: Series) -> Series:
    """The losses at positions on a colour bar."""
    if scale.flat:
        return np.where(np.isfinite(unit), scale.low, np.nan)
    if scale.log:
        return np.asarray(scale.low * (scale.high / scale.low) ** unit)
    return np.asarray(scale.low * (1 - unit) + scale.high * unit)


def _norm(scale: Scale) -> Any:
    from matplotlib.colors import LogNorm, Normalize

    if scale.flat:
        return Normalize(scale.low - 1, scale.low + 1)
    return (LogNorm if scale.log else Normalize)(scale.low, scale.high, clip=True)


def _places(path: Trajectory, land: Landscape, end: int) -> tuple[Series, Series]:
    """A path up to an entry, without numbers that are too large for matplotlib. Shapes: (end + 1,) each."""
    sides = ((path.bias, land.window.x), (path.weight, land.window.y))
    x, y = (np.clip(values[: end + 1], low - FAR * (high - low), high + FAR * (high - low))
            for values, (low, high) in sides)  # fmt: skip
    return x, y


def _draw_trail(ax: Any, path: Trajectory, land: Landscape, look: _Look, number: int, end: int) -> None:
    """The path that a run has left."""
    marker, (x, y) = look.markers[number], _places(path, land, end)
    core, _ = run_colors(look.theme, marker, look.distinct)
    ax.plot(x, y, color=_rgb(core), lw=TRAIL, ls=DASHES[fill_style(marker)], zorder=WAYS - 0.001 * number,
            path_effects=_cased(look.theme), solid_joinstyle="round")  # fmt: skip
    if not look.distinct and len(look.markers) == 1:
        _draw_beads(ax, x, y, land, look.theme)


def _draw_points(ax: Any, recorded: PanelRecording, look: _Look, ends: Sequence[int]) -> None:
    """Where each run is, the first on top, or the arrow of one that has left."""
    land, theme, above = recorded.landscape, look.theme, np.empty((0, 2))
    for path, end, marker, label in zip(recorded.runs, ends, look.markers, look.labels, strict=True):
        track = TrajectoryPath(path, land.window, Box(0, 0, SIDE, SIDE))
        core, fill = run_colors(theme, marker, look.distinct)
        place, inside = np.array(track.at(path.epoch(end))), track.inside(path.epoch(end))
        level = int((np.hypot(*(above - place).T) < NEAR * SIDE).sum()) if look.distinct else 0
        above = np.vstack([above, place])
        rim, inner = (fill, detail(theme, fill)) if fill_style(marker) == HOLLOW else (theme.ring, fill)
        style = {"color": _rgb(core), "lw": TRAIL, "ls": DASHES[fill_style(marker)], "path_effects": _cased(theme),
                 "marker": SHAPES[marker % len(SHAPES)], "fillstyle": FILLS[fill_style(marker)], "mfc": _rgb(inner),
                 "mfcalt": _rgb(theme.ring), "mec": _rgb(rim), "mew": TRAIL}  # fmt: skip
        if inside:
            size, order = POINT + NESTED * min(level, 2), POINTS - 0.001 * len(above)
            ax.plot(path.bias[end : end + 1], path.weight[end : end + 1], ms=size, zorder=order, **style)
        if label:  # a line without points is in legends only: the trail's pattern with the point on it
            ax.plot([], [], ms=POINT, label=label, **style)
        if not inside and np.isfinite([path.bias[end], path.weight[end]]).all():
            _draw_arrow(ax, track.crossing(path.epoch(end)), land, fill, theme)


def _draw_beads(ax: Any, x: Series, y: Series, land: Landscape, theme: Theme) -> None:
    """A bead at each step that is not too near to its neighbours."""
    sides = [high - low for low, high in (land.window.x, land.window.y)]
    gaps = np.hypot(np.diff(x) / sides[0], np.diff(y) / sides[1])
    kept = np.flatnonzero(np.minimum(gaps[:-1], gaps[1:]) >= APART) + 1
    ax.plot(x[kept], y[kept], ls="none", marker="o", ms=BEAD, mew=0, mfc=_rgb(theme.fresh), zorder=WAYS + 0.05,
            path_effects=_cased(theme, line=0.2))  # fmt: skip


def _draw_arrow(ax: Any, crossing: tuple[Place, Place], land: Landscape, fill: Color, theme: Theme) -> None:
    """An arrow that ends where a run left the window."""
    from matplotlib.patheffects import withStroke

    edge, towards = (np.array(place) for place in crossing)
    away = float(np.hypot(*(towards - edge)))
    back = edge - TIP * SIDE / away * (towards - edge) if away else edge
    (left, right), (low, high) = land.window.x, land.window.y
    ends = [(left + x / SIDE * (right - left), high - y / SIDE * (high - low)) for x, y in (edge, back)]
    casing = withStroke(linewidth=TRAIL + CASING, foreground=_rgb(theme.dark))
    head = {"arrowstyle": "-|>,head_width=0.28,head_length=0.5", "shrinkA": 0, "shrinkB": 0}
    style = {**head, "color": _rgb(fill), "lw": TRAIL, "path_effects": [casing]}
    ax.annotate("", *ends, arrowprops=style, zorder=POINTS + 0.02)


def _draw_marks(ax: Any, recorded: PanelRecording, theme: Theme) -> None:
    """Where runs start, and the minima."""
    from matplotlib.path import Path

    ticks = [(10 * x, 10 * y) for x, y in ((0.7, 0), (1, 0), (-0.7, 0), (-1, 0), (0, 0.7), (0, 1), (0, -0.7), (0, -1))]
    sight = Path(ticks, [Path.MOVETO, Path.LINETO] * 4)
    starts = {(float(run.bias[0]), float(run.weight[0])) for run in recorded.runs}
    decayed = [(each.bias, each.weight) for each in dict.fromkeys(recorded.decayed) if each]
    rows: tuple[tuple[Any, float, Sequence[tuple[float, float]]], ...] = (
        ("o", START, sorted(starts)),
        (sight, SIGHT, [(each.bias, each.weight) for each in recorded.minima]),
        ("+", SIGN, [(each.bias, each.weight) for each in recorded.maxima]),
        ("D", SIGN, decayed),
    )
    for marker, size, places in rows:
        if places:
            x, y = zip(*places, strict=True)
            ax.plot(x, y, ls="none", marker=marker, ms=size, mew=TRAIL, mec=_rgb(theme.mark), zorder=MARKS,
                    mfc=_rgb(theme.dark) if marker == "o" else "none", path_effects=_cased(theme))  # fmt: skip
