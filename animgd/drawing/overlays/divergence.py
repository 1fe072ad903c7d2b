"""A line on a panel that says "off the map" or "diverged at 21", where the panel's name leaves no room for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from animgd.drawing.overlays import marks
from animgd.drawing.overlays.base import Context, Overlay
from animgd.drawing.overlays.inset.place import trodden
from animgd.drawing.readings.state import OFF, States
from animgd.frame import Box, Color
from animgd.graphics.fonts import Face
from animgd.graphics.raster import Mask
from animgd.graphics.text import clean, fits, fitted, mask, width

CORNERS = ((False, False), (True, False), (False, True), (True, True))  # (right, upper)
Plate = tuple[tuple[Mask, Color, float], ...]  # a plate and the letters on it


class Notice(Overlay):
    """What holds for a run after a step, as a line of text on a plate."""

    def __init__(self, states: States, plates: Mapping[str, Plate]) -> None:
        """`plates` has those of the states that are said."""
        self._states, self._plates = states, plates
        self.boxes = [plate[0][0].box for plate in plates.values()]

    def step(self, moment: Fraction) -> Iterable[Box]:
        """Say what holds after the last step."""
        before, self.stamps = self.stamps, self._plates.get(self._states.at(self._states.step(moment)), ())
        if before is not self.stamps:
            yield from (stamps[0][0].box for stamps in (before, self.stamps) if stamps)


def _said(label: str, fate: str, size: int, room: int, face: Face) -> str:
    """The text of a notice; if it is too long, the label is truncated first."""
    if label:
        fate = f": {fate}"
        label = fitted(label, size, max(0.0, room - width(fate, size, face=face)), face=face)
    return fitted(label + fate, size, room, face=face)


def covered(context: Context) -> list[Box]:
    """The boxes of all notices of a panel."""
    return [box for notice in overlays(context) for box in notice.boxes]


def overlays(context: Context) -> Iterator[Notice]:
    """One notice for each run that diverged, from the lower edge upwards, unless it is said beside the name.

    Where a run is alone on its panel, it is also said that it is off the map, in the corner with most room.
    """
    if context.place.state is not None:
        return
    size, panel, face = round(1.1 * context.layout.tick), context.box, context.layout.face
    alone, above, high = len(context.recorded.runs) == 1, 0, round(1.5 * size)
    for number, (run, path) in enumerate(zip(context.panel.runs, context.recorded.runs, strict=True)):
        fates = [path.fate.replace("epoch ", "")] if path.fate else []
        fates += [OFF] if alone and fits(OFF, size, panel.width - size, face=face) else []
        states = States(context.scene, context.recording, context.number, panel, number) if fates else None
        if states is None or not states.leaves:
            continue
        texts = {fate: _said(clean(run.label), fate, size, panel.width - size, face) for fate in fates}
        wide = {
            fate: min(panel.width, round(width(text, size, face=face) + 0.9 * size)) for fate, text in texts.items()
        }
        corner = _freest(context, max(wide.values()), high) if alone else CORNERS[0]
        boxes = {fate: _in_corner(panel, corner, wide[fate], high, above) for fate in fates}
        if above < panel.height:
            yield Notice(states, {fate: _plate(context, text, size, boxes[fate]) for fate, text in texts.items()})
        above += high + 1


def _plate(context: Context, text: str, size: int, box: Box) -> Plate:
    letters = mask(text, size, face=context.layout.face)
    placed = letters.moved(box.left + round(0.45 * size), box.bottom - round(0.42 * size))
    plate = Mask.even(box.intersection(context.box) or context.box)
    return (plate, context.theme.page, 0.86), (placed, context.theme.ink, 1.0)


def _freest(context: Context, wide: int, high: int) -> tuple[bool, bool]:
    """The corner in which a box covers least of the only path and of the marks."""
    panel, taken = context.box, trodden(context.paths[0])
    for box in marks.covered(context):
        shared = box.intersection(panel)
        if shared:
            taken[shared.slices_in(panel)] = True
    rooms = {corner: _in_corner(panel, corner, wide, high).intersection(panel) or panel for corner in CORNERS}
    return min(CORNERS, key=lambda corner: taken[rooms[corner].slices_in(panel)].sum())


def _in_corner(panel: Box, corner: tuple[bool, bool], wide: int, high: int, above: int = 0) -> Box:
    """A box of a size in a corner of a panel. Units: `above` the lower edge, in pixels."""
    left = panel.right - wide if corner[0] else panel.left
    top = panel.top if corner[1] else panel.bottom - above - high
    return Box(left, top, left + wide, top + high)
