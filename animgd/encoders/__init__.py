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


def encoder(name: str) -> type[Encoder]:
    """The encoder class of a format, imported when it is needed."""
    from importlib import import_module

    module, kind = FORMATS[name].encoder.split(":")
    found: type[Encoder] = getattr(import_module(f"{__name__}.{module}"), kind)
    return found
