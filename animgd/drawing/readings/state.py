"""What is said beside a panel's name: by how much its arrows are longer; that its run left the map, or diverged."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction

from animgd.drawing.overlays import arrows
from animgd.drawing.overlays.base import Overlay
from animgd.drawing.screen_path import TrajectoryPath
from animgd.frame import Box
from animgd.graphics.text import mask, width
from animgd.graphics.theme import Theme
from animgd.layout.elements import State, StateField
from animgd.recording.anatomy import chosen_epochs
from animgd.recording.model import Recording
from animgd.recording.settling import settled_at
from animgd.scene.scene import Scene

OFF, SETTLED = "off the map", "settled "


class States:
    """The state of a run at each epoch."""

    def __init__(
        self, scene: Scene, recording: Recording, panel: int, box: Box, run: int = 0, lens: float = math.inf
    ) -> None:
        """`lens` is the epoch from which on a lens shows where the run is, without arrows."""
        recorded = recording.panels[panel]
        path = recorded.runs[run]
        self._fate, self._diverged = path.fate.replace("epoch ", ""), path.diverged_at
        self._outside = TrajectoryPath(path, recorded.landscape.window, box).outside
        (self._note, end), self.settled = arrows.note(scene, recording, panel, box), settled_at(recorded, run)
        self._apart = chosen_epochs(scene, recording)  # arrows are covered while a step is taken apart
        self._calm = min(end, lens, math.inf if self.settled is None else self.settled)

    def at(self, epoch: int) -> str:
        """The text at an epoch; "" where there is nothing to say."""
        if self._diverged is not None and epoch >= self._diverged:
            return self._fate
        if self._outside[min(epoch, len(self._outside) - 1)]:
            return OFF
        return self._note if epoch < self._calm and epoch not in self._apart else ""

    def since(self, epoch: int) -> str:
        """The text in the table of losses."""
        text = self.at(epoch)
        if text and text != self._note:
            return text
        return f"{SETTLED}{self.settled}" if self.settled is not None and epoch >= self.settled else ""

    @property
    def leaves(self) -> bool:
        """Whether the run is outside the map at some epoch, or diverges."""
        return self._diverged is not None or bool(self._outside.any())

    @property
    def texts(self) -> tuple[State, ...]:
        """All that is said beside the name."""
        found = (self._note, OFF if self._outside.any() else "", self._fate)
        return tuple(map(_state, filter(None, found)))


def _state(text: str) -> State:
    return State(text, text == OFF or text.startswith(arrows.NOTE))


def states(scene: Scene, recording: Recording, panel: int, box: Box, lens: float = math.inf) -> States | None:
    """The states of a panel; None unless it has exactly one run, on a map."""
    alone = len(recording.panels[panel].runs) == 1 and scene.heatmaps
    return States(scene, recording, panel, box, 0, lens) if alone else None


class StateText(Overlay):
    """A text that changes at whole epochs, and ends at the right of its field."""

    def __init__(self, field: StateField, text: Callable[[int], str], theme: Theme, muted: str = OFF) -> None:
        """What begins with `muted` is written so."""
        self._field, self._text, self._theme, self._muted = field, text, theme, muted
        self._now = ""

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Say what holds at the epoch last reached."""
        now = self._text(moment.numerator // moment.denominator)
        if now == self._now:
            return
        before, self._now, self.stamps = self.stamps, now, []
        if now:
            field, muted = self._field, _state(now).muted or now.startswith(self._muted)
            size = field.small if muted else field.size
            left = round(field.right - width(now, size, not muted, field.face))
            letters = mask(now, size, not muted, field.face).moved(left, field.y)
            self.stamps = [(letters, self._theme.muted if muted else self._theme.ink)]
        yield from (stamp.box for stamp, *_ in (*before, *self.stamps))
