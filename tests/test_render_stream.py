"""`render` into a stream: the bytes of the file, when all is complete; or nothing, and one line."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from animgd import render
from animgd.drawing.renderer import Renderer
from animgd.encoders.gif.encoder import Gif
from animgd.errors import EncoderError, OutputError, UsageError
from tests import doubles, fabricated

SCENE = fabricated.scene((320, 240), panels=1, epochs=3, hold_start=0, hold_end=0)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, and no training."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    monkeypatch.setattr("animgd.output.render.recorded", lambda scene, *rest: fabricated.recording(scene))
    return tmp_path / "scratch"


@pytest.mark.parametrize("format", ["gif", "mp4", "json"])
def test_a_stream_gets_the_bytes_of_the_file(format: str, tmp_path: Path, scratch: Path) -> None:
    """A stream and a name of one call get equal bytes; nothing else is left; only the name is among the paths."""
    stream, name = io.BytesIO(b"before"), tmp_path / f"a.{format}"
    stream.seek(0, io.SEEK_END)
    film = render(SCENE, stream, name, format=format)
    assert stream.getvalue() == b"before" + name.read_bytes()
    assert film.paths == (name,) and film.frames > 1 and len(film.outputs) == 2
    assert doubles.names(scratch) == []
    alone = io.BytesIO()
    assert render(SCENE, alone, format=format).paths == ()
    assert alone.getvalue() == name.read_bytes()


class Stingy(io.RawIOBase):
    """A stream that takes a few bytes at a time, and says how many."""

    def __init__(self, most: int = 1000, room: int | None = None) -> None:
        self.data, self.most, self.room = b"", most, room

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data[: self.most])
        if self.room is not None:
            part = part[: self.room - len(self.data)]
        self.data += part
        return len(part)


def test_any_stream_of_bytes_will_do(tmp_path: Path) -> None:
    """An open file, one without a buffer, and anything that has a `write` get all bytes."""
    render(SCENE, tmp_path / "a.gif")
    right = (tmp_path / "a.gif").read_bytes()
    with (tmp_path / "b.gif").open("wb") as file, (tmp_path / "c").open("wb", buffering=0) as bare:
        render(SCENE, file, bare, format="gif")
        assert (tmp_path / "b.gif").read_bytes() == right  # flushed, though still open
    assert (tmp_path / "c").read_bytes() == right
    stingy, parts = Stingy(), []
    keeper = type("Keeper", (), {"write": lambda self, data: parts.append(data)})()
    render(SCENE, stingy, keeper, format="gif")
    assert stingy.data == right and b"".join(parts) == right


def closed() -> Any:
    """A stream that is closed."""
    stream = io.BytesIO()
    stream.close()
    return stream


WRONG = [
    (lambda: (io.BytesIO(),), {}, r'a stream needs a format, such as format="gif"'),
    (lambda: (io.BytesIO(),), {"format": "png"}, "unknown format 'png' for a stream: choose from mp4, gif, json"),
    (lambda: (io.BytesIO(),), {"format": "avi"}, "unknown format 'avi' for a stream: choose from mp4, gif, json"),
    (lambda: ("a.gif",), {"format": "gif"}, "format= is for streams only: the suffix of a name chooses its format"),
    (lambda: ("film",), {"format": "gif"}, "format= is for streams only: the suffix of a name chooses its format"),
    (lambda: (io.StringIO(),), {"format": "gif"}, "the stream takes text: open it in binary mode"),
    (lambda: (closed(),), {"format": "gif"}, "cannot write to the stream: I/O operation on closed file"),
    (lambda: (io.BufferedReader(io.BytesIO()),), {"format": "gif"}, "cannot write to the stream: write"),
    (lambda: (None,), {}, "None is not a file name or a binary stream"),
    (lambda: (3,), {}, "3 is not a file name or a binary stream"),
    (lambda: (b"a.gif",), {}, "b'a.gif' is not a file name or a binary stream"),
    (lambda: (io.BytesIO,), {"format": "gif"}, "open it in binary mode"),
]


@pytest.mark.parametrize(("places", "more", "words"), WRONG, ids=[words[:40] for _, _, words in WRONG])
def test_what_is_no_stream_of_bytes_is_refused(places: Any, more: Any, words: str, monkeypatch, scratch: Path) -> None:
    """A stream that cannot take bytes, or has no format, is refused before anything is recorded, with what to do."""
    monkeypatch.setattr("animgd.output.render.recorded", lambda *given: pytest.fail("it must not record"))
    with pytest.raises(UsageError) as caught:
        render(SCENE, *places(), **more)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert doubles.names(scratch) == []


def test_one_stream_twice_is_refused() -> None:
    """Two films in one stream are none."""
    stream = io.BytesIO()
    with pytest.raises(UsageError, match="two outputs have the same name"):
        render(SCENE, stream, stream, format="gif")


def test_a_film_that_fails_writes_nothing(tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream gets no byte of a film that is not complete, nor of one beside which another is not."""

    def finish(gif: Gif) -> None:
        raise EncoderError("broken")

    stream = io.BytesIO()
    with monkeypatch.context() as patch, pytest.raises(EncoderError, match=r"^the stream: broken$"):
        patch.setattr(Gif, "finish", finish)
        render(SCENE, stream, format="gif")
    with monkeypatch.context() as patch, pytest.raises(EncoderError, match=r"a\.gif: broken$"):
        patch.setattr(Gif, "finish", finish)
        render(SCENE, stream, tmp_path / "a.gif", format="mp4")
    assert stream.getvalue() == b"" and doubles.names(scratch) == [] and not (tmp_path / "a.gif").exists()


