"""One scene module filmed, all of what happens told: to whoever prints, in this process or another."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from animgd.cli.options import ModuleRequest, Options
from animgd.errors import AnimgdError, SceneError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from animgd.output.target import Output, Target
    from animgd.scene.scene import Scene
    from animgd.training.author import Trainer

# out: a line of results; err: a line about them; bar: (name, frames done, of how many; 0 of 0 while it is trained);
# phase: "load", then "film"
Tell = Callable[[str, Any], None]


@dataclass
class Summary:
    """How a module ended: how many scenes became films, and the exit statuses of those that did not."""

    made: int = 0
    failed: list[int] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The exit status of it all."""
        if self.made and self.failed:
            return 1
        return 2 if self.failed and all(status == 2 for status in self.failed) else min(1, len(self.failed))

    def add(self, other: Summary) -> None:
        """Count another module's scenes."""
        self.made += other.made
        self.failed += other.failed


@dataclass(frozen=True)
class NamedScene:
    """One scene to film, and what it becomes."""

    name: str  # of its outputs, without a suffix
    scene: Scene


def film(module: ModuleRequest, asked: Options, tell: Tell, trainer: Trainer) -> Summary:
    """Load a module and film its scenes; what goes wrong is told and counted, never raised."""
    from animgd.scene.module import isolation

    isolation.allow(asked.patience)
    tally = Summary()
    try:
        made = shots(module, asked, tell)
    except AnimgdError as error:
        return _failed(tally, error, asked, tell)
    for shot in made:
        try:
            _shoot(shot, asked, tell, trainer)
            tally.made += 1
        except AnimgdError as error:
            _failed(tally, error, asked, tell)
        except MemoryError:
            _failed(tally, _memory(shot), asked, tell)
    return tally


def _memory(shot: NamedScene) -> AnimgdError:
    return AnimgdError(f"{shot.name}: out of memory; try a smaller --size")


def _failed(tally: Summary, error: AnimgdError, asked: Options, tell: Tell) -> Summary:
    complain(error, asked.verbose, tell)
    tally.failed.append(error.status)
    return tally


def names(module: ModuleRequest, asked: Options, tell: Tell) -> list[str]:
    """The names of all that a module would become; none where it cannot be loaded (filming it will say why)."""
    try:
        return [shot.name for shot in shots(module, asked, tell)]
    except AnimgdError:
        return []


def shots(module: ModuleRequest, asked: Options, tell: Tell) -> list[NamedScene]:
    """The scenes of a module, checked as far as no frame is needed. Raises: SceneError, UsageError."""
    from animgd.scene.module.loader import read

    tell("phase", "load")
    found = read(module.path, asked.patience)
    tell("phase", "film")
    chosen = found.chosen(module.names)
    if asked.file and len(chosen) > 1:
        several = f"{module.path} has {len(chosen)} scenes: {', '.join(name for name, _ in chosen)}"
        raise UsageError(f"-o {asked.file} names one file, and {several}; name one of them, or give -o a folder")
    made: dict[str, NamedScene] = {}
    for name, scene in chosen:
        stem = module.path.stem if name == "scene" else f"{module.path.stem}-{name}"
        if stem.casefold() in made:
            raise UsageError(f"two scenes would be written to {asked.output / stem}; film them in two calls with -o")
        made[stem.casefold()] = NamedScene(stem, _changed(scene, asked))
    for shot in made.values():
        _check(shot, asked)
    return list(made.values())


def _changed(scene: Scene, asked: Options) -> Scene:
    """The scene with what the command line overrides."""
    from animgd.drawing.timeline import lasting
    from animgd.output.target import blaming

    video = scene.video
    if asked.size:
        video = video.replace(width=asked.size[0], height=asked.size[1])
    if asked.fps is not None:
        video = video.replace(fps=asked.fps)
    if asked.epochs is not None:
        if not 1 <= asked.epochs <= 10_000_000:
            raise UsageError(f"--epochs {asked.epochs}: a film needs at least 1 epoch, and at most 10,000,000")
        scene = scene.replace(epochs=asked.epochs)
    if asked.duration is not None:
        with blaming(scene, asked.said):
            pace = lasting(video, scene.epochs, asked.duration).epochs_per_second
        video = video.replace(epochs_per_second=pace)
    style = scene.style.replace(theme=asked.theme) if asked.theme else scene.style
    return scene.replace(video=video, style=style)


def _check(shot: NamedScene, asked: Options) -> None:
    from animgd.output import budget
    from animgd.output.target import blaming, check

    for target in _targets(shot, asked):
        check(shot.scene, [target])
        with blaming(shot.scene, target.said, target.shown):
            budget.check(shot.scene, target)


def _targets(shot: NamedScene, asked: Options) -> list[Target]:
    return [_target(shot, name, asked) for name in asked.formats] if asked.frame is None else [_still(shot, asked)]


