"""A faulty ffmpeg gives one line within its deadline, and leaves no child process."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from animgd.encoders.mp4 import locate
from animgd.encoders.mp4.encoder import Coding, Mp4
from animgd.encoders.mp4.ffmpeg import Ffmpeg
from animgd.encoders.mp4.locate import executable
from animgd.errors import EncoderError, OutputError
from animgd.output.atomic import Part, sweep
from tests import decoded, doubles

ROOT = Path(__file__).parents[2]
SIZE = (640, 480)  # 460,800 bytes a frame, so that ten of them fill every pipe
LARGE = (1280, 720)  # such frames are lent to the pipe
LIVELY = 8.0  # seconds of patience for fakes that do end: a busy machine takes its time
CURE = "gif, png and json need no"


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """After every test: no child, and no descriptor more than before."""
    before = doubles.descriptors()
    yield
    assert doubles.children() == []
    assert doubles.descriptors() == before


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fakes are scripts, and these read for themselves."""
    monkeypatch.setattr(locate, "is_elf", lambda program: True)


def film(
    target: Path, patience: float, count: int = 10, size: tuple[int, int] = SIZE, fps: Fraction | int = 25
) -> None:
    """Encode a film as `render` does."""
    info = doubles.info(size, fps, count)
    part = Part(target)
    encoder = None
    try:
        encoder = Mp4(part.path, info, Coding(preset="ultrafast"), patience)
        for frame in doubles.frames(info):
            encoder.add(frame)
        encoder.finish()
        part.publish()
    finally:
        if encoder is not None:
            encoder.abort()
        part.discard()


def complaint(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fake: Path,
    patience: float = LIVELY,
    size: tuple[int, int] = SIZE,
) -> str:
    """The error of a faulty ffmpeg; checks that only the older film exists."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))
    out = tmp_path / "out"
    out.mkdir()
    (out / "film.mp4").write_text("old")
    with pytest.raises(EncoderError) as caught:
        film(out / "film.mp4", patience, size=size)
    assert (out / "film.mp4").read_text() == "old"
    assert doubles.names(out) == ["film.mp4"]
    line = str(caught.value)
    assert line.isprintable() and len(line) < 500, line
    return line


DAMAGED = "ffmpeg exited with status 0, but the file is damaged: "
WORDS = {
    "fails at once": "ffmpeg failed (status 3): [libx264] broken from the start; set IMAGEIO_FFMPEG_EXE to another",
    "fails midway": "ffmpeg failed (status 1): lost the thread; set IMAGEIO_FFMPEG_EXE to another",
    "fails at the end": "ffmpeg failed (status 255): so near and yet so far; set IMAGEIO_FFMPEG_EXE to another",
    "has no libx264": "ffmpeg failed (status 8): Unknown encoder 'libx264'; set IMAGEIO_FFMPEG_EXE to an ffmpeg with",
    "has a banner": "ffmpeg failed (status 1): the reason; ",
    "speaks in escapes": r"ffmpeg failed (status 1): bell \x07 and \x1b[31mred\u202e; ",
    "says 10 MB": "ffmpeg failed (status 1): the first line; ",
    "says one long line": "ffmpeg failed (status 1): " + "y" * 199 + "…; ",
    "is silent": "ffmpeg failed (status 1): it printed no reason; ",
    "disk full": "ffmpeg failed (status 228): Error: No space left on device; free some disk space and render again",
    "disk full, yet content": f"{DAMAGED}it has no frames; ffmpeg printed: Error: No space",
    "is killed": "ffmpeg failed (killed by signal 9, Killed); perhaps out of memory: free some memory",
    "ends early, content": "ffmpeg failed (status 0): it printed no reason; ",
    "writes nothing": f"{DAMAGED}it has no frames",
    "writes rubbish": f"{DAMAGED}it is truncated",
}


@pytest.mark.usefixtures("lent")
@pytest.mark.parametrize("size", [SIZE, LARGE])
@pytest.mark.parametrize("how", WORDS)
def test_failing_ffmpegs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, size: tuple[int, int]) -> None:
    """The line begins with ffmpeg's own reason and ends with what to do."""
    fake = doubles.fake_ffmpeg(tmp_path, doubles.FAILURES[how])
    assert complaint(tmp_path, monkeypatch, fake, size=size).startswith(WORDS[how])


