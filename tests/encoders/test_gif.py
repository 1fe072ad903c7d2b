"""The GIF: correct pictures at correct times, no flicker, no incomplete files."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from animgd.encoders.gif import container as gif_container
from animgd.encoders.gif.encoder import Gif
from animgd.errors import EncoderError, OutputError, UsageError
from animgd.frame import Box, FilmInfo, Frame, Pixels

W, H = 96, 64
INKS = ((255, 85, 51), (16, 19, 28), (255, 255, 255))
PAGE = (252, 251, 248)


def still() -> Pixels:
    """A page with a smooth field of some hundred colours on it."""
    planes = np.empty((3, H, W), np.uint8)
    planes[:] = np.array(PAGE, np.uint8)[:, None, None]
    y, x = np.mgrid[0:48, 0:60]
    planes[0, 8:56, 30:90] = 20 + x + y
    planes[1, 8:56, 30:90] = 230 - 2 * x
    planes[2, 8:56, 30:90] = 90 + y
    return planes.transpose(1, 2, 0)


def info(count: int, fps: Fraction | int = 25) -> FilmInfo:
    return FilmInfo((W, H), Fraction(fps), count, "a film", still(), INKS)


def film(count: int, hold: int = 1) -> Iterator[Frame]:
    """A disc with a soft rim that walks over the field, and a figure that changes on the page; `hold` the last."""
    ground = still()
    pixels = np.array(ground, order="K")
    before = Box(0, 0, W, H)
    for n in range(count):
        pixels[before.slices] = ground[before.slices]
        x, y = 34 + (n * 0.37) % 50, 12 + (n * 0.61) % 38
        box = Box(int(x) - 5, int(y) - 5, int(x) + 7, int(y) + 7)
        rows, columns = np.mgrid[box.top : box.bottom, box.left : box.right]
        cover = np.clip(4.5 - np.hypot(columns + 0.5 - x, rows + 0.5 - y), 0, 1)[..., None]
        pixels[box.slices] = np.rint(ground[box.slices] * (1 - cover) + np.array(INKS[0]) * cover)
        figure = Box(4, 10, 20, 18)
        pixels[figure.slices] = PAGE
        pixels[10:18, 4 + n % 12 : 8 + n % 12] = INKS[1]
        yield Frame(pixels, (Box(0, 0, W, H),) if n == 0 else (before, box, figure), hold if n == count - 1 else 1)
        before = box


def write(path: Path, frames: Iterator[Frame], info: FilmInfo, **settings: int) -> Path:
    encoder = Gif(path, info, **settings)
    for frame in frames:
        encoder.add(frame)
    encoder.finish()
    return path


def shown(path: Path) -> list[tuple[Pixels, int]]:
    """Every image as Pillow decodes it, and its delay in hundredths."""
    images = []
    with Image.open(path) as gif:
        for n in range(getattr(gif, "n_frames", 1)):
            gif.seek(n)
            images.append((np.asarray(gif.convert("RGB")), round(gif.info.get("duration", 0) / 10)))
    return images


def at(images: list[tuple[Pixels, int]], hundredths: float) -> Pixels:
    for picture, delay in images:
        hundredths -= delay
        if hundredths < 0:
            return picture
    raise AssertionError("the film is over")


def far(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("count", [1, 2, 3, 14, 261])
def test_picture_at_every_time(tmp_path: Path, count: int) -> None:
    """At the middle of each frame period the GIF shows that frame and no other."""
    images = shown(write(tmp_path / "a.gif", film(count), info(count)))
    assert len(images) == count
    for n, frame in enumerate(film(count)):
        assert far(at(images, 4 * n + 2), frame.pixels) < 1.2
    assert sum(delay for _, delay in images) == 4 * count


def test_ffmpeg_sees_the_same_film(tmp_path: Path) -> None:
    """A second decoder agrees with Pillow pixel by pixel."""
    path = write(tmp_path / "a.gif", film(20), info(20))
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(path),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-fps_mode",
        "passthrough",
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    pictures = np.frombuffer(raw, np.uint8).reshape(-1, H, W, 3)
    assert len(pictures) == 20
    for picture, (other, _) in zip(pictures, shown(path), strict=True):
        assert (picture == other).all()


def test_still_pixels_never_change(tmp_path: Path) -> None:
    """A pixel that is constant in the frames is constant in the GIF: no flicker."""
    images = shown(write(tmp_path / "a.gif", film(60), info(60)))
    before: Pixels | None = None
    for n, frame in enumerate(film(60)):
        if before is not None:
            same = (before == frame.pixels).all(axis=2)
            assert (images[n][0][same] == images[n - 1][0][same]).all()
        before = frame.pixels.copy()


def test_returning_colours_return(tmp_path: Path) -> None:
    """Where the disc was, the background is exactly restored: a colour has one index in the whole film."""
    images = shown(write(tmp_path / "a.gif", film(60), info(60)))
    frames = [frame.pixels.copy() for frame in film(60)]
    back = (frames[0] == frames[50]).all(axis=2)
    assert (images[0][0][back] == images[50][0][back]).all()


def test_inks_and_page_are_exact(tmp_path: Path) -> None:
    """The palette contains the exact colours of inks and page, however few colours it has."""
    for colors in (16, 144, 256):
        with Image.open(write(tmp_path / "a.gif", film(5), info(5), colors=colors)) as gif:
            flat = gif.getpalette() or []
            table = set(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
            assert len(table) <= colors
            assert {*INKS, PAGE} <= table
            assert gif.convert("RGB").getpixel((0, 0)) == PAGE


def test_clock_spreads_hundredths(tmp_path: Path) -> None:
    """30 frames a second have delays of 3, 3, 4 hundredths, so that the duration is exact."""
    delays = [delay for _, delay in shown(write(tmp_path / "a.gif", film(30), info(30, 30)))]
    assert sum(delays) == 100
    assert set(delays) == {3, 4}
    assert delays.count(4) == 10


@pytest.mark.parametrize("fps", [Fraction(30000, 1001), Fraction(24), Fraction(7, 3), Fraction(50)])
def test_total_duration(tmp_path: Path, fps: Fraction) -> None:
    """The whole film is right to the hundredth at any rate, because time is not accumulated."""
    delays = [delay for _, delay in shown(write(tmp_path / "a.gif", film(97), info(97, fps)))]
    assert abs(sum(delays) - 97 * 100 / fps) <= Fraction(1, 2)


def test_equal_frames_are_one_image(tmp_path: Path) -> None:
    """A hold is one image with a long delay, from one frame or from many equal ones."""

    def repeated() -> Iterator[Frame]:
        for frame in film(3):
            yield frame
            for _ in range(9):
                yield Frame(frame.pixels, frame.boxes)

    images = shown(write(tmp_path / "a.gif", repeated(), info(30)))
    assert [delay for _, delay in images] == [40, 40, 40]
    assert [d for _, d in shown(write(tmp_path / "b.gif", film(3, hold=50), info(52)))] == [4, 4, 200]


def test_endless_holds_are_split(tmp_path: Path) -> None:
    """A delay beyond the format's limit continues in a second image without changes."""
    path = write(tmp_path / "a.gif", film(2, hold=20000), info(20001))
    assert gif_container.survey(path) == gif_container.Survey((W, H), 3, 80004)
    images = shown(path)
    assert (images[-1][0] == images[-2][0]).all()


