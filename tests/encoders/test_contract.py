"""The contract of all encoders; a new row in FORMATS must pass these tests unchanged."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from animgd.encoders import FORMATS, encoder
from animgd.errors import AnimgdError, EncoderError, UsageError
from animgd.frame import Box, FilmInfo, Frame, Pixels
from animgd.output.atomic import Part
from tests import decoded, doubles

SIZE = (96, 64)
PICTURES = [name for name in FORMATS if encoder(name).pictures]
every_format = pytest.mark.parametrize("name", FORMATS)
every_picture = pytest.mark.parametrize("name", PICTURES)


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """After every test: no child, and no descriptor more than before."""
    before = doubles.descriptors()
    yield
    assert doubles.children() == []
    assert doubles.descriptors() == before


def make(name: str, target: Path, info: FilmInfo, frames: Iterator[Frame]) -> Path:
    """Encode a film as `render` does."""
    part = Part(target, folder=not FORMATS[name].suffix)
    encoding = None
    try:
        encoding = encoder(name)(part.path, info)
        for frame in frames:
            encoding.add(frame)
        encoding.finish()
        part.publish()
    finally:
        if encoding is not None:
            encoding.abort()
        part.discard()
    return target


def shown(name: str, path: Path, info: FilmInfo) -> list[Pixels]:
    """The picture of each frame period, from independent decoders."""
    if name == "mp4":
        return list(doubles.decode(path, info.size))
    if name == "png":
        return [np.asarray(Image.open(file).convert("RGB")) for file in sorted(path.iterdir())]
    seen: list[Pixels] = []
    with Image.open(path) as film:
        end = Fraction(0)
        for index in range(film.n_frames):
            film.seek(index)
            end += Fraction(round(film.info["duration"]), 1000)
            while (len(seen) + Fraction(1, 2)) / info.fps < end:
                seen.append(np.asarray(film.convert("RGB")))
    return seen


def content(path: Path) -> dict[str, bytes]:
    """All bytes of a file or folder, by name."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return {file.name if path.is_dir() else "": file.read_bytes() for file in files}


@every_format
def test_the_table_leads_to_encoders(name: str) -> None:
    """Every row has the four methods, and accepts an ordinary film."""
    kind = encoder(name)
    assert all(callable(getattr(kind, verb)) for verb in ("check", "add", "finish", "abort"))
    kind.check((1280, 720), Fraction(25))
    kind.check((640, 360), Fraction(30000, 1001))


@every_format
@pytest.mark.parametrize("size", [(1, 1), (641, 481), (70_000, 2), (16386, 16386)])
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(144), Fraction(10**9, 7)])
def test_check_refuses_in_one_line(name: str, size: tuple[int, int], fps: Fraction) -> None:
    """Before drawing, a format accepts a film or refuses it in one line."""
    with suppress(UsageError):
        encoder(name).check(size, fps)
        return
    with pytest.raises(UsageError) as caught:
        encoder(name).check(size, fps)
    assert str(caught.value).isprintable()


@every_picture
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(50)])
@pytest.mark.parametrize("count", [2, 3, 14, 261])
def test_every_frame_is_there(tmp_path: Path, name: str, count: int, fps: Fraction) -> None:
    """All frame periods of the film, each with its own picture."""
    info = doubles.info(SIZE, fps, count)
    seen = shown(name, make(name, tmp_path / "film", info, doubles.frames(info)), info)
    assert len(seen) == count
    for index in {0, 1, count // 2, count - 2, count - 1}:
        check_picture(seen[index], index)


@every_picture
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(1, 2)])
@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_other_decoders_see_the_same_film(tmp_path: Path, name: str, fps: Fraction, count: int) -> None:
    """ffmpeg or Pillow finds the size, frames, rate and duration of the `FilmInfo`."""
    info = doubles.info(SIZE, fps, count)
    film = decoded.seen(make(name, tmp_path / "film", info, doubles.frames(info)))
    assert film.size == SIZE
    if name == "mp4":
        assert film[1:] == (count, fps, count / fps)
    elif name == "gif":  # to the hundredth; a picture may stay for several frames
        assert film.pictures <= count and film.seconds == Fraction(int(100 * count / fps + Fraction(1, 2)), 100)
    else:
        assert film[1:] == (count, None, None)


