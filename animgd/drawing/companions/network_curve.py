"""What a network predicts over its only feature, as a curve through the data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from animgd.drawing.companions import Context
from animgd.drawing.companions.curve import Curve
from animgd.drawing.companions.fit_line import Ends, FitLines
from animgd.drawing.companions.link_function import Link
from animgd.recording.model import Curves, Series, Trajectory


class NetworkCurves(FitLines):
    """One curve a run, recorded at each epoch."""

    def __init__(self, context: Context, points: Series, dot: float) -> None:
        super().__init__(context, points, dot)
        planes = [context.recording.panels[series.panel].plane for series in context.plot.series]
        pairs = zip(planes, context.plot.series, strict=True)
        self._curves = [plane.predicted[series.run] for plane, series in pairs if plane is not None]

    def _line(self, path: Trajectory, link: Link | None, moment: Fraction) -> Ends | Curve:
        curves = self._curves[next(i for i, each in enumerate(self._paths) if each is path)]
        assert isinstance(curves, Curves)
        end = path.last // path.steps_per_epoch
        epoch, part = divmod(float(min(moment, Fraction(end))), 1.0)
        here, there = (curves.y[min(int(epoch) + more, end)] for more in (0, 1))
        with np.errstate(all="ignore"):  # of a run that diverges
            known = here + np.float32(part) * (there - here) if part else here
            heights = self._y((link(known) if link else known).astype(np.float64))
        return Curve(tuple(map(self._kept, np.interp(self._edges, curves.x, heights).tolist())))
