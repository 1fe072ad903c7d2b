"""Films one lecture and reports every event to a callback."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING

from animgd.cli.options import Options
from animgd.cli.reports import NamedLecture, Tell, plain, report, warn
from animgd.errors import UsageError
from animgd.scene.lecture.cards import Loop
from animgd.scene.scene import Scene

if TYPE_CHECKING:
    from animgd.output.lecture.plan import Plan
    from animgd.output.recorder.base import Recorder
    from animgd.output.target import Target

FORMATS = ("mp4", "json")  # that a lecture has


def check(named: NamedLecture, options: Options) -> None:
    """Refuse what a lecture cannot be. Raises: UsageError."""
    from animgd.encoders import encoder
    from animgd.output.target import blaming

    lecture = named.scene
    wrong = [format for format in options.formats if format not in FORMATS] if options.chosen else []
    scenes = ", ".join(name for name, part in zip(lecture.names, lecture.parts, strict=False)
                       if isinstance(part, Scene | Loop))  # fmt: skip
    alone = f"film one of its scenes alone, by its name: {scenes}" if scenes else "give it a scene"
    if options.place or options.max_size or options.at:
        option = "--for" if options.place else "--max-size" if options.max_size else "--at"
        raise UsageError(f"{option}: a lecture ({named.name}) does not take it; {alone}")
    if wrong and not options.still:
        raise UsageError(f"-f {wrong[0]}: a lecture ({named.name}) is mp4 or json; {alone}")
    apart = [name for name in ("clips", "slides") if getattr(options, name)]
    others = {"--slides": apart[1:], f"-o {options.file}": options.file, "--frame": options.still,
              "-f": options.chosen and not options.file}  # fmt: skip
    given = ", ".join(option for option, value in others.items() if value)
    if apart and given:
        raise UsageError(f"--{apart[0]} has files of its own: remove {given}")
    for target in _targets(named, options):
        with blaming(lecture, target.said, target.shown):
            size = lecture.video.width, lecture.video.height
            encoder(target.format).check(size, Fraction(lecture.video.fps))


def film(named: NamedLecture, options: Options, tell: Tell, recorder: Recorder) -> None:
    """Film one lecture. Raises: AnimgdError."""
    from animgd.output import preflight
    from animgd.output.lecture import encoding, film, pieces
    from animgd.output.lecture.foresee import foreseen
    from animgd.output.target import blaming

    lecture, targets = named.scene, _targets(named, options)
    if options.dry_run:
        with blaming(lecture, options.said):
            planned = foreseen(lecture, targets, recorder, options.cache, options.duration)
        _tell_plan(planned, targets, options, tell)
        return
    preflight.folder(options.output)
    tell("bar", ("training", named.name, 0, 0))
    with blaming(lecture, options.said):
        ready = encoding.prepared(lecture, recorder, options.cache, options.duration)
    found = [film.existing(ready, target) for target in targets] if options.resume else []
    missing = [target for target in targets if target not in found]
    pieces.check(ready, missing, options.still)
    jobs = options.jobs if len(options.modules) == 1 else 1  # of several modules, so many are filmed at a time
    progress = lambda k, n: tell("bar", ("drawing", named.name, k, n))  # noqa: E731
    with blaming(lecture, options.said):
        if options.still:
            done = pieces.render_frame(ready, targets[0], options.frame or 0)
        elif options.slides:
            done = pieces.render_slides(ready, targets[0], options.slides, progress, jobs)
        elif options.clips:
            done = pieces.render_clips(ready, targets[0], progress, jobs)
        else:
            done = film.render_lecture(ready, missing, progress, jobs)
    warn(named, done.warnings, options, tell)
    if options.verbose:
        tell("err", f"animgd: {plain(named.name)}: {ready.plan.count} frames in {done.took:.2f} s")
    kept = [film.output(ready, target) for target in targets if target in found]
    for output in [*kept, *done.outputs]:
        report(output, 0.0 if output in kept else done.took, options, tell)


def _tell_plan(planned: Plan, targets: list[Target], options: Options, tell: Tell) -> None:
    """Say what a lecture will be: its length, its parts with their times, and where chapters begin."""
    from animgd.output.target import Output

    video, starts = planned.lecture.video, {chapter.start: chapter.title for chapter in planned.chapters}
    if options.json:
        parts = [{"kind": shown.kind, "name": shown.name, "first_frame": shown.start, "frames": shown.frames}
                 for shown in planned.parts]  # fmt: skip
        chapters = [each._asdict() for each in planned.chapters]
        whole = {"path": str(targets[0].path), "frames": planned.count, "parts": parts, "chapters": chapters}
        tell("out", json.dumps(whole))
        return
    for target in targets:
        report(Output(target, (video.width, video.height), planned.fps, planned.count), None, options, tell)
    for shown in planned.parts:
        begins, lasts = float(shown.start / planned.fps), float(shown.frames / planned.fps)
        chapter = f"  chapter: {starts[shown.start]}" if shown.start in starts else ""
        name = f"{shown.kind} {plain(shown.name)}" if shown.scene is not None else shown.kind
        tell("out", f"  {begins:8.2f} s  {lasts:6.2f} s  {shown.frames:6} frames  {name}{chapter}")


def _targets(named: NamedLecture, options: Options) -> list[Target]:
    from animgd.encoders import FORMATS as KNOWN
    from animgd.output.target import Target

    formats = options.formats if options.chosen else ("mp4",)
    return [
        Target(options.file or options.output / (named.name + KNOWN[format].suffix), format, said=options.said)
        for format in (("mp4",) if options.clips else ("png",) if options.still else formats)
    ]
