"""What is at fault is named: the option of the command line, or the line of the scene."""

from __future__ import annotations

import shutil

import pytest
from conftest import SMALL

from animgd import Panel, Scene, Style, Video, render
from animgd.errors import AnimgdError
from animgd.graphics.fonts import PLEX
from animgd.output.still import still

HEAD = "from animgd import *\n"
ONE = "scene = Scene(epochs=3, panels=(Panel(loss='MSELoss'),),\n  video=Video(width={}, height={}, fps={}))\n"

OPTIONS = [  # arguments, how the line begins, words in it
    (["--size", "641x360"], "--size 641x360: ", ["small.mp4", "640x360"]),
    (["--size", "40x30", "-f", "gif"], "--size 40x30: ", ["small.gif", "too small", "works is"]),
    (["--size", "40x30", "--frame", "0"], "--size 40x30: ", ["too small", "works is"]),
    (["--size", "16384x16", "-f", "gif"], "--size 16384x16: ", ["too small"]),
    (["--fps", "60"], "--fps 60: ", ["small.gif", "at most 50"]),
    (["--fps", "60", "-q", "draft"], "--fps 60: ", ["at most 50"]),
    (["--fps", "12345678/1234567", "-f", "mp4"], "--fps 12345678/1234567: ", ["small.mp4", "exactly"]),
    (["--fps", "62.5", "-f", "gif"], "--fps 62.5: ", ["not 62.5"]),
    (["--gif-fps", "60"], "--gif-fps 60: ", ["small.gif", "at most 50"]),
    (["--gif-fps", "60", "--fps", "30"], "--gif-fps 60: ", ["at most 50"]),
    (["--gif-size", "40x30"], "--gif-size 40x30: ", ["small.gif", "too small"]),
    (["--gif-size", "40x30", "--size", "320x240"], "--gif-size 40x30: ", ["too small"]),
    (["--epochs", "0"], "--epochs 0: ", ["at least 1"]),
    (["--epochs", "10000000"], "--epochs 10000000: ", ["more than a day", "--duration"]),
    (["--duration", "0.1"], "--duration 0.1: ", ["the shortest is 0.2 s"]),
    (["--frame", "4"], "--frame 4: ", ["0 to 3"]),
    (["--max-size", "4.1KB", "-f", "gif"], "--max-size 4100: ", ["small.gif", "does not fit"]),
    (["--max-size", "4.1KB", "--for", "github", "-f", "gif"], "--max-size 4100: ", ["small.gif", "does not fit"]),
    (["--for", "x", "-f", "json"], "--for x: ", ["json is not allowed"]),
    (["--for", "x", "-f", "gif", "--duration", "99"], "--for x: ", ["small.gif", "too long", "--duration 34"]),
    (["--for", "x", "-f", "gif", "--size", "2000x100"], "--for x: ", ["1280x64 is too small"]),
    (["--for", "mastodon", "-f", "gif", "--size", "2000x40"], "--size 2000x40: ", ["2000x40 is too small"]),
    (["--frame", "1", "-f", "gif"], "--frame writes a PNG", ["-f"]),
    (["-f", "avi"], "argument -f/--format: ", ["'avi'"]),
    (["-q", "huge"], "argument -q/--quality: ", ["draft"]),
    (["--theme", "neon"], "argument --theme: ", ["dark"]),
    (["--max-size", "2"], "argument --max-size: ", ["4,096", "did you mean 2MB?"]),
    (["--max-size", "2.5KB"], "argument --max-size: ", ["'2.5KB'", "did you mean 2.5MB?"]),
    (["--max-size", "much"], "argument --max-size: ", ["2MB"]),
    (["--for", "nowhere"], "argument --for: ", ["github"]),
]


@pytest.mark.parametrize(("words", "begins", "told"), OPTIONS)
def test_an_option_at_fault_is_named(animgd, write, words, begins, told):
    """What the command line asked for begins the line, whatever else it says, and not the scene."""
    done = animgd(write(), *words)
    assert done.status in (1, 2) and len(done.err) == 1 and done.made == []
    assert done.err[0].startswith(f"animgd: error: {begins}"), done.err
    assert all(word in done.err[0] for word in told) and "small.py" not in done.err[0], done.err


def test_a_preset_that_is_too_small_for_the_panels_is_named(animgd, write):
    """`-q draft` is what made the frame so small."""
    panels = "tuple(Panel(f'{n}', 'MSELoss') for n in range(81))"
    done = animgd(write(HEAD + f"scene = Scene(panels={panels}, epochs=1)\n"), "-f", "gif", "-q", "draft")
    assert done.err[0].startswith("animgd: error: -q draft: ") and "640x360 is too small for 81 panels" in done.err[0]


