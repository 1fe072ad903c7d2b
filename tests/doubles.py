"""Stand-ins for what is slow or hard to break: tiny films, and ffmpegs that fail in every way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from animgd.encoders.mp4.locate import executable
from animgd.frame import Box, FilmInfo, Frame, Pixels

PAGE, SQUARE, BAR = (250, 249, 245), (190, 40, 30), (40, 90, 160)
SIDE = 16  # pixels of the moving square


def info(
    size: tuple[int, int] = (64, 48), fps: Fraction | int = 25, count: int = 3, title: str = "A tiny film"
) -> FilmInfo:
    """A film of a square that steps over a page with a bar; the data have every kind of number."""
    data = {"title": title, "frames": count, "loss": [0.1, float("inf"), float("nan"), 1e-300], "none": None}
    return FilmInfo(size, Fraction(fps), count, title, page(size), (SQUARE,), lambda: data)


def page(size: tuple[int, int]) -> Pixels:
    """The picture without the square, its colours as planes in memory."""
    pixels = np.empty((3, size[1], size[0]), np.uint8).transpose(1, 2, 0)
    pixels[:] = PAGE
    pixels[-size[1] // 4 :] = BAR
    return pixels


def place(size: tuple[int, int], index: int) -> Box:
    """Where the square is in frame `index`: 7 pixels further each time, so at odd places too."""
    left = 7 * index % max(1, size[0] - SIDE)
    top = 3 * index % max(1, size[1] * 3 // 4 - SIDE)
    return Box(left, top, min(left + SIDE, size[0]), min(top + SIDE, size[1]))


def picture(size: tuple[int, int], index: int) -> Pixels:
    """Frame `index`, drawn from nothing."""
    pixels = page(size)
    pixels[place(size, index).slices] = SQUARE
    return pixels


def frames(film: FilmInfo, periods: int = 1) -> Iterator[Frame]:
    """The frames of a film, drawn on one canvas like a stage's; each stays for `periods`, as far as they go."""
    canvas = page(film.size)
    old = Box(0, 0, *film.size)
    for first in range(0, film.count, periods):
        index = first // periods
        new = place(film.size, index)
        canvas[old.slices] = film.still[old.slices]
        canvas[new.slices] = SQUARE
        yield Frame(canvas, (old, new) if index else (old,), min(periods, film.count - first))
        old = new


def noise(film: FilmInfo) -> Iterator[Frame]:
    """Frames that nothing can compress, for full disks and slow encoders."""
    random = np.random.default_rng(0)
    canvas = page(film.size)
    for _ in range(film.count):
        canvas[:] = random.integers(0, 256, canvas.shape, np.uint8)
        yield Frame(canvas, (Box(0, 0, *film.size),))


def decode(path: Path, size: tuple[int, int]) -> Pixels:
    """All frames of a video as ffmpeg shows them.

    Shapes: (frames, height, width, 3).
    """
    scale = "scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags=accurate_rnd+full_chroma_int"
    shown = f"-vf {scale},format=rgb24 -fps_mode passthrough -f rawvideo -".split()
    command = [executable(), "-v", "error", "-nostdin", "-i", f"file:{path}", *shown]
    done = subprocess.run(command, capture_output=True, check=True)
    assert not done.stderr, done.stderr
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], 3)


FAILURES = {
    "fails at once": "say('[libx264 @ 0x55d0c0ffee] broken from the start'); sys.exit(3)",
    "fails midway": "read(500_000); say('lost the thread'); sys.exit(1)",
    "fails at the end": "read(); say('so near and yet so far'); sys.exit(255)",
    "has no libx264": "say(\"Unknown encoder 'libx264'\"); sys.exit(8)",
    "has a banner": "read(); say('ffmpeg version 9\\n  built with gcc\\n  libavutil 1\\nthe reason'); sys.exit(1)",
    "speaks in escapes": "read(); say('bell \\a and \\x1b[31mred\\u202e'); sys.exit(1)",
    "says 10 MB": "read(); say('the first line\\n' + 'x' * 10_000_000); sys.exit(1)",
    "says one long line": "read(); say('y' * 100_000); sys.exit(1)",
    "is silent": "read(); sys.exit(1)",
    "disk full": "read(); say('muxing failed\\nError: No space left on device'); sys.exit(228)",
    "disk full, yet content": "read(); say('Error: No space left on device')",
    "is killed": "read(500_000); os.kill(os.getpid(), signal.SIGKILL)",
    "ends early, content": "read(500_000)",
    "writes nothing": "read()",
    "loses the file": "read(); os.unlink(out)",
    "writes rubbish": "read(); open(out, 'wb').write(b'not a film at all')",
    "hangs at start": "time.sleep(600)",
    "hangs midway": "read(500_000); time.sleep(600)",
    "hangs at the end": "read(); time.sleep(600)",
    "hangs without a file": "read(); os.unlink(out); time.sleep(600)",
    "hangs without input": "os.close(0); time.sleep(600)",
    "hangs without input, later": "time.sleep(0.5); os.close(0); time.sleep(600)",
    "is stopped": "read(500_000); os.kill(os.getpid(), signal.SIGSTOP)",
}


def fake_ffmpeg(folder: Path, body: str) -> Path:
    """An executable that does `body` instead of encoding; it knows `out`, `read` and `say`."""
    script = folder / "ffmpeg"
    script.write_text(
        f"#!{sys.executable} -IS\n"
        "import os, shutil, signal, sys, time\n"
        "out = sys.argv[-1].removeprefix('file:')\n"
        "read = sys.stdin.buffer.read\n"
        "def say(words):\n"
        "    os.write(2, (words + '\\n').encode())\n"
        f"{body}\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


def children() -> list[int]:
    """The living children of this process (Linux)."""
    everybody = [int(name) for name in names(Path("/proc")) if name.isdigit()]
    return [pid for pid in everybody if _state(pid)[1] == os.getpid() and alive(pid)]


def alive(pid: int) -> bool:
    """Whether a process runs or is stopped; a dead one that nobody asked about does not count (Linux)."""
    return _state(pid)[0] not in "ZX"


def _state(pid: int) -> tuple[str, int]:
    """The state of a process and its parent."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return state, int(parent)


def descriptors() -> int:
    """How many files this process has open (Linux)."""
    return len(names(Path("/proc/self/fd")))


def names(folder: Path) -> list[str]:
    """All that a folder holds, hidden things too."""
    return sorted(path.name for path in folder.iterdir())
