"""The data with what the runs have fitted to them: lines, a network's curves, or the boundaries of its classes."""

from __future__ import annotations

import numpy as np

from animgd.drawing import companions
from animgd.drawing.companions import Context
from animgd.drawing.companions.boundary import BoundaryLines, class_stamps
from animgd.drawing.companions.fit_line import FitLines
from animgd.drawing.companions.network_curve import NetworkCurves
from animgd.drawing.overlays.base import Area
from animgd.graphics.canvas import Canvas
from animgd.graphics.raster import disc
from animgd.layout.companions import MARGIN, Ranges, with_margin
from animgd.layout.measure import Content
from animgd.recording.model import Boundaries, Recording
from animgd.scene.problem import Function

ALONE = 380  # 720ths of the frame: in larger plots the points grow along
MANY = 200  # points; more are drawn smaller


class Companion(companions.Companion):
    """x and y are those of the data."""

    name = "The line that each run fits"
    part_names = ("Data, lines of {}", "Lines of {}")

    def titles(self, content: Content, part: str) -> list[str]:
        """They say what its lines are; "Data" without runs."""
        return super().titles(content, part) if part else [self._title(content)]

    def _title(self, content: Content) -> str:
        if _has_classes(content.recording):
            return "Decision boundaries" if content.named else "Decision boundary"
        if content.recording.panels[0].plane is not None:
            return "What each network predicts" if content.named else "What the network predicts"
        if not content.moves or content.named:
            return self.name if content.moves else "Data"
        return f"The line that {content.short[0] if len(content.panels) == 1 else 'each loss'} fits"

    def ranges(self, content: Content) -> Ranges:
        """Room for all points, and above and below for lines that miss them."""
        points = content.recording.points
        assert points is not None  # a scene with this companion has data
        upwards = MARGIN if _has_classes(content.recording) else 0.25
        return with_margin(points[0]), with_margin(points[1], upwards), False

    def axes(self, content: Content) -> tuple[str, str]:
        """The names of the data's columns."""
        problem = content.scene.problem
        assert not isinstance(problem, Function)
        return problem.names

    def draw_ground(self, canvas: Canvas, context: Context) -> None:
        """Draw the points."""
        points, plot = context.recording.points, context.plot
        assert points is not None
        radius = _radius(context)
        classes = points[2] if _has_classes(context.recording) else np.full(points.shape[1], -1)
        for (x, y), number in zip(points[:2].T.tolist(), classes.tolist(), strict=True):
            dot = disc(plot.transform.to_pixels(x, y), radius, plot.box)
            for stamp, color in class_stamps(dot, radius, int(number), context.theme) if dot else ():
                canvas.stamp(stamp, color)

    def area(self, context: Context) -> Area:
        """The lines, one a run."""
        assert context.recording.points is not None
        if _has_classes(context.recording):
            return BoundaryLines(context)
        if context.recording.panels[0].plane is not None:
            return NetworkCurves(context, context.recording.points, _radius(context))
        return FitLines(context, context.recording.points, _radius(context))


def _radius(context: Context) -> float:
    """The radius of a point. Units: pixels."""
    points, unit = context.recording.points, context.layout.unit
    grown = min(1.5, max(1.0, context.plot.box.shorter / unit / ALONE))
    return (3.6 if points is None or points.shape[1] <= MANY else 2.2) * grown * unit


def _has_classes(recording: Recording) -> bool:
    """Whether the data are points of several classes."""
    plane = recording.panels[0].plane
    return plane is not None and any(isinstance(each, Boundaries) for each in plane.predicted)
