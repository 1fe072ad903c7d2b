"""The lines between the classes of networks over two features, and points in the looks of their classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from animgd.drawing.companions import OUTLINE, Context
from animgd.drawing.overlays.base import Overlay, Stack
from animgd.frame import Box, Color
from animgd.graphics.markers import dashes
from animgd.graphics.raster import Mask, Shape
from animgd.graphics.theme import Theme, mixed
from animgd.graphics.transform import AxesTransform
from animgd.recording.model import Boundaries, Series, Trajectory

WIDTH = 3.4  # of a line. Units: 720ths of the frame's shorter side
HOLE = 0.62  # of the radius of a point of every other class


def class_stamps(dot: Shape, radius: float, number: int, theme: Theme) -> Iterator[tuple[Mask, Color]]:
    """A point of the data: filled, hollow, and then both again in a darker colour; -1: without a class."""
    color = mixed(theme.muted, theme.ink, 0.75 * (number // 2 % 2) if number >= 0 else 0.0)
    yield dot.grown(radius), color
    if number >= 0 and number % 2:
        yield dot.grown(HOLE * radius), theme.plot


class BoundaryLines(Stack):
    """The boundaries of all runs, the first on top."""

    def __init__(self, context: Context) -> None:
        plot, lines = context.plot, []
        for i in reversed(range(len(plot.series))):
            series = plot.series[i]
            plane = context.recording.panels[series.panel].plane
            assert plane is not None
            found = plane.predicted[series.run]
            assert isinstance(found, Boundaries)
            pattern = dashes(series.marker, 1.9 * context.layout.unit)
            lines.append(_Boundary(found, context.paths[i], plot.transform, context.layout.unit,
                                   context.colors[i], context.outlines[i], pattern is not None))  # fmt: skip
        super().__init__(plot.box, list(lines))


class _Boundary(Overlay):
    """The boundary of one run, at the epoch last reached."""

    def __init__(
        self,
        lines: Boundaries,
        path: Trajectory,
        transform: AxesTransform,
        unit: float,
        color: Color,
        outline: Color | None,
        dashed: bool,
    ) -> None:
        self._lines, self._end, self._transform = lines, path.last // path.steps_per_epoch, transform
        self._coats = [(WIDTH * unit, color)]
        if outline:
            self._coats.insert(0, ((WIDTH + 2 * OUTLINE) * unit, outline))
        self._dashes = (5.0, 2.2) if dashed else None
        self._epoch = -1

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Draw the lines of another epoch."""
        epoch = min(moment.numerator // moment.denominator, self._end)
        if epoch == self._epoch:
            return
        before, self._epoch = self.stamps, epoch
        lines = [self._placed(line) for line in self._lines.at(epoch)]
        box = self._transform.box
        self.stamps = [(_strokes(lines, width, self._dashes, box), color, 1.0) for width, color in self._coats]
        yield from {box} if before or self.stamps else ()

    def _placed(self, line: Series) -> Series:
        """A line in pixels of its box, y downwards. Shapes: (points, 2)."""
        box = self._transform.box
        x, y = self._transform.to_pixels(*line.astype(np.float64).T)
        return np.stack([x - box.left, y - box.top], 1)


def _strokes(lines: list[Series], width: float, dashes: tuple[float, float] | None, box: Box) -> Mask:
    """The coverage of lines of a width."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

    renderer = RendererAgg(box.width, box.height, 72)
    pen = renderer.new_gc()
    pen.set_linewidth(width)
    pen.set_foreground((1.0, 1.0, 1.0))
    pen.set_antialiased(True)
    pen.set_joinstyle("round")
    if dashes:
        pen.set_dashes(0.0, [each * width for each in dashes])
    for line in lines:
        path = Path(np.stack([line[:, 0], box.height - line[:, 1]], 1))
        path.should_simplify = False
        renderer.draw_path(pen, path, IdentityTransform())
    coverage = np.asarray(renderer.buffer_rgba())[..., 3]
    seen = np.flatnonzero(coverage.any(1)), np.flatnonzero(coverage.any(0))
    if not seen[0].size:
        return Mask.even(Box(box.left, box.top, box.left + 1, box.top + 1), 0)
    (top, bottom), (left, right) = ((int(each[0]), int(each[-1]) + 1) for each in seen)
    return Mask.at(box.left + left, box.top + top, coverage[top:bottom, left:right].copy())
