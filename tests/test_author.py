"""Recording in another process: the same numbers, the scene's own errors, and no child left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from animgd.errors import RenderError, SceneError
from animgd.recording.npz import dumps
from animgd.scene.problem import Function, Window
from animgd.scene.scene import SGD, Loss, Optimizer, Scene
from animgd.training import author
from animgd.training.author import Trainer
from tests import doubles

ROOT = Path(__file__).parent.parent
SCENE = Scene(epochs=3, resolution=4, optimizer={"a": SGD(lr=0.1, momentum=0.9), "b": Optimizer("Adam", lr=0.3)})


def test_another_process_records_the_same() -> None:
    """Scene after scene comes back as this process would have recorded it, errors in between change nothing."""
    from animgd import record

    booth = Scene(problem=Function("booth"), window=Window(), epochs=2, resolution=3)
    wrong = Scene(losses=(Loss("MESLoss"),), epochs=1)
    unmade = Scene(optimizer=Optimizer("Adam", lr=0.1, speed=3), epochs=1)
    with Trainer() as other:
        for scene in (SCENE, booth):
            assert other.begin(scene)
            assert dumps(other.result()) == dumps(record(scene))
        for scene, words in ((wrong, "no loss 'MESLoss'"), (unmade, "no setting 'speed'")):
            assert other.begin(scene)
            with pytest.raises(SceneError, match=words) as caught:
                other.result()
            assert str(caught.value).startswith(f"{__file__}:")
        assert len(doubles.children()) == 1
        assert other.begin(SCENE)
        assert other.result().panels
    assert not doubles.children()


def test_code_stays_here() -> None:
    """What cannot be sent is not begun, and costs no process."""
    with Trainer() as other:
        assert not other.begin(replace(SCENE, losses=(lambda predicted, target: (predicted - target).abs().mean(),)))
        assert not doubles.children()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_trainer_is_one_line(how: signal.Signals) -> None:
    """If the process dies, the error says how on one line, nothing hangs, and the next scene gets a new process."""
    with Trainer() as other:
        assert other.begin(SCENE)
        (child,) = doubles.children()
        os.kill(child, how)
        with pytest.raises(RenderError, match=f"killed by signal {how.value}") as caught:
            other.result()
        assert "\n" not in str(caught.value)
        assert not doubles.children()


FAILURES = {
    "says why": ("import sys; sys.stderr.write('x\\nout of luck\\n'); sys.exit(3)", "status 3: out of luck"),
    "says nothing": ("import sys; sys.exit(0)", "exited with status 0"),
    "half an answer": ("import sys; sys.stdin.readline(); sys.stdout.write('R' + '\\0' * 7 + '\\x09abc')", "status 0"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_trainer_that_fails_is_one_line(failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the process does instead of answering ends in one line with its last words."""
    body, words = FAILURES[failure]
    real = subprocess.Popen
    monkeypatch.setattr(author.subprocess, "Popen", lambda command, **more: real([sys.executable, "-c", body], **more))
    with Trainer() as other:
        if other.begin(SCENE):
            with pytest.raises(RenderError, match=words) as caught:
                other.result()
            assert "\n" not in str(caught.value)
    assert not doubles.children()


def test_a_trainer_that_cannot_start_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started, the caller records by itself."""

    def refuse(*given: object, **more: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(author.subprocess, "Popen", refuse)
    with Trainer() as other:
        assert not other.begin(SCENE)


def test_no_child_is_left_after_an_error() -> None:
    """An exception while training runs ends the process with the context; closing twice is no error."""
    with pytest.raises(KeyError), Trainer() as other:
        other.begin(SCENE)
        assert len(doubles.children()) == 1
        raise KeyError
    other.close()
    assert not doubles.children()


def test_nothing_stays_open() -> None:
    """Pipes and the file for last words are closed with the process."""
    before = doubles.descriptors()
    for _ in range(3):
        with Trainer() as other:
            other.begin(SCENE)
    assert doubles.descriptors() == before


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
    """A module that changes torch's default type, device, gradients and threads gets the same numbers."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "ANIMGD_CACHE": str(tmp_path / "shelf")}
    made = []
    for text in (SETTINGS, "\n".join(SETTINGS.splitlines()[6:])):
        done = subprocess.run([sys.executable, "-c", text], env=env, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        made.append((tmp_path / "a.json").read_bytes())
    assert made[0] == made[1]


@pytest.mark.long
def test_a_killed_parent_takes_its_trainer_along(tmp_path: Path) -> None:
    """When animgd itself is killed, the process that trains ends, too."""
    told = (
        "import os, signal; from animgd.training.author import Trainer; from animgd import Scene\n"
        "from tests import doubles\n"
        "t = Trainer(); t.begin(Scene(epochs=1)); t.result(); print(*doubles.children(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", told], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    for child in map(int, done.stdout.split()):
        for _ in range(2000):
            if not doubles.alive(child):
                break
            os.sched_yield()
        assert not doubles.alive(child)