def test_a_stream_that_fails_leaves_every_name(tmp_path: Path, scratch: Path) -> None:
    """When a stream takes no more, the names beside it, before or after, are as they were; one line says it."""
    (tmp_path / "a.json").write_text("old")
    for places in ((tmp_path / "a.json", Stingy(room=3000)), (Stingy(room=3000), tmp_path / "a.json")):
        with pytest.raises(OutputError, match=r"^cannot write the stream: the stream takes no more bytes$"):
            render(SCENE, *places, format="gif")
    assert (tmp_path / "a.json").read_text() == "old"
    assert doubles.names(tmp_path) == ["a.json", "scratch"] and doubles.names(scratch) == []


def test_a_full_disk_behind_a_buffer_is_said() -> None:
    """A stream is flushed, so that what the disk says of it is raised here."""

    class Buffered(io.BytesIO):
        def flush(self) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=r"^cannot write the stream: No space left on device$"):
        render(SCENE, Buffered(), format="json")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_points_glow_in_no_gif(theme: str, tmp_path: Path) -> None:
    """Beside a point of the dark theme a GIF shows the map, also where PNGs are made with it, which have the light."""
    scene = fabricated.scene((480, 270), panels=1, epochs=2, theme=theme, hold_start=0, hold_end=0)
    recording = fabricated.recording(scene)
    render(scene, tmp_path / "a.gif", tmp_path / "frames")
    last = Renderer(scene, recording).timeline.count - 1
    bare, lit = (Renderer(scene, recording, glow=glow).frame(last).astype(int) for glow in (False, True))
    aside = np.abs(bare - lit).sum(2) > 30
    assert aside.any() == (theme == "dark")
    png = np.asarray(iio.imread(sorted((tmp_path / "frames").glob("*.png"))[-1])).astype(int)
    assert np.array_equal(png, lit)
    with Image.open(tmp_path / "a.gif") as film:
        film.seek(film.n_frames - 1)
        gif = np.asarray(film.convert("RGB")).astype(int)
    assert np.abs(gif - bare)[aside].sum() <= 0.5 * np.abs(gif - lit)[aside].sum()
