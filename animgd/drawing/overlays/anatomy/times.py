"""When the close-ups of a panel are seen: how long each opens, and from when on it covers the map."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from animgd.drawing.close_up import opens
from animgd.drawing.overlays.anatomy.parts import BUILT, OPENS
from animgd.drawing.overlays.base import Context
from animgd.drawing.pacing import slow_steps
from animgd.drawing.timeline import STAND, timeline
from animgd.recording.anatomy import chosen_epochs


@dataclass(frozen=True)
class Times:
    """The epochs whose steps a panel takes apart; of an epoch that is not slow, it shows the whole step at once."""

    epochs: tuple[int, ...]
    slow: Collection[int]

    def at(self, moment: Fraction) -> tuple[int, float]:
        """The epoch, and which part of its step has been put together."""
        epoch = moment.numerator // moment.denominator
        return epoch, float(min(Fraction(1), (moment - epoch) / STAND)) if epoch in self.slow else 1.0

    def opened(self, moment: Fraction) -> bool:
        """Whether a close-up covers the map: while it opens, the map is still seen."""
        epoch, time = self.at(moment)
        return epoch in self.epochs and time * BUILT >= OPENS


def opened(context: Context) -> Times:
    """When the close-ups of a panel are open."""
    scene, recording = context.scene, context.recording
    if not scene.shows("anatomy"):
        return Times((), ())
    epochs = chosen_epochs(scene, recording)
    slow, _ = slow_steps(timeline(scene.video, scene.epochs), scene.video, recording, epochs)
    return Times(tuple(each for each in epochs if opens(context.panel, context.recorded, context.box, each)), slow)
