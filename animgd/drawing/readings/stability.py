"""One sentence on the curvature at a minimum, and on the learning rates that are stable there."""

from __future__ import annotations

from dataclasses import replace

from animgd.graphics.numbers import short
from animgd.layout.measure import shown_title
from animgd.recording.model import Recording
from animgd.recording.stability import Stability, stability
from animgd.scene.scene import Scene

MOST_LRS = 4  # that are repeated


def sentence(scene: Scene, recording: Recording) -> tuple[str, tuple[str, str]] | None:
    """The name of a loss, and what is said of its runs, long and short, where a scene asks for it and it is known.

    Where runs on the same loss differ in more than their learning rates, the panel's name stands with it.
    """
    found = stability(scene, recording) if scene.shows("stability") else None
    if found is None:
        return None
    panel = scene.grid[found.panel]
    name = shown_title(replace(panel, title=panel.loss.name)) if panel.loss else panel.title
    name += " + decay" if found.decay else ""
    name += f", {panel.title}" if panel.title and panel.title != name and not found.of_loss else ""
    low, high = _rounded(found.low), _rounded(found.high)
    curvature = f"curvature {low}" + (f" and {high}" if high != low else "")
    if not found.greatest:
        says = "no lr is stable with this dampening"
        return name, (f"{curvature} at the minimum, but {says}", says)
    says, here = f"lr below {_rounded(found.greatest)} is stable", _here(found)
    near, short_near = ("", "") if found.everywhere else (" near it", " near the minimum")
    return name, (f"{curvature} at the minimum, so {says}{near}; {here}", f"{says}{short_near}; {here}")


def _here(found: Stability) -> str:
    """Which learning rates are too large; if none is, which ones there are."""
    every = [*map(short, found.lrs)]
    large = [short(lr) for lr in found.lrs if lr >= found.greatest]
    if len(every) == 1:
        return f"here it is {every[0]}" + ", too large" * bool(large)
    if large:
        return f"{_listed(large)} {'are' if len(large) > 1 else 'is'} too large"
    return f"here they are {_listed(every)}"


def _listed(texts: list[str]) -> str:
    """Some texts as a list in words."""
    if len(texts) > MOST_LRS:
        return f"{', '.join(texts[:MOST_LRS])}, …"
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def _rounded(value: float) -> str:
    """Three digits, without a power of ten where it is not needed."""
    return f"{value:#.3g}".rstrip(".") if 1e-3 <= abs(value) < 1e4 else short(float(f"{value:.3g}"))
