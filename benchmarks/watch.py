"""The author's loop: from saving a scene to its still and its draft film, and the memory that many edits take."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.process import ANIMGD, ROOT
from benchmarks.row import Row

EDITS, QUICK_EDITS = 20, 5
SETTLE = 0.1  # seconds between two edits, and up to a look at the file more
SCENE = """from animgd import SGD, Scene, Style
scene = Scene(title="High momentum", optimizer=SGD(lr={lr}, momentum=0.9), style=Style("{theme}"))
"""


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """High momentum at 720p: another learning rate, then another theme, each so many times."""
    edits = QUICK_EDITS if quick else EDITS
    file = folder / "watch.py"
    file.write_text(SCENE.format(lr=0.1, theme="light"))
    loop = _Loop(file, folder / "watched")
    try:
        for _ in range(3):  # the first ones warm up
            loop.save(SCENE.format(lr=0.1, theme="dark"))
            loop.save(SCENE.format(lr=0.1, theme="light"))
        before = loop.memory()
        rates = [loop.save(SCENE.format(lr=f"{0.05 + 0.002 * n:.3f}", theme="light")) for n in range(edits)]
        themes = [loop.save(SCENE.format(lr=0.1, theme=("dark", "light")[n % 2])) for n in range(edits)]
        grown = loop.memory() - before
    finally:
        loop.close()
    note = f"{edits} edits, High momentum, 1280x720"
    for what, taken, bar in (("a new lr", rates, 1.0), ("another theme", themes, 0.3)):
        yield Row(f"watch, {what}: save to still", [still for still, _ in taken], "s", bar=bar, note=note)
        yield Row(f"  watch, {what}: save to draft film", [film for _, film in taken], "s", note="331 frames, 640x360")
    yield Row(f"watch, memory after {2 * edits} edits − before", [grown], "MB", bar=10)


class _Loop:
    """A program that watches, and the news of its page."""

    def __init__(self, file: Path, output: Path) -> None:
        self._file, self._run, self._count = file, 0, 0
        command = [*ANIMGD, "watch", file, "-o", output, "--quiet"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE,
                                         stdout=subprocess.DEVNULL, text=True)  # fmt: skip
        assert self._process.stderr is not None
        found = re.search(r"http://\S+", self._process.stderr.readline())
        assert found is not None
        self._news = urllib.request.urlopen(f"{found[0]}news")
        self._run = self._until(lambda state: "film" in state)["run"]

    def save(self, text: str) -> tuple[float, float]:
        """Replace the scene; the seconds until its still and its film are there."""
        self._count += 1
        time.sleep(SETTLE + 0.05 * (self._count * 0.618 % 1))  # saves come at any moment between two looks
        new = self._file.with_suffix(".new")
        new.write_text(text)
        began = time.perf_counter()
        new.replace(self._file)
        self._run += 1
        self._until(lambda state: state["still"]["run"] == self._run)
        still = time.perf_counter() - began
        self._until(lambda state: state["film"]["run"] == self._run)
        return still, time.perf_counter() - began

    def _until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for line in self._news:
            if line.startswith(b"data: "):
                state: dict[str, Any] = json.loads(line[6:])
                if state.get("error"):
                    raise RuntimeError(state["error"])
                if true(state):
                    return state
        raise RuntimeError("the program has ended")

    def memory(self) -> float:
        """The resident memory of the program and its processes, shared pages counted in each (Linux). Units: MB."""
        time.sleep(0.5)  # the last author process ends
        pids, resident = [self._process.pid], 0
        for pid in pids:
            with contextlib.suppress(OSError):  # it has ended
                pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                resident += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
        return resident * 1024 / 1e6

    def close(self) -> None:
        """End the program."""
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=20)
