"""What an author process does: it runs a scene module, tells its scenes, and records them on request.

It is the only process that runs a scene's code, and it keeps all that the module has changed until it ends.
"""

from __future__ import annotations

import contextlib
import errno
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from animgd.errors import AnimgdError, SceneError, shortage
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module import limits, transfer
from animgd.scene.module.author_errors import inside, raised
from animgd.scene.module.loader import read
from animgd.scene.module.settings import Setting, applied
from animgd.scene.module.sources import Sources
from animgd.system import leave_removed_folder
from animgd.training.dynamo_stub import postpone

if TYPE_CHECKING:
    from animgd.scene.scene import Scene

OFTEN = 0.1  # seconds between two messages of progress


class Channel(Protocol):
    """The way to the parent."""

    def send(self, kind: str, value: Any = None, body: bytes = b"") -> None: ...

    def receive(self) -> Any: ...


def author(channel: Channel, path: str, names: tuple[str, ...] | None, settings: tuple[Setting, ...] = ()) -> None:
    """Run a module, send its scenes (those of `names`; () the usual ones, None all), and answer requests.

    `settings` are fields of the scenes that are set before they are sent.
    """
    limits.apply()
    with contextlib.suppress(OSError):  # the current folder is gone
        sys.path += [str(Path(path).parent.resolve()), str(Path.cwd())]  # last, so that they hide no library
    sources = Sources()
    try:
        with sources.seen():
            known = read(path)
            chosen = known.chosen(known.names if names is None else names)
            found = [(name, applied(film, settings)) for name, film in chosen]
    except AnimgdError as error:
        channel.send("failed", failure(error) | {"files": sources.files()})
        return
    scenes = [scene for _, scene in found]
    channel.send(
        "scenes", [[name for name, _ in found], sources.digest(), sources.files()], transfer.packed(scenes).encode()
    )
    while True:
        number, changes = channel.receive().value
        film, part = scenes[number], changes.pop("part")
        scene = film.scenes[part] if isinstance(film, Lecture) else film
        _answer(channel, _changed(scene, **changes), sources)


def _changed(scene: Scene, epochs: int, resolution: int) -> Scene:
    """The scene as it is to be recorded, without pauses, which may lie beyond its new end."""
    return scene.replace(epochs=epochs, resolution=resolution, pauses=())


def _answer(channel: Channel, scene: Scene, sources: Sources) -> None:
    """Record a scene, and send the recording and the files that its code read only now, or an error."""
    leave_removed_folder()
    if "torch" not in sys.modules:
        postpone()
    try:
        from animgd.recording.npz import dumps
        from animgd.training.own_code import call
        from animgd.training.record import record

        call.listeners[:] = [_seldom(channel, "calls")]
        steps = _seldom(channel, "training")
        with sources.seen():
            recording = record(scene, lambda done, count: steps([done, count]))
    except SystemExit as error:
        way = "os._exit()" if isinstance(error, limits.Left) else "sys.exit()"
        channel.send("failed", failure(SceneError(f"the scene's code called {way}", inside(error))))
        return
    except Exception as error:
        channel.send("failed", failure(_of_the_scene(error)))
        return
    channel.send("recording", sources.late(), dumps(recording))


def _of_the_scene(error: Exception) -> Exception:
    """An error with its line if code of the scene raised it where nothing of it was called, as in a signal handler."""
    if isinstance(error, AnimgdError) or not (line := inside(error)):
        return error
    known = SceneError(raised(error), line)
    known.__cause__ = error
    return known


def _seldom(channel: Channel, kind: str) -> Callable[[Any], None]:
    """Sends messages of progress, at most one in `OFTEN` seconds unless what they say is of another kind."""
    sent, last = 0.0, None

    def send(value: Any) -> None:
        nonlocal sent, last
        now = time.monotonic()
        if now - sent >= OFTEN or (isinstance(value, str) and value != last):
            sent, last = now, value
            channel.send(kind, value)

    return send


def failure(error: BaseException) -> dict[str, Any]:
    """An error as data."""
    ours = isinstance(error, AnimgdError)
    text = str(error.args[0]) if ours else f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    if not ours and (limit := shortage(OSError(errno.ENOMEM, "") if isinstance(error, MemoryError) else error)):
        text = limit
    trace = "".join(traceback.format_exception(error))
    kind = type(error).__name__ if ours else "RenderError"
    return {"kind": kind, "text": text, "origin": getattr(error, "origin", None), "trace": trace}
