"""The film worker of `animgd watch`: a still, then a draft film, in a process that stays warm.

It trains scenes that are plain data itself, and keeps what they share from one to the next; own code runs in the
author process only.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from animgd.errors import RenderError, UsageError
from animgd.output.recorder.author import AskingRecorder, AuthorRecorder, answered, called
from animgd.output.recorder.base import Here, Known, Recorder
from animgd.processes.child import Child, Lost
from animgd.processes.message import Channel, Message
from animgd.scene.module import transfer
from animgd.scene.module.limits import limit_memory
from animgd.scene.scene import Scene
from animgd.training.author import failure
from animgd.training.earlier import Earlier

if TYPE_CHECKING:
    from animgd.drawing.renderer import Renderer
    from animgd.drawing.timeline import Timeline
    from animgd.recording.model import Recording

SLICE = 0.05  # seconds between two looks for a newer save
GRACE = 1.0  # seconds that the worker has to stop for it
OFTEN = 0.02  # seconds between two messages of progress
DRAFT = 640  # pixels of the longer side
END = "end"  # the last frame, as an epoch to look at


class Worker:
    """The worker as the program sees it; `newer` is set when what it makes is not wanted any more."""

    def __init__(self, newer: Event) -> None:
        self._newer = newer
        self._child: Child | None = None

    def start(self) -> Child:
        """Start it, unless it lives. Raises: OSError."""
        self._child = self._child or Child(serve, several=True)
        return self._child

    def close(self) -> None:
        """End it."""
        if self._child:
            self._child.close()

    def make(self, scene: Scene, job: dict[str, Any], recorder: AuthorRecorder, tell: Any) -> Sequence[str]:
        """Have a still and a film made, and tell its messages; returns the files that own code has read late.

        Raises: OSError, AnimgdError.
        """
        return self._have("make", {**job, "code": recorder.code}, transfer.packed([scene]).encode(), recorder, tell)

    def look(self, job: dict[str, Any], tell: Any) -> None:
        """Have another still of the last scene made, and tell it. Raises: OSError, AnimgdError."""
        self._have("look", job, b"", None, tell)

    def _have(
        self, kind: str, job: dict[str, Any], body: bytes, recorder: AuthorRecorder | None, tell: Any
    ) -> Sequence[str]:
        child, late, stopped = self.start(), list[str](), False
        try:
            child.send(kind, job, body)
            while (message := self._next(child)).kind not in ("end", "failed"):
                if message.kind == "record" and recorder:
                    answer = recorder.answer(message.value, child)
                    read = answer.value if answer.kind == "recording" else ()
                    late = [file for file in read if not file.startswith("<")]
                    child.send(*answer)
                    continue
                tell(message.kind, message.value)
                if self._newer.is_set() and not stopped:
                    child.send("stop")
                    stopped = True
        except Lost as lost:
            self._child = None
            status = lost.status or 0
            how = f"was killed by {called(-status)}" if status < 0 else "has ended"
            raise RenderError(f"the process that draws {how}; save again") from lost
        answered(message)
        return late

    def _next(self, child: Child) -> Message:
        """The next message; a worker that goes on with what is not wanted any more is ended. Raises: Lost."""
        waited = 0.0
        while not child.connection.poll(SLICE) and waited < GRACE:
            waited += SLICE * self._newer.is_set()
        if waited >= GRACE:
            child.close()
            raise Lost(child, None, "")
        return child.receive(None)


class Superseded(Exception):  # noqa: N818 - not an error
    """There is a newer save."""


def serve(channel: Channel) -> None:
    """What the worker does."""
    limit_memory()  # it trains what an author has just typed
    earlier, drawn = Earlier(), None
    while True:
        kind, job, body = channel.receive()
        if kind == "stop":  # it came too late
            continue
        try:
            if kind == "make":
                (scene,) = transfer.unpacked(body.decode())
                assert isinstance(scene, Scene)
                drawn = None
                drawn = _prepared(channel, scene, job, earlier)
            if drawn:
                _still(channel, drawn, job)
            if drawn and kind == "make":
                _film(channel, drawn, job)
        except Superseded:
            pass
        except Exception as error:
            channel.send("failed", failure(error))
            continue
        channel.send("end")


class _Said:
    """Tells progress, and stops when the program asks for it."""

    def __init__(self, channel: Channel, phase: str) -> None:
        self._channel, self._phase, self._last = channel, phase, 0.0

    def __call__(self, done: int, count: int) -> None:
        now = time.monotonic()
        if now - self._last < OFTEN:
            return
        self._last = now
        if self._channel.connection.poll():
            self._channel.receive()
            raise Superseded
        self._channel.send("bar", [self._phase, done, count])


class _Drawn(NamedTuple):
    """A scene that was recorded, and what draws it."""

    scene: Scene
    recording: Recording
    renderer: Renderer
    warnings: list[str]


def _prepared(channel: Channel, scene: Scene, job: dict[str, Any], earlier: Earlier) -> _Drawn:
    from animgd.drawing.renderer import Renderer
    from animgd.output.render import recorded, unkept
    from animgd.output.target import blaming, check
    from animgd.recording.cache import spec
    from animgd.recording.diagnostics import remarks

    with blaming(scene, tuple(map(tuple, job["said"]))):
        check(scene, [])
        recorder: Recorder = AskingRecorder(channel, job["code"])
        if spec(scene) is not None:
            recorder = Here(_Said(channel, "training"), earlier if job["cache"] else None)
        recording = recorded(scene, recorder, job["cache"])
        renderer = Renderer(scene, recording)
        warnings = dict.fromkeys([*remarks(scene, recording), *unkept(recorder), *renderer.remarks])
    return _Drawn(scene, recording, renderer, list(warnings))


def _still(channel: Channel, drawn: _Drawn, job: dict[str, Any]) -> None:
    from animgd.output.still import save
    from animgd.output.target import Target

    line = drawn.renderer.timeline
    number = _frame_number(line, drawn.recording, job["look"])
    save(Target(Path(job["still"]), "png"), drawn.renderer.frame(number))
    told = {"frame": number, "epoch": float(line.moment(number)), "look": job["look"], "warnings": drawn.warnings}
    channel.send("still", told)


def _film(channel: Channel, drawn: _Drawn, job: dict[str, Any]) -> None:
    line = drawn.renderer.timeline
    _draft(drawn.scene, drawn.recording, Path(job["film"]), _Said(channel, "drawing"))
    channel.send("film", {"fps": float(line.fps), "epochs": [float(line.moment(n)) for n in range(line.count)]})


def _frame_number(line: Timeline, recording: Recording, look: str | float | None) -> int:
    """The frame that shows an epoch, the end, or a word for an epoch that the recording knows."""
    from animgd.recording.events import telling

    if isinstance(look, str) and look != END:
        epochs = sorted(telling(recording, look))
        look = epochs[0] if epochs else END
    if look is None or look == END:
        return line.count - 1
    assert isinstance(look, (int, float))
    return line.showing(look) if isinstance(look, int) else min(line.count - 1, line.first_frame(look))


def _draft(scene: Scene, recording: Recording, path: Path, progress: Any) -> None:
    """The film, small, or in its own size if it has no room then."""
    from animgd.output.render import render_targets
    from animgd.output.target import Target

    video = scene.video
    part = min(1.0, DRAFT / max(video.width, video.height))
    small, own = ([max(2, 2 * round(part * side / 2)) for side in (video.width, video.height)] for part in (part, 1.0))
    for width, height in (small, own):
        draft = scene.replace(video=video.replace(width=width, height=height))
        try:
            render_targets(draft, [Target(path, "mp4")], Known(recording), progress, cache=False)
        except UsageError:
            if (width, height) == tuple(own):
                raise
        else:
            return
