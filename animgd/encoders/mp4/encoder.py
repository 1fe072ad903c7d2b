"""MP4: H.264 that plays everywhere, made by ffmpeg from planes that are converted where they change."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

from animgd.encoders.base import Encoder, Holds, regular
from animgd.encoders.mp4 import container as mp4_container
from animgd.encoders.mp4.ffmpeg import PATIENCE, Ffmpeg, able
from animgd.encoders.mp4.yuv import Yuv
from animgd.errors import EncoderError, UsageError, cannot_write
from animgd.frame import Box, FilmInfo, Frame

PRESET = "veryfast"  # why these: docs/decisions/x264.md
CRF = 15
TUNING = (
    "aq-strength=0.6:chroma-qp-offset=-3:trellis=1:no-8x8dct=1:subme=0:me=dia:b-adapt=0:rc-lookahead=5:scenecut=0"
    ":sync-lookahead=0"  # else bytes depend on how busy the cores are
)
BT709 = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
SIDE = 16384  # pixels, x264's limit
BLOCKS = 139_264  # of 16×16 pixels: level 6.2, the largest picture of H.264 (ITU-T H.264, table A-1)
CLOCK = 1_001_000  # the largest number in a rate that ffmpeg keeps exactly
SLOWEST = Fraction(1, 3600)  # frames a second


class Mp4(Encoder):
    """Feeds ffmpeg one yuv420p picture per frame period; afterwards the film has counted its own frames.

    Units: `patience` in seconds, see `Ffmpeg`; by default longer for large pictures, of which some forty are
    on their way when the input ends.
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
        """Even sizes that H.264 can hold, and rates that ffmpeg keeps exactly.

        Raises: UsageError.
        """
        asked = f"{size[0]}x{size[1]} was asked for"
        nearest = _shrunk(*size)
        if nearest != size:
            raise UsageError(f"MP4 holds {SIDE} pixels a side, 8192x4352 in all: {asked}; {_works(*nearest)}", "size")
        if size[0] % 2 or size[1] % 2:
            larger = f"{size[0] + 1 & ~1}x{size[1] + 1 & ~1}"
            raise UsageError(f"MP4 needs an even width and height: {asked}; {_works(*size)} (or {larger})", "size")
        if max(fps.as_integer_ratio()) > CLOCK or fps < SLOWEST:
            rate = f"{fps} frames a second was asked for"
            near = max(SLOWEST, min(Fraction(CLOCK), fps))
            near = near.limit_denominator(int(CLOCK / max(1.0, float(near))))
            raise UsageError(f"MP4 cannot keep such a rate exactly: {rate}; one near it that works is {near}", "fps")

    def __init__(
        self, path: Path, info: FilmInfo, preset: str = PRESET, crf: int = CRF, patience: float | None = None
    ) -> None:
        self.path = path
        self.info = info
        self._picture = Yuv(info.size)
        self._boxes: tuple[Box, ...] = ()
        if patience is None:
            patience = PATIENCE + 2e-6 * info.size[0] * info.size[1]
        self._ffmpeg = Ffmpeg(arguments(path, info, preset, crf), path, patience)
        lends = self._ffmpeg.lends(len(self._picture.buffer))
        self._lent = Yuv(info.size) if lends else None
        self._send = self._ffmpeg.lend if lends else self._ffmpeg.write

    def add(self, frame: Frame) -> None:
        if self._lent is not None:  # the picture of the last frame may still be in the pipe: two take turns
            self._picture, self._lent = self._lent, self._picture
            self._picture.copy(self._lent, self._boxes)
            self._boxes = frame.boxes
        self._picture.update(frame.pixels, frame.boxes)
        for _ in range(frame.periods):
            self._send(self._picture.buffer)

    def finish(self) -> None:
        said = self._ffmpeg.finish()
        verify(self.path, self.info, said)

    def abort(self) -> None:
        self._ffmpeg.abort()


def arguments(path: Path, info: FilmInfo, preset: str, crf: int) -> list[str]:
    """What ffmpeg is told; of names it sees only our own."""
    width, height = info.size
    rate = f"{info.fps.numerator}/{info.fps.denominator}"
    title = "".join(c for c in info.title if c.isprintable())
    source = f"-f rawvideo -pix_fmt yuv420p -video_size {width}x{height} -framerate {rate} -i pipe:0"
    key = max(250, math.ceil(10 * info.fps))  # frames; each key frame makes the still picture pulse a little
    coding = f"-c:v libx264 -preset {preset} -crf {crf} -x264-params {TUNING}:keyint={key} -threads 2"
    clean = "-fflags +bitexact -flags:v +bitexact -bsf:v filter_units=remove_types=6 -map_metadata -1"
    return [
        *["-hide_banner", "-loglevel", "error", "-nostdin", "-y"],
        *source.split(),
        *f"-an -vf {BT709} {coding} -fps_mode passthrough".split(),
        *clean.split(),
        "-metadata",
        f"title={title}",
        *["-metadata:s:v", "encoder=H.264"],  # else it says which library wrote it
        *["-movflags", "+faststart", "-f", "mp4"],
        f"file:{path.absolute()}",
    ]


def verify(path: Path, info: FilmInfo, said: str = "") -> None:
    """Count the frames in the file itself: ffmpeg's good word is not enough.

    Raises: EncoderError, OutputError.
    """
    said = f"; it said: {said}" if said else ""
    try:
        film = mp4_container.read(path)
    except OSError as error:
        raise cannot_write("the film", error) from error
    except ValueError as error:
        raise EncoderError(f"ffmpeg ended well, but its film is broken: {error}{said}") from error
    if (film.frames, film.fps) != (info.count, info.fps):
        right = f"{info.count} frames at {info.fps} a second"
        pace = f"at {film.fps} a second" if film.fps else "of different lengths"
        raise EncoderError(f"the film should have {right}, and has {film.frames} {pace}{said}")


def _shrunk(width: int, height: int) -> tuple[int, int]:
    """The size itself if H.264 can hold it, else the largest of nearly that shape."""
    share = min(1.0, SIDE / max(width, height), math.sqrt(256 * BLOCKS / (width * height)))
    while True:
        size = (width, height) if share == 1 else (int(width * share) & ~1, int(height * share) & ~1)
        if max(size) <= SIDE and -(-size[0] // 16) * -(-size[1] // 16) <= BLOCKS:
            return size
        share *= 0.999


def _works(width: int, height: int) -> str:
    return f"the nearest that works is {max(2, width & ~1)}x{max(2, height & ~1)}"
