"""The whole program under test: started, watched, and all that it leaves behind found (Linux)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import doubles
from tests.decoded import seen

ROOT = Path(__file__).parent.parent
THOROUGH = "ANIMGD_THOROUGH" in os.environ
thorough_only = pytest.mark.skipif(not THOROUGH, reason="python -m tests.thorough runs it")
HEAD = "from animgd.scene.scene import *\nfrom animgd.scene.optimizers import *\nfrom animgd.scene.video import Video\n"
SCENE = 'scene = Scene(title="S", panels=(Panel(loss="MSELoss"),), epochs=3, video=Video(320, 240, 10, 10, 0, 0))\n'
LONGER = 'scene = Scene(title="S", epochs=60, video=Video(1280, 720, 25, 12.5, 0, 0))\n'  # a second or two
NOTHING_LEFT = 2.0  # seconds


def count(usual: int, full: int) -> int:
    """How many cases: in .ci/run, and in `python -m tests.thorough`."""
    return full if THOROUGH else usual


@dataclass(frozen=True)
class Result:
    """What a call of the program left behind. Units: `seconds` from the start, or from the signal."""

    status: int
    out: list[str]
    err: list[str]
    seconds: float


@dataclass
class Program:
    """The program, its folders, and a mark by which its processes are known wherever they went."""

    home: Path
    mark: str = field(default_factory=lambda: f"rig-{uuid.uuid4().hex}")

    @property
    def films(self) -> Path:
        """The output folder."""
        return self.home / "films"

    def write(self, name: str = "small.py", text: str = HEAD + SCENE) -> Path:
        """A scene module."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *arguments: object, env: dict[str, str] | None = None, **settings: object) -> subprocess.Popen[str]:
        """Start the program."""
        command = [sys.executable, "-m", "animgd", "-o", str(self.films), *map(str, arguments)]
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "cwd": self.home}
        surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "RIG": self.mark, **(env or {})}
        return subprocess.Popen(command, env=surroundings, text=True, **{**given, **settings})  # type: ignore[call-overload]

    def run(self, *arguments: object, deadline: float = 120, **settings: object) -> Result:
        """Run the program to its end; nothing of it may be left then."""
        began = time.monotonic()
        with self.start(*arguments, **settings) as process:  # type: ignore[arg-type]
            return self.ended(process, began, deadline)

    def ended(self, process: subprocess.Popen[str], began: float, deadline: float) -> Result:
        """Wait for the end of the program."""
        try:
            out, err = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        seconds = time.monotonic() - began
        self.nothing_lives()
        return Result(process.returncode, (out or "").splitlines(), (err or "").splitlines(), seconds)

    def living(self) -> list[str]:
        """The processes of this program that live, as their command lines."""
        mark, found = f"RIG={self.mark}".encode(), []
        for place in Path("/proc").iterdir():
            if place.name.isdigit() and int(place.name) != os.getpid():
                try:
                    if mark in (place / "environ").read_bytes() and doubles.alive(int(place.name)):
                        found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:3000])
                except OSError:
                    continue
        return found

    def nothing_lives(self) -> None:
        """Within two seconds, no process of the program is left."""
        until = time.monotonic() + NOTHING_LEFT
        while living := self.living():
            assert time.monotonic() < until, living
            time.sleep(0.02)

    def parts(self) -> list[str]:
        """Temporary files in the output folder."""
        return [name for name in doubles.names(self.films) if name.startswith(".")] if self.films.exists() else []


def interrupt(process: subprocess.Popen[str], numbers: Sequence[int]) -> None:
    """Send signals, one soon after the other."""
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.02 if len(numbers) > 1 else 0)


def whole(path: Path, frames: int) -> bool:
    """Whether a film is complete, by reading all of it; a GIF's pictures may stay for many frames."""
    if path.suffix == ".json":
        return bool(json.loads(path.read_bytes())["frames"] == frames)
    pictures = seen(path).pictures
    return 0 < pictures <= frames if path.suffix == ".gif" else pictures == frames


SIGNALS = {"INT": [signal.SIGINT], "TERM": [signal.SIGTERM], "HUP": [signal.SIGHUP], "QUIT": [signal.SIGQUIT],
           "INT twice": [signal.SIGINT] * 2}  # fmt: skip
