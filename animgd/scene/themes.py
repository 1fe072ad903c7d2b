"""The themes by name: one row each, from which scenes, the command line and its help text know them.

`graphics/theme.py` says what each value means. Colours are "#rrggbb".
"""

from __future__ import annotations

RUNS = ("#ff5533", "#ffd23f", "#5ad1ff", "#ff8fd0", "#b4f05a", "#c9b6ff")
ON_WHITE = ("#e03c14", "#b08400", "#0b84c4", "#cf3f93", "#55900f", "#7557d6")  # the same, to be read on white

LIGHT = {
    "page": "#fcfbf8", "ink": "#1c2430", "muted": "#59636f", "frame": "#59636f",
    "colormap": "animgd", "scale": "log", "smooth": True, "contour": "#ffffff", "undefined": "#c9ccd0",
    "casing": "#10131c", "cores": ("#ffffff", *RUNS), "points": RUNS, "ring": "#ffffff",
    "casing_width": 6.4, "core_width": 3.4, "bead": "bead", "plot": "#ffffff", "lines": ON_WHITE,
}  # fmt: skip

THEMES = {
    "light": LIGHT,
    "dark": {**LIGHT,
        "page": "#10141a", "ink": "#edf0f3", "muted": "#9aa6b2", "frame": "#6d7885",
        "colormap": "animgd-dark", "undefined": "#4a5058", "plot": "#181e26", "lines": RUNS,
    },
    "seed": {**LIGHT,
        "page": "#ffffff", "ink": "#111111", "muted": "#555555", "frame": "#333333",
        "colormap": "terrain", "scale": "linear", "smooth": False, "contour": None,
        "casing": "#ffffff", "cores": ("#e00000", *RUNS), "points": ("#e00000", *RUNS[1:]), "ring": "#000000",
        "casing_width": 5.4, "core_width": 3.0, "bead": "plus", "lines": ("#e00000", *ON_WHITE[1:]),
    },
}  # fmt: skip