@pytest.mark.parametrize("how", [how for how in doubles.FAILURES if how.startswith("hangs") or "stopped" in how])
@pytest.mark.parametrize("size", [SIZE, LARGE])
@pytest.mark.usefixtures("lent")
def test_hanging_ffmpegs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, size: tuple[int, int]) -> None:
    """An ffmpeg that hangs or is stopped is killed when patience ends, and not long after."""
    fake = doubles.fake_ffmpeg(tmp_path, doubles.FAILURES[how])
    start = time.monotonic()
    line = complaint(tmp_path, monkeypatch, fake, patience=0.7, size=size)
    assert time.monotonic() - start < 15
    assert line.startswith("ffmpeg ") and " for 0.7 s and was killed" in line and "; try again; " in line


def test_a_file_that_vanishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary file that is removed during encoding is an error."""
    fake = doubles.fake_ffmpeg(tmp_path, doubles.FAILURES["loses the file"])
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))
    with pytest.raises(OutputError, match=r"cannot write the film: No such file"):
        film(tmp_path / "film.mp4", LIVELY)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.99])
def test_short_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: float) -> None:
    """Status 0 with a truncated file, as on a full disk, is an error."""
    whole = tmp_path / "whole.mp4"
    film(whole, LIVELY)
    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * cut)])
    fake = doubles.fake_ffmpeg(tmp_path, f"read(); shutil.copy({str(whole)!r}, out)")
    assert f"{DAMAGED}it is truncated" in complaint(tmp_path, monkeypatch, fake)


def test_too_few_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 0 with one frame missing is an error that gives both counts."""
    film(tmp_path / "short.mp4", LIVELY, count=9)
    fake = doubles.fake_ffmpeg(tmp_path, f"read(); shutil.copy({str(tmp_path / 'short.mp4')!r}, out)")
    line = complaint(tmp_path, monkeypatch, fake)
    assert line.startswith("the MP4 has 9 frames at 25 a second instead of 10 frames at 25 a second")


@pytest.mark.parametrize("fps", [Fraction(30), Fraction(25_000, 1001), Fraction(25_025, 1000), Fraction(1)])
def test_a_wrong_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fps: Fraction) -> None:
    """Status 0 with a slightly wrong rate is an error."""
    film(tmp_path / "wrong.mp4", LIVELY, fps=fps)
    assert decoded.seen(tmp_path / "wrong.mp4") == (SIZE, 10, fps, 10 / fps)
    fake = doubles.fake_ffmpeg(tmp_path, f"read(); shutil.copy({str(tmp_path / 'wrong.mp4')!r}, out)")
    line = complaint(tmp_path, monkeypatch, fake)
    assert line.startswith(f"the MP4 has 10 frames at {fps} a second instead of 10 frames at 25 a second")


def test_an_uneven_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 0 with one frame of double duration is an error."""
    film(tmp_path / "even.mp4", LIVELY)
    pace = ["-vf", "setpts='(N+gte(N,5))/25/TB'", "-fps_mode", "passthrough", "-bf", "0", "-movflags", "+faststart"]
    command = [executable(), "-v", "error", "-i", tmp_path / "even.mp4", *pace, tmp_path / "wrong.mp4"]
    subprocess.run(command, check=True)
    assert decoded.seen(tmp_path / "wrong.mp4") == (SIZE, 10, None, Fraction(11, 25))
    fake = doubles.fake_ffmpeg(tmp_path, f"read(); shutil.copy({str(tmp_path / 'wrong.mp4')!r}, out)")
    line = complaint(tmp_path, monkeypatch, fake)
    assert line.startswith("the MP4 has 10 frames of different lengths instead of 10 frames at 25 a second")


def test_ten_megabytes_of_words_do_not_stop_a_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excessive output of an ffmpeg that succeeds is not an error and does not block."""
    film(tmp_path / "whole.mp4", LIVELY)
    body = f"say('x' * 10_000_000); read(); shutil.copy({str(tmp_path / 'whole.mp4')!r}, out)"
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(doubles.fake_ffmpeg(tmp_path, body)))
    film(tmp_path / "film.mp4", LIVELY)
    assert (tmp_path / "film.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


@pytest.mark.parametrize("mode", [None, 0o644])
def test_missing_or_not_executable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int | None) -> None:
    """The line names an ffmpeg that cannot be run, the reason, and the setting: installing one would not help."""
    fake = tmp_path / "ffmpeg"
    if mode is not None:
        fake.write_text("#!/bin/sh\n")
        fake.chmod(mode)
    line = complaint(tmp_path, monkeypatch, fake)
    why = "it is not executable (chmod +x)" if mode else "No such file or directory"
    assert line.startswith(f"cannot run ffmpeg at IMAGEIO_FFMPEG_EXE={fake} (needed for mp4): {why}; set IMAGEIO_FF")
    assert CURE in line and "pip install" not in line


