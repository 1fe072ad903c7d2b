"""One sentence on the curvature at a minimum, and on the learning rates that are stable there."""

from __future__ import annotations

from animgd.graphics.numbers import short
from animgd.recording.model import Recording
from animgd.recording.stability import Stability, stability
from animgd.scene.scene import Scene

MOST_LRS = 4  # that are repeated


def sentence(scene: Scene, recording: Recording) -> tuple[int, tuple[str, str]] | None:
    """The number of a panel, and what is said of it, long and short, where a scene asks for it and it is known."""
    found = stability(scene, recording) if scene.shows("stability") else None
    if found is None:
        return None
    low, high = _rounded(found.low), _rounded(found.high)
    curvature = f"curvature {low}" + (f" and {high}" if high != low else "")
    return found.panel, (_long(found, curvature), _short(found, curvature))


def _short(found: Stability, curvature: str) -> str:
    if not found.greatest:
        return f"no lr is stable ({curvature})"
    near = "" if found.everywhere else " near the minimum"
    return f"lr below {_rounded(found.greatest)} is stable{near} ({curvature})"


def _long(found: Stability, curvature: str) -> str:
    at = "the minimum of loss + decay" if found.decay else "the minimum"
    head = f"{curvature} at {at}"
    if not found.greatest:
        return f"{head}, but no lr is stable with this dampening"
    near = "" if found.everywhere else "near it "
    here = ", ".join(map(short, found.lrs[:MOST_LRS])) + ", …" * (len(found.lrs) > MOST_LRS)
    here = ("here they are " if len(found.lrs) > 1 else "here it is ") + here + _verdict(found)
    return f"{head}, so {near}lr below {_rounded(found.greatest)} is stable; {here}"


def _verdict(found: Stability) -> str:
    large = [lr for lr in found.lrs if lr >= found.greatest]
    if len(found.lrs) > 1:
        return f" ({', '.join(map(short, large))} too large)" if large and len(found.lrs) <= MOST_LRS else ""
    return ", too large" if large else ""


def _rounded(value: float) -> str:
    """Three digits, without a power of ten where it is not needed."""
    return f"{value:#.3g}".rstrip(".") if 1e-3 <= abs(value) < 1e4 else short(float(f"{value:.3g}"))
