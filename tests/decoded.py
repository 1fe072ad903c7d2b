"""Films as others see them: ffmpeg decodes MP4, Pillow GIF and PNG. Nothing here is animgd's own reader."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
from PIL import Image, ImageSequence


class Seen(NamedTuple):
    """What a decoder finds. Units: `seconds` in all.

    `fps` is None where pictures do not stay equally long; both are None for a folder, which has no clock.
    """

    size: tuple[int, int]
    pictures: int
    fps: Fraction | None = None
    seconds: Fraction | None = None


def seen(path: Path) -> Seen:
    """Decode a whole film, known by its content. Raises: CalledProcessError, OSError, ValueError if it is damaged."""
    if path.is_dir():
        return _pictures(path)
    with path.open("rb") as file:
        return _gif(path) if file.read(3) == b"GIF" else _mp4(path)


def _mp4(path: Path) -> Seen:
    """Every decoded picture has a line: stream, dts, pts, duration, size, hash."""
    told = ["-map", "0", "-fps_mode", "passthrough", "-enc_time_base", "demux", "-f", "framemd5", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-i", f"file:{path}", *told]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    if done.stderr:
        raise ValueError(done.stderr)
    lines = done.stdout.splitlines()
    (tick,) = (Fraction(line.split()[-1]) for line in lines if line.startswith("#tb 0:"))
    (size,) = (line.split()[-1].split("x") for line in lines if line.startswith("#dimensions 0:"))
    rows = [[int(word) for word in line.split(",")[:4]] for line in lines if not line.startswith("#")]
    assert all(stream == 0 for stream, *_ in rows), "there is more than pictures"
    starts, stay = [pts for _, _, pts, _ in rows], rows[-1][3]
    assert starts[0] == 0, "it begins late"
    fps, seconds = _clock([Fraction(start) * tick for start in [*starts, starts[-1] + stay]])
    return Seen((int(size[0]), int(size[1])), len(rows), fps, seconds)


def key_frames(path: Path) -> list[Fraction]:
    """When the key frames of an MP4 are shown. Units: seconds."""
    told = ["-fps_mode", "passthrough", "-enc_time_base", "demux", "-f", "framemd5", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-skip_frame", "nokey", "-i", f"file:{path}", *told]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    (tick,) = (Fraction(line.split()[-1]) for line in lines if line.startswith("#tb 0:"))
    return [int(line.split(",")[2]) * tick for line in lines if not line.startswith("#")]


def _clock(times: list[Fraction]) -> tuple[Fraction | None, Fraction]:
    """The rate, where there is one, and the duration; of when each picture begins, and when the film ends."""
    stays = {end - start for start, end in pairwise(times)}
    return 1 / stays.pop() if len(stays) == 1 else None, times[-1]


def _gif(path: Path) -> Seen:
    with Image.open(path) as film:
        pictures = (picture for picture in ImageSequence.Iterator(film) if decoded(picture))
        stays = [Fraction(round(picture.info["duration"]), 1000) for picture in pictures]
        return Seen(film.size, len(stays), *_clock([*accumulate(stays, initial=Fraction())]))


def _pictures(folder: Path) -> Seen:
    files, sizes = sorted(folder.iterdir()), set()
    for file in files:
        with Image.open(file) as picture:
            assert picture.format == "PNG" and decoded(picture)
            sizes.add(picture.size)
    assert [file.name for file in files] == [f"{number:05d}.png" for number in range(len(files))]
    (size,) = sizes
    return Seen(size, len(files))


def decoded(picture: Image.Image) -> bool:
    """Whether a picture is read to its end, which Pillow does late."""
    picture.load()
    return True


def value_of(text: str) -> float:
    """The value of a label: 8.10×10⁶, 10⁻³, 15 427."""
    found = re.fullmatch("([−0-9.\u2009]*?)(×?10)?([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]*)", text)
    assert found is not None
    factor, _, exponent = found.groups()
    plain = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--", "\u2009")
    if not exponent:
        return float(text.translate(plain))
    return float(f"{factor if factor.strip('−') else factor + '1'}e{exponent}".translate(plain))
