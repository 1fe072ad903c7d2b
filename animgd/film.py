"""The conductor: a scene and some names of files -> films under these names, whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path

from animgd import shelf
from animgd.encoders import FORMATS, Encoder, encoder
from animgd.encoders.part import Part, sweep
from animgd.errors import UsageError
from animgd.frames import Reel
from animgd.records import Recording
from animgd.remarks import remarks
from animgd.scene import Scene
from animgd.timeline import timeline
from animgd.trainer import Trainer

Progress = Callable[[int, int], None]  # (frames done, frames in all)


@dataclass(frozen=True)
class Target:
    """One file (or folder, for `png`) to be made."""

    path: Path
    format: str


@dataclass(frozen=True)
class Film:
    """What was made. Units: `seconds` is how long the film lasts, `took` how long making it did."""

    paths: tuple[Path, ...]
    frames: int
    seconds: float
    took: float
    warnings: tuple[str, ...] = ()


def target(path: str | os.PathLike[str]) -> Target:
    """The format that a name's suffix says; a name without one is a folder of PNGs. Raises: UsageError."""
    path = Path(path)
    for name, format in FORMATS.items():
        if path.suffix.lower() == format.suffix:
            return Target(path, name)
    known = ", ".join(format.suffix for format in FORMATS.values() if format.suffix)
    raise UsageError(f"{path.name}: no format has the suffix {path.suffix!r}; there are {known}, and folders of PNGs")


def render(scene: Scene, *paths: str | os.PathLike[str], progress: Progress | None = None, cache: bool = True) -> Film:
    """Film a scene under each of the names; their suffixes say the formats.

    `cache=False` records again even if a recording is kept.

    Raises: SceneError, UsageError before anything is drawn; EncoderError, OutputError. Whatever is raised, under
    each name is what was there before.
    """
    with Trainer() as trainer:
        return shoot(scene, [target(path) for path in paths], trainer, progress, cache)


def shoot(
    scene: Scene, targets: list[Target], trainer: Trainer, progress: Progress | None = None, cache: bool = True
) -> Film:
    """Draw every frame once, and give it to the encoder of every target."""
    began = time.perf_counter()
    check(scene, targets)
    recording = recorded(scene, trainer, cache)
    from animgd.stage import Stage

    stage = Stage(scene, recording)
    with ExitStack() as stack:
        takes = [stack.enter_context(_take(each, stage.reel)) for each in targets]
        done = 0
        for frame in stage.frames():
            for coder, _ in takes:
                coder.add(frame)
            done += frame.periods
            if progress:
                progress(done, stage.reel.count)
        for coder, _ in takes:
            coder.finish()
        for _, part in takes:
            part.publish()
    warnings = tuple(dict.fromkeys([*remarks(scene, recording), *stage.remarks]))
    took = time.perf_counter() - began
    return Film(tuple(each.path for each in targets), stage.reel.count, float(stage.reel.seconds), took, warnings)


def recorded(scene: Scene, trainer: Trainer, cache: bool = True) -> Recording:
    """The recording of a scene: the one that is kept, or a new one. Raises: SceneError, RenderError."""
    name = shelf.name(scene)
    recording = shelf.kept(name) if name and cache else None
    if recording is not None:
        return recording
    if trainer.begin(scene):
        _prepare()
        recording = trainer.result()
    else:
        from animgd.recording import record

        recording = record(scene)
    if name:
        shelf.keep(name, recording)
    return recording


def _prepare() -> None:
    """Import what needs no torch, while torch is being imported in the other process."""
    import_module("animgd.stage")
    import_module("animgd.backdrop").warm()
    for name in ("mp4", "gif"):
        encoder(name)


def still(scene: Scene, number: int, path: str | os.PathLike[str], cache: bool = True) -> Film:
    """One frame as a PNG, equal to that frame of the film; -1 is the last. Raises: as `render`."""
    with Trainer() as trainer:
        return freeze(scene, number, path, trainer, cache)


def freeze(scene: Scene, number: int, path: str | os.PathLike[str], trainer: Trainer, cache: bool = True) -> Film:
    """Draw one frame from nothing, and write it."""
    from animgd.encoders.png import save

    began = time.perf_counter()
    line = timeline(scene.video, scene.epochs)
    if not -line.count <= number < line.count:
        raise UsageError(f"there is no frame {number}: the film has frames 0 to {line.count - 1}")
    recording = recorded(scene, trainer, cache)
    from animgd.stage import Stage

    stage = Stage(scene, recording)
    part = Part(Path(path))
    try:
        save(part.path, stage.frame(number % line.count))
        part.publish()
    finally:
        part.discard()
    warnings = tuple(dict.fromkeys([*remarks(scene, recording), *stage.remarks]))
    return Film((Path(path),), 1, float(1 / line.fps), time.perf_counter() - began, warnings)


def check(scene: Scene, targets: list[Target]) -> None:
    """Refuse what a format cannot hold, before anything is trained. Raises: UsageError."""
    size, fps = (scene.video.width, scene.video.height), Fraction(scene.video.fps)
    for each in targets:
        encoder(each.format).check(size, fps)
    if len({os.path.normcase(each.path.absolute()) for each in targets}) < len(targets):
        raise UsageError("two outputs have the same name")


@contextmanager
def _take(target: Target, reel: Reel) -> Iterator[tuple[Encoder, Part]]:
    sweep(target.path.parent)
    part = Part(target.path, folder=not FORMATS[target.format].suffix)
    try:
        coder = encoder(target.format)(part.path, reel)
        try:
            yield coder, part
        finally:
            coder.abort()
    finally:
        part.discard()
