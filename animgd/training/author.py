"""Recording in another process: torch is imported there while matplotlib is imported here, and whatever a scene
does to torch's settings stays here.

The other process runs `serve`. On its stdin come specs, a line of JSON each; on its stdout go
answers, each a letter, eight bytes of length, and so many bytes: R a recording, E an error.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from types import TracebackType
from typing import IO, Any, Protocol

from animgd.errors import AnimgdError, RenderError, SceneError
from animgd.recording.model import Recording
from animgd.recording.npz import dumps, loads
from animgd.scene.codec import Spec, scene, spec
from animgd.scene.scene import Scene
from animgd.system import die_with_parent
from animgd.training.dynamo_stub import postpone

START = "import sys; sys.path[:] = {path!r}; from animgd.training.author import serve; serve()"


class Helper(Protocol):
    """What is asked of the other process; a Popen is one."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None: ...

    def wait(self) -> int: ...

    def kill(self) -> None: ...


class Trainer:
    """Records scenes in a process of its own, which starts with the first and ends with the context."""

    def __init__(self, process: Helper | None = None) -> None:
        """A process that already serves may be given."""
        self._process = process
        self._words: IO[bytes] | None = None

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def begin(self, wanted: Scene) -> bool:
        """Ask for a recording; False if the scene holds code that cannot go to another process."""
        told = spec(wanted)
        if told is None:
            return False
        try:
            process = self._started()
            assert process.stdin is not None
            process.stdin.write(json.dumps(told).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            self.close()
            return False
        return True

    def result(self) -> Recording:
        """The recording that was asked for. Raises: SceneError, RenderError."""
        assert self._process is not None and self._process.stdout is not None
        head = self._process.stdout.read(9)
        body = self._process.stdout.read(int.from_bytes(head[1:], "big")) if len(head) == 9 else b""
        if len(head) < 9 or len(body) < int.from_bytes(head[1:], "big"):
            raise self._ended()
        if head[:1] == b"R":
            return loads(body)
        told = json.loads(body)
        raise SceneError(told["message"], told["origin"]) if told["scene"] else RenderError(told["message"])

    def close(self) -> None:
        """End the process; never raises."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()  # type: ignore[union-attr]
            process.wait()
        if self._words is not None:
            self._words.close()
            self._words = None

    def _started(self) -> Helper:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", START.format(path=sys.path)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words, start_new_session=True,
            )  # fmt: skip
        return self._process

    def _ended(self) -> RenderError:
        assert self._process is not None
        status = self._process.wait()
        words = b""
        if self._words is not None:
            self._words.seek(0)
            words = self._words.read(1 << 16)
        self.close()
        lines = words.decode(errors="replace").strip().splitlines()
        how = f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
        return RenderError(f"the training process {how}{': ' + lines[-1][:200] if lines else ''}")


def serve() -> None:
    """Answer until stdin ends."""
    die_with_parent()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    answer(sys.stdin.buffer, answers)


def answer(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Record what is asked for, until no more is asked."""
    postpone()
    for line in questions:
        letter, body = _answer(json.loads(line))
        answers.write(letter + len(body).to_bytes(8, "big") + body)
        answers.flush()


def _answer(told: Spec) -> tuple[bytes, bytes]:
    from animgd.training.record import record

    try:
        return b"R", dumps(record(scene(told)))
    except SceneError as error:
        return b"E", _error(str(error.args[0]), True, error.origin)
    except (AnimgdError, ImportError, RuntimeError, MemoryError) as error:
        return b"E", _error(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}", False, None)


def _error(message: str, of_scene: bool, origin: str | None) -> bytes:
    told: dict[str, Any] = {"message": message, "scene": of_scene, "origin": origin}
    return json.dumps(told).encode()
