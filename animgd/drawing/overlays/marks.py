"""Where runs start, and the minima: above the trails, below the points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from animgd.drawing.overlays.base import MANY, Context, Overlay
from animgd.frame import Box
from animgd.graphics.markers import marker

FAR = 1e15  # a mark further from 0 has no place on the frame


def overlays(context: Context) -> Iterator[Marks]:
    """All marks of a panel."""
    yield Marks(context)


class Marks(Overlay):
    """Marks that do not move, but trails pass below them."""

    def __init__(self, context: Context) -> None:
        recorded, self._new = context.recorded, True
        unit = context.stroke() * (0.6 if len(recorded.runs) > MANY else 1.0)
        places = [("minimum", m.weight, m.bias) for m in recorded.minima]
        places += [("maximum", m.weight, m.bias) for m in recorded.maxima]
        places += [("decayed", m.weight, m.bias) for m in dict.fromkeys(recorded.decayed) if m]
        places += [("start", w, b) for w, b in dict.fromkeys((r.weight[0], r.bias[0]) for r in recorded.runs)]
        self.stamps = [
            stamp
            for kind, weight, bias in places
            if abs(weight) < FAR and abs(bias) < FAR
            for stamp in marker(kind, context.transform.to_pixels(bias, weight), unit, context.box, context.theme)
        ]

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Appear in the first frame."""
        new, self._new = self._new, False
        return [stamp.box for stamp, *_ in self.stamps] if new else []
