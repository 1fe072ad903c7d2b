"""What --resume leaves as it is: whole films of the scene as it is now, read to their end; all else is made again."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animgd.encoders.gif import container as gif_container
from animgd.encoders.mp4 import container as mp4_container
from animgd.output.resume import existing
from animgd.output.target import Limit, Output, Target
from animgd.scene.scene import Scene
from animgd.scene.video import Video
from tests import doubles, fabricated

SIZE = (320, 240)
SCENE = fabricated.scene(SIZE, panels=1, epochs=3, epochs_per_second=10, hold_start=0, hold_end=0.2)  # 6 frames
KINDS = {"mp4": "film.mp4", "gif": "film.gif", "png": "film", "json": "film.json"}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene's film in every format, and one picture of it."""
    from animgd import render
    from animgd.output.still import still

    place = tmp_path_factory.mktemp("films")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("animgd.output.render.recorded", lambda scene, *rest: fabricated.recording(scene))
        render(SCENE, *(place / name for name in KINDS.values()))
        still(SCENE, place / "film-2.png", frame=2)
    return place


@pytest.fixture
def place(films: Path, tmp_path: Path) -> Path:
    """A copy of them."""
    return shutil.copytree(films, tmp_path / "films")


def found(place: Path, kind: str, scene: Scene = SCENE, limit: Limit | None = None) -> Output | None:
    """What is found of a format."""
    return existing(Target(place / KINDS[kind], kind, limit=limit), scene)


