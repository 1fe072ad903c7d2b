"""The command line: what it makes, what it says, and how it ends."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import ROOT, SMALL
from PIL import Image

import animgd as package

HEAD = "from animgd import *\n"
LEAN = "video=Video(320, 240, 10, 10, 0.2, 0.3)"


def test_stdout_has_the_paths_and_nothing_else(animgd, write):
    """One line an output, in the order asked for, and no word on stderr when nothing is odd."""
    done = animgd(write(), "-f", "mp4,gif,png,json")
    folder = done.folder
    assert (done.status, done.err) == (0, [])
    assert done.out == [str(folder / name) for name in ("small.mp4", "small.gif", "small", "small.json")]
    pictures = [f"small/{k:05d}.png" for k in range(4)]
    assert done.made == sorted(["small.mp4", "small.gif", "small.json", "small", *pictures])


def test_mp4_and_gif_are_made_without_being_asked_for(animgd, write):
    """The main promise: one scene becomes a film and a GIF under its name."""
    done = animgd(write(name="my_film.py"))
    assert (done.status, done.made) == (0, ["my_film.gif", "my_film.mp4"])


def test_lecture_makes_mp4_only(animgd, write):
    """A wall's size makes a film, not a huge GIF, unless -f says otherwise."""
    assert [line.split(": ")[0].rpartition("/")[2] for line in animgd(write(), "-q", "lecture", "--dry-run").out] == [
        "small.mp4"
    ]
    out = animgd(write(), "-q", "4k", "-f", "gif", "--dry-run").out
    assert len(out) == 1 and "small.gif: 3840x2160" in out[0]


def test_json_lines_have_the_contract_s_keys(animgd, write):
    """--json gives one object an output, with the facts that the files bear out."""
    done = animgd(write(), "--json", "-f", "gif,png", "--fps", "30000/1001", "--size", "400x300")
    assert (done.status, len(done.out)) == (0, 2)
    for line, kind in zip(done.out, ("gif", "png"), strict=True):
        told = json.loads(line)
        assert list(told) == ["path", "format", "width", "height", "fps", "frames", "duration", "bytes", "seconds"]
        assert (told["format"], told["width"], told["height"]) == (kind, 400, 300)
        assert (told["fps"], told["frames"]) == ("30000/1001", 10)
        assert told["duration"] == pytest.approx(10 * 1001 / 30000) and told["seconds"] > 0
    files = list((done.folder / "small").iterdir())
    assert len(files) == 10 and told["bytes"] == sum(file.stat().st_size for file in files)


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(animgd, write, monkeypatch):
    """--dry-run tells frames, seconds and sizes, and neither trains to the end nor writes."""
    monkeypatch.setattr("animgd.output.render.recorded", lambda *given: pytest.fail("it must not record"))
    done = animgd(write(), "--dry-run", "--duration", "2")
    assert (done.status, done.made, done.err) == (0, [], [])
    assert done.out == [
        f"{done.folder / name}: 320x240, 20 frames at 10 a second, 2 s" for name in ("small.mp4", "small.gif")
    ]
    told = json.loads(animgd(write(), "--dry-run", "--json", "-f", "gif").out[0])
    assert (told["frames"], told["duration"]) == (4, 0.4) and "bytes" not in told
    assert not done.folder.exists()


@pytest.mark.parametrize("theme", ["light", "dark", "seed"])
def test_a_single_frame_is_the_film_s(animgd, write, theme):
    """--frame K is named by its number and pixel-identical to frame K of the film; -1 is the last."""
    module = write(
        HEAD
        + f"scene = Scene(epochs=3, optimizer=SGD(0.1, 0.9), resolution=21, {LEAN.replace('320, 240', '640, 360')})\n"
    )
    common = ("--theme", theme, "--size", "640x360")
    assert animgd(module, "-f", "png", *common).status == 0
    for asked, number in ((0, 0), (3, 3), (-1, 8)):
        done = animgd(module, "--frame", asked, *common)
        assert (done.status, done.out) == (0, [str(done.folder / f"small-{number}.png")])
        still = np.asarray(Image.open(done.folder / f"small-{number}.png"))
        film = np.asarray(Image.open(done.folder / "small" / f"{number:05d}.png"))
        assert still.shape == (360, 640, 3)
        np.testing.assert_array_equal(still, film)


