"""What tests share: the article's scenes, recorded once; the command line; scene modules on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from animgd import SGD, Scene
from animgd.recording.model import Recording

# No deadline: two cores do many things at once. The same examples each time, and none kept in the user's folder.
settings.register_profile("animgd", deadline=None, derandomize=True, database=None)
settings.load_profile("animgd")
# A shell's background job ignores these, and so would what it starts.
for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)

ROOT = Path(__file__).parent.parent
FIGURES = {  # figures 5, 6, 8, 9 and 10 of the article
    "plain": SGD(lr=0.1),
    "momentum": SGD(lr=0.1, momentum=0.9),
    "nesterov": SGD(lr=0.1, momentum=0.9, nesterov=True),
    "weight_decay": SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=2.0),
    "dampening": SGD(lr=0.1, momentum=0.9, dampening=0.8),
}
SMALL = """
from animgd import SGD, Panel, Scene, Video
video = Video(width=320, height=240, fps=10, epochs_per_second=10, hold_start=0, hold_end=0)
scene = Scene(title="Small", panels=(Panel(loss="MSELoss"),), epochs=3, video=video)
"""


@dataclass(frozen=True)
class Outcome:
    """What a call of the command line left behind."""

    status: int
    out: list[str]
    err: list[str]
    folder: Path  # the one that -o names

    @property
    def made(self) -> list[str]:
        """All that lies in the output folder, hidden or not."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*"))


@pytest.fixture(scope="session", autouse=True)
def _own_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Recordings are kept in a folder of this session, not in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANIMGD_CACHE", str(tmp_path_factory.mktemp("shelf")))
        yield


@pytest.fixture(scope="session")
def five() -> dict[str, Recording]:
    """The recordings of the article's five settings on its four losses, 200 epochs long."""
    from animgd import record

    return {name: record(Scene(optimizer=optimizer, epochs=200)) for name, optimizer in FIGURES.items()}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a scene module; what is given is its text, or the small scene without any."""

    def put(text: str = SMALL, name: str = "small.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def animgd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Call the command line in this process, which runs the scenes too; outputs in a folder of its own."""
    from animgd.cli import main

    folder = tmp_path / "films"

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = main.main(["-o", str(folder), *map(str, arguments)])
        said = capsys.readouterr()
        return Outcome(status, said.out.splitlines(), said.err.splitlines(), folder)

    return call


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in another process, at the package's doorstep, with a deadline."""

    def call(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.pop("env", {})}  # type: ignore[dict-item]
        wanted = {"cwd": tmp_path, "text": True, "timeout": 120, "stdin": subprocess.DEVNULL, **settings}
        if "stdout" not in wanted:
            wanted |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.run([sys.executable, *map(str, arguments)], env=environment, **wanted)  # type: ignore[call-overload]

    return call
