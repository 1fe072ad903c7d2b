"""The MP4: frames, colours, rate and metadata."""

from __future__ import annotations

import contextlib
import getpass
import math
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from animgd.encoders.mp4 import container as mp4_container
from animgd.encoders.mp4.encoder import Coding, Mp4, arguments
from animgd.encoders.mp4.locate import executable
from animgd.encoders.mp4.yuv import Yuv
from animgd.errors import UsageError
from animgd.frame import Box, FilmInfo, Frame
from tests import decoded, doubles

SIZE = (192, 128)


def encode(path: Path, info: FilmInfo, periods: int = 1) -> Path:
    encoder = Mp4(path, info)
    for frame in doubles.frames(info, periods):
        encoder.add(frame)
    encoder.finish()
    return path


def described(path: Path) -> str:
    """ffmpeg's description of a file."""
    done = subprocess.run([executable(), "-hide_banner", "-i", f"file:{path}"], capture_output=True, text=True)
    return done.stderr


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # imageio leaves pipes open
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("count", [2, 3, 14, 261])
def test_count_rate_and_duration_are_exact(tmp_path: Path, fps: Fraction, count: int) -> None:
    """Two decoders find all frames, and the duration in the file is count / fps."""
    path = encode(tmp_path / "film", doubles.info(SIZE, fps, count))
    assert mp4_container.read(path) == (count, fps, SIZE)
    assert clock(path) == count / fps
    assert len(doubles.decode(path, SIZE)) == count
    shown = iio.imread(path, plugin="FFMPEG", extension=".mp4")
    assert shown.shape == (count, SIZE[1], SIZE[0], 3)
    assert f"{SIZE[0]}x{SIZE[1]}" in described(path)


def clock(path: Path) -> Fraction:
    """The duration in the track's header."""
    data = path.read_bytes()
    _, _, ticks, duration = struct.unpack_from(">IIII", data, data.index(b"mdhd") + 8)
    return Fraction(duration, ticks)


@pytest.mark.parametrize("periods", [1, 4])
def test_the_right_frame_at_every_index(tmp_path: Path, periods: int) -> None:
    """No frame is dropped, duplicated or shifted; a frame of four periods is stored four times."""
    info = doubles.info(SIZE, count=40)
    shown = doubles.decode(encode(tmp_path / "film", info, periods), SIZE)
    pages = np.stack([doubles.picture(SIZE, index) for index in range(40)]).astype(int)
    for index, picture in enumerate(shown):
        errors = np.abs(pages - picture).mean((1, 2, 3))
        assert errors.argmin() == index // periods


