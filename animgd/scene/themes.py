"""The themes, and what a film may show, by name: scenes, the command line and its help text know them from here.

`graphics/theme.py` says what each value means. Colours are "#rrggbb".
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes longer to import than this
if TYPE_CHECKING:
    from typing import Any

# Whether it is shown where it suits the scene.
SHOWN = {"arrows": True, "rule": True, "events": True, "small-map": True, "lens": True,
         "anatomy": False, "field": False, "objective": False, "stability": False}  # fmt: skip

MOMENTS = ("settled", "events")  # epochs that a recording knows

RUNS = ("#f04a14", "#5cc3ff", "#ffe066", "#7a3fd0", "#ffffff", "#1fae7a")
ON_LIGHT = ("#d1420c", "#1f7fc4", "#e8b000", "#3b1f6e", "#1c2430", "#2f9e6e")  # the same as lines on a light page
OUTLINES = (*ON_LIGHT[:2], "#7a5c00", *ON_LIGHT[3:])  # gold is too pale for a light page without one
ONE_HUE = ("#ffe2a5", "#ffb657", "#f67a00", "#da4300", "#9e2607")  # from light to dark, divided into equal steps
ON_DARK = ("#f04a14", "#5cc3ff", "#ffe066", "#a480e6", "#ffffff", "#1fae7a")

LIGHT: dict[str, Any] = {
    "page": "#fcfbf8", "ink": "#1c2430", "muted": "#5b6470", "hair": "#dcd8ce", "frame": "#aeb0b2",
    "colormap": "animgd", "scale": "log", "smooth": True, "undefined": "#c9ccd0",
    "contour": "#ffffff", "contour_strength": 0.30, "high_contour": "#1d3f50", "high_contour_strength": 0.28,
    "casing": "#141a2b", "fresh": "#ffffff", "dry": "#ffffff", "mark": "#ffffff", "dark": "#141a2b",
    "points": RUNS, "ring": "#ffffff", "bead": "bead", "plot": "#fcfbf8", "lines": ON_LIGHT, "outlines": OUTLINES,
    "labels": ("#c23c0a", "#1a6fb0", "#7d5f00", "#3b1f6e", "#1c2430", "#21744f"), "sequence": ONE_HUE,
    "momentum": "#1f5fc4", "downhill": "#c01f6a", "decay": "#805300", "arrow_casing": "#ffffff",
    "glow": None, "hides": (),
}  # fmt: skip

THEMES: dict[str, dict[str, Any]] = {
    "light": LIGHT,
    "dark": {**LIGHT,
        "page": "#0e1116", "ink": "#eef1f4", "muted": "#94a0ac", "hair": "#2b323c", "frame": "#35373b",
        "colormap": "animgd-dark", "undefined": "#4a5058",
        "contour_strength": 0.17, "high_contour": "#ffffff", "high_contour_strength": 0.15,
        "casing": "#05070c", "dry": "#c3ccd4", "dark": "#05070c", "points": ("#ff6a2b", *RUNS[1:]),
        "plot": "#0e1116", "lines": ON_DARK, "outlines": ON_DARK, "labels": ON_DARK,
        "sequence": ("#fff4d7", "#ffca80", "#ff9127", "#ea5400", "#bd2703"),
        "momentum": "#63b7ff", "downhill": "#ff7fb4", "decay": "#e0b050", "arrow_casing": "#05070c", "glow": "#ff9a5e",
    },
    "seed": {**LIGHT,
        "page": "#ffffff", "ink": "#111111", "muted": "#555555", "hair": "#dddddd", "frame": "#707070",
        "colormap": "terrain", "scale": "linear", "smooth": False, "contour": None, "high_contour": None,
        "casing": "#ffffff", "fresh": "#d80000", "dry": "#d80000",
        "points": ("#d80000", *RUNS[1:]), "bead": "plus", "plot": "#ffffff", "lines": ("#d80000", *ON_LIGHT[1:]),
        "outlines": ("#d80000", *OUTLINES[1:]), "labels": ("#d80000", *LIGHT["labels"][1:]),
        "momentum": "#111111", "hides": ("arrows",),
    },
}  # fmt: skip
