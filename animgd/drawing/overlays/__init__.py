"""What moves over a panel. An overlay is one module here and one row in `OVERLAYS`.

The module offers `overlays(context)`, which builds what a panel shows of it, and may offer `legend(scene)`: the
entries (marker, text) of what it will build, and `inks(scene, theme)`: its colours, for the palette of a GIF.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from animgd.drawing.overlays.base import Context, Overlay
from animgd.frame import Color
from animgd.graphics.theme import Theme
from animgd.scene.scene import Scene

# From below to above.
OVERLAYS = (
    "lens",
    "trail",
    "marks",
    "small_map",
    "ghost",
    "glow",
    "arrows",
    "point",
    "off_plane",
    "anatomy",
    "divergence",
    "events",
)


def overlays(context: Context) -> list[Overlay]:
    """Everything that moves over one panel, from below to above."""
    return [overlay for module in _modules() for overlay in module.overlays(context)]


def legend(scene: Scene) -> tuple[tuple[str, str], ...]:
    """The legend entries of all overlays that a scene shows."""
    return tuple(entry for module in _modules() if hasattr(module, "legend") for entry in module.legend(scene))


def inks(scene: Scene, theme: Theme) -> list[Color]:
    """The colours of all overlays that a scene shows."""
    return [color for module in _modules() if hasattr(module, "inks") for color in module.inks(scene, theme)]


def _modules() -> Iterator[ModuleType]:
    return (import_module(f"{__name__}.{name}") for name in OVERLAYS)
