"""Guards that a whole film hardly shows: each by itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from animgd.encoders.mp4 import locate
from animgd.errors import EncoderError, OutputError
from animgd.output import preflight
from animgd.output.atomic import Part
from animgd.output.target import Target
from animgd.processes import family
from animgd.scene.module import limits
from animgd.scene.module.loader import load
from animgd.scene.scene import Scene
from animgd.scene.video import Video
from tests import doubles
from tests.rig import HEAD, Program
from tests.rig import SCENE as PLAIN


def test_bytes_reach_the_disk_before_the_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the file is on the disk, then it has its name, then the folder is on the disk: what a power cut needs."""
    steps, fsync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: steps.append(kind(handle)) or fsync(handle))
    monkeypatch.setattr(os, "replace", lambda *names: steps.append("name") or replace(*names))
    part = Part(tmp_path / "film")
    part.path.write_text("new")
    part.publish()
    assert steps == ["file", "name", "folder"]


def test_a_folder_reaches_the_disk_before_its_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First every picture, then their names, then the folder's own name."""
    steps, fsync, rename = [], os.fsync, os.rename
    monkeypatch.setattr(
        os, "fsync", lambda handle: steps.append(Path(f"/proc/self/fd/{handle}").resolve().name) or fsync(handle)
    )
    monkeypatch.setattr(os, "rename", lambda *names: steps.append("renamed") or rename(*names))
    part = Part(tmp_path / "film", folder=True)
    for name in ("00000.png", "00001.png"):
        (part.path / name).write_text("new")
    part.publish()
    assert steps == ["00000.png", "00001.png", part.path.name, "renamed", tmp_path.name]


def kind(handle: int) -> str:
    return "folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file"


@pytest.mark.parametrize("how", ["hangs midway", "hangs without input"])
def test_no_ffmpeg_survives_the_program(tmp_path: Path, how: str) -> None:
    """Kill -9 of the program while ffmpeg hangs: two seconds later there is neither."""
    program = Program(tmp_path)
    body = "if '-h' in sys.argv: print('Encoder libx264'); sys.exit(0)\n" + doubles.FAILURES[how]
    env = {"IMAGEIO_FFMPEG_EXE": str(doubles.fake_ffmpeg(tmp_path, body))}
    with program.start(program.write(), "-f", "mp4", "--size", "1280x720", env=env) as process:
        until = time.monotonic() + 60
        while not any("ffmpeg" in line and "libx264 -preset" in line for line in program.living()):
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        program.nothing_lives()


def test_no_scene_survives_the_program(tmp_path: Path) -> None:
    """Kill -9 of the program while a scene loops: two seconds later its process is gone too."""
    program = Program(tmp_path)
    scene = program.write(text="import sys\nprint('here', flush=True)\nwhile True: pass\n")
    with program.start(scene) as process:
        assert process.stderr is not None and process.stderr.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
        program.nothing_lives()


HANGS = {
    "a function": """
def f(x, y):
    while True: pass
scene = Scene(problem=Function(f))
""",
    "a gradient": """
class Endless(torch.autograd.Function):
    forward = staticmethod(lambda context, value: value.clone())
    @staticmethod
    def backward(context, gradient):
        while True: pass
scene = Scene(problem=Function(lambda x, y: Endless.apply(x) + y))
""",
    "a landscape": """
class Drawn(torch.nn.MSELoss):
    def forward(self, given, wanted):
        while not torch.is_grad_enabled(): pass
        return super().forward(given, wanted)
scene = Scene(losses=(Loss(Drawn()),))
""",
    "an optimizer": """
class Stuck(torch.optim.SGD):
    def zero_grad(self, set_to_none=True):
        while True: pass
scene = Scene(losses=("MSELoss",), optimizer=Optimizer(Stuck, lr=0.1))
""",
    "who catches everything": """
while True:
    try: time.sleep(9)
    except BaseException: pass
""",
}


@pytest.mark.long
def test_what_hangs_has_a_deadline(tmp_path: Path) -> None:
    """A scene's own function, loss or optimizer that never answers is one line with the place."""
    program = Program(tmp_path)
    scenes = [
        program.write(f"hang{n}.py", "import time, torch\n" + HEAD + text) for n, text in enumerate(HANGS.values())
    ]
    done = program.run(*scenes, "--scene-timeout", "4", "-f", "json", "-j", "2")
    assert done.status == 2 and len(done.err) == len(scenes), done.err
    for scene, line in zip(scenes, done.err, strict=True):
        assert re.match(rf"animgd: {scene}:\d+: .* timed out after 4 s; raise", line)