def check_picture(seen: Pixels, index: int) -> None:
    """The square is where it is in frame `index`, its colour in the mean within 8 of 255, and all else right."""
    box = doubles.place(SIZE, index)
    inner = seen[box.top + 4 : box.bottom - 4, box.left + 4 : box.right - 4].astype(int)
    assert np.abs(inner.mean((0, 1)) - doubles.SQUARE).max() <= 8  # a solid patch that rests: test_mp4
    assert np.abs(seen.astype(int) - doubles.picture(SIZE, index)).mean() < 3


@every_picture
def test_pictures_that_stay(tmp_path: Path, name: str) -> None:
    """A frame of four periods is shown for four, and an unchanged frame counts as a frame."""
    info = doubles.info(SIZE, count=22)
    frames = list(range(0, 20, 4))
    seen = shown(name, make(name, tmp_path / "film", info, staying(info)), info)
    assert len(seen) == 22
    for index, picture in enumerate(seen):
        check_picture(picture, min(index // 4, len(frames) - 1))


def staying(info: FilmInfo) -> Iterator[Frame]:
    """Five frames of four periods, then twice the last one without any change."""
    short = replace(info, count=20)
    canvas = None
    for frame in doubles.frames(short, periods=4):
        canvas = frame.pixels
        yield frame
    assert canvas is not None
    yield from [Frame(canvas, ()), Frame(canvas, ())]


@every_format
def test_pixels_are_only_read_and_only_now(tmp_path: Path, name: str) -> None:
    """Encoders never write to the renderer's canvas, which may change once `add` has returned."""
    info = doubles.info(SIZE, count=5)

    def scribbled() -> Iterator[Frame]:
        for frame in doubles.frames(info):
            frame.pixels.flags.writeable = False
            kept = frame.pixels.copy()
            yield frame
            frame.pixels.flags.writeable = True
            assert (frame.pixels == kept).all()
            frame.pixels[...] = 99
            yield from ()
            frame.pixels[...] = kept

    plain = make(name, tmp_path / "plain", info, doubles.frames(info))
    assert content(make(name, tmp_path / "film", info, scribbled())) == content(plain)


@every_format
def test_same_film_same_bytes(tmp_path: Path, name: str) -> None:
    """A film does not depend on the time, the folder or the process."""
    (tmp_path / "other").mkdir()
    info = doubles.info(SIZE, count=30)
    first = make(name, tmp_path / "film", info, doubles.frames(info))
    second = make(name, tmp_path / "other" / "named otherwise", info, doubles.frames(info))
    assert content(first) == content(second)
    for data in content(first).values():
        assert str(tmp_path).encode() not in data and b".animgd" not in data


@every_picture
@pytest.mark.parametrize("missing", [1, 3])
def test_missing_frames_are_an_error(tmp_path: Path, name: str, missing: int) -> None:
    """A film with missing frames is never published."""
    info = doubles.info(SIZE, count=4)
    short = replace(info, count=info.count - missing)
    with pytest.raises(EncoderError) as caught:
        make(name, tmp_path / "film", info, doubles.frames(short))
    assert str(caught.value).isprintable()
    assert not doubles.names(tmp_path)


@every_format
def test_stopping_at_any_time(tmp_path: Path, name: str) -> None:
    """An interruption at any time leaves only the older film."""
    info = doubles.info(SIZE, count=3)
    target = make(name, tmp_path / "film", info, doubles.frames(info))
    before = content(target)
    for stop in range(4):
        with pytest.raises(KeyboardInterrupt):
            make(name, target, info, interrupted(info, stop))
        assert content(target) == before
        assert doubles.names(tmp_path) == ["film"]


def interrupted(info: FilmInfo, stop: int) -> Iterator[Frame]:
    for index, frame in enumerate(doubles.frames(info)):
        if index == stop:
            raise KeyboardInterrupt
        yield frame
    raise KeyboardInterrupt


@every_format
def test_abort_is_always_safe(tmp_path: Path, name: str) -> None:
    """A second `abort`, or one after the end, does nothing."""
    info = doubles.info(SIZE, count=2)
    path = tmp_path / "part"
    encoding = encoder(name)(path, info)
    for frame in doubles.frames(info):
        encoding.add(frame)
    encoding.finish()
    before = content(path)
    encoding.abort()
    encoding.abort()
    assert content(path) == before


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "mp4"])
def test_only_mp4_needs_ffmpeg(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ffmpeg, all other formats work."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "missing"))
    monkeypatch.setenv("PATH", "")
    info = doubles.info(SIZE)
    assert content(make(name, tmp_path / "film", info, doubles.frames(info)))


def test_data_are_the_film_as_data(tmp_path: Path) -> None:
    """JSON that every parser takes: what is not finite is null, numbers are exact, the end is a line's end."""
    odd = {
        "a": [np.float32(0.5), np.int64(3), (1.5, float("-inf"))],
        "b": np.array([[1.0, float("nan")]]),
        "c": "\ud800 ö \x1b",
        "d": {"deep": [float("inf"), 0.1 + 0.2, True, None]},
    }
    info = replace(doubles.info(SIZE), describe=lambda: odd)
    data = make("json", tmp_path / "film.json", info, iter(())).read_bytes()
    assert data.isascii() and data.endswith(b"\n") and data.count(b"\n") == 1
    assert json.loads(data, parse_constant=pytest.fail) == {
        "a": [0.5, 3, [1.5, None]],
        "b": [[1.0, None]],
        "c": "\ud800 ö \x1b",
        "d": {"deep": [None, 0.1 + 0.2, True, None]},
    }


REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda data: data[:-9],
    "another number": lambda data: data.replace(b"0.1", b"0.2"),
    "a number less": lambda data: data.replace(b"[0.1,", b"["),
    "another name": lambda data: data.replace(b"title", b"tltle"),
    "not ASCII": lambda data: data.replace(b"tiny", b"t\xeeny"),
    "not a number": lambda data: data.replace(b"null", b"NaN", 1),
}


