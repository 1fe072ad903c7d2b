"""--dry-run: what it accepts can be filmed, and what it refuses is refused in the words of the film."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import SMALL

from animgd.output import dry_run, render
from animgd.training.record import record
from tests import rig

HEAD = "import torch\nfrom animgd import *\nvideo = Video(320, 240, 10, 10, 0, 0)\none = (Panel(loss='MSELoss'),)\n"

REFUSED = [  # what a scene says, words of the line
    ("optimizer=Optimizer('Adam', lr=0.1, momentum=0.9)", "Adam has no setting 'momentum'"),
    ("optimizer=Optimizer('Adan', lr=0.1)", "did you mean 'Adam'?"),
    ("optimizer=Optimizer('adam', lr=0.1)", "did you mean 'Adam'?"),
    ("optimizer=Optimizer('Adam', learning_rate=0.1)", "did you mean 'lr'?"),
    ("optimizer=Optimizer('Adam', lr=0.1, betas=(0.9, 2.0))", "cannot construct Adam"),
    ("optimizer={'a': SGD(0.1), 'b': Optimizer('SparseAdam', lr=0.1)}", "SparseAdam cannot step"),
    ("optimizer=Optimizer('SparseAdam', lr=0.1)", "does not support dense gradients"),
    ("optimizer=Optimizer(lambda p, lr: p, lr=0.1)", "does not return a torch.optim.Optimizer"),
    ("panels=(Panel(), Panel(optimizer=Optimizer('Zzz', lr=1.0)))", "torch.optim has no 'Zzz'"),
    ("ghost=Optimizer('Adam', lr=0.1, beta=1)", "did you mean 'betas'?"),
    ("losses=['mse']", "did you mean 'MSELoss'?"),
    ("losses=['MSELoss', 'HuberrLoss']", "did you mean 'HuberLoss'?"),
    ("losses=['CrossEntropyLoss']", "needs class labels"),
    ("losses=['BCELoss']", "BCELoss failed on a line's predictions"),
    ("losses=[Loss('HuberLoss', delta=-1.0)]", "HuberLoss failed"),
    ("losses=[Loss('MSELoss', reduction='none')]", "reduce them to one"),
    ("losses=[lambda p, t: (p - t) ** 2]", "returns 50 numbers"),
    ("losses=[lambda p: p.sum()]", "takes 1 positional argument but 2 were given"),
    ("problem=Function('rosenbrok')", "did you mean 'rosenbrock'?"),
    ("problem=Function(lambda x, y: {}['z'])", "KeyError: 'z'"),
    ("problem=Function(lambda x, y: torch.stack([x, y]))", "returns 2 numbers"),
    ("problem=Function(lambda x, y: torch.tensor(1.0))", "has no gradient"),
    ("panels=one, style=Style(colormap='rainbov')", "unknown colormap 'rainbov'"),
    ("losses=['MSELoss'] * 16", "320x240 is too small for 16 panels"),
]


@pytest.mark.parametrize(("fields", "words"), REFUSED)
def test_what_cannot_be_filmed_is_refused_in_the_same_words(animgd, write, fields, words):
    """Names, settings, shapes, the look and the room for panels are found by a dry run as they are by the film."""
    module = write(HEAD + f"scene = Scene({fields}, epochs=4, {'' if 'video' in fields else 'video=video'})\n")
    dry, made = animgd(module, "--dry-run", "-f", "gif"), animgd(module, "-f", "gif")
    assert (dry.status, made.status, len(dry.err)) == (2, 2, 1) and words in dry.err[0], dry.err
    assert dry.err == made.err
    assert dry.out == dry.made == []


COUNTING = """
calls = {"f": 0, "step": 0}
def f(x, y):
    calls["f"] += 1
    return x ** 2 + y ** 2
class Counting(torch.optim.SGD):
    def step(self, closure=None):
        calls["step"] += 1
        return super().step()
