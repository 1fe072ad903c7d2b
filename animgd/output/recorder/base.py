"""Who records a scene: this process, or an author process (see `recorder.author`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from animgd.recording.model import Recording
from animgd.scene.scene import Scene
from animgd.training.dynamo_stub import postpone
from animgd.training.earlier import Earlier

Progress = Callable[[int, int], None]  # (steps trained, of how many)


class Recorder(Protocol):
    """Records a scene on request."""

    code: str  # what identifies the author's code, for keys of recordings; "" if nothing does
    late: Sequence[str]  # files that this code has read only when it was called

    def of_part(self, scene: int) -> Recorder:
        """Who records the scene of that number in a lecture."""

    def begin(self, wanted: Scene) -> None:
        """Request a recording; meanwhile, the caller imports what films need. Raises: SceneError."""

    def result(self) -> Recording:
        """Wait for it. Raises: SceneError, RenderError."""


class Here:
    """Records in this process, where the functions of a program or a notebook are."""

    code = ""
    late: Sequence[str] = ()

    def __init__(self, progress: Progress | None = None, earlier: Earlier | None = None) -> None:
        self._progress, self._earlier = progress, earlier

    def of_part(self, scene: int) -> Here:
        """Another one: what is wanted is told to `begin`."""
        return Here(self._progress, self._earlier)

    def begin(self, wanted: Scene) -> None:
        """Note what is wanted."""
        self._wanted = wanted

    def result(self) -> Recording:
        """Record it. Raises: SceneError."""
        if "torch" not in sys.modules:
            postpone()
        from animgd.training.record import record

        return record(self._wanted, self._progress, self._earlier)


class Known(Here):
    """Gives a recording that exists already."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording

    def result(self) -> Recording:
        """The recording."""
        return self._recording