@pytest.mark.parametrize("how", REWRITTEN)
def test_data_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """If the disk stores other bytes than were written, that is an error, and the older file remains."""
    info, keep = doubles.info(SIZE), Path.write_text

    def lie(path: Path, text: str, **more: Any) -> int:
        kept = REWRITTEN[how](text.encode())
        assert kept != text.encode()
        path.write_bytes(kept)
        return len(text)

    target = make("json", tmp_path / "film.json", info, iter(()))
    before = target.read_bytes()
    monkeypatch.setattr(Path, "write_text", lie)
    with pytest.raises(EncoderError, match=r"^the film's data (cannot be read back: .|are not what was written)"):
        make("json", target, info, iter(()))
    monkeypatch.setattr(Path, "write_text", keep)
    assert target.read_bytes() == before and doubles.names(tmp_path) == ["film.json"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Disks of so many bytes; they need root."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    if os.geteuid():
        pytest.skip("only root can mount a small disk")
    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


@every_format
def test_full_disk(tmp_path: Path, name: str, small_disk: Callable[[int], Path]) -> None:
    """However full the disk, the line says `No space left on device`, and the older film is as it was."""
    info = replace(doubles.info(SIZE, count=12), describe=lambda: {"loss": list(np.arange(9000) / 7)})
    whole = content(make(name, tmp_path / "whole", info, doubles.noise(info)))
    pages = sum(-(-len(data) // 4096) for data in whole.values())
    assert pages > 10
    for level in (1, pages // 3, pages * 2 // 3, pages):
        disk = small_disk((level + (level < pages)) * 4096)
        target = disk / "film"
        if FORMATS[name].suffix:
            target.write_text("old")
        else:
            target.mkdir()
            (target / "00000.png").write_text("old")
        with pytest.raises(AnimgdError, match="No space left on device") as caught:
            make(name, target, info, doubles.noise(info))
        assert str(caught.value).isprintable()
        assert list(content(target).values()) == [b"old"]
        assert doubles.names(disk) == ["film"]


@every_picture
def test_boxes_are_enough(tmp_path: Path, name: str) -> None:
    """Encoders read all pixels inside the boxes of a frame and none outside."""
    info = doubles.info(SIZE, count=9)

    def whole() -> Iterator[Frame]:
        for frame in doubles.frames(info):
            yield frame._replace(boxes=(Box(0, 0, *SIZE),))

    small = shown(name, make(name, tmp_path / "a", info, doubles.frames(info)), info)
    large = shown(name, make(name, tmp_path / "b", info, whole()), info)
    assert (np.array(small) == np.array(large)).all()