def test_a_folder_is_not_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder has the bit of a program."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path))
    with pytest.raises(EncoderError, match="it is a folder; set IMAGEIO_FFMPEG_EXE"):
        executable()


def test_no_ffmpeg_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, the line gives the command that installs it and the formats that work without it."""
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(
        EncoderError,
        match=r"^ffmpeg not found \(needed for mp4\): install it with `pip install imageio-ffmpeg`.*" + CURE,
    ):
        executable()


def refusing(error: Exception) -> Callable[[], str]:
    def fail() -> str:
        raise error

    return fail


def test_an_ffmpeg_that_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package may lack its program."""
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", refusing(RuntimeError("No ffmpeg exe could be found.")))
    monkeypatch.setattr(locate, "_candidates", lambda: iter(()))
    with pytest.raises(
        EncoderError,
        match=r"^ffmpeg not found \(needed for mp4\): install it with `pip install imageio-ffmpeg`.*" + CURE,
    ):
        executable()


@pytest.mark.parametrize(("number", "words"), [(24, "raise the limit on open files"), (5, "--force-reinstall")])
def test_a_search_that_fails(monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    """An error while ffmpeg is looked for is told as it is, and not as a missing ffmpeg."""
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", refusing(OSError(number, os.strerror(number))))
    line = f"^cannot look for ffmpeg .*: {os.strerror(number)}; .*{words}"
    with pytest.raises(EncoderError, match=line):
        executable()


def test_a_program_of_the_package_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """imageio-ffmpeg takes a program that does not answer for a missing one; what it says is told."""
    fake = doubles.fake_ffmpeg(tmp_path, "say('cannot open shared object file'); sys.exit(127)")
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", refusing(RuntimeError("No ffmpeg exe could be found.")))
    monkeypatch.setattr(locate, "_bundled", lambda: [fake])
    with pytest.raises(EncoderError, match=r"^ffmpeg failed \(status 127\): cannot open shared object file; reinstall"):
        locate.able()


TOO_LARGE = r"signal 25, File size limit exceeded\); raise the limit on file sizes"
LIMITS = {  # what ffmpeg does, and what to do about it
    "signal.signal(25, signal.SIG_DFL); os.kill(os.getpid(), 25)": TOO_LARGE,
    "sys.exit(153)": TOO_LARGE,  # a shell's way to say so
    "say('x264 [error]: malloc of size 3325760 failed'); sys.exit(1)": "failed; free some memory",
    "say('pthread_create() failed: Resource temporarily unavailable'); sys.exit(1)": "; raise the limits on processes",
    "say('av: Too many open files'); sys.exit(1)": "Too many open files; raise the limit on open files",
    "os.kill(os.getpid(), signal.SIGSEGV)": r"signal 11, Segmentation fault\); set IMAGEIO_FFMPEG_EXE to another",
    "pass": "does not answer as ffmpeg does; set IMAGEIO_FFMPEG_EXE to another",
}


@pytest.mark.parametrize("body", LIMITS)
def test_limits_are_told_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Each limit that ends ffmpeg has its own advice, and none of it is to install one."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(doubles.fake_ffmpeg(tmp_path, body)))
    with pytest.raises(EncoderError, match=LIMITS[body]) as caught:
        locate.able()
    assert "pip" not in str(caught.value)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EAGAIN, errno.ENOMEM])
def test_no_program_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """A limit that stops every program is not blamed on setpriv or on ffmpeg."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    locate.refusal.cache_clear()
    locate._able.cache_clear()
    monkeypatch.setattr(subprocess, "Popen", refuse)
    for start in (locate.able, lambda: Ffmpeg([], tmp_path / "film")):
        with pytest.raises(
            EncoderError, match=f"^cannot start ffmpeg: {os.strerror(number)}; .*ulimit -[nuv]"
        ) as caught:
            start()
        assert "pip" not in str(caught.value)


def test_no_thread_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on threads stops the one that watches ffmpeg, and ffmpeg too."""

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    with pytest.raises(EncoderError, match=r"watches ffmpeg; raise the limits on processes \(ulimit -u\)"):
        Ffmpeg([], tmp_path / "film")