DECLARED = [  # scene, arguments, the line at fault, words
    (ONE.format(641, 360, 25), ["-f", "mp4"], 3, ["small.mp4", "640x360"]),
    (ONE.format(641, 360, 25), ["-f", "mp4", "--fps", "30", "--theme", "dark"], 3, ["640x360"]),
    (ONE.format(640, 360, 60), ["--size", "320x240"], 3, ["small.gif", "at most 50"]),
    (ONE.format(640, 360, "__import__('fractions').Fraction(10**9, 10**8 + 7)"), ["-f", "mp4"], 3, ["exactly"]),
    (ONE.format(40, 30, 25), ["-f", "gif"], 3, ["small.gif", "too small", "works is"]),
    (ONE.format(40, 30, 25), ["--frame", "0", "--fps", "30"], 3, ["too small"]),
    (ONE.format(40, 30, 25), ["-f", "png,json", "--gif-size", "320x240"], 3, ["too small"]),
    ("\nscene = Scene(epochs=10**7)\n", ["--size", "320x240"], 3, ["more than a day"]),
    ("s = Style(\n  colormap='rainbov')\nscene = Scene(style=s)\n", ["--theme", "dark"], 2, ["'rainbov'"]),
    ("\n\nscene = Scene(losses=('MSELos',))\n", ["--epochs", "4", "-q", "draft"], 4, ["did you mean 'MSELoss'"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "line", "told"), DECLARED)
def test_a_declaration_at_fault_is_named_by_its_line(animgd, write, text, words, line, told):
    """What the scene declares begins the line with its place, also where options changed something else."""
    module = write(HEAD + text)
    done = animgd(module, *words)
    assert done.status == 2 and len(done.err) == 1 and done.made == []
    assert done.err[0].startswith(f"animgd: {module}:{line}: "), done.err
    assert all(word in done.err[0] for word in told), done.err


SET = [  # the setting, how the line begins
    ("losses=FooLoss,MSELoss", "--set losses=FooLoss,MSELoss: torch.nn has no loss 'FooLoss'"),
    ("losses.1=CrossEntropyLoss", "--set losses.1=CrossEntropyLoss: CrossEntropyLoss needs class labels"),
    ("losses.1.delta=3", "{}:2 with --set losses.1.delta=3: L1Loss has no setting 'delta'"),
    ("optimizer.a.betas=0,3", "{}:3 with --set optimizer.a.betas=0,3: cannot construct Adam"),
    ("style.font=/no:pe.ttf", "{}:4 with --set style.font=/no:pe.ttf: Style: font file not found: '/no:pe.ttf'"),
    ("style.colormap=rainbov", "{}:4 with --set style.colormap=rainbov: Style: unknown colormap 'rainbov'"),
]
WHOLE = """from animgd import *
losses = ["MSELoss", Loss("L1Loss")]
runs = {"a": Optimizer("Adam", lr=0.1), "b": SGD(0.1)}
look = Style()
scene = Scene(losses=losses, optimizer=runs, style=look, epochs=2, resolution=5)
"""


@pytest.mark.parametrize(("setting", "begins"), SET)
def test_a_setting_at_fault_is_named_beside_the_line_that_it_changes(animgd, write, setting, begins):
    """What is found only when the scene is filmed, too; a loss that the setting itself makes has no line."""
    module = write(WHOLE)
    (error,) = animgd(module, "--set", setting).err
    assert error.startswith(f"animgd: {begins.format(module)}"), error


def test_files_beside_the_module_are_found_whatever_is_set(animgd, write):
    """A font's name is relative to the scene."""
    module = write(WHOLE.replace("Style()", "Style(font='own.ttf')"), "there/small.py")
    shutil.copy(PLEX / "IBMPlexSans-Regular.ttf", module.parent / "own.ttf")
    done = animgd(module, "--set", "style.theme=dark", "-f", "json")
    assert (done.status, done.err) == (0, [])


@pytest.mark.parametrize(
    ("video", "name", "words"),
    [
        ({"width": 641}, "a.mp4", "640x720"),
        ({"fps": 60}, "a.gif", "at most 50"),
        ({"width": 40, "height": 30}, "a.gif", "too small"),
    ],
)
def test_from_python_the_line_is_named_too(tmp_path, video, name, words):
    """A notebook is told where the video that cannot be was declared."""
    declared = Video(**video)
    scene = Scene(panels=(Panel(loss="MSELoss"),), epochs=2, resolution=3, video=declared)
    with pytest.raises(AnimgdError, match=words) as caught:
        render(scene, tmp_path / name)
    assert str(caught.value).startswith(f"{declared.origin}: ") and caught.value.status == 2
    assert not list(tmp_path.iterdir())


def test_a_still_names_the_line_too(tmp_path):
    """One frame is refused as its film is."""
    style = Style(colormap="rainbov")
    with pytest.raises(AnimgdError) as caught:
        still(Scene(epochs=2, resolution=3, style=style), tmp_path / "a.png", frame=0)
    assert str(caught.value).startswith(f"{style.origin}: ")


def test_a_module_that_is_right_is_not_blamed(animgd, write):
    """The same scene without the options is filmed."""
    assert animgd(write(SMALL), "-f", "gif,mp4").status == 0