def _target(shot: NamedScene, format: str, asked: Options) -> Target:
    from animgd.encoders import FORMATS
    from animgd.output.platforms import PLACES
    from animgd.output.target import Limit, Target

    path = asked.file or asked.output / (shot.name + FORMATS[format].suffix)
    limit, said = None, asked.said
    if asked.place:
        if format not in PLACES[asked.place]:
            raise UsageError(f"--for {asked.place}: it takes no {format}; it takes {', '.join(PLACES[asked.place])}")
        limit = PLACES[asked.place][format]
        said += (("place", f"--for {asked.place}"), ("bytes", f"--for {asked.place}"))
    most = limit.bytes if limit else None
    if asked.max_size is not None and format in ("gif", "mp4") and (most is None or asked.max_size <= most):
        limit = replace(limit or Limit(), bytes=asked.max_size)
        said += (("bytes", f"--max-size {asked.max_size}"),)
    if format != "gif":
        return Target(path, format, limit=limit, said=said)
    settings = {"colors": asked.colors, "loop": asked.loop}
    given = tuple((name, value) for name, value in settings.items() if value is not None)
    return Target(path, format, asked.gif_size, asked.gif_fps, given, limit, said + asked.said_of_gif)


def _shoot(shot: NamedScene, asked: Options, tell: Tell, trainer: Trainer) -> None:
    from animgd.output import preflight
    from animgd.output.render import render_still, render_targets
    from animgd.recording.diagnostics import declared

    wanted = _targets(shot, asked)
    if asked.dry_run:
        from animgd.output.dry_run import foreseen

        _warn(shot, tuple(declared(shot.scene)), asked, tell)
        for target in foreseen(shot.scene, wanted, trainer, asked.cache, asked.frame is not None):
            _report(_planned(shot, target, asked), None, asked, tell)
        return
    found = _existing(shot, wanted, asked)
    missing, made = [target for target in wanted if target.path not in found], {}
    if missing:
        preflight.folder(asked.output)
        preflight.check(shot.scene, missing, still=asked.frame is not None)
        known = tuple(declared(shot.scene))
        _warn(shot, known, asked, tell)
        tell("bar", (shot.name, 0, 0))
        if asked.frame is not None:
            done = render_still(shot.scene, asked.frame, missing[0], trainer, asked.cache)
        else:
            done = render_targets(
                shot.scene, missing, trainer, lambda k, n: tell("bar", (shot.name, k, n)), asked.cache
            )
        made = {output.target.path: output for output in done.outputs}
        _warn(shot, tuple(warning for warning in done.warnings if warning not in known), asked, tell)
        if asked.verbose:
            tell("err", f"animgd: {shot.name}: {done.frames} frames in {done.took:.2f} s")
    for target in wanted:
        kept = found.get(target.path)
        _report(kept or made[target.path], 0.0 if kept else done.took, asked, tell)


def _existing(shot: NamedScene, wanted: list[Target], asked: Options) -> dict[Path, Output]:
    """What --resume leaves as it is."""
    if not asked.resume:
        return {}
    from animgd.output.resume import existing

    found = {target.path: existing(target, shot.scene, still=asked.frame is not None) for target in wanted}
    return {path: output for path, output in found.items() if output}


def _warn(shot: NamedScene, warnings: tuple[str, ...], asked: Options, tell: Tell) -> None:
    if not asked.quiet:
        for warning in warnings:
            tell("err", f"animgd: warning: {shot.name}: {plain(warning)}")


def _still(shot: NamedScene, asked: Options) -> Target:
    from animgd.output.target import Target, blaming

    assert asked.frame is not None
    target = Target(asked.output, "png", said=asked.said)
    with blaming(shot.scene, asked.said):
        count = target.timeline(shot.scene).count
    if not -count <= asked.frame < count:
        there = f"the film has frames 0 to {count - 1}"
        raise UsageError(f"--frame {asked.frame}: there is no frame {asked.frame}: {there}")
    return replace(target, path=asked.file or asked.output / f"{shot.name}-{asked.frame % count}.png")


def _planned(shot: NamedScene, target: Target, asked: Options) -> Output:
    from animgd.output.target import Output

    video = target.applied_to(shot.scene).video
    line = target.timeline(shot.scene)
    return Output(target, (video.width, video.height), line.fps, 1 if asked.frame is not None else line.count)


def _report(output: Output, took: float | None, asked: Options, tell: Tell) -> None:
    """One output as a result: its path, or what it is; `took` is None where nothing was made."""
    path, (width, height), fps, frames = output.target.path, output.size, output.fps, output.frames
    if asked.json:
        told: dict[str, Any] = {
            "path": str(path), "format": output.target.format, "width": width, "height": height,
            "fps": f"{fps.numerator}/{fps.denominator}", "frames": frames, "duration": float(frames / fps),
        }  # fmt: skip
        if took is not None:
            from animgd.output.render import size

            told |= {"bytes": size(path), "seconds": round(took, 3)}
        tell("out", json.dumps(told))
    elif took is None:
        length = f"{frames} frame{'s' * (frames > 1)} at {fps} a second, {float(frames / fps):g} s"
        tell("out", f"{path}: {width}x{height}, {length}")
    else:
        tell("out", str(path))


def complain(error: AnimgdError, verbose: bool, tell: Tell) -> None:
    """One line on an error; with `verbose` its traceback first."""
    if verbose:
        tell("err", "".join(traceback.format_exception(error)).rstrip())
    at_a_line = isinstance(error, SceneError) or error.origin
    tell("err", f"animgd: {'' if at_a_line else 'error: '}{plain(str(error))}")


def plain(text: str) -> str:
    """Text that a terminal shows and does not obey, on one line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