TWO = HEAD + f"scene = Scene(epochs=1, panels=(Panel(),), {LEAN})\nfast = Scene(epochs=2, panels=(Panel(),), {LEAN})\n"


def test_names_choose_scenes(animgd, write):
    """All scenes of a module are filmed, or those that are named after it; `scene` has the module's name alone."""
    module = write(TWO, "two.py")
    assert animgd(module, "-f", "json").made == ["two-fast.json", "two.json"]
    other = write(TWO, "other.py")
    done = animgd(module, "fast", other, "scene", "-f", "gif")
    assert done.out == [str(done.folder / "two-fast.gif"), str(done.folder / "other.gif")]


def test_a_scene_that_is_chosen_twice_is_filmed_once(animgd, write):
    """By its name and by that of the list that it is in, or by its name alone."""
    module = write(HEAD + f"pair = [Scene(epochs=e, panels=(Panel(),), {LEAN}) for e in (1, 2)]\n", "two.py")
    for names, made in ((("pair", "pair-1"), ["pair-0", "pair-1"]), (("pair-1", "pair-1"), ["pair-1"])):
        done = animgd(module, *names, "-f", "json")
        assert done.out == [str(done.folder / f"two-{name}.json") for name in made], done.err


def test_the_command_line_overrides_the_scene(animgd, write):
    """Size, rate, epochs, duration and theme of the command line end up in the film."""
    options = ("--size", "480x360", "--fps", "20", "--epochs", "6", "--duration", "1.5")
    done = animgd(write(), "-f", "json", *options)
    film = json.loads((done.folder / "small.json").read_text())
    assert (film["width"], film["height"], film["fps"], film["frames"]) == (480, 360, "20/1", 30)
    assert film["epoch_of_frame"][-1] == 6 and len(film["panels"][0]["runs"][0]["loss"]) == 7


BAD = [  # scene text (None: the small scene), arguments, words of the one line
    ("scene = Scene(", [], ["small.py:2: SyntaxError"]),
    ("x = 3", [], ["no scene found", "x (int)"]),
    ("scene = Scene(titel='x')", [], ["small.py:2:", "did you mean 'title'?"]),
    (
        "scene = Scene(optimizer=SGD(lr=float('nan')))",
        [],
        ["small.py:2:", "SGD: lr must be a finite number above 0, not nan"],
    ),
    ("scene = Scene(epochs=2.5)", [], ["small.py:2:", "epochs must be a whole number"]),
    ("scene = Scene(window=Window(bias=(1, 1)))", [], ["Window: bias must be (low, high) with low < high"]),
    ("scene = Scene(problem=Problem(x=(), y=()))", [], ["Problem: x must be at least one number"]),
    ("scene = Scene(optimizer=Optimizer('Adan', lr=1.0))", [], ["small.py:2:", "did you mean 'Adam'?"]),
    ("scene = Scene(optimizer=Optimizer('SparseAdam', lr=1.0))", [], ["small.py:2:", "dense"]),
    ("scene = Scene(optimizer=Optimizer('Adam', lr=1.0, beta=1))", [], ["small.py:2:", "did you mean 'betas'?"]),
    ("scene = Scene(losses=('MSELos',))", [], ["small.py:2:", "did you mean 'MSELoss'?"]),
    ("scene = Scene(losses=('NLLLoss',))", [], ["class labels"]),
    ("scene = Scene(style=Style(colormap='rainbov'))", [], ["unknown colormap 'rainbov'"]),
    ("scene = Scene(video=Video(fps=60))", ["-f", "gif"], ["50"]),
    ("import sys; sys.exit()", [], ["small.py:2:", "sys.exit()"]),
    (None, ["--epochs", "0"], ["--epochs 0", "at least 1"]),
    (None, ["--epochs", "-1"], ["--epochs -1", "at least 1"]),
    (None, ["--epochs", "2.5"], ["invalid number '2.5': expected a whole number"]),
    (None, ["--size", "641x360"], ["mp4", "640x360"]),
    (None, ["--size", "640x361", "-f", "mp4"], ["mp4", "640x360"]),
    (None, ["--size", "0x0"], ["1 to 16384"]),
    (None, ["--size", "100000x100000"], ["1 to 16384"]),
    (None, ["--size", "40x30", "-f", "gif"], ["40x30 is too small", "works is"]),
    (None, ["--fps", "0"], ["invalid frame rate"]),
    (None, ["--fps", "nan"], ["invalid frame rate"]),
    (None, ["--fps", "51", "-f", "gif"], ["50"]),
    (None, ["--duration", "0.1"], ["the shortest is"]),
    (None, ["--frame", "4"], ["--frame 4: ", "0 to 3"]),
    (None, ["--frame", "-5"], ["--frame -5: "]),
    (None, ["-f", "avi"], ["unknown format 'avi'"]),
    (None, ["-q", "tiny"], ["tiny"]),
    (None, ["nosuch"], ["no scene 'nosuch'", "choose from scene"]),
]