@pytest.mark.parametrize(("loop", "repeats"), [(0, b"\0\0"), (2, b"\1\0"), (3, b"\2\0")])
def test_loop_block(tmp_path: Path, loop: int, repeats: bytes) -> None:
    """The block counts repeats after the first play, 0: without end."""
    data = write(tmp_path / "a.gif", film(2), info(2), loop=loop).read_bytes()
    assert b"!\xff\x0bNETSCAPE2.0\x03\x01" + repeats + b"\0" in data


def test_played_once_has_no_loop_block(tmp_path: Path) -> None:
    """Browsers play a GIF without the block once; a block with 1 would make it two."""
    assert b"NETSCAPE" not in write(tmp_path / "a.gif", film(2), info(2), loop=1).read_bytes()


def test_same_bytes_from_run_to_run(tmp_path: Path) -> None:
    """The file does not depend on the time, the folder or randomness."""
    one, two = (write(tmp_path / name, film(30), info(30)).read_bytes() for name in ("a.gif", "b.gif"))
    assert one == two


def test_images_cover_only_changes(tmp_path: Path) -> None:
    """Images after the first cover only the changed pixels."""
    path = write(tmp_path / "a.gif", film(40), info(40))
    whole = len(write(tmp_path / "b.gif", film(1), info(1)).read_bytes())
    assert path.stat().st_size < whole + 39 * 330


