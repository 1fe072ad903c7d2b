"""The best film within a limit: which settings are reduced, in which order, and how far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import isqrt

from animgd.encoders import encoder
from animgd.errors import RenderError, UsageError
from animgd.output.target import Limit, Size, Target
from animgd.scene.scene import Scene
from animgd.scene.video import Video

Holds = Callable[[Size], bool]  # whether the layout can hold a size

RATES = (50, 25, 20, Fraction(25, 2), 10)  # frames a second; a GIF's clock has them all exactly
PARTS = (0.85, 0.75, 0.65, 0.55, 0.45, 0.35)  # of width and height
SMALLEST = 160  # pixels


def ladder(scene: Scene, target: Target, holds: Holds = lambda size: True) -> list[Target]:
    """The target as it is, then with fewer frames a second, then smaller, then with fewer colours.

    Only what the limit's other bounds allow; none, if nothing is.
    """
    assert target.limit is not None
    limit, video = target.limit, target.applied_to(scene).video
    sizes, rates = [size for size in _sizes(video, limit) if holds(size)], _rates(video, limit)
    if not sizes or not rates:
        return []
    rungs = [replace(target, size=sizes[0], fps=rate) for rate in rates]
    rungs += [replace(rungs[-1], size=size) for size in sizes[1:]]
    rungs += _reduced(rungs[-1])
    return [rung for rung in rungs if _short_enough(scene, rung, limit)]


def largest(scene: Scene, target: Target) -> Size:
    """The largest size of the film's shape that the limit allows."""
    assert target.limit is not None
    video = target.applied_to(scene).video
    return _within((video.width, video.height), target.limit)


def cause(scene: Scene, target: Target) -> tuple[tuple[str, str], ...]:
    """What the command line set for a target; a limit that makes the film smaller has set its size."""
    video, said = target.applied_to(scene).video, dict(target.said)
    smaller = largest(scene, target) != (video.width, video.height)
    return tuple((said | {"size": said["place"]}).items()) if smaller and "place" in said else target.said


def _sizes(video: Video, limit: Limit) -> list[Size]:
    """The largest size of the film's shape that the limit allows, and parts of it."""
    width, height = _within((video.width, video.height), limit)
    if limit.aspect is not None and max(width, height) > limit.aspect * min(width, height):
        return []
    parts = [(round(width * part / 2) * 2, round(height * part / 2) * 2) for part in PARTS]
    return [(width, height), *(size for size in parts if min(size) >= SMALLEST)]


def _within(size: Size, limit: Limit) -> Size:
    wide, high = size
    most = limit.upright if limit.upright and high > wide else (limit.width, limit.height)
    bounds = [size]
    if most[0] is not None:
        bounds.append((most[0], high * most[0] // wide))
    if most[1] is not None:
        bounds.append((wide * most[1] // high, most[1]))
    if limit.pixels is not None:
        bounds.append((isqrt(limit.pixels * wide // high), isqrt(limit.pixels * high // wide)))
    least = min(bounds)
    return size if least == size else (max(2, least[0] & ~1), max(2, least[1] & ~1))


def _rates(video: Video, limit: Limit) -> list[int | Fraction]:
    lower = {rate for rate in (limit.rate, *RATES) if rate is not None and rate < video.fps}
    return [rate for rate in (video.fps, *sorted(lower, reverse=True)) if limit.rate is None or rate <= limit.rate]


def _reduced(rung: Target) -> list[Target]:
    """The rung with its format's own reductions, such as fewer colours of a GIF."""
    fewer = encoder(rung.format).reduced(dict(rung.settings))
    return [replace(rung, settings=tuple(settings.items())) for settings in fewer]


def _short_enough(scene: Scene, rung: Target, limit: Limit) -> bool:
    assert rung.size is not None
    line = rung.timeline(scene)
    return (
        (limit.frames is None or line.count <= limit.frames)
        and (limit.volume is None or rung.size[0] * rung.size[1] * line.count <= limit.volume)
        and (limit.duration is None or line.count <= limit.duration * line.fps)
    )


def check(scene: Scene, target: Target, holds: Holds = lambda size: True) -> None:
    """Refuse a film that cannot come within its limit, whatever it gives up. Raises: UsageError."""
    if target.limit is None or ladder(scene, target, holds):
        return
    limit, video = target.limit, target.applied_to(scene).video
    sizes, rates = [size for size in _sizes(video, limit) if holds(size)], _rates(video, limit)
    if not sizes:
        most = f"the platform takes shapes from 1:{limit.aspect:g} to {limit.aspect:g}:1"
        raise UsageError(f"{video.width}x{video.height} is too long: {most}; choose another --size", "place")
    if not rates:
        raise UsageError(f"the platform takes at most {limit.rate} frames a second: choose a lower --fps", "place")
    raise UsageError(_too_long(scene, replace(target, size=sizes[-1], fps=rates[-1]), limit), "place")


def _too_long(scene: Scene, last: Target, limit: Limit) -> str:
    """Why the smallest version of a film is still too long."""
    assert last.size is not None
    line, (width, height) = last.timeline(scene), last.size
    bounds = []  # (seconds that fit, what the limit is)
    if limit.duration is not None:
        bounds.append((limit.duration * line.fps // 1 / line.fps, f"{limit.duration} s"))
    if limit.frames is not None:
        bounds.append(((limit.frames - 2) / line.fps, f"{limit.frames:,} frames"))
    if limit.volume is not None:
        bounds.append((Fraction(limit.volume, width * height) / line.fps, f"{limit.volume:,} pixels in all frames"))
    seconds, bound = min(bounds)
    film = f"{line.count:,} frames at {float(line.fps):g} a second last {float(line.count / line.fps):g} s"
    return f"the film is too long: the platform takes {bound}, but {film}; try --duration {int(seconds)}"


class UnfitError(RenderError):
    """No version of a film fits its limit."""


def best(rungs: list[Target], limit: Limit, attempt: Callable[[Target], int]) -> Target:
    """The first rung whose bytes fit, by halving: each lower rung is smaller. Raises: UnfitError.

    `attempt` makes a rung and returns its bytes.
    """
    most = limit.bytes
    if most is None or (least := attempt(rungs[0])) <= most:
        return rungs[0]
    low, high = 0, len(rungs) - 1  # low does not fit; high will have to
    if high == 0 or (least := attempt(rungs[high])) > most:
        raise UnfitError(
            f"the film does not fit into {most:,} bytes: the smallest version has {least:,} bytes{_as(rungs[high])}"
        )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if attempt(rungs[middle]) <= most else (middle, high)
    return rungs[high]


def _as(rung: Target) -> str:
    """The settings of the smallest version of a film."""
    if rung.size is None or rung.fps is None:
        return ""
    colors = dict(rung.settings).get("colors")
    shown = f", at {rung.size[0]}x{rung.size[1]}, {float(rung.fps):g} frames a second"
    return shown + (f", {colors} colours" if colors else "")


def given_up(scene: Scene, target: Target, made: Target) -> str | None:
    """What was reduced, in one line; None if nothing was."""
    video = target.applied_to(scene).video
    lost = []
    if made.fps != video.fps:
        lost.append(f"{float(made.fps or 0):g} instead of {float(video.fps):g} frames a second")
    if made.size != (video.width, video.height) and made.size:
        lost.append(f"{made.size[0]}x{made.size[1]} instead of {video.width}x{video.height}")
    if made.settings != target.settings:
        lost.append(f"{dict(made.settings)['colors']} colours")
    return f"{target.path.name}: {', '.join(lost)}, to stay within its limits" if lost else None