@pytest.mark.parametrize(("text", "words", "told"), BAD)
def test_what_cannot_be_is_one_line_and_no_output(animgd, write, text, words, told):
    """A bad scene or argument gives one line on stderr that tells how to put it right, status 2, and no file."""
    done = animgd(write(SMALL if text is None else HEAD + text + "\n"), *words)
    assert done.status == 2
    # Fails for what `cli._check` refuses, as long as `_shots` keeps the refused shot and it is told again in `_film`.
    assert len(done.err) == 1 and done.err[0].startswith("animgd: "), done.err
    assert all(word in done.err[0] for word in told), done.err
    assert (done.out, done.made) == ([], [])


def test_modules_that_would_share_an_output_are_refused(animgd, write):
    """Two scenes with one output name are an error before anything starts, also where only the case differs."""
    for other in ("there/small.py", "there/SMALL.py"):
        done = animgd(write(), write(name=other))
        assert (done.status, done.made, len(done.err)) == (2, [], 1)
        assert "two scenes would be written to" in done.err[0]


def test_a_missing_module_is_named(animgd, tmp_path):
    """A path that is not there is one line with the path."""
    done = animgd(tmp_path / "gone.py")
    assert (done.status, done.err) == (2, [f"animgd: {tmp_path / 'gone.py'}: scene module not found"])


def test_one_bad_scene_does_not_stop_the_others(animgd, write):
    """Of several scenes the good ones are filmed, the bad one is told once, and the status is 1."""
    bad = write(HEAD + "scene = Scene(epochs=0)\n", "bad.py")
    untrained = write(HEAD + "scene = Scene(losses=('MSELos',))\n", "untrained.py")
    done = animgd(bad, write(), untrained, "-f", "json")
    assert (done.status, done.made) == (1, ["small.json"])
    assert [("bad.py" in line, "untrained.py" in line) for line in done.err] == [(True, False), (False, True)]


def test_all_scenes_bad_is_a_bad_scene(animgd, write):
    """Where nothing could be filmed because every scene is bad, the status says so."""
    bad = [write(HEAD + "scene = Scene(epochs=0)\n", name) for name in ("a.py", "b.py")]
    done = animgd(*bad)
    assert (done.status, len(done.err)) == (2, 2)


def test_an_output_that_cannot_be_written_is_status_1(animgd, write, tmp_path):
    """A folder that cannot be made is one line that names it, and no bad usage."""
    (tmp_path / "films").write_text("in the way")
    done = animgd(write())
    assert (done.status, len(done.err)) == (1, 1) and "films" in done.err[0]
    assert (tmp_path / "films").read_text() == "in the way"


