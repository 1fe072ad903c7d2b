"""`animgd watch` under test: a program that runs, its scene, and the news of its page."""

from __future__ import annotations

import atexit
import json
import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.rig import Program

LOOK = "video=Video(width=320, height=240, fps=10, epochs_per_second=10, hold_start=0, hold_end=0)"
State = dict[str, Any]


def scene(lr: float = 0.1, theme: str = "light", before: str = "", **more: str) -> str:
    """The text of a scene module."""
    rest = "".join(f", {name}={value}" for name, value in {"losses": "('MSELoss',)", **more}.items())
    return (
        f"from animgd import *\n{before}"
        f"scene = Scene(title='S', optimizer=SGD({lr}, momentum=0.5), epochs=4, {LOOK}, style=Style('{theme}'){rest})\n"
    )


class Watched:
    """A program that watches scene.py, whose text is replaced as editors do it."""

    def __init__(self, folder: Path, *options: str, text: str | None = None, name: str = "scene.py") -> None:
        self.program = Program(folder)
        self.file = self.program.write(name, text or scene())
        self.states: list[State] = []
        self._heard = threading.Condition()
        self.process: subprocess.Popen[str] = self.program.start("watch", self.file, *options)
        atexit.register(self.process.kill)  # whatever becomes of the test
        assert self.process.stderr is not None
        self.address = re.search(r"http://127.0.0.1:\d+/", self.process.stderr.readline())[0]  # type: ignore[index]
        threading.Thread(target=self._hear, daemon=True).start()

    @property
    def films(self) -> Path:
        """The output folder."""
        return self.program.films

    @property
    def run(self) -> int:
        """The number of the last run."""
        return int(self.states[-1]["run"])

    def _hear(self) -> None:
        with urllib.request.urlopen(f"{self.address}news") as news:
            for line in news:
                if line.startswith(b"data: "):
                    with self._heard:
                        self.states.append(json.loads(line[6:]))
                        self._heard.notify_all()

    def until(self, true: Callable[[State], object], since: int = 0, seconds: float = 30) -> State:
        """The first state after so many of which something is true."""
        end = time.monotonic() + seconds
        with self._heard:
            while True:
                for state in self.states[since:]:
                    if true(state):
                        return state
                since = len(self.states)
                assert self._heard.wait(end - time.monotonic()), self.states[-1:]

    def save(self, text: str, name: str = "scene.py") -> int:
        """Replace a file; returns how many states there were before."""
        number = len(self.states)
        self.program.write(name, text)
        return number

    def film(self, text: str) -> State:
        """Replace the scene, and wait for its film."""
        before, number = self.run, self.save(text)
        return self.until(lambda state: state.get("film", {"run": 0})["run"] > before, number)

    def error(self, text: str) -> tuple[str, str]:
        """Replace the scene, and wait for an error: where, and what."""
        before, number = self.run, self.save(text)
        found = self.until(lambda state: state["run"] > before and state.get("error"), number)["error"]
        return found["where"].removeprefix(f"{self.program.home}/"), found["text"]

    def close(self) -> None:
        """End it, if it lives."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=20)
