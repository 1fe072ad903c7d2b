"""From a scene and names of files to films under these names, complete or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from animgd.encoders import FORMATS, encoder
from animgd.encoders.base import Encoder
from animgd.errors import RenderError
from animgd.frame import FilmInfo, Pixels
from animgd.output import budget
from animgd.output.atomic import Part, sweep
from animgd.output.byte_stream import Poured
from animgd.output.recorder.base import Recorder
from animgd.output.target import Output, Size, Target, blaming, check
from animgd.recording import cache as recordings
from animgd.recording.diagnostics import remarks
from animgd.recording.model import Recording
from animgd.scene.scene import Scene
from animgd.scene.themes import THEMES

Progress = Callable[[int, int], None]  # (frames done, frames in all)


@dataclass(frozen=True)
class Film:
    """A finished film. Units: `took` is the time that it took, in seconds."""

    outputs: tuple[Output, ...]
    took: float
    warnings: tuple[str, ...] = ()
    poster: Callable[[], Pixels] | None = field(default=None, compare=False)  # draws the picture that stands for it

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths in the order of the arguments; streams have none."""
        return tuple(output.target.path for output in self.outputs if output.target.stream is None)

    @property
    def frames(self) -> int:
        """Frame periods in all."""
        return self.outputs[0].frames

    @property
    def seconds(self) -> float:
        """How long the film lasts."""
        return float(self.outputs[0].frames / self.outputs[0].fps)

    def __repr__(self) -> str:
        names = ", ".join(output.target.shown for output in self.outputs)
        warnings = f", {len(self.warnings)} warning{'s' * (len(self.warnings) > 1)}" if self.warnings else ""
        return f"Film({names}: {self.frames} frames, {self.seconds:.4g} s{warnings})"

    def _repr_html_(self) -> str:
        """The film as a video, for notebooks."""
        return str(_notebook().page(self))

    def _repr_png_(self) -> bytes | None:
        """Its poster, for notebooks that are exported."""
        return _notebook().poster(self)  # type: ignore[no-any-return]


def _notebook() -> Any:
    return import_module("animgd.notebook")  # by name: it stands above all packages


def render_targets(
    scene: Scene, targets: list[Target], recorder: Recorder, progress: Progress | None = None, cache: bool = True
) -> Film:
    """Record, draw every frame once for all targets of one size and rate, and publish when all files are complete."""
    began = time.perf_counter()
    check(scene, targets)
    for each in targets:
        with blaming(scene, each.said, each.shown):
            budget.check(scene, each)
    recording = recorded(scene, recorder, cache)
    with ExitStack() as stack:
        draw = _Passes(scene, recording, stack, progress)
        made = [draw.once(group, stack) for group in _together(scene, [each for each in targets if not each.limit])]
        made += [draw.within_limit(each) for each in targets if each.limit]
        for part in sorted(
            (part for each in made for part in each.parts), key=lambda part: not isinstance(part, Poured)
        ):
            part.publish()  # a stream that fails leaves all names as they were
    outputs = {output.target.path: output for each in made for output in each.outputs}
    warnings = [*remarks(scene, recording), *unkept(recorder), *(text for each in made for text in each.warnings)]
    took, said = time.perf_counter() - began, tuple(dict.fromkeys(warnings))
    return Film(tuple(outputs[each.path] for each in targets), took, said, partial(last_frame, scene, recording))


def last_frame(scene: Scene, recording: Recording) -> Pixels:
    """The last frame of a film."""
    from animgd.drawing.renderer import Renderer

    renderer = Renderer(scene, recording)
    return renderer.frame(renderer.timeline.count - 1)


def _together(scene: Scene, targets: list[Target]) -> list[list[Target]]:
    """Targets of the same size and rate share one pass of the renderer, and all of them glow, or none."""
    groups: dict[object, list[Target]] = {}
    for each in targets:
        groups.setdefault((each.applied_to(scene).video, _glows(scene, each)), []).append(each)
    return list(groups.values())


def _glows(scene: Scene, each: Target) -> bool:
    """Whether points have a light around them: in a GIF its shades would be blots, and a tenth of the bytes."""
    return THEMES[scene.style.theme]["glow"] is not None and each.format != "gif"


@dataclass(frozen=True)
class _Pass:
    """The complete files of one pass of the renderer, not yet published."""

    parts: list[Part]
    outputs: list[Output]
    warnings: list[str]


