"""The table of formats. A new format is one module in this package and one row in `FORMATS`.

The table imports nothing heavy, since the help text of the command line is made from it.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False  # typing takes longer to import than this
if TYPE_CHECKING:
    from animgd.encoders.base import Encoder

Format = namedtuple("Format", "suffix encoder")

FORMATS = {
    "mp4": Format(".mp4", "mp4.encoder:Mp4"),
    "gif": Format(".gif", "gif.encoder:Gif"),
    "png": Format("", "png:Png"),
    "json": Format(".json", "json_data:Data"),
}

BASE = 4096  # bytes; no film is smaller
# Suffixes of pictures, films, documents and archives that are none of animgd's: folders for films have other names.
OTHERS = {
    "pdf", "svg", "eps", "ps", "ai", "jpg", "jpeg", "jpe", "jfif", "webp", "webm", "avi", "mov", "mkv", "m4v",
    "mpg", "mpeg", "ogv", "wmv", "flv", "tif", "tiff", "bmp", "ico", "heic", "avif", "jxl", "apng", "html", "htm",
    "pptx", "ppt", "odp", "docx", "key", "npz", "npy", "csv", "txt", "md", "tex", "ipynb", "vtt", "srt", "zip",
}  # fmt: skip
DRAWINGS = ("pdf", "svg", "eps", "ps", "ai")


def refusal(suffix: str, known: str) -> str:
    """What to do where a name has the suffix of no format."""
    drawn = suffix.lower().replace(".", "") in DRAWINGS
    hint = "; animgd.plot draws figures for PDF, SVG and EPS (docs/how-to/figures.md)" if drawn else ""
    return f"unknown suffix {suffix!r}: choose from {known}{hint}"


def encoder(name: str) -> type[Encoder]:
    """The encoder class of a format, imported when it is needed."""
    from importlib import import_module

    module, kind = FORMATS[name].encoder.split(":")
    found: type[Encoder] = getattr(import_module(f"{__name__}.{module}"), kind)
    return found