CHANGES = {
    "more epochs": lambda video, scene: replace(scene, epochs=4),
    "another width": lambda video, scene: replace(scene, video=replace(video, width=322)),
    "another height": lambda video, scene: replace(scene, video=replace(video, height=242)),
    "width and height exchanged": lambda video, scene: replace(scene, video=replace(video, width=240, height=320)),
    "another rate and length": lambda video, scene: replace(scene, video=replace(video, fps=20)),
    "a rate off its clock": lambda video, scene: replace(scene, video=replace(video, fps=15, epochs_per_second=9)),
    "another rate": lambda video, scene: replace(
        scene, video=replace(video, fps=20, epochs_per_second=Fraction(20, 3), hold_end=Fraction(1, 10))
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_the_scene_as_it_is_now_is_told_with_its_own_numbers(kind: str, place: Path) -> None:
    """Each format is read; a film of another size, rate or number of frames is another film."""
    output = found(place, kind)
    assert output and (output.size, output.fps, output.frames) == (SIZE, 10, 6)
    for name, change in CHANGES.items():
        if (kind, name) != ("gif", "another rate"):  # these last equally long: to a GIF it is all the same
            assert found(place, kind, change(SCENE.video, SCENE)) is None, name


def test_a_rate_twice_as_high_is_no_other_gif_only_if_every_image_ends_on_it(place: Path) -> None:
    """A GIF tells its rate by its delays alone: a rate is its own if every image's end is one of a frame period."""
    held = gif_container.survey(place / "film.gif")
    assert held.hundredths == 60 and held.keeps(Fraction(10)) and not held.keeps(Fraction(7))
    for fps in (Fraction(30000, 1001), Fraction(50), Fraction(100, 7)):
        ends = [gif_container.clock(period, fps) for period in (0, 1, 2, 5, 66_000, 66_001)]
        assert (ends[4] - ends[3]) > gif_container.LONGEST_DELAY
        long = ends[4] - ends[3] - gif_container.LONGEST_DELAY
        delays = (ends[1], ends[2] - ends[1], ends[3] - ends[2], gif_container.LONGEST_DELAY, long, ends[5] - ends[4])
        assert gif_container.Survey(SIZE, 6, sum(delays), delays).keeps(fps)
        assert not gif_container.Survey(SIZE, 6, sum(delays), (delays[0] + 1, delays[1] - 1, *delays[2:])).keeps(fps)


def cut(path: Path) -> None:
    """Take the end away."""
    path.write_bytes(path.read_bytes()[:-2])


def changed(path: Path, old: bytes, new: bytes) -> None:
    """Put other bytes in the place of the first that are these."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def picture(size: tuple[int, int] = SIZE, kind: str = "RGB", format: str = "PNG") -> bytes:
    """An image file."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((size[1], size[0], 3), np.uint8)).convert(kind).save(file, format)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def crafted(rows: bytes, size: tuple[int, int] = SIZE, end: int | None = None, header: int = 13) -> bytes:
    """A PNG whose every checksum is right, its data cut at `end`, its header after so many bytes."""
    head = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)[:header]
    data = chunk(b"IDAT", zlib.compress(rows)[:end])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")


ROWS = bytes((1 + 3 * SIZE[0]) * SIZE[1])
DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    **{f"{kind} cut": (kind, cut) for kind in ("mp4", "gif", "json")},
    **{f"{kind} empty": (kind, lambda path: path.write_bytes(b"")) for kind in ("mp4", "gif", "json")},
    **{f"{kind} a pipe": (kind, lambda path: (path.unlink(), os.mkfifo(path))) for kind in ("mp4", "gif", "json")},
    **{f"{kind} a folder": (kind, lambda path: (path.unlink(), path.mkdir())) for kind in ("mp4", "gif", "json")},
    "mp4 many pictures": ("mp4", lambda path: changed(path, b"stsz" + bytes(11), b"stsz" + bytes(8) + b"\xff" * 3)),
    "gif of another kind": ("gif", lambda path: changed(path, b"GIF89a", b"BIF89a")),
    "gif another width": ("gif", lambda path: changed(path, b"GIF89a\x40", b"GIF89a\x41")),
    "json deep": ("json", lambda path: path.write_text("[" * 100_000)),
    "json a list": ("json", lambda path: path.write_text("[]")),
    "json no moments": ("json", lambda path: changed(path, b'"epoch_of_frame":[0.0,', b'"epoch_of_frame":[')),
    "png an empty file": ("png", lambda path: (shutil.rmtree(path), path.touch())),
    "png a picture": ("png", lambda path: (shutil.rmtree(path), path.write_bytes(picture()))),
    "png empty": ("png", lambda path: [file.unlink() for file in path.iterdir()]),
    "png empty pictures": ("png", lambda path: [file.write_bytes(b"") for file in path.iterdir()]),
    "png one empty": ("png", lambda path: (path / "00003.png").write_bytes(b"")),
    "png one cut": ("png", lambda path: cut(path / "00005.png")),
    "png one missing": ("png", lambda path: (path / "00003.png").unlink()),
    "png misnamed": ("png", lambda path: (path / "00003.png").rename(path / "00006.png")),
    "png more digits": ("png", lambda path: (path / "00003.png").rename(path / "000003.png")),
    "png one more": ("png", lambda path: (path / "00006.png").write_bytes(picture())),
    "png a stranger": ("png", lambda path: (path / "cat.png").write_bytes(picture())),
    "png a pipe": ("png", lambda path: ((path / "00003.png").unlink(), os.mkfifo(path / "00003.png"))),
    "png one flipped": ("png", lambda path: changed(path / "00003.png", b"IDAT", b"IDAU")),
    "png one larger": ("png", lambda path: (path / "00003.png").write_bytes(picture((321, 240)))),
    "png one grey": ("png", lambda path: (path / "00003.png").write_bytes(picture(kind="L"))),
    "png a jpeg": ("png", lambda path: (path / "00003.png").write_bytes(picture(format="JPEG"))),
    "png a row short": ("png", lambda path: (path / "00003.png").write_bytes(crafted(ROWS[:-961]))),
    "png a byte long": ("png", lambda path: (path / "00003.png").write_bytes(crafted(ROWS + b"\0"))),
    "png no end": ("png", lambda path: (path / "00003.png").write_bytes(crafted(ROWS, end=-4))),
    "png no header": ("png", lambda path: (path / "00003.png").write_bytes(crafted(ROWS, header=4))),
    "png no filter": ("png", lambda path: (path / "00003.png").write_bytes(crafted(b"\5" + ROWS[1:]))),
    "png enormous": ("png", lambda path: (path / "00003.png").write_bytes(crafted(ROWS, (2**32 - 1,) * 2))),
    "png nothing": ("png", lambda path: (path / "00003.png").write_bytes(crafted(b"", (0, 0)))),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_whole_is_no_film(damage: str, place: Path) -> None:
    """Whatever became of a file, it is found out, without a word and without waiting."""
    kind, spoil = DAMAGES[damage]
    spoil(place / KINDS[kind])
    assert found(place, kind) is None


def test_a_png_that_others_wrote_in_this_form_is_whole(place: Path) -> None:
    """The reader of pictures takes what the format allows, not only what was written here; and a folder may hold
    what file managers put there."""
    for name, data in {"00001.png": picture(), "00002.png": crafted(ROWS), ".DS_Store": b"x"}.items():
        (place / "film" / name).write_bytes(data)
    assert found(place, "png") is not None


def test_every_byte_of_a_picture_is_checked(place: Path) -> None:
    """No byte of a picture can change without being noticed."""
    path = place / "film-2.png"
    good = path.read_bytes()
    still = Target(path, "png")
    assert existing(still, SCENE, still=True) == Output(still, SIZE, Fraction(10), 1)
    assert existing(still, replace(SCENE, video=replace(SCENE.video, width=322)), still=True) is None
    for at in [*range(100), *range(100, len(good), 97), *range(len(good) - 30, len(good))]:
        path.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        assert existing(still, SCENE, still=True) is None, at


def test_within_a_limit_any_of_its_films_will_do(place: Path) -> None:
    """A film made smaller for a limit is told with its own size and rate, if its bytes are within the limit now."""
    wide = replace(SCENE, video=Video(640, 480, 25, 10, 0, Fraction(1, 5)))
    for kind in ("mp4", "gif"):
        size = (place / KINDS[kind]).stat().st_size
        assert found(place, kind, limit=Limit(size)) is not None
        assert found(place, kind, limit=Limit(size - 1)) is None
        assert found(place, kind, wide, limit=Limit(size)) is None  # 320x240 is none of what is given up
        assert found(place, kind, limit=Limit(width=200)) is None
        cut(place / KINDS[kind])
        assert found(place, kind, limit=Limit(size)) is None


def test_the_command_line_tells_what_the_file_is(write, animgd) -> None:
    """--resume --json tells the size, rate and length of the film that is there, not of the one that was asked for."""
    text = "from animgd import *\nscene = Scene(losses=('MSELoss',), epochs=2, resolution=5, video={})"
    video = "Video(width=480, height=320, hold_start=0, hold_end=0, epochs_per_second=10)"
    module = write(text.format(video))
    done = animgd(module, "-f", "gif", "--for", "discord", "--max-size", "10KB", "--json")
    first = [json.loads(line) for line in done.out]
    assert done.status == 0 and first[0]["width"] < 480, (first, done.err)
    stamps = [Path(made["path"]).stat().st_mtime_ns for made in first]
    again = animgd(module, "-f", "gif", "--for", "discord", "--max-size", "10KB", "--json", "--resume")
    assert [json.loads(line) | {"seconds": 0} for line in again.out] == [made | {"seconds": 0} for made in first]
    assert again.err == [] and [Path(made["path"]).stat().st_mtime_ns for made in first] == stamps
    with Image.open(first[0]["path"]) as film:
        assert film.size == (first[0]["width"], first[0]["height"])
    smaller = animgd(module, "-f", "gif", "--max-size", str(first[0]["bytes"] - 1), "--json", "--resume")
    assert json.loads(smaller.out[0])["bytes"] < first[0]["bytes"]


def test_a_film_s_place_taken_by_a_file_is_an_error_not_a_film(write, animgd, tmp_path: Path) -> None:
    """An empty file in the place of a folder of pictures is said; a folder of other things stays as it is."""
    module = write()
    films = tmp_path / "films"
    films.mkdir()
    (films / "small").touch()
    done = animgd(module, "-f", "png", "--resume")
    assert done.status == 1 and len(done.err) == 1 and done.out == []
    (films / "small").unlink()
    (films / "small").mkdir()
    for number in range(4):
        (films / "small" / f"frame{number}.png").touch()
    done = animgd(module, "-f", "png", "--resume")
    assert done.status == 1 and len(done.err) == 1 and "frame0.png" in done.err[0]
    assert doubles.names(films / "small") == [f"frame{number}.png" for number in range(4)]


def test_a_still_that_is_not_whole_is_drawn_again(write, animgd) -> None:
    """--frame with --resume reads the picture that is there."""
    module = write()
    first = animgd(module, "--frame", "1")
    (path,) = (first.folder / name for name in first.made)
    good = path.read_bytes()
    for data in (b"", good[:-4], picture((10, 10))):
        path.write_bytes(data)
        assert animgd(module, "--frame", "1", "--resume").status == 0
        assert path.read_bytes() == good
    stamp = path.stat().st_mtime_ns
    assert animgd(module, "--frame", "1", "--resume").status == 0
    assert path.stat().st_mtime_ns == stamp


def test_an_mp4_says_its_size(place: Path) -> None:
    """The size is read from the description of the pictures."""
    assert mp4_container.read(place / "film.mp4") == (6, 10, SIZE)
