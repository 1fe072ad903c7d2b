"""Joins films of one size and rate into one with chapters, without encoding again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from animgd.encoders.mp4.encoder import verify
from animgd.encoders.mp4.ffmpeg import Ffmpeg
from animgd.encoders.mp4.locate import PATIENCE
from animgd.errors import cannot_write
from animgd.frame import FilmInfo

SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\=;#"})


class Chapter(NamedTuple):
    """A chapter. Units: frames; `end` is not part of it."""

    title: str
    start: int
    end: int


def join(films: Sequence[Path], path: Path, info: FilmInfo, chapters: Sequence[Chapter], notes: Path) -> None:
    """Write one film that shows the others one after the other, and count its frames.

    `notes` is a folder for two small files that ffmpeg reads.
    Raises: EncoderError, OutputError.
    """
    listed, described = notes / "list.txt", notes / "chapters.txt"
    try:
        listed.write_text("".join(f"file '{_quoted(film)}'\n" for film in films), encoding="utf-8")
        described.write_text(metadata(info, chapters), encoding="utf-8")
    except OSError as error:
        raise cannot_write("the list of its pieces", error) from error
    ffmpeg = Ffmpeg(arguments(listed, described, path, info), path, PATIENCE)
    try:
        verify(path, info, ffmpeg.finish())
    finally:
        ffmpeg.abort()


def _quoted(film: Path) -> str:
    return f"file:{film.absolute()}".replace("'", "'\\''")


def metadata(info: FilmInfo, chapters: Sequence[Chapter]) -> str:
    """The title and the chapters as ffmpeg reads them."""
    base = f"TIMEBASE={info.fps.denominator}/{info.fps.numerator}"
    lines = [";FFMETADATA1", f"title={_escaped(info.title)}"]
    for title, start, end in chapters:
        lines += ["[CHAPTER]", base, f"START={start}", f"END={end}", f"title={_escaped(title)}"]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).translate(SPECIAL)


def arguments(listed: Path, described: Path, path: Path, info: FilmInfo) -> list[str]:
    """The command line of ffmpeg. Times are rounded to whole frames: ffmpeg counts files in microseconds."""
    rate = f"({info.fps.numerator}/{info.fps.denominator})"
    exact = "setts=" + ":".join(f"{name.lower()}=round({name}*TB*{rate})/{rate}/TB" for name in ("PTS", "DTS"))
    return [
        *["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "concat", "-safe", "0", "-i"],
        f"file:{listed.absolute()}",
        *["-f", "ffmetadata", "-i", f"file:{described.absolute()}"],
        *f"-map 0:v -map_metadata 1 -map_chapters 1 -c copy -bsf:v {exact}".split(),
        *[
            "-fflags",
            "+bitexact",
            "-flags:v",
            "+bitexact",
            "-metadata:s:v",
            "encoder=H.264",
            "-movflags",
            "+faststart",
            "-f",
            "mp4",
        ],
        f"file:{path.absolute()}",
    ]
