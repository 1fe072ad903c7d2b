"""The author process: the same numbers as in this process, the scene's own errors, and no child left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from animgd import load, record
from animgd.errors import RenderError, SceneError
from animgd.output.recorder.author import Author, AuthorRecorder, changes
from animgd.processes.child import Child, Lost, alive, kill_all
from animgd.processes.context import stopping
from animgd.processes.message import Channel
from animgd.recording.npz import dumps
from tests import doubles

ROOT = Path(__file__).parent.parent
MODULE = """
from animgd import *
def bowl(x, y):
    return x**2 + 3 * y**2
two = Scene(epochs=3, resolution=4, optimizer={"a": SGD(lr=0.1, momentum=0.9), "b": Optimizer("Adam", lr=0.3)})
booth = Scene(problem=Function("booth"), window=Window(), epochs=2, resolution=3)
own = Scene(problem=Function(bowl), window=Window(), epochs=2, resolution=3)
wrong = Scene(losses=(Loss("MESLoss"),), epochs=1)
unmade = Scene(optimizer=Optimizer("Adam", lr=0.1, speed=3), epochs=1)
last = Scene(epochs=1, resolution=2)
"""


@pytest.fixture(scope="module", autouse=True)
def _no_fork_server_is_left() -> Iterator[None]:
    yield
    kill_all()
    stopping.clear()


@pytest.fixture
def module(write) -> Path:
    """A module of several scenes."""
    return write(MODULE, "several.py")


@pytest.fixture
def author(module: Path) -> Iterator[Author]:
    """An author process that runs it."""
    made = Author(module, (), 60.0, several=True)
    yield made
    made.child.close()


def recorder(author: Author, number: int) -> AuthorRecorder:
    return AuthorRecorder(author, number, lambda done, count: None)


def test_another_process_records_the_same(module: Path, author: Author) -> None:
    """Scene after scene comes back as this process records it; errors in between change nothing and name their line."""
    here, there = load(module), dict(author.scenes())
    assert list(there) == ["two", "booth", "own", "wrong", "unmade", "last"]
    for number, (name, scene) in enumerate(there.items()):
        other = recorder(author, number)
        other.begin(scene)
        if words := {"wrong": "no loss 'MESLoss'", "unmade": "no setting 'speed'"}.get(name):
            with pytest.raises(SceneError, match=words) as caught:
                other.result()
            assert str(caught.value).startswith(f"{module}:{8 + (name == 'unmade')}")
        else:
            assert dumps(other.result()) == dumps(record(here[name]))
        if name != "own":
            assert scene == here[name]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_author_is_one_line(author: Author, how: signal.Signals) -> None:
    """If the process dies, the error says how on one line, and the module's other scenes are not waited for."""
    scenes = author.scenes()
    one = recorder(author, 0)
    os.kill(author.child.pid, how)
    with pytest.raises(SceneError, match=f"killed by signal {how.value}") as caught:
        one.begin(scenes[0][1])
        one.result()
    assert "\n" not in str(caught.value)
    with pytest.raises(RenderError, match="last is not filmed: the process of its module has ended"):
        recorder(author, 5).begin(scenes[5][1])


def still(channel: Channel) -> None:
    """What a child does that waits."""
    channel.receive()


def test_a_worker_that_is_lost_is_not_waited_for(write) -> None:
    """Its author trains on, and answers the next who asks; the answer that nobody wanted is not taken for that."""
    slow = "import time\ndef bowl(x, y):\n    time.sleep(0.03)\n    return x**2 + y**2\n"
    text = MODULE.replace("def bowl(x, y):\n    return x**2 + 3 * y**2\n", slow)
    author, worker = Author(write(text, "slow.py"), (), 60.0, several=True), Child(still, several=True)
    try:
        scenes = author.scenes()
        own, last = scenes[2][1], scenes[5][1]
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(Lost) as caught:
            recorder(author, 2).answer(changes(own), worker)
        assert caught.value.child is worker
        answer = recorder(author, 5)
        answer.begin(last)
        assert dumps(answer.result()) == dumps(record(last))
    finally:
        author.child.close()
        worker.close()


def test_nothing_stays_open(module: Path) -> None:
    """Connections are closed with the process, and no process is left."""
    for k in range(4):
        author = Author(module, (), 60.0, several=True)
        author.scenes()
        author.child.close()
        if k == 0:  # the fork server is there from now on
            before = doubles.descriptors()
        assert not doubles.alive(author.child.pid)
    assert doubles.descriptors() <= before


def test_none_starts_when_the_program_ends(module: Path) -> None:
    """A thread may be about to start one while all others are killed."""
    kill_all()
    with pytest.raises(InterruptedError):
        Author(module, (), 60.0, several=True)
    assert not alive
    stopping.clear()


SETTINGS = """
import torch
torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
torch.set_grad_enabled(False)
torch.set_num_threads(2)
from animgd import Scene, render
render(Scene(epochs=3, resolution=4, optimizer=__import__("animgd").SGD(lr=0.1)), "a.json", cache=False)
"""


@pytest.mark.long
def test_a_scenes_torch_settings_do_not_matter(tmp_path: Path) -> None:
    """A program that changes torch's default type, device, gradients and threads gets the same numbers."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "ANIMGD_CACHE": str(tmp_path / "shelf")}
    made = []
    for text in (SETTINGS, "\n".join(SETTINGS.splitlines()[6:])):
        done = subprocess.run([sys.executable, "-c", text], env=env, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        made.append((tmp_path / "a.json").read_bytes())
    assert made[0] == made[1]