def test_a_scene_gets_half_of_the_memory(python) -> None:
    """Who takes more gets a MemoryError."""
    text = (
        "from animgd.scene.module import limits; assert limits._room() > 0\n"
        "limits._room = lambda: limits._number('/proc/self/status', 'VmData:') + (200 << 20)\n"
        "limits.apply(); kept = bytearray(10**8); kept = bytearray(10**9)"
    )
    done = python("-c", text)
    assert done.returncode == 1 and done.stderr.endswith("MemoryError\n")


def test_what_descends_is_found_or_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children and theirs in other sessions, none that has ended; without /proc or descriptors none, and no error."""
    text = (
        "import subprocess, sys; subprocess.Popen(['sleep', '9'], start_new_session=True); print(flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        assert process.pid in family.below(os.getpid()) > family.below(process.pid)
        (sleep,) = family.below(process.pid)
        monkeypatch.setattr(os, "listdir", _refuse)
        family.kill_family()
        assert family.below(process.pid) == set()
        monkeypatch.undo()
        family.kill_family(process.pid)
    assert not doubles.alive(sleep) and process.returncode == -signal.SIGKILL


def _refuse(*given: object) -> None:
    raise OSError(24, "Too many open files")


def test_what_a_scene_says_has_an_end(tmp_path: Path) -> None:
    """10 MB of print are cut short, and it is said that they were."""
    program = Program(tmp_path)
    done = program.run(program.write(text="print('x' * 10**7)\n" + HEAD + PLAIN), "-f", "json")
    assert done.status == 0 and sum(map(len, done.err)) < limits.MOST_OUTPUT + 100
    assert done.err[-1] == "(further output of the scene is omitted)"


SCENE = Scene(epochs=3, video=Video(320, 240, 10, 10, 0, 0))


def test_no_room_is_seen_before_the_first_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot fit is refused with what is needed and what is free; what fits is not."""
    free = SimpleNamespace(f_bavail=1, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda place: free)
    with pytest.raises(OutputError, match=r"No space left on device: .* are needed at least, 5 KB are free; .* -o"):
        preflight.check(SCENE, [Target(tmp_path / "film", "png")])
    free.f_bavail = 10**6
    preflight.check(SCENE, [Target(tmp_path / "film", "png")])
    assert doubles.names(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(38, "Function not implemented"), AttributeError("os has no statvfs")])
def test_where_room_is_not_known_the_disk_says_itself(tmp_path: Path, monkeypatch, error: Exception) -> None:
    """A system that does not tell how much is free is no reason to refuse; a single frame needs no such question."""
    free = SimpleNamespace(f_bavail=0, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda place: free)
    preflight.check(SCENE, [Target(tmp_path / "frame.png", "png")], still=True)

    def fail(place: object) -> None:
        raise error

    monkeypatch.setattr(os, "statvfs", fail)
    preflight.check(SCENE, [Target(tmp_path / "film", "png")])
    assert doubles.names(tmp_path) == []