def test_a_failure_leaves_what_was_there(animgd, write, monkeypatch):
    """If drawing fails half way, every output's name has what it had before, and nothing else lies there."""
    done = animgd(write())
    before = {name: hashlib.sha256((done.folder / name).read_bytes()).digest() for name in done.made}
    from animgd.drawing.renderer import Renderer
    from animgd.errors import RenderError

    real = Renderer.frames

    def torn(renderer):
        yield next(real(renderer))
        raise RenderError("torn")

    monkeypatch.setattr(Renderer, "frames", torn)
    done = animgd(write(), "--theme", "dark")
    assert (done.status, done.err) == (1, ["animgd: error: torn"])
    assert before == {name: hashlib.sha256((done.folder / name).read_bytes()).digest() for name in done.made}


def test_a_traceback_comes_only_when_asked_for(animgd, write):
    """-v adds the traceback to an error; without it there is one line."""
    done = animgd(write(HEAD + "scene = Scene(epochs=0)\n"), "-v")
    assert done.status == 2 and done.err[0].startswith("Traceback") and done.err[-1].startswith("animgd: ")


def test_quiet_keeps_errors_and_drops_warnings(animgd, write):
    """--quiet silences warnings, not errors."""
    text = HEAD + f"scene = Scene(panels=(Panel(optimizer=SGD(1e20)),), epochs=2, {LEAN})\n"
    assert len(animgd(write(text), "-f", "gif").err) == 1
    assert animgd(write(text), "-f", "gif", "--quiet").err == []
    assert len(animgd(write(HEAD), "--quiet").err) == 1


def test_no_memory_left_is_one_line(animgd, write, monkeypatch):
    """Where even the little that is done here needs more than there is, that is one line and status 1."""
    monkeypatch.setattr("animgd.cli.main._films", lambda *given: bytearray(1 << 62))
    done = animgd(write())
    assert (done.status, done.out, len(done.err)) == (1, [], 1) and "out of memory" in done.err[0]


def test_another_thread_may_film(animgd, write):
    """Signals belong to the main thread; elsewhere, films are made without them."""
    module, done = write(), []
    thread = threading.Thread(target=lambda: done.append(animgd(module, "-f", "json")))
    thread.start()
    thread.join()
    assert (done[0].status, done[0].err, done[0].made) == (0, [], ["small.json"])


def test_without_scenes_there_is_help_and_status_2(capsys):
    """Without arguments: the help; --version: the version."""
    from animgd.cli.main import main

    assert main([]) == 2
    assert "usage: animgd" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"animgd {package.__version__}\n"


FILMS = [  # name, scene, options, words of the one warning
    ("a thousand epochs", f"Scene(panels=(Panel(),), epochs=1000, optimizer=SGD(0.1, 0.9), {LEAN})",
     ["--duration", "2"], None),
    ("sixteen panels", "Scene(panels=tuple(Panel(f'{n}', 'MSELoss', SGD(n / 40)) for n in range(1, 17)), epochs=4)",
     ["--size", "1280x720", "--duration", "4"], "not shown, for lack of room at 1280x720: lr 0.025 of 1, "),
    ("five runs", "Scene(optimizer={f'lr {n}': SGD(n / 20) for n in range(1, 6)}, epochs=4)",
     ["--size", "960x540", "--duration", "4"], None),
    ("eight runs", "Scene(optimizer={f'lr {n}': SGD(n / 20) for n in range(1, 9)}, epochs=4)",
     ["--size", "960x540", "--duration", "4"], "not shown, for lack of room at 960x540: the losses as numbers"),
    ("one epoch", f"Scene(panels=(Panel(),), epochs=1, {LEAN})", [], None),
    ("leaving the window", f"Scene(panels=(Panel(optimizer=SGD(0.7, 0.9)),), epochs=9, {LEAN})", [], None),
    ("diverging", f"Scene(panels=(Panel(optimizer=SGD(1.5)),), epochs=70, {LEAN})",
     ["--duration", "2"], "diverged at epoch"),
    ("constant", f"Scene(problem=Function(lambda w, b: 0 * w * b + 2), epochs=3, {LEAN})", [], "constant"),
    ("undefined", f"Scene(problem=Function(lambda w, b: (0 * w * b) / 0), epochs=3, {LEAN})", [], None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "scene", "options", "warning"), FILMS, ids=[film[0] for film in FILMS])
