"""Colours and fonts of a film."""

from __future__ import annotations

from dataclasses import dataclass

from animgd.scene.base import Declaration
from animgd.scene.themes import THEMES

SCALES = ("log", "linear")
ASPECTS = ("auto", "equal")


@dataclass(frozen=True)
class Style(Declaration):
    """Colours and fonts of a film; a field that is None comes from the theme.

    theme ("light", "dark" or "seed"; default: "light").
    colormap (a name in matplotlib, "animgd" or "animgd-dark"; default: the theme's): colours of the heatmap.
    scale ("log" or "linear"; default: the theme's): how losses become colours.
    font (file or family; default: none): used for characters that the film's own font lacks.
    aspect ("auto" or "equal"; default: "auto"): "equal" gives both axes one scale.
    """

    theme: str = "light"
    colormap: str | None = None
    scale: str | None = None
    font: str | None = None
    aspect: str = "auto"

    def _check(self) -> None:
        self._one_of("theme", THEMES)
        self._is("colormap", str | None, "the name of a colour map")
        if self.scale is not None:
            self._one_of("scale", SCALES)
        self._is("font", str | None, "the name of a font file or family")
        self._one_of("aspect", ASPECTS)
