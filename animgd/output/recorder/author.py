"""The author process of a scene module, as the program sees it: its scenes, and their recordings on request."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from animgd import errors
from animgd.errors import AnimgdError, RenderError, SceneError, printable
from animgd.output.recorder.base import Progress
from animgd.processes.child import Child, Lost
from animgd.processes.entry import CLOSED, FAILED, ORPHANED
from animgd.processes.message import Channel, Message
from animgd.recording.model import Recording
from animgd.recording.npz import loads
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module import transfer
from animgd.scene.module.author_errors import is_library
from animgd.scene.module.settings import Setting
from animgd.scene.scene import Scene
from animgd.training.author import author, failure


class Author:
    """An author process for the scenes of `names`: () the usual ones, None all.

    Units: `patience` is how long its code may say nothing, in seconds.
    """

    def __init__(
        self,
        path: Path,
        names: tuple[str, ...] | None,
        patience: float,
        several: bool = False,
        settings: tuple[Setting, ...] = (),
    ) -> None:
        """Start it; it runs the module at once. Raises: OSError."""
        self._path, self._patience = path, patience
        self.child = Child(author, str(path), names, settings, several=several)
        self._calling, self._lost = "the scene module", False  # "" while no code of the author's has run
        self._unwanted = 0  # answers that nobody waits for any more
        self.files: list[str] = []  # that it has read, also if it failed

    def scenes(self) -> list[tuple[str, Scene | Lecture]]:
        """The scenes and lectures of the module by name. Raises: SceneError, UsageError, RenderError."""
        message = self.wait()
        self.files = message.value["files"] if message.kind == "failed" else message.value[2]
        scenes = transfer.unpacked(answered(message).decode())
        self.names, self.digest, _ = message.value
        return list(zip(self.names, scenes, strict=True))

    def ask(self, number: int, changes: dict[str, Any]) -> None:
        """Request the recording of a changed scene: that of a number, or one of its scenes if it is a lecture.

        Raises: SceneError, RenderError.
        """
        if self._lost:
            raise RenderError(f"{self.names[number]} is not filmed: the process of its module has ended")
        self._calling = ""
        with self._named():
            self.child.send("record", [number, changes])

    def wait(self, progress: Progress | None = None, beside: Child | None = None) -> Message:
        """Wait for an answer. Raises: SceneError; Lost, if the child `beside`, for which it is, ends meanwhile."""
        with self._named():
            while True:
                message = self.child.receive(self._patience if self._calling else None, beside)
                if message.kind == "calls":
                    self._calling = str(message.value)
                elif message.kind != "training" and self._unwanted:
                    self._unwanted -= 1
                elif message.kind != "training":
                    return message
                elif progress:
                    progress(*message.value)

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """Say how the process was lost, and where. Raises: SceneError; Lost, if it is another."""
        try:
            yield
        except Lost as lost:
            if lost.child is not self.child:
                self._unwanted += 1
                raise
            self._lost = True
            place = innermost(lost.crash, self._path) or str(self._path)
            raise SceneError(self._death(lost), place) from None

    def _death(self, lost: Lost) -> str:
        if lost.late:
            return f"{self._calling} timed out after {self._patience:g} s; raise the limit with --scene-timeout"
        if lost.status is None or lost.status == CLOSED:
            return "the scene closed animgd's file descriptors or replaced its process (exec)"
        if lost.status < 0:
            return f"the scene module was killed by {called(-lost.status)}"
        if lost.status == ORPHANED:
            return "the scene's process was lost with the fork server that started it"
        if lost.status == FAILED and lost.crash.strip():
            return f"the scene's process failed: {printable(lost.crash.strip().splitlines()[-1])}"
        return f"the scene ended its process with status {lost.status}"


class AuthorRecorder:
    """Records one scene of an author process."""

    def __init__(self, author: Author, number: int, progress: Progress, part: int | None = None) -> None:
        self._author, self._number, self._progress, self._part = author, number, progress, part
        self.code = f"{author.digest} {author.names[number]}"
        self.late: Sequence[str] = ()

    def begin(self, wanted: Scene) -> None:
        """Request a recording. Raises: SceneError, RenderError."""
        self._author.ask(self._number, changes(wanted, self._part))

    def of_part(self, scene: int) -> AuthorRecorder:
        """Who records the scene of that number in a lecture."""
        return AuthorRecorder(self._author, self._number, self._progress, scene)

    def result(self) -> Recording:
        """Wait for it. Raises: SceneError, RenderError."""
        message = self._author.wait(self._progress)
        self.late = message.value
        return loads(answered(message))

    def answer(self, changes: dict[str, Any], worker: Child) -> Message:
        """What a film worker gets that asks for the recording. Raises: Lost, if the worker is."""
        try:
            self._author.ask(self._number, changes)
            return self._author.wait(self._progress, worker)
        except AnimgdError as error:
            return Message("failed", failure(error))


class AskingRecorder:
    """Asks the parent of a film worker for a recording."""

    def __init__(self, channel: Channel, code: str, part: int | None = None) -> None:
        self._channel, self.code, self._part = channel, code, part
        self.late: Sequence[str] = ()

    def begin(self, wanted: Scene) -> None:
        """Request it."""
        self._channel.send("record", changes(wanted, self._part))

    def of_part(self, scene: int) -> AskingRecorder:
        """Who asks for the scene of that number in a lecture."""
        return AskingRecorder(self._channel, self.code, scene)

    def result(self) -> Recording:
        """Wait for it. Raises: SceneError, RenderError."""
        message = self._channel.receive()
        self.late = message.value
        return loads(answered(message))


def changes(wanted: Scene, part: int | None = None) -> dict[str, Any]:
    """What the program may have changed of a scene that affects its recording, and its number in a lecture."""
    return {"part": part, "epochs": wanted.epochs, "resolution": wanted.resolution}


def answered(message: Message) -> bytes:
    """What was asked for. Raises: SceneError, UsageError, RenderError, if the answer is an error."""
    if message.kind != "failed":
        return message.body
    told = message.value
    error: AnimgdError = getattr(errors, told["kind"], RenderError)(told["text"], told["origin"])
    error.add_note(told["trace"])
    raise error


def innermost(crash: str, path: Path) -> str | None:
    """The innermost line of the author's own code in a report of faulthandler, or in a traceback, as file:line."""
    calls = re.findall(r'File "(.+?)", line (\d+)', crash)
    for file, line in reversed(calls) if "Traceback (most recent call last)" in crash else calls:
        name = str(path) if file == str(path).encode("ascii", "backslashreplace").decode() else file
        if not is_library(name):
            return f"{printable(name)}:{line}"
    return None


def called(number: int) -> str:
    """A signal's number and name."""
    try:
        name = signal.strsignal(number)
    except ValueError:
        name = None
    memory = "; perhaps out of memory" if number == signal.SIGKILL else ""
    return f"signal {number} ({name or 'unknown'}){memory}"