@pytest.mark.parametrize("name", ["a\0b", "file/films"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    """A name that no folder can have is one line with what to do."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"^cannot make the folder (.|\0)*: .*; choose another with -o$"):
        preflight.folder(tmp_path / name)


def test_guesses_are_below_what_films_take(animgd, write) -> None:
    """The first guess refuses no film that would have fitted."""
    module = write()
    done = animgd(module, "-f", "mp4,gif,png")
    (scene,) = load(module).values()
    for path, kind in (("small.mp4", "mp4"), ("small.gif", "gif"), ("small", "png")):
        place = done.folder / path
        size = sum(f.stat().st_size for f in place.iterdir()) if place.is_dir() else place.stat().st_size
        assert 0 < preflight.guess(scene, Target(place, kind)) <= size


@pytest.mark.parametrize("body, words", [
    ("print(\"Codec 'libx264' is not recognized by FFmpeg.\")", "ffmpeg at .* lacks libx264"),
    ("say('no such library'); sys.exit(127)", r"ffmpeg failed \(status 127\): no such library; set IMAGEIO_FF"),
    ("os.kill(os.getpid(), 9)", "killed by signal 9"),
    ("time.sleep(600)", "did not answer within 0.5 s and was killed"),
])  # fmt: skip
def test_ffmpeg_is_asked_before_the_first_frame(animgd, write, tmp_path, monkeypatch, body: str, words: str) -> None:
    """An ffmpeg that cannot make H.264 is told of before anything is recorded; without mp4 nobody asks it."""
    monkeypatch.setattr(locate, "PATIENCE", 0.5 if "sleep" in body else 20.0)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(doubles.fake_ffmpeg(tmp_path, body)))
    with pytest.raises(EncoderError, match=words):
        preflight.check(SCENE, [Target(tmp_path / "film.mp4", "mp4")])
    with monkeypatch.context() as patch:
        patch.setattr("animgd.output.render.recorded", lambda *given: pytest.fail("it must not record"))
        done = animgd(write(), "-f", "mp4")
    assert (done.status, len(done.err), done.made) == (1, 1, [])
    assert animgd(write(), "-f", "json").status == 0


def test_names_are_checked_before_the_first_frame(animgd, write, monkeypatch) -> None:
    """A folder in the film's place is told of before anything is recorded."""
    monkeypatch.setattr("animgd.output.render.recorded", lambda *given: pytest.fail("it must not record"))
    module = write()
    (module.parent / "films" / "small.gif").mkdir(parents=True)
    done = animgd(module, "-f", "gif")
    assert done.status == 1 and len(done.err) == 1 and "a folder has this name" in done.err[0]


def test_ffmpeg_s_report_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for ffmpeg with $FFREPORT set leaves no file, and leaves $FFREPORT set."""
    from imageio_ffmpeg import _utils

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FFREPORT", "file=report.log")
    for cached in ("get_ffmpeg_exe", "_is_valid_exe"):
        function = getattr(_utils, cached)
        if hasattr(function, "cache_clear"):
            function.cache_clear()
    locate.executable()
    locate._able.cache_clear()
    locate.able()
    assert doubles.names(tmp_path) == [] and os.environ["FFREPORT"] == "file=report.log"


def test_one_after_the_other_is_told_in_order(tmp_path: Path) -> None:
    """With -j, results come in the order of the command line, whoever is ready first."""
    program = Program(tmp_path)
    slow = program.write("slow.py", "import time; time.sleep(1)\n" + HEAD + PLAIN)
    quick = [program.write(f"quick{n}.py") for n in range(3)]
    done = program.run(slow, *quick, "-f", "json", "-j", "3")
    assert done.out == [str(program.films / f"{name}.json") for name in ("slow", "quick0", "quick1", "quick2")]


@pytest.mark.parametrize("words, told", [
    (("-j", "0"), "1 to 64"), (("-j", "-1"), "1 to 64"), (("-j", "two"), "1 to 64"), (("-j", "65"), "1 to 64"),
    (("--scene-timeout", "0"), "invalid duration"), (("--scene-timeout", "nan"), "invalid duration"),
])  # fmt: skip
def test_wrong_numbers_are_refused(animgd, write, words: tuple[str, ...], told: str) -> None:
    """A number of jobs or seconds that makes no sense is bad usage, with what is allowed."""
    done = animgd(write(), *words)
    assert done.status == 2 and len(done.err) == 1 and told in done.err[0]


@pytest.mark.parametrize("most", [9, 15, 20])
def test_a_crowd_too_large_for_the_system_is_one_line(tmp_path: Path, most: int) -> None:
    """Where no more processes can be started, it is told with what to do, and nothing is left."""
    import resource

    program = Program(tmp_path)
    scenes = [program.write(f"film{n}.py") for n in range(3)]
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # noqa: E731
    done = program.run(*scenes, "-f", "json", "-j", "3", preexec_fn=few)
    assert done.status == 1 and all(line.startswith("animgd: ") for line in done.err) and done.err
    assert done.seconds < 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_late_signal_changes_no_status(python, number: int) -> None:
    """When the program has done its work and only has to end, a signal does not turn its status into another."""
    text = "import os, sys; from animgd.cli.main import main; status = main(['--version'], apart=True)"
    done = python("-c", f"{text}; os.kill(os.getpid(), {int(number)}); sys.exit(status)")
    assert (done.returncode, done.stderr) == (0, "")
