"""Outputs that exist already: read to their end and compared with what would be made."""

from __future__ import annotations

from pathlib import Path

from animgd.encoders import encoder, png
from animgd.encoders.base import Holds, regular
from animgd.output.budget import ladder
from animgd.output.target import Output, Target
from animgd.scene.scene import Scene


def existing(target: Target, scene: Scene, still: bool = False) -> Output | None:
    """The output under the target's name, if it is whole and what the scene would give; None otherwise.

    `still`: the target is one picture.
    """
    try:
        held = _picture(target.path) if still else encoder(target.format).survey(target.path)
        if target.limit and target.limit.bytes and target.path.stat().st_size > target.limit.bytes:
            return None
    except (OSError, ValueError, TypeError, LookupError, RecursionError, MemoryError):
        return None
    for rung in [target] if target.limit is None else ladder(scene, target):
        video, line = rung.applied_to(scene).video, rung.timeline(scene)
        count = 1 if still else line.count
        if held((video.width, video.height), line.fps, count):
            return Output(target, (video.width, video.height), line.fps, count)
    return None


def _picture(path: Path) -> Holds:
    held = png.read(regular(path))
    return lambda size, fps, count: held == size
