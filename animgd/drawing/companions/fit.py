"""The data with the lines that the runs have fitted to them."""

from __future__ import annotations

from animgd.drawing import companions
from animgd.drawing.companions import Context
from animgd.drawing.companions.fit_line import FitLines
from animgd.graphics.canvas import Canvas
from animgd.graphics.raster import disc
from animgd.layout.companions import Ranges, with_margin
from animgd.layout.measure import Content
from animgd.scene.problem import Problem

ALONE = 380  # 720ths of the frame: in larger plots the points grow along
MANY = 200  # points; more are drawn smaller


class Companion(companions.Companion):
    """x and y are those of the data."""

    name = "The line that each run fits"
    part_names = ("Data, lines of {}", "Lines of {}")

    def title(self, content: Content) -> str:
        """What its lines are; "Data" without runs."""
        if not content.moves or content.named:
            return self.name if content.moves else "Data"
        return f"The line that {content.short[0] if len(content.panels) == 1 else 'each loss'} fits"

    def ranges(self, content: Content) -> Ranges:
        """Room for all points, and above and below for lines that miss them."""
        points = content.recording.points
        assert points is not None  # a scene with this companion has data
        return with_margin(points[0]), with_margin(points[1], 0.25), False

    def axes(self, content: Content) -> tuple[str, str]:
        """The names of the data's columns."""
        problem = content.scene.problem
        assert isinstance(problem, Problem)
        return problem.names

    def draw_ground(self, canvas: Canvas, context: Context) -> None:
        """Draw the points."""
        points, plot, unit = context.recording.points, context.plot, context.layout.unit
        assert points is not None
        grown = min(1.5, max(1.0, plot.box.shorter / unit / ALONE))
        radius = (3.6 if points.shape[1] <= MANY else 2.2) * grown * unit
        for x, y in points.T.tolist():
            dot = disc(plot.transform.to_pixels(x, y), radius, plot.box)
            if dot:
                canvas.stamp(dot.grown(radius), context.theme.muted)

    def area(self, context: Context) -> FitLines:
        """The lines, one a run."""
        assert context.recording.points is not None
        return FitLines(context, context.recording.points)
