"""The MP4 encoder: converts the changed boxes of each frame to YUV and pipes the pictures to ffmpeg."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from animgd.encoders.base import Encoder, Holds, regular
from animgd.encoders.mp4 import container as mp4_container
from animgd.encoders.mp4.ffmpeg import Ffmpeg
from animgd.encoders.mp4.locate import PATIENCE, able
from animgd.encoders.mp4.yuv import Yuv
from animgd.errors import EncoderError, UsageError, cannot_write
from animgd.frame import Box, FilmInfo, Frame

PRESET = "medium"  # the reasons: docs/decisions/x264.md
CRF = 20
TUNING = (
    "me=dia:subme=2:b-adapt=0:weightp=0:rc-lookahead=60:scenecut=0:chroma-qp-offset=-3"
    ":sync-lookahead=0"  # without it the bytes depend on the load of the cores
)
BT709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
SIDE = 16384  # pixels, x264's limit
BLOCKS = 139_264  # of 16×16 pixels: level 6.2, the largest picture of H.264 (ITU-T H.264, table A-1)
CLOCK = 1_001_000  # the largest number in a rate that ffmpeg keeps exactly
SLOWEST = Fraction(1, 3600)  # frames a second


@dataclass(frozen=True)
class Coding:
    """The settings of x264 for a quality. `full` keeps a colour for every pixel (4:4:4), not one for four."""

    crf: float = CRF
    preset: str = PRESET
    tuning: str = TUNING
    full: bool = False


QUALITIES = {
    "small": Coding(26, "slow", "sync-lookahead=0"),
    "standard": Coding(),
    "master": Coding(6, full=True),
}


class Mp4(Encoder):
    """Sends ffmpeg one picture per frame period, yuv420p or yuv444p, then counts the frames in the file.

    Units: `patience` in seconds, see `Ffmpeg`; the default grows with the picture, because ffmpeg still has about
    forty pictures to encode when its input ends.
    """

    bytes_per_pixel = 2e-4
    sized = True
    preflight = staticmethod(able)

    @staticmethod
    def survey(path: Path) -> Holds:
        """Read the index of a file."""
        film = mp4_container.read(regular(path))
        return lambda size, fps, count: film == (count, fps, size)

    @staticmethod
    def check(size: tuple[int, int], fps: Fraction) -> None:
        """Refuse odd sizes, sizes beyond H.264's limits, and rates that ffmpeg would round.

        Raises: UsageError.
        """
        asked = f"{size[0]}x{size[1]}"
        nearest = _shrunk(*size)
        if nearest != size:
            limits = f"{SIDE} pixels a side and 8192x4352 in all"
            raise UsageError(f"{asked} is too large for MP4 (at most {limits}): choose {_even(*nearest)}", "size")
        if size[0] % 2 or size[1] % 2:
            choices = f"{_even(*size)} or {size[0] + 1 & ~1}x{size[1] + 1 & ~1}"
            raise UsageError(f"MP4 needs an even width and height, not {asked}: choose {choices}", "size")
        if max(fps.as_integer_ratio()) > CLOCK or fps < SLOWEST:
            near = max(SLOWEST, min(Fraction(CLOCK), fps))
            near = near.limit_denominator(int(CLOCK / max(1.0, float(near))))
            raise UsageError(f"MP4 cannot store {fps} frames a second exactly: choose {near}", "fps")

    def __init__(self, path: Path, info: FilmInfo, coding: Coding | None = None, patience: float | None = None) -> None:
        self.path = path
        self.info = info
        coding = coding or QUALITIES[info.quality]
        self._picture, self._lent = (Yuv(info.size, coding.full) for _ in range(2))  # one may still be in the pipe
        self._boxes: tuple[Box, ...] = ()
        if patience is None:
            patience = PATIENCE + 2e-6 * info.size[0] * info.size[1]
        self._ffmpeg = Ffmpeg(arguments(path, info, coding), path, patience)

    def add(self, frame: Frame) -> None:
        self._picture, self._lent = self._lent, self._picture
        self._picture.copy(self._lent, self._boxes)
        self._boxes = frame.boxes
        self._picture.update(frame.pixels, frame.boxes)
        for _ in range(frame.periods):
            self._ffmpeg.send(self._picture.buffer)

    def finish(self) -> None:
        verify(self.path, self.info, self._ffmpeg.finish())

    def abort(self) -> None:
        self._ffmpeg.abort()


def arguments(path: Path, info: FilmInfo, coding: Coding) -> list[str]:
    """The command line of ffmpeg; the only path in it is that of the temporary file."""
    width, height = info.size
    rate = f"{info.fps.numerator}/{info.fps.denominator}"
    title = "".join(c for c in info.title if c.isprintable())
    planes = "yuv444p" if coding.full else "yuv420p"
    source = f"-f rawvideo -pix_fmt {planes} -video_size {width}x{height} -framerate {rate} -i pipe:0"
    # Each key frame makes a static picture flicker a little.
    key = math.ceil((info.keyframe_interval or 10) * info.fps)
    if info.keyframe_interval is None:
        key = max(250, key)
    params = f"{coding.tuning}:keyint={key}"
    told = f"-c:v libx264 -preset {coding.preset} -crf {coding.crf:g} -x264-params {params} -threads 2"
    clean = "-fflags +bitexact -flags:v +bitexact -bsf:v filter_units=remove_types=6 -map_metadata -1"
    return [
        *["-hide_banner", "-loglevel", "error", "-nostdin", "-y"],
        *source.split(),
        *f"-an -vf {BT709} {told} -fps_mode passthrough".split(),
        *clean.split(),
        "-metadata",
        f"title={title}",
        *["-metadata:s:v", "encoder=H.264"],  # instead of the name of the library
        *["-movflags", "+faststart", "-f", "mp4"],
        f"file:{path.absolute()}",
    ]


def verify(path: Path, info: FilmInfo, printed: str = "") -> None:
    """Count the frames in the file: an exit status of 0 does not prove that it is complete.

    Raises: EncoderError, OutputError.
    """
    printed = f"; ffmpeg printed: {printed}" if printed else ""
    try:
        film = mp4_container.read(path)
    except OSError as error:
        raise cannot_write("the film", error) from error
    except ValueError as error:
        raise EncoderError(f"ffmpeg exited with status 0, but the file is damaged: {error}{printed}") from error
    if (film.frames, film.fps) != (info.count, info.fps):
        expected = f"{info.count} frames at {info.fps} a second"
        rate = f"at {film.fps} a second" if film.fps else "of different lengths"
        raise EncoderError(f"the MP4 has {film.frames} frames {rate} instead of {expected}{printed}")


def _shrunk(width: int, height: int) -> tuple[int, int]:
    """The size if H.264 supports it, else the largest supported size of about that shape."""
    share = min(1.0, SIDE / max(width, height), math.sqrt(256 * BLOCKS / (width * height)))
    while True:
        size = (width, height) if share == 1 else (int(width * share) & ~1, int(height * share) & ~1)
        if max(size) <= SIDE and -(-size[0] // 16) * -(-size[1] // 16) <= BLOCKS:
            return size
        share *= 0.999


def _even(width: int, height: int) -> str:
    return f"{max(2, width & ~1)}x{max(2, height & ~1)}"
