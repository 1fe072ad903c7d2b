"""Outputs that exist already: read to their end and compared with what would be made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from animgd.encoders import encoder, png
from animgd.encoders.base import Holds, regular
from animgd.errors import OutputError, printable, shortage
from animgd.output.budget import ladder
from animgd.output.target import Output, Target
from animgd.scene.scene import Scene


def existing(target: Target, scene: Scene, still: bool = False) -> Output | None:
    """The output under the target's name, if it is whole and what the scene would give; None otherwise.

    `still`: the target is one picture.
    Raises: OutputError: no more files can be opened, so it is not known.
    """
    try:
        held = _picture(target.path) if still else encoder(target.format).survey(target.path)
        if target.limit and target.limit.bytes and target.path.stat().st_size > target.limit.bytes:
            return None
    except Exception as error:  # a damaged file may raise any error
        if short := shortage(error):
            raise OutputError(f"cannot read {printable(str(target.path))}: {short}") from error
        return None
    for rung in [target] if target.limit is None else ladder(scene, target):
        made = rung.output(scene, still)
        if held(made.size, made.fps, made.frames):
            return replace(made, target=target)
    return None


def _picture(path: Path) -> Holds:
    held = png.read(regular(path))
    return lambda size, fps, count: held == size