scene = Scene(problem=Function(f), optimizer=Optimizer(Counting, lr=0.1), epochs=1000, resolution=501, video=video)
torch.animgd_calls = calls
"""


def test_functions_are_called_and_optimizers_step_but_nothing_is_trained(animgd, write):
    """A dry run calls the function, lets the optimizer make two steps, and says what the whole film would be."""
    import torch

    done = animgd(write(HEAD + COUNTING), "--dry-run", "-f", "gif")
    assert (done.status, done.err) == (0, [])
    assert done.out == [f"{done.folder / 'small.gif'}: 320x240, 1001 frames at 10 a second, 100.1 s"]
    assert torch.animgd_calls["step"] == 2 and 0 < torch.animgd_calls["f"] < 10_000
    assert not done.folder.exists()


def test_only_a_little_is_trained(animgd, write, monkeypatch):
    """What is asked for is a short version of the scene."""
    asked = []
    monkeypatch.setattr(dry_run, "trained", lambda scene, _: asked.append(scene) or record(scene))
    assert animgd(write(HEAD + "scene = Scene(epochs=999, resolution=301)\n"), "--dry-run").status == 0
    assert [(scene.epochs, scene.resolution) for scene in asked] == [(2, 3)]


def test_a_kept_recording_is_believed(animgd, write, monkeypatch):
    """What has been filmed needs no second trial, unless it is asked for."""
    module = write()
    assert animgd(module, "-f", "gif").status == 0
    tried = []
    monkeypatch.setattr(
        dry_run, "trained", lambda scene, trainer: tried.append(scene) or render.trained(scene, trainer)
    )
    assert animgd(module, "--dry-run", "-f", "gif", "--theme", "dark").status == 0 and not tried
    assert animgd(module, "--dry-run", "-f", "gif", "--no-cache").status == 0 and len(tried) == 1


def test_a_function_that_hangs_is_stopped(tmp_path):
    """A scene's own code has the same deadline as when it is filmed."""
    program = rig.Program(tmp_path)
    module = program.write(
        "small.py", rig.HEAD + "def f(x, y):\n    while True: pass\nscene = Scene(problem=Function(f))\n"
    )
    done = program.run(module, "--dry-run", "--scene-timeout", "2")
    assert done.status == 2 and len(done.err) == 1 and "small.py:5: f timed out after 2 s" in done.err[0]


@pytest.mark.parametrize("size", ["60x60", "118x90", "130x96", "150x112", "160x120", "164x122", "170x126", "300x90"])
def test_a_size_that_is_accepted_can_be_filmed(animgd, write, size):
    """Near the smallest size that works, a dry run and the film agree."""
    arguments = (write(SMALL.replace("epochs=3", "epochs=40")), "-f", "gif", "--duration", "1", "--size", size)
    dry, made = animgd(*arguments, "--dry-run", "--no-cache"), animgd(*arguments)
    drawn = [line for line in made.err if "not shown, for lack of room" not in line]  # known once it is laid out
    assert (dry.status, dry.err) == (made.status, drawn)


def test_what_a_limit_allows_is_told(animgd, write):
    """With a limit, the size and the rate are the most that the place takes and the layout holds."""
    module = write(HEAD + "scene = Scene(panels=one, epochs=9, video=Video(2560, 1440, 50, 10, 0, 0))\n")
    done = animgd(module, "--dry-run", "--for", "x", "-f", "gif")
    assert done.out[0].startswith(f"{done.folder / 'small.gif'}: 1280x720, ")
    done = animgd(module, "--dry-run", "--for", "x", "-f", "gif", "--size", "2000x100")
    assert done.status == 2 and "--for x: " in done.err[0] and "too small" in done.err[0]


def refused(animgd, *arguments: object) -> str:
    """The one line of an environment that does not let the film be made."""
    done = animgd(*arguments, "--dry-run")
    assert (done.status, len(done.err), done.out) == (1, 1, []), done.err
    return done.err[0]


def test_a_folder_that_cannot_be_made_is_named(animgd, write, tmp_path):
    """A file in the way of the folder, or above it, a broken link, or a name that is too long."""
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    module, before = write(), sorted(path.name for path in tmp_path.iterdir())
    for place in ("file", "file/below", "file/far/below", "link", "x" * 300):
        assert f"cannot make the folder {tmp_path / place}" in refused(animgd, module, "-o", tmp_path / place)
    assert f"{'x' * 252}.json: File name too long" in refused(animgd, write(name=f"{'x' * 252}.py"), "-f", "json")
    assert sorted(path.name for path in tmp_path.iterdir())[: len(before)] == before


def test_a_folder_that_cannot_be_written_to_is_named(animgd, write, tmp_path, monkeypatch):
    """No right to write, where the folder would be made, and no film where something else has its name."""
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != tmp_path)
    assert "Permission denied" in refused(animgd, write(), "-f", "json")
    (tmp_path / "films" / "small.json").mkdir(parents=True)
    assert "small.json" in refused(animgd, write(), "-f", "json")
    assert [path.name for path in (tmp_path / "films").iterdir()] == ["small.json"]


def test_a_missing_ffmpeg_is_told(animgd, write, monkeypatch):
    """Without ffmpeg there will be no MP4; a GIF needs none."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    assert "needed for mp4" in refused(animgd, write())
    assert animgd(write(), "--dry-run", "-f", "gif").status == 0


def test_no_room_is_told(animgd, write, monkeypatch):
    """A disk that is too full for the film is found where its folder would be made."""
    monkeypatch.setattr("animgd.output.preflight.guess", lambda scene, target: 1 << 60)
    assert "No space left on device" in refused(animgd, write())