SETPRIVS = {
    "fails": "#!/bin/sh\nexit 1\n",
    "says why": "#!/bin/sh\necho 'setpriv: set parent death signal failed: Operation not permitted' >&2; exit 127\n",
    "is not a program": "\x7fELF nonsense",
    "has no interpreter": "#!/nowhere/sh\n",
}


@pytest.mark.parametrize("how", SETPRIVS)
def test_a_setpriv_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Films are made without it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "setpriv").write_text(SETPRIVS[how])
    (tmp_path / "bin" / "setpriv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert locate.pdeathsig() == [] and locate.refusal(str(tmp_path / "bin" / "setpriv"))
    locate._able.cache_clear()
    locate.able()
    film(tmp_path / "film.mp4", LIVELY)
    assert decoded.seen(tmp_path / "film.mp4").pictures == 10


@pytest.mark.parametrize(("text", "words"), [
    ("#!/nowhere/sh\n", "No such file or directory (FAKE: the interpreter or loader that it needs is missing)"),
    ("\x7fELF nonsense", "Exec format error (FAKE: it is damaged, or built for another system or processor)"),
])  # fmt: skip
def test_programs_that_the_system_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    """The system's reason is told, and not that of setpriv or of a shell that tries to read the file."""
    fake = tmp_path / "ffmpeg"
    fake.write_text(text)
    fake.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))
    with pytest.raises(EncoderError) as caught:
        locate.able()
    assert str(caught.value).startswith(f"cannot start ffmpeg: {words.replace('FAKE', str(fake))}; set IMAGEIO_FF")


def test_not_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that only looks executable is an error, with and without setpriv."""
    fake = tmp_path / "ffmpeg"
    fake.write_bytes(b"\x7fELF nonsense")
    fake.chmod(0o755)
    assert complaint(tmp_path, monkeypatch, fake).startswith("ffmpeg failed (status 12")
    monkeypatch.setattr(locate, "pdeathsig", list)
    with pytest.raises(EncoderError, match=r"cannot start ffmpeg: Exec format error "):
        film(tmp_path / "film.mp4", LIVELY)
    with pytest.raises(EncoderError, match=r"cannot start ffmpeg: Exec format error "):
        locate.able()


def test_the_origin_of_ffmpeg_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variable of the user's own ffmpeg, else the package."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/my/ff\x1b[31mmpeg")
    assert locate.named("it") == "ffmpeg at IMAGEIO_FFMPEG_EXE=/my/ff\\x1b[31mmpeg"
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE")
    assert locate.named(executable()) == "imageio-ffmpeg's ffmpeg"
    assert locate.named("/usr/bin/ffmpeg") == "ffmpeg at /usr/bin/ffmpeg"


def test_no_more_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exhausted descriptors are one line too."""

    def no_pipe() -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "pipe", no_pipe)
    with pytest.raises(EncoderError, match=r"cannot start ffmpeg: Too many open files; raise .*\(ulimit -n\)$"):
        Ffmpeg([], tmp_path / "film")


def test_stopped_while_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that ends the wait for a hanging ffmpeg lets `abort` clean up at once."""
    fake = doubles.fake_ffmpeg(tmp_path, doubles.FAILURES["hangs midway"])
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            film(tmp_path / "film.mp4", 60)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert doubles.names(tmp_path) == ["ffmpeg"]


def test_abort_may_come_at_any_time(tmp_path: Path) -> None:
    """`abort` works before, between and after frames, and twice."""
    info = doubles.info(SIZE, count=2)
    for frames in (0, 1, 2):
        encoder = Mp4(tmp_path / "film", info)
        for frame, _ in zip(doubles.frames(info), range(frames), strict=False):
            encoder.add(frame)
        encoder.abort()
        encoder.abort()
        with pytest.raises(EncoderError, match="was stopped before the film was complete"):
            encoder.finish()


@pytest.mark.parametrize("missing", ["pidfd_open", "memfd_create", "setpriv", "setpriv's option"])
def test_older_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Calls of newer kernels and util-linux are optional: films and errors work without them."""

    def absent(*_: object) -> int:
        raise OSError(38, "Function not implemented")

    if missing.startswith("setpriv"):
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        (tmp_path / "bin").mkdir()
        doubles.fake_ffmpeg(tmp_path / "bin", "sys.exit(1)").rename(tmp_path / "bin" / "busybox")
        if missing != "setpriv":
            (tmp_path / "bin" / "setpriv").symlink_to("busybox")
    else:
        monkeypatch.setattr(os, missing, absent)
    film(tmp_path / "film.mp4", LIVELY)
    assert decoded.seen(tmp_path / "film.mp4").pictures == 10
    fake = doubles.fake_ffmpeg(tmp_path, doubles.FAILURES["fails at the end"])
    assert complaint(tmp_path, monkeypatch, fake).startswith(WORDS["fails at the end"])
    shutil.rmtree(tmp_path / "out")
    fake = doubles.fake_ffmpeg(tmp_path, doubles.FAILURES["hangs at the end"])
    assert "did not finish for 0.7 s" in complaint(tmp_path, monkeypatch, fake, patience=0.7)