@dataclass(frozen=True)
class _Passes:
    """Draws and encodes a film as often as its targets need."""

    scene: Scene
    recording: Recording
    stack: ExitStack
    progress: Progress | None

    def once(self, group: list[Target], stack: ExitStack) -> _Pass:
        """One pass for targets of one size and rate."""
        from animgd.drawing.renderer import Renderer

        with blaming(self.scene, group[0].said, group[0].shown):
            shown, glow = group[0].applied_to(self.scene), _glows(self.scene, group[0])
            renderer = Renderer(shown, self.recording, glow=glow)
        info = renderer.info
        opened = [(each, *stack.enter_context(_opened(each, info))) for each in group]
        done = 0
        for frame in renderer.frames():
            for each, coder, _ in opened:
                with _named(each):
                    coder.add(frame)
            done += frame.periods
            if self.progress:
                self.progress(done, info.count)
        for each, coder, _ in opened:
            with _named(each):
                coder.finish()
        outputs = [Output(each, info.size, info.fps, info.count) for each in group]
        return _Pass([part for _, _, part in opened], outputs, list(renderer.remarks))

    def within_limit(self, wanted: Target) -> _Pass:
        """As many passes as it takes to find the best film within the target's limit.

        Raises: UsageError, where the layout holds no size within it; RenderError.
        """
        assert wanted.limit is not None
        tries: dict[Target, tuple[ExitStack, _Pass]] = {}

        def attempt(rung: Target) -> int:
            stack = self.stack.enter_context(ExitStack())
            tries[rung] = stack, self.once([rung], stack)
            return size(tries[rung][1].parts[0].path)

        try:
            chosen = budget.best(rungs(self.scene, self.recording, wanted), wanted.limit, attempt)
        except budget.UnfitError as error:
            option = dict(wanted.said).get("bytes")
            raise RenderError(f"{option}: {wanted.path}: {error}" if option else f"{wanted.path}: {error}") from error
        if chosen not in tries:
            attempt(chosen)
        for stack, _ in (tries[rung] for rung in tries if rung != chosen):
            stack.close()
        lost = budget.given_up(self.scene, wanted, chosen)
        if lost:
            tries[chosen][1].warnings.append(lost)
        return tries[chosen][1]


def rungs(scene: Scene, recording: Recording, wanted: Target) -> list[Target]:
    """The versions of a target, without the sizes that are too small for the layout.

    Raises: UsageError, where none is left.
    """
    from animgd.drawing.renderer import can_hold, plan

    def holds(size: Size) -> bool:
        return can_hold(scene, recording, size)

    found = budget.ladder(scene, wanted, holds)
    if not found:
        with blaming(scene, budget.cause(scene, wanted), wanted.shown):
            plan(scene, recording, budget.largest(scene, wanted))  # says how small it can be
            budget.check(scene, wanted, holds)
    return found


def size(path: Path) -> int:
    """The bytes of a file, or of all files of a folder."""
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size


def recorded(scene: Scene, recorder: Recorder, cache: bool = True) -> Recording:
    """The recording of a scene: the cached one, or a new one. Raises: SceneError, RenderError."""
    name = recordings.name(scene, recorder.code)
    recording = recordings.load(name) if name and cache else None
    if recording is not None:
        return recording
    recording = trained(scene, recorder)
    if name and not recorder.late:
        recordings.store(name, recording)
    return recording


def unkept(recorder: Recorder) -> Iterator[str]:
    """Why a recording was not kept."""
    changing = ", ".join(each[1:-1] for each in recorder.late if each.startswith("<"))
    files = ", ".join([Path(file).name for file in recorder.late if not file.startswith("<")][:3])
    if files:
        yield f"its recording is not kept, since its code read {files} only when it was called: read it in the module"
    if changing:
        yield f"its recording is not kept, since its code depends on {changing}, which may be others next time"


def trained(scene: Scene, recorder: Recorder) -> Recording:
    """A new recording. Raises: as `recorded`."""
    recorder.begin(scene)
    _prepare()
    return recorder.result()


def _prepare() -> None:
    """Import what needs no torch, while torch is being imported in the other process."""
    import_module("animgd.drawing.renderer")
    import_module("animgd.drawing.background").warm()
    for name in FORMATS:
        encoder(name)


@contextmanager
def _named(target: Target) -> Iterator[None]:
    """Errors of an encoder name the target instead of its temporary file."""
    try:
        yield
    except RenderError as error:
        raise type(error)(f"{target.shown}: {error}") from error


@contextmanager
def _opened(target: Target, info: FilmInfo) -> Iterator[tuple[Encoder, Part]]:
    sweep(target.path.parent)
    folder = not FORMATS[target.format].suffix
    part = Part(target.path, folder) if target.stream is None else Poured(target.path, target.stream)
    try:
        coder = encoder(target.format)(part.path, info, **dict(target.settings))
        try:
            yield coder, part
        finally:
            coder.abort()
    finally:
        part.discard()