def test_solid_colours(tmp_path: Path) -> None:
    """Patches of colour come back within 3 of 255, in the first picture and in the last."""
    random = np.random.default_rng(3)
    colours = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 128, 0), (0, 0, 255), (253, 231, 37), (68, 1, 84)]
    colours += [tuple(random.integers(0, 256, 3)) for _ in range(41)]
    canvas = np.full((3, 256, 512), 250, np.uint8).transpose(1, 2, 0)
    for index, colour in enumerate(colours):
        canvas[index // 8 * 32 :, index % 8 * 64 :][:32, :64] = colour
    info = FilmInfo((512, 256), Fraction(25), 30, "colours", canvas)
    encoder = Mp4(tmp_path / "film", info)
    for index in range(30):
        encoder.add(Frame(canvas, () if index else (Box(0, 0, 512, 256),)))
    encoder.finish()
    for shown in doubles.decode(tmp_path / "film", (512, 256)).astype(int):
        for index, colour in enumerate(colours):
            inner = shown[index // 8 * 32 + 8 :, index % 8 * 64 + 8 :][:16, :48]
            assert np.abs(inner - colour).max() <= 3, colour


def test_tags_and_order(tmp_path: Path) -> None:
    """All four colour properties say BT.709 in limited range, the index comes first, there is no audio."""
    path = encode(tmp_path / "film", doubles.info(SIZE))
    said = described(path)
    assert re.search(r"Video: h264 \(High\).*yuv420p\(tv, bt709, progressive\), 192x128.* 25 fps", said)
    assert "Audio" not in said
    data = path.read_bytes()
    start = data.index(b"colrnclx")
    assert struct.unpack_from(">HHHB", data, start + 8) == (1, 1, 1, 0)
    assert data.index(b"moov") < data.index(b"mdat")


def test_no_private_metadata(tmp_path: Path) -> None:
    """No name of an encoder, a folder, a host or a user is in the file."""
    data = encode(tmp_path / "film", doubles.info(SIZE)).read_bytes()
    words = ["Lavf", "Lavc", "x264", "/tmp", str(tmp_path), ".animgd", os.uname().nodename, getpass.getuser()]
    for word in words:
        assert len(word) < 4 or word.encode() not in data, word  # three letters come up by chance


@pytest.mark.parametrize(
    "title, kept",
    [
        ("-i /etc/passwd", "-i /etc/passwd"),
        ("it's; $(rm) = \\ ö 日", "it's; $(rm) = \\ ö 日"),
        ("a\nb\0c\x1b[31m\u202ed\ud800", "abc[31md"),
    ],
)
def test_title(tmp_path: Path, title: str, kept: str) -> None:
    """The title is in the metadata without control characters, and is not parsed as an option."""
    path = encode(tmp_path / "film", doubles.info(SIZE, title=title))
    assert kept.encode() in path.read_bytes()
    assert b"\x1b[31m" not in path.read_bytes()


def test_same_bytes(tmp_path: Path) -> None:
    """The same film gives the same bytes in each run, on one core or more."""
    info = doubles.info((320, 240), count=60)
    first = encode(tmp_path / "first", info).read_bytes()
    assert encode(tmp_path / "second", info).read_bytes() == first
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert encode(tmp_path / "third", info).read_bytes() == first
    finally:
        os.sched_setaffinity(0, cores)


@pytest.mark.long
def test_same_bytes_on_busy_cores(tmp_path: Path) -> None:
    """One stream, encoded a hundred times on two cores that jump from idle to busy, is one file.

    With x264's look-ahead in a thread of its own, about 15 of 100 differ: docs/decisions/x264.md.
    """
    info = doubles.info((64, 48), count=300)
    raw = tmp_path / "raw"
    picture = Yuv(info.size)
    with raw.open("wb") as file:
        for frame in doubles.frames(info):
            picture.update(frame.pixels, frame.boxes)
            file.write(picture.buffer)
    command = [executable(), *arguments(tmp_path / "film", info, Coding())]
    films = set()
    with busy(4):
        for number in range(100):
            with raw.open("rb") as file:
                subprocess.run(command, stdin=file, check=True)
            films.add((tmp_path / "film").read_bytes())
            assert len(films) == 1, f"encoding {number} differs"
    assert mp4_container.read(tmp_path / "film") == (300, 25, (64, 48))


BURN = """
import random, time
while True:
    end = time.perf_counter() + random.uniform(0, 0.006)
    while time.perf_counter() < end:
        pass
    time.sleep(random.uniform(0, 0.006))
"""


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that burn and sleep at random, on the two cores that we have inside."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(cores)[:2]))
    burning = [subprocess.Popen([sys.executable, "-IS", "-c", BURN]) for _ in range(count)]
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        for each in burning:
            each.kill()
            each.wait()


def test_key_frames_are_far_apart(tmp_path: Path) -> None:
    """Ten seconds have one key frame, because each makes a static picture flicker."""
    data = encode(tmp_path / "film", doubles.info((64, 48), 60, 600)).read_bytes()
    assert struct.unpack_from(">II", data, data.index(b"stss") + 8) == (1, 1)


LIMITS = "at most 16384 pixels a side and 8192x4352 in all"


@pytest.mark.parametrize(
    "size, line",
    [
        ((641, 480), "MP4 needs an even width and height, not 641x480: choose 640x480 or 642x480"),
        ((16386, 2), f"16386x2 is too large for MP4 ({LIMITS}): choose 16384x2"),
        ((8192, 4354), f"8192x4354 is too large for MP4 ({LIMITS}): choose 8190x4352"),
    ],
)
def test_unsupported_sizes(size: tuple[int, int], line: str) -> None:
    """An unsupported size is refused with the nearest supported one, never changed silently."""
    with pytest.raises(UsageError) as caught:
        Mp4.check(size, Fraction(25))
    assert str(caught.value) == line
    nearest = re.search(r"choose (\d+)x(\d+)", line)
    assert nearest
    Mp4.check((int(nearest[1]), int(nearest[2])), Fraction(25))


@pytest.mark.parametrize("fps", [Fraction(1_001_001, 1000), Fraction(1, 9_999_999), Fraction(314159265, 10**8)])
def test_unsupported_rates(fps: Fraction) -> None:
    """A rate that ffmpeg would round is refused with one that it stores exactly."""
    with pytest.raises(UsageError, match="exactly: choose ") as caught:
        Mp4.check(SIZE, fps)
    Mp4.check(SIZE, Fraction(str(caught.value).rpartition(" ")[2]))


@pytest.mark.parametrize("fps", [Fraction(1_001_000, 999), Fraction(1, 3600), Fraction(1001, 1_000_999)])
def test_rates_at_the_edge(tmp_path: Path, fps: Fraction) -> None:
    """Every accepted rate is stored exactly."""
    Mp4.check(SIZE, fps)
    path = encode(tmp_path / "film", doubles.info(SIZE, fps, 3))
    assert mp4_container.read(path).fps == fps
    assert decoded.seen(path) == (SIZE, 3, fps, 3 / fps)


@pytest.mark.parametrize("size", [(2, 2), (2, 500), (16384, 2)])
def test_sizes_at_the_edge(tmp_path: Path, size: tuple[int, int]) -> None:
    """The smallest, the narrowest and the widest picture are films too."""
    Mp4.check(size, Fraction(25))
    path = encode(tmp_path / "film", doubles.info(size))
    assert doubles.decode(path, size).shape[0] == 3


def test_damaged_files_are_detected(tmp_path: Path) -> None:
    """A film that is truncated anywhere, or has extra bytes, is damaged."""
    path = encode(tmp_path / "film", doubles.info((32, 32)))
    data = path.read_bytes()
    for changed in [*(data[:end] for end in range(len(data))), data + b"x", data + b"\0" * 8]:
        path.write_bytes(changed)
        with pytest.raises(ValueError, match=r"^(it|the index) "):
            mp4_container.read(path)


def test_an_index_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    """An index that is missing, comes last, or describes other frames than the file has is an error."""
    path = encode(tmp_path / "film", doubles.info((32, 32)))
    data = path.read_bytes()
    index, pictures = data.index(b"moov") - 4, data.index(b"mdat") - 4
    path.write_bytes(data[:index] + data[pictures:] + data[index:pictures])
    with pytest.raises(ValueError, match="the index comes last"):
        mp4_container.read(path)
    path.write_bytes(data[:index] + data[pictures:])
    with pytest.raises(ValueError, match="the index is missing"):
        mp4_container.read(path)
    path.write_bytes(data + struct.pack(">I4s", 1, b"free"))  # 64 bits are announced, and do not come
    with pytest.raises(ValueError, match="it is truncated"):
        mp4_container.read(path)
    first = data.index(b"stsz") + 16  # the size of the first picture
    (size,) = struct.unpack_from(">I", data, first)
    path.write_bytes(data[:first] + struct.pack(">I", size + 1) + data[first + 4 :])
    with pytest.raises(ValueError, match=r"the index describes \d+ bytes of frames, but \d+ are stored"):
        mp4_container.read(path)


def test_boxes_beyond_4_gib_can_be_read(tmp_path: Path) -> None:
    """A box may have a 64-bit length, as that of the frames in a long film."""
    path = encode(tmp_path / "film", doubles.info((32, 32)))
    data, known = path.read_bytes(), mp4_container.read(path)
    at = data.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", data, at)
    path.write_bytes(data[:at] + struct.pack(">I4sQ", 1, b"mdat", size + 8) + data[at + 8 :])
    assert mp4_container.read(path) == known
    path.write_bytes(data[:at] + struct.pack(">I4sQ", 1, b"mdat", size + 9) + data[at + 8 :])
    with pytest.raises(ValueError, match="it is truncated"):
        mp4_container.read(path)


def test_a_damaged_index_is_only_a_damaged_index(tmp_path: Path) -> None:
    """With any byte of the index changed, reading ends quickly, with the film's numbers or with a ValueError."""
    path = encode(tmp_path / "film", doubles.info((32, 32)))
    data = path.read_bytes()
    for at in range(data.index(b"moov") - 4, data.index(b"mdat") + 4):
        for value in {0, 8, 255} - {data[at]}:
            path.write_bytes(data[:at] + bytes([value]) + data[at + 1 :])
            with contextlib.suppress(ValueError):
                assert mp4_container.read(path).frames == 3
    nested = b"".join(struct.pack(">I4s", 8 * (5000 - depth), b"trak") for depth in range(5000))
    path.write_bytes(struct.pack(">I4s", 8 + len(nested), b"moov") + nested + struct.pack(">I4s", 8, b"mdat"))
    with pytest.raises(ValueError, match="the index is damaged"):
        mp4_container.read(path)


def test_clocks_of_64_bits_are_read(tmp_path: Path) -> None:
    """A film of eighty hours has 64-bit times in its index, and its timescale at another offset."""
    fps = Fraction(1, 3600)
    path = encode(tmp_path / "film", doubles.info((32, 32), fps, 80))
    data = path.read_bytes()
    assert data[data.index(b"mdhd") + 4] == 1
    assert mp4_container.read(path) == (80, fps, (32, 32))
    assert decoded.seen(path) == ((32, 32), 80, fps, 80 / fps)


def test_each_quality_is_what_it_says(tmp_path: Path) -> None:
    """A small film has fewer bytes; a master keeps the colour of each pixel, which 4:2:0 cannot."""
    stripes = np.zeros((3, 128, 192), np.uint8).transpose(1, 2, 0)
    stripes[:, ::2] = 255, 0, 0
    stripes[:, 1::2] = 0, 0, 255
    plain = doubles.info((320, 240), count=60)
    films = {name: encode(tmp_path / name, replace(plain, quality=name)) for name in ("small", "standard")}
    assert films["small"].stat().st_size < films["standard"].stat().st_size
    worst = {}
    for name in ("standard", "master"):
        encoder = Mp4(tmp_path / name, replace(doubles.info(SIZE, count=3), still=stripes, quality=name))
        for index in range(3):
            encoder.add(Frame(stripes, () if index else (Box(0, 0, *SIZE),)))
        encoder.finish()
        shown = doubles.decode(tmp_path / name, SIZE)
        worst[name] = max(int(np.abs(picture.astype(int) - stripes).max()) for picture in shown)
        assert ("yuv444p" in described(tmp_path / name)) == (name == "master")
    assert worst["master"] <= 6 and worst["standard"] > 60


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(12, 5)])
def test_key_frames_come_as_often_as_asked(tmp_path: Path, fps: Fraction) -> None:
    """At most an interval apart, in whole frames; without one there is only the first in ten seconds."""
    asked = replace(doubles.info(SIZE, fps, 40), keyframe_interval=Fraction(1, 2))
    for info, apart in ((asked, math.ceil(fps / 2)), (doubles.info(SIZE, fps, 40), 40)):
        path = encode(tmp_path / "film", info)
        assert decoded.key_frames(path) == [frame / fps for frame in range(0, 40, apart)]
