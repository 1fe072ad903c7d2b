"""What is said beside a panel's name: by how much its arrows are longer; that its run left the map, or diverged."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import ceil, floor

from animgd.drawing.close_up import opens
from animgd.drawing.overlays import arrows
from animgd.drawing.overlays.anatomy.parts import BUILT, OPENS
from animgd.drawing.overlays.base import Overlay
from animgd.drawing.pacing import slow_steps
from animgd.drawing.screen_path import TrajectoryPath
from animgd.drawing.timeline import STAND, timeline
from animgd.frame import Box
from animgd.graphics.text import mask, width
from animgd.graphics.theme import Theme
from animgd.layout.elements import State, StateField
from animgd.layout.text_block import common_lrs, rate_notation
from animgd.recording.anatomy import chosen_epochs
from animgd.recording.model import Recording
from animgd.recording.settling import settled_step
from animgd.scene.scene import Scene

OFF, SETTLED, LR = "off the map", "settled ", "lr "


class States:
    """The state of a run after each step."""

    def __init__(
        self, scene: Scene, recording: Recording, panel: int, box: Box, run: int = 0, lens: Fraction | float = math.inf
    ) -> None:
        """`lens` is the epoch from which on a lens shows where the run is, without arrows."""
        recorded = recording.panels[panel]
        path = self._path = recorded.runs[run]
        self._fate, self._diverged = path.fate.replace("epoch ", ""), path.diverged_at
        self._outside = TrajectoryPath(path, recorded.landscape.window, box).outside
        (self._note, end), self._settled = arrows.note(scene, recording, panel, box), settled_step(recorded, run)
        chosen = chosen_epochs(scene, recording)
        apart = [k for k in chosen if opens(scene.grid[panel], recorded, box, k)]
        slow, _ = slow_steps(timeline(scene.video, scene.epochs), scene.video, recording, chosen)
        opening = STAND * Fraction(OPENS / BUILT)
        self._covered = {k: k + (opening if k in slow else 0) for k in apart}  # from when on a close-up is open
        self._rate = None if common_lrs(scene, recording) or not path.changes_lr else rate_notation(path)
        opened = lens * path.steps_per_epoch
        self._calm = min(end, opened, math.inf if self._settled is None else self._settled)

    def step(self, moment: Fraction) -> int:
        """The steps that the run has made at a moment."""
        return self._path.step(moment)

    def covered(self, moment: Fraction) -> bool:
        """Whether a close-up lies over the arrows."""
        return moment >= self._covered.get(floor(moment), math.inf)

    def at(self, step: int, covered: bool = False) -> str:
        """The text after a step; "" where there is nothing to say."""
        if self._diverged is not None and step >= self._diverged:
            return self._fate
        if self._outside[min(step, len(self._outside) - 1)]:
            return OFF
        note = self._note if step < self._calm and not covered else ""
        return f"{self._lr(step)} {note}".rstrip() if self._rate else note

    def _lr(self, step: int) -> str:
        """The learning rate of the step under way."""
        assert self._rate is not None and self._path.lr is not None
        return f"{LR}{self._rate.above(float(self._path.lr[min(step, len(self._path.lr) - 1)]))}"

    def since(self, step: int, covered: bool = False) -> str:
        """The text in the table of losses."""
        text = self.at(step, covered)
        if text and not _is_note(text):
            return text
        settled = self._settled is not None and step >= self._settled
        return f"{SETTLED}{ceil(self._path.epoch(self._settled or 0))}" if settled else ""

    @property
    def leaves(self) -> bool:
        """Whether the run is outside the map after some step, or diverges."""
        return self._diverged is not None or bool(self._outside.any())

    @property
    def texts(self) -> tuple[State, ...]:
        """All that is said beside the name."""
        notes = [self._note]
        if self._rate and self._path.lr is not None:  # those that may be the widest
            longest = max(map(self._lr, range(len(self._path.lr))), key=len)
            notes = [f"{longest} {self._note}".rstrip()]
        found = (*notes, OFF if self._outside.any() else "", self._fate)
        return tuple(map(_state, filter(None, found)))


def _is_note(text: str) -> bool:
    """Whether a text is about the arrows and the learning rate, which are not a state."""
    return text.startswith((arrows.NOTE, LR))


def _state(text: str) -> State:
    return State(text, text == OFF or _is_note(text), text.startswith(LR))


def states(
    scene: Scene, recording: Recording, panel: int, box: Box, lens: Fraction | float = math.inf
) -> States | None:
    """The states of a panel; None unless it has exactly one run, on a map."""
    alone = len(recording.panels[panel].runs) == 1 and scene.heatmaps
    return States(scene, recording, panel, box, 0, lens) if alone else None


class StateText(Overlay):
    """A text that changes with the steps of a run, and ends at the right of its field."""

    def __init__(
        self, field: StateField, states: States, text: Callable[[int, bool], str], theme: Theme, muted: str = OFF
    ) -> None:
        """What begins with `muted` is written so."""
        self._field, self._states, self._text, self._theme, self._muted = field, states, text, theme, muted
        self._now = ""

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Say what holds after the last step."""
        now = self._text(self._states.step(moment), self._states.covered(moment))
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
