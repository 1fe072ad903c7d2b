"""The best film under a limit: what is given up, in which order, and how far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from animgd.errors import RenderError
from animgd.scene import Scene
from animgd.target import Limit, Target

RATES = (25, 20, Fraction(25, 2), 10)  # frames a second; a GIF's clock has them all exactly
PARTS = (0.85, 0.75, 0.65, 0.55, 0.45, 0.35)  # of width and height
SMALLEST = 160  # pixels
COLORS = (128, 64, 32, 16)


def ladder(scene: Scene, target: Target) -> list[Target]:
    """The target as it is, then with fewer frames a second, then smaller, then with fewer colours; only rungs that
    the limit's other bounds allow."""
    assert target.limit is not None
    return [rung for rung in _rungs(scene, target) if _allowed(scene, rung, target.limit)]


def _rungs(scene: Scene, target: Target) -> Iterator[Target]:
    video = target.of(scene).video
    rung = replace(target, size=(video.width, video.height), fps=video.fps)
    yield rung
    for rate in RATES:
        if rate < video.fps:
            rung = replace(rung, fps=rate)
            yield rung
    for part in PARTS:
        smaller = (round(video.width * part / 2) * 2, round(video.height * part / 2) * 2)
        if min(smaller) >= SMALLEST:
            rung = replace(rung, size=smaller)
            yield rung
    if target.format == "gif":
        settings = dict(target.settings)
        for colors in COLORS:
            if colors < int(settings.get("colors", 256)):
                yield replace(rung, settings=tuple({**settings, "colors": colors}.items()))


def _allowed(scene: Scene, rung: Target, limit: Limit) -> bool:
    assert rung.size is not None
    width, height = rung.size
    return (
        (limit.width is None or width <= limit.width)
        and (limit.height is None or height <= limit.height)
        and (limit.pixels is None or width * height <= limit.pixels)
        and (limit.frames is None or rung.line(scene).count <= limit.frames)
    )


class UnfitError(RenderError):
    """Nothing fits."""


def best(rungs: list[Target], limit: Limit, attempt: Callable[[Target], int]) -> Target:
    """The first rung whose bytes fit, by halving: each lower rung is smaller. Raises: UnfitError.

    `attempt` makes a rung and returns its bytes.
    """
    if not rungs:
        raise UnfitError("no size or rate of the film is within the limits of that place")
    most = limit.bytes
    if most is None or attempt(rungs[0]) <= most:
        return rungs[0]
    low, high = 0, len(rungs) - 1  # low does not fit; high will have to
    if high == 0 or (least := attempt(rungs[high])) > most:
        reached = "" if high == 0 else f"; with all given up it has {least:,}"
        raise UnfitError(f"the film does not fit into {most:,} bytes{reached}")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if attempt(rungs[middle]) <= most else (middle, high)
    return rungs[high]


def given_up(scene: Scene, target: Target, made: Target) -> str | None:
    """What the film had to give up, in one line; None if nothing."""
    video = target.of(scene).video
    lost = []
    if made.fps != video.fps:
        lost.append(f"{float(made.fps or 0):g} instead of {float(video.fps):g} frames a second")
    if made.size != (video.width, video.height) and made.size:
        lost.append(f"{made.size[0]}x{made.size[1]} instead of {video.width}x{video.height}")
    if made.settings != target.settings:
        lost.append(f"{dict(made.settings)['colors']} colours")
    return f"{target.path.name}: {', '.join(lost)}, to stay within its limits" if lost else None