def test_odd_films_are_complete(animgd, write, name, scene, options, warning):
    """Many epochs, panels or runs, one epoch, paths that leave, maps without relief: a complete film, status 0."""
    done = animgd(write(HEAD + f"scene = {scene}\n"), "-f", "mp4,gif,json", *options)
    assert done.status == 0, done.err
    assert done.made == ["small.gif", "small.json", "small.mp4"]
    if warning:
        assert len(done.err) == 1 and warning in done.err[0] and done.err[0].startswith("animgd: warning: "), done.err
    elif name != "undefined":
        assert done.err == []
    film = json.loads((done.folder / "small.json").read_text())
    shown = film["epoch_of_frame"]
    assert len(shown) == film["frames"] and shown == sorted(shown) and shown[0] == 0
    assert all(len(run["loss"]) == shown[-1] + 1 for panel in film["panels"] for run in panel["runs"])


def test_ctrl_c_stops_at_once_and_leaves_nothing(tmp_path, write):
    """Ctrl-C in the middle of a film: status 130 within seconds, no half-written file, nothing on stdout."""
    module = write(HEAD + "scene = Scene(epochs=3000)\n")
    folder = tmp_path / "films"
    folder.mkdir()
    command = [sys.executable, "-m", "animgd", "-o", str(folder), "-q", "4k", str(module)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not any(folder.iterdir()) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert any(folder.iterdir()), "it must have begun"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    assert list(folder.iterdir()) == []


def test_a_bare_environment_is_enough(python, write, tmp_path):
    """No home, no cache, an ASCII locale, a dumb terminal: the film is made, its title's accents notwithstanding."""
    module = write(SMALL.replace('"Small"', '"Café – 下り坂"'))
    env = {"HOME": "/dev/null/none", "TERM": "dumb", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
           "ANIMGD_CACHE": "/dev/null/none", "MPLCONFIGDIR": "", "MPLBACKEND": "nonsense"}  # fmt: skip
    done = python("-m", "animgd", "-o", tmp_path / "films", "-f", "mp4,gif", module, env=env)
    # Fails as long as ffmpeg.py gives the title to Popen as text: the locale's encoding may not have its letters.
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(tmp_path / "films" / f"small.{kind}") for kind in ("mp4", "gif")]
    assert "Traceback" not in done.stderr


def test_who_reads_stdout_may_leave(animgd, python, write, tmp_path):
    """With its reader gone after one line (| head -1), or stdout closed, every film is made all the same."""
    module = write()
    assert animgd(module, "-f", "json").status == 0  # now the recording is kept, and what follows is quick
    folder = tmp_path / "closed"
    command = [sys.executable, "-m", "animgd", "-o", str(folder), str(module)]
    done = python("-c", f"import os; os.close(1); os.execv({sys.executable!r}, {command!r})")
    lost = "animgd: error: cannot write to stdout: it is closed; redirect it to another file\n"
    assert (done.returncode, done.stderr) == (1, lost)  # only a pipe's reader leaves on purpose
    assert sorted(path.name for path in folder.iterdir()) == ["small.gif", "small.mp4"]
    read, write_end = os.pipe()
    os.close(read)
    folder = tmp_path / "gone"
    with os.fdopen(write_end, "w") as nobody:
        done = python("-m", "animgd", "-o", folder, module, stdout=nobody, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == ["small.gif", "small.mp4"]
