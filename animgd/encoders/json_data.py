"""JSON: the film as data, for pages, tests and other tools."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from animgd.encoders.base import Encoder, Holds, regular
from animgd.errors import EncoderError, cannot_write


class Data(Encoder):
    """Writes the description of the film; pictures are not needed."""

    pictures = False

    @staticmethod
    def survey(path: Path) -> Holds:
        """Read what a file says of its film."""
        film = json.loads(regular(path).read_text(encoding="ascii"))
        found = (film["width"], film["height"]), film["fps"], film["frames"], len(film["epoch_of_frame"])
        return lambda size, fps, count: found == (size, f"{fps.numerator}/{fps.denominator}", count, count)

    def finish(self) -> None:
        film = finite(self.info.describe())
        text = json.dumps(film, allow_nan=False, separators=(",", ":")) + "\n"
        try:
            self.path.write_text(text, encoding="ascii", newline="\n")
            written = json.loads(self.path.read_text(encoding="ascii"))
        except OSError as error:
            raise cannot_write("the film's data", error) from error
        except ValueError as error:
            raise EncoderError(f"the film's data cannot be read back: {error}") from error
        if written != film:
            raise EncoderError("the film's data are not what was written")


def finite(value: Any) -> Any:
    """The same data in JSON's own types; a number that JSON cannot say is None."""
    if isinstance(value, float):  # first, for nearly all are
        return float(value) if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return finite(value.tolist())
    return value