def test_long_films_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the buffer is full, images go to disk, and the rest of the film is correct too."""
    monkeypatch.setattr("animgd.encoders.gif.encoder.BUFFERED_PIXELS", 3000)
    encoder = Gif(tmp_path / "a.gif", info(60))
    for n, frame in enumerate(film(60)):
        encoder.add(frame)
        assert n < 20 or encoder.buffered == 0
    encoder.finish()
    images = shown(tmp_path / "a.gif")
    for n, frame in enumerate(film(60)):
        assert far(images[n][0], frame.pixels) < 1.2


def test_a_single_colour(tmp_path: Path) -> None:
    """A film of one colour, without inks, is a valid GIF."""
    pixels = np.full((H, W, 3), 77, np.uint8)
    path = write(
        tmp_path / "a.gif", iter([Frame(pixels, (Box(0, 0, W, H),), 5)]), FilmInfo((W, H), Fraction(25), 5, "", pixels)
    )
    assert [delay for _, delay in shown(path)] == [20]
    assert (shown(path)[0][0] == 77).all()


def test_refuses_what_it_cannot_hold() -> None:
    """Excessive rates and sizes are refused before drawing, in one line with the limit."""
    Gif.check((65535, 65535), Fraction(50))
    with pytest.raises(UsageError, match="choose 50 or less"):
        Gif.check((W, H), Fraction(51))
    with pytest.raises(UsageError, match="65535x480"):
        Gif.check((70000, 480), Fraction(25))


def test_missing_frames_are_an_error(tmp_path: Path) -> None:
    """A film with missing frames is not complete."""
    encoder = Gif(tmp_path / "a.gif", info(1))
    with pytest.raises(EncoderError, match="0 of 1"):
        encoder.finish()
    encoder.abort()


def test_a_full_disk_is_an_output_error() -> None:
    """The message contains the system's reason, and `abort` after it is silent."""
    encoder = Gif(Path("/dev/full"), info(30))
    with pytest.raises(OutputError, match="No space left on device"):
        for frame in film(30):
            encoder.add(frame)
        encoder.finish()
    encoder.abort()
    encoder.abort()


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    """A file that cannot be opened is an error at once."""
    with pytest.raises(OutputError, match="No such file"):
        Gif(tmp_path / "none" / "a.gif", info(2))


def test_a_damaged_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verification detects a file that another program truncated."""
    encoder = Gif(tmp_path / "a.gif", info(2))
    for frame in film(2):
        encoder.add(frame)
    monkeypatch.setattr("animgd.encoders.gif.encoder.os.fsync", lambda _: _shorten(tmp_path / "a.gif"))
    with pytest.raises(EncoderError, match="truncated"):
        encoder.finish()


def _shorten(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def test_survey_refuses_noise(tmp_path: Path) -> None:
    """Only a complete GIF without extra bytes is accepted."""
    path = write(tmp_path / "a.gif", film(2), info(2))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ValueError, match="after the end"):
        gif_container.survey(path)


def test_pillow_reads_a_lone_image() -> None:
    """The smallest possible GIF can be decoded."""
    table = np.array([[0, 0, 0], [9, 8, 7]], np.uint8)
    data = gif_container.header((1, 1), table, 1)
    data += gif_container.image(Box(0, 0, 1, 1), 5, 0, 2, b"\x4c\x01") + gif_container.TRAILER
    with Image.open(io.BytesIO(data)) as gif:
        assert gif.convert("RGB").getpixel((0, 0)) == (9, 8, 7)
