"""The author process: it imports torch while this process imports matplotlib, and records scenes.

It runs `serve`, which reads specs from stdin, one line of JSON each, and writes answers to stdout: a letter (R for a
recording, E for an error), the length of the body in eight bytes, and the body.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Protocol

from animgd.errors import AnimgdError, RenderError, SceneError
from animgd.recording.model import Recording
from animgd.recording.npz import dumps, loads
from animgd.scene.codec import Spec, scene, spec
from animgd.scene.scene import Scene
from animgd.system import die_with_parent
from animgd.training.dynamo_stub import postpone

START = "import sys; sys.path[:] = {path!r}; from animgd.training.author import serve; serve()"


class Helper(Protocol):
    """The part of `subprocess.Popen` that is used of the author process."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None: ...

    def wait(self) -> int: ...

    def kill(self) -> None: ...


class Trainer:
    """Records scenes in an author process, which starts with the first scene and ends with the context."""

    code = ""
    late: Sequence[str] = ()

    def __init__(self, process: Helper | None = None) -> None:
        """`process` is an author process that runs already; by default one is started."""
        self._process = process
        self._stderr: IO[bytes] | None = None

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def begin(self, wanted: Scene) -> bool:
        """Request a recording; False if the scene contains a callable, which cannot be sent."""
        request = spec(wanted)
        if request is None:
            return False
        try:
            process = self._started()
            assert process.stdin is not None
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            self.close()
            return False
        return True

    def result(self) -> Recording:
        """The requested recording. Raises: SceneError, RenderError."""
        assert self._process is not None and self._process.stdout is not None
        head = self._process.stdout.read(9)
        body = self._process.stdout.read(int.from_bytes(head[1:], "big")) if len(head) == 9 else b""
        if len(head) < 9 or len(body) < int.from_bytes(head[1:], "big"):
            raise self._ended()
        if head[:1] == b"R":
            return loads(body)
        error = json.loads(body)
        raise SceneError(error["message"], error["origin"]) if error["scene"] else RenderError(error["message"])

    def close(self) -> None:
        """End the process; never raises."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()  # type: ignore[union-attr]
            process.wait()
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None

    def _started(self) -> Helper:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", START.format(path=sys.path)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, start_new_session=True,
            )  # fmt: skip
        return self._process

    def _ended(self) -> RenderError:
        assert self._process is not None
        status = self._process.wait()
        text = b""
        if self._stderr is not None:
            self._stderr.seek(0)
            text = self._stderr.read(1 << 16)
        self.close()
        lines = text.decode(errors="replace").strip().splitlines()
        how = f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
        return RenderError(f"the training process {how}{': ' + lines[-1][:200] if lines else ''}")


def serve() -> None:
    """Answer until stdin ends."""
    die_with_parent()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    answer(sys.stdin.buffer, answers)


def answer(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each line of `questions` until they end."""
    postpone()
    for line in questions:
        letter, body = _answer(json.loads(line))
        answers.write(letter + len(body).to_bytes(8, "big") + body)
        answers.flush()


def _answer(request: Spec) -> tuple[bytes, bytes]:
    from animgd.training.record import record

    try:
        return b"R", dumps(record(scene(request)))
    except SceneError as error:
        return b"E", _error(str(error.args[0]), True, error.origin)
    except (AnimgdError, ImportError, RuntimeError, MemoryError) as error:
        return b"E", _error(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}", False, None)


def _error(message: str, of_scene: bool, origin: str | None) -> bytes:
    return json.dumps({"message": message, "scene": of_scene, "origin": origin}).encode()