def test_a_program_that_cannot_be_read_gets_no_loans(tmp_path: Path) -> None:
    """An executable that is not readable may be a script."""
    assert not locate.is_elf(str(tmp_path / "missing"))
    assert locate.is_elf(executable())


@pytest.mark.parametrize("pdeathsig", [True, False])
def test_ffmpeg_sees_no_settings_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pdeathsig: bool) -> None:
    """Environment variables for logs, colours and languages do not reach ffmpeg, nor do open files."""
    seen = "[os.environ.get('FFREPORT'), os.environ['LC_ALL'], os.listdir('/proc/self/fd')]"
    fake = doubles.fake_ffmpeg(tmp_path, f"read(); import json; open(out, 'w').write(json.dumps({seen}))")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))
    monkeypatch.setenv("FFREPORT", "file=report.log")
    if not pdeathsig:
        monkeypatch.setattr(locate, "pdeathsig", list)
    child = Ffmpeg([f"file:{tmp_path / 'out'}"], tmp_path / "out")
    child.finish()
    report, language, files = json.loads((tmp_path / "out").read_text())
    assert (report, language) == (None, "C")
    assert len(files) <= 5  # 0, 1, 2, the folder it lists and the file it writes


CHILD = """
import sys, time
from pathlib import Path
from animgd.encoders.mp4.encoder import Mp4
from animgd.output.atomic import Part
from tests import doubles
info = doubles.info((640, 480), count=40)
while True:
    part = Part(Path(sys.argv[1]))
    encoder = Mp4(part.path, info)
    print(encoder._ffmpeg._process.pid, flush=True)
    for frame in doubles.noise(info) if sys.argv[2] == "noise" else doubles.frames(info):
        encoder.add(frame)
    encoder.finish()
    part.publish()
"""


def kill_encoding(target: Path, delay: float, kind: str) -> None:
    """Kill -9 a process that encodes films in a loop, `delay` seconds after the first began."""
    command = [sys.executable, "-c", CHILD, str(target), kind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        pids = [int(child.stdout.readline())]
        time.sleep(delay)
        child.kill()
        pids += [int(line) for line in child.stdout.read().split()]
    end = time.monotonic() + 2
    while any(map(doubles.alive, pids)):
        assert time.monotonic() < end, "ffmpeg lives on"
        time.sleep(0.01)


def check_kills(folder: Path, delays: list[float]) -> None:
    """The target is always the older film or the complete new one, and the sweep removes all else."""
    target = folder / "film.mp4"
    target.write_text("old")
    for number, delay in enumerate(delays):
        kill_encoding(target, delay, "noise" if number % 2 else "film")
        if target.read_bytes() != b"old":
            assert len(doubles.decode(target, SIZE)) == 40
    sweep(folder)
    assert doubles.names(folder) == ["film.mp4"]


def test_killed(tmp_path: Path) -> None:
    """Kill -9 while encoding damages no film and leaves no ffmpeg; the next start removes the temporary file."""
    check_kills(tmp_path, [0.0, 0.02, 0.1, 0.25, 0.4, 0.7])


@pytest.mark.long
def test_killed_at_sixty_moments(tmp_path: Path) -> None:
    """The same at many more moments."""
    check_kills(tmp_path, [moment * 0.013 for moment in range(60)])


def test_a_stopped_real_ffmpeg(tmp_path: Path) -> None:
    """A real ffmpeg that is stopped midway is killed when patience ends."""
    info = doubles.info(SIZE, count=300)
    encoder = Mp4(tmp_path / "film", info, patience=0.7)
    with pytest.raises(EncoderError, match=r"ffmpeg read no more input for 0\.7 s and was killed"):
        for number, frame in enumerate(doubles.frames(info)):
            encoder.add(frame)
            if number == 5:
                os.kill(encoder._ffmpeg._process.pid, signal.SIGSTOP)
