"""Steps the timeline: draws what changed, and yields frames."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.backdrop import backdrop
from animgd.frames import Box, Frame, Pixels
from animgd.layout import Layout, layout
from animgd.overlays import Area, areas
from animgd.records import Recording
from animgd.scene import Scene
from animgd.timeline import Timeline, timeline


class Stage:
    """Draws the film of a scene; with `plain=True` every frame from nothing, for the test that both are equal."""

    def __init__(self, scene: Scene, recording: Recording, *, plain: bool = False) -> None:
        self._scene, self._recording, self._plain = scene, recording, plain
        self.timeline: Timeline = timeline(scene.video, scene.epochs)
        self.layout: Layout = layout(scene, recording, (scene.video.width, scene.video.height))
        self._still = backdrop(scene, recording, self.layout)

    @property
    def still(self) -> Pixels:
        """The picture without anything that moves. Shapes: (height, width, 3)."""
        return self._still.transpose(1, 2, 0)

    def frames(self) -> Iterator[Frame]:
        """All frames, each moment once; the pixels are the stage's own and change with the next frame."""
        picture = self._still.copy()
        pixels = picture.transpose(1, 2, 0)
        moving = self._areas()
        whole = Box(0, 0, *self.layout.size)
        for n, (moment, stay) in enumerate(self.timeline.moments()):
            if self._plain:
                picture[:] = self._drawn(moment)
                yield Frame(pixels, (whole,), stay)
                continue
            boxes = tuple(box for area in moving for box in self._changed(area, moment, picture))
            yield Frame(pixels, (whole,) if n == 0 else boxes, stay)

    def frame(self, number: int) -> Pixels:
        """One frame, drawn from nothing. Shapes: (height, width, 3)."""
        return self._drawn(self.timeline.moment(number)).transpose(1, 2, 0)

    def _areas(self) -> list[Area]:
        return areas(self._scene, self._recording, self.layout)

    def _drawn(self, moment: Fraction) -> NDArray[np.uint8]:
        picture = self._still.copy()
        for area in self._areas():
            for overlay in area.overlays:
                for _ in overlay.step(moment):
                    pass
            self._paint(area, area.box, picture)
        return picture

    def _changed(self, area: Area, moment: Fraction, picture: NDArray[np.uint8]) -> list[Box]:
        boxes = _joined([box for overlay in area.overlays for box in overlay.step(moment)])
        for box in boxes:
            self._paint(area, box, picture)
        return boxes

    def _paint(self, area: Area, box: Box, picture: NDArray[np.uint8]) -> None:
        rows, columns = box.slices
        planes = self._still[:, rows, columns].astype(np.float32)
        for overlay in area.overlays:
            overlay.paint(box, planes)
        np.rint(planes, out=planes)
        picture[:, rows, columns] = planes


def _joined(boxes: list[Box]) -> list[Box]:
    """Boxes that cover the same pixels, those that overlap joined."""
    done: list[Box] = []
    for box in boxes:
        while True:
            near = next((b for b in done if b.left <= box.right and box.left <= b.right
                         and b.top <= box.bottom and box.top <= b.bottom), None)  # fmt: skip
            if near is None:
                break
            done.remove(near)
            box = box.union(near)  # noqa: PLW2901 - it grows until it touches no other
        done.append(box)
    return done
