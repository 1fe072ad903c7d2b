"""The background: everything that does not move, drawn once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from animgd.drawing.companions import Context, companion
from animgd.drawing.field import draw_field
from animgd.drawing.overlays.base import LEAST_UNIT
from animgd.drawing.readings.loss_bar import DECADES
from animgd.drawing.screen_path import ScreenPath, TrajectoryPath
from animgd.frame import Box
from animgd.graphics.canvas import Canvas
from animgd.graphics.markers import key, point
from animgd.graphics.raster import Dashes, Mask, dashed, max_blend, segment
from animgd.graphics.resample import view
from animgd.graphics.text import Label, fitted
from animgd.graphics.theme import Theme, colors, detail, run_colors, theme_of
from animgd.layout import Layout, PanelBox
from animgd.recording.model import PanelRecording, Recording
from animgd.scene.scene import Scene
from animgd.scene.weight_decay import ascends

FAINT = 0.30  # how strong the tracks of the bars are
CHANGE = 0.6  # of the scale: contours above it have another colour
GHOST = ((1.6, 0.5), (1.0, 0.7))  # its path, the lower stroke first: radius (720ths of the frame) and strength
BLOCK = 1 << 18  # pixels of a heatmap that are coloured at once, so that memory stays flat at 8K


def background(
    scene: Scene, recording: Recording, layout: Layout, taken: Callable[[int], Sequence[Box]]
) -> NDArray[np.uint8]:
    """Draw all that never moves; `taken` is where the marks of a panel will be, with their names.

    Shapes: (3, height, width). Raises: SceneError.
    """
    theme = theme_of(scene.style, layout.ranks)
    canvas = Canvas(layout.size, theme.page, layout.face)
    table = colors(scene.style)
    for i, (panel, recorded) in enumerate(zip(layout.panels, recording.panels, strict=False)):
        _panel(canvas, panel, recorded, theme, table, layout.thin)
        if panel.scale and scene.shows("field"):
            unit, runs = max(LEAST_UNIT, layout.unit), scene.grid[i].runs
            up = bool(runs) and all(ascends(run.optimizer) for run in runs)
            draw_field(canvas, panel.box, recorded.landscape, panel.scale, unit, theme, table, taken(i), up)
        _ghost(canvas, layout, panel, recorded, theme)
        _bar(canvas, panel, theme, table, layout.thin)
    for plot in layout.plots:
        canvas.fill(plot.box, theme.plot)
        canvas.fill(plot.box._replace(top=plot.box.bottom, bottom=plot.box.bottom + layout.thin), theme.frame)
    for line in layout.lines:
        canvas.fill(line, theme.muted)
    for line, color in layout.strokes:
        canvas.fill(line, getattr(theme, color))
    for plot in layout.plots:
        companion(plot.kind).draw_ground(canvas, Context(plot, scene, recording, layout, theme))
    _bars(canvas, layout, theme)
    for word in layout.words:
        canvas.word(word, getattr(theme, word.color or ("muted" if word.muted else "ink")))
    _marks(canvas, layout, theme)
    return canvas.planes


def _panel(
    canvas: Canvas, panel: PanelBox, recorded: PanelRecording, theme: Theme, table: NDArray[np.uint8], thin: int
) -> None:
    """A map with a frame that is so many pixels wide."""
    box = panel.box
    canvas.fill(Box(box.left - thin, box.top - thin, box.right + thin, box.bottom + thin), theme.frame)
    if panel.scale is None:
        canvas.fill(box, theme.undefined)
        size = max(10, box.height // 12)
        text = fitted("undefined", size, box.width, face=canvas.face)
        canvas.word(
            Label(text, (box.left + box.right) // 2, (box.top + box.bottom) // 2, size, align="center"), theme.ink
        )
        return
    levels = panel.scale.contours() if panel.scale.high > panel.scale.low else []
    paint_map(canvas, box, panel.scale.unit(recorded.landscape.loss), levels, theme, table)


def paint_map(
    canvas: Canvas, box: Box, unit: NDArray[np.float64], levels: list[float], theme: Theme, table: NDArray[np.uint8]
) -> None:
    """Draw a landscape with its contours. Units: `unit` and `levels` from 0 to 1. Shapes: `table` is (colours, 3)."""
    for part in box.bands(BLOCK):
        shown = view(unit, box, part, theme.smooth)
        where = np.where(np.isfinite(shown), shown, 0)
        index = np.rint(where * (len(table) - 1)).astype(np.intp)
        canvas.planes[:, *part.slices] = np.moveaxis(table[index], 2, 0)
        for plane, value in zip(canvas.planes, theme.undefined, strict=True):
            plane[part.slices][~np.isfinite(shown)] = value
    if not levels:
        return
    for color, strength, low, high in (
        (theme.contour, theme.contour_strength, 0.0, CHANGE),
        (theme.high_contour, theme.high_contour_strength, CHANGE, 1.0),
    ):
        if color is not None:
            some = [level for level in levels if low <= level < high]
            canvas.stamp(contours(unit, box, some), color, strength)


def _bars(canvas: Canvas, layout: Layout, theme: Theme) -> None:
    """The tracks of the progress line and of the losses' bars, with a tick for each decade."""
    if layout.progress:
        canvas.fill(layout.progress, theme.hair)
    for row in layout.bars:
        if row.bar:
            box, middle, thin = row.bar, (row.bar.top + row.bar.bottom) // 2, max(1, round(layout.unit))
            canvas.stamp(Mask.even(Box(box.left, middle, box.right, middle + thin)), theme.muted, FAINT)
            for decade in range(DECADES + 1):
                x, half = box.left + round(decade / DECADES * box.width), round(4.5 * layout.unit)
                canvas.stamp(Mask.even(Box(x, middle - half, x + thin, middle + half)), theme.muted, FAINT)


