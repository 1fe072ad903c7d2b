"""What a plan has to place, measured."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from animgd.layout.plan import Layout, Series
from animgd.lettering import clean
from animgd.numeral import Notation, notation
from animgd.records import Recording
from animgd.scale import Scale, scale
from animgd.scene import FilledPanel, Scene
from animgd.theme import theme

# Ems, of the frame's height (of a tall frame's width): titles, counter and losses; tick labels.
MOST_SERIES = 6
LARGE, SMALL = 0.0385, 0.0225
READABLE = 9  # pixels: no em of title, counter or loss is smaller, nor a tick label's than 0.75 of it


@dataclass(frozen=True)
class Content:
    """What a plan has to place, measured."""

    scene: Scene
    recording: Recording
    size: tuple[int, int]
    panels: tuple[FilledPanel, ...]
    titles: tuple[str, ...]
    scales: tuple[Scale | None, ...]

    @property
    def em(self) -> int:
        """Letters of titles, counter and losses. Units: pixels."""
        return max(READABLE, ceil(LARGE * min(self.size)))

    @property
    def tick(self) -> int:
        """Letters of tick labels. Units: pixels."""
        return max(ceil(0.75 * READABLE), ceil(SMALL * min(self.size)))

    @property
    def runs(self) -> int:
        """The most runs that a panel tells apart; runs without labels are told apart by nothing but their place."""
        return max(1, *(len(panel.runs) for panel in self.panels if any(run.label for run in panel.runs)), 1)

    @property
    def moves(self) -> bool:
        """Whether there is any run."""
        return any(panel.runs for panel in self.panels)

    @property
    def series(self) -> tuple[Series, ...]:
        """What companions show: every panel's run, or the runs of the first panel where they race."""
        if self.runs == 1 and len(self.panels) > 1:
            short = [title.removesuffix("Loss") or title for title in self.titles]
            found = [Series(i, 0, i, short[i]) for i, panel in enumerate(self.panels) if panel.runs]
        else:
            found = [Series(0, i, i, clean(run.label)) for i, run in enumerate(self.panels[0].runs)]
        return tuple(found[:MOST_SERIES])

    @property
    def signed(self) -> bool:
        """Whether panels are told apart by the sign of their run."""
        return bool(self.scene.companions) and self.runs == 1 and len(self.panels) > 1

    def blank(self) -> Layout:
        """A plan with nothing in its place yet."""
        return Layout(self.size, self.em, self.tick, min(self.size) / 720, signed=self.signed)

    def notations(self, decimals: int) -> list[list[Notation]]:
        """How the losses of each panel's runs are written."""
        every = [[notation(t.loss.tolist(), decimals) for t in p.runs] for p in self.recording.panels]
        return [row if len(row) == 1 or self.runs > 1 else [] for row in every]


def content(scene: Scene, recording: Recording, size: tuple[int, int]) -> Content:
    """Measure what is to be placed."""
    kind = scene.style.scale or theme(scene.style).scale
    scales = tuple(scale(panel.landscape.loss, kind) for panel in recording.panels)
    panels = scene.grid
    return Content(scene, recording, size, panels, tuple(clean(panel.title) for panel in panels), scales)