def warm() -> None:
    """Import what drawing will need."""
    import contourpy  # noqa: F401
    import matplotlib.backends.backend_agg  # noqa: F401


def contours(unit: NDArray[np.float64], box: Box, levels: list[float]) -> Mask:
    """Thin lines of equal loss. Units: `levels` from 0 to 1, as `unit`."""
    from contourpy import contour_generator
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

    width, height = box.width, box.height
    renderer = RendererAgg(width, height, 72)
    pen = renderer.new_gc()
    pen.set_linewidth(max(0.8, height / 330))
    pen.set_foreground((1.0, 1.0, 1.0))
    pen.set_antialiased(True)
    x = np.linspace(0, width, unit.shape[1])
    y = np.linspace(0, height, unit.shape[0])
    lines = contour_generator(x, y, np.ma.masked_invalid(unit))
    for level in levels:
        for points in lines.lines(level):
            path = Path(points)
            path.simplify_threshold, path.should_simplify = 1 / 9, len(points) >= 128  # whatever a matplotlibrc says
            renderer.draw_path(pen, path, IdentityTransform())
    coverage: NDArray[np.uint8] = np.asarray(renderer.buffer_rgba())[..., 3].copy()
    return Mask(box, coverage)


def _bar(canvas: Canvas, panel: PanelBox, theme: Theme, table: NDArray[np.uint8], thin: int) -> None:
    box = panel.bar
    if panel.scale is None:
        return
    canvas.fill(Box(box.left - thin, box.top - thin, box.right + thin, box.bottom + thin), theme.frame)
    part = 1 - (np.arange(box.height) + 0.5) / box.height
    if panel.scale.high <= panel.scale.low:
        part[:] = 0.5
    column = table[np.rint(part * (len(table) - 1)).astype(np.intp)]
    canvas.planes[:, *box.slices] = column.T[:, :, None]


def _ghost(canvas: Canvas, layout: Layout, panel: PanelBox, recorded: PanelRecording, theme: Theme) -> None:
    """The finished path of the ghost."""
    if recorded.ghost is not None:
        paint_ghost(canvas, TrajectoryPath(recorded.ghost, recorded.landscape.window, panel.box), layout.unit, theme)


def paint_ghost(canvas: Canvas, track: ScreenPath, unit: float, theme: Theme) -> None:
    """Draw a path dashed and faint."""
    box, along = track.box, 0.0
    layers = [np.zeros((box.height, box.width), np.uint8) for _ in GHOST]
    dashes = Dashes(((0.0, 8.0 * unit),), 13.0 * unit)
    for a, b in pairwise(track.corners):
        for part in dashed(a, b, along, dashes, GHOST[0][0] * unit, box):
            for shape in segment(*part, GHOST[0][0] * unit, box):
                for layer, (radius, _) in zip(layers, GHOST, strict=True):
                    max_blend(layer, box, shape.grown(radius * unit))
        along += math.dist(a, b)
    for layer, (_, strength), color in zip(layers, GHOST, (theme.dark, theme.mark), strict=True):
        canvas.stamp(Mask(box, layer), color, strength)


def _marks(canvas: Canvas, layout: Layout, theme: Theme) -> None:
    for mark in layout.marks:
        centre = (mark.x + 0.5, mark.y + 0.5)
        if isinstance(mark.marker, str):
            stamps = key(mark.marker, centre, layout.tick, canvas.box, theme)
        else:
            size, fill = mark.size or layout.em, run_colors(theme, mark.marker, True)[1]
            inks = (theme.dark, theme.ring, fill, detail(theme, fill))
            radii = (0.36 * size, 0.33 * size, 0.26 * size)
            stamps = list(zip(point(mark.marker, centre, radii, canvas.box), inks, strict=False))
        for stamp, color in stamps:
            canvas.stamp(stamp, color)
