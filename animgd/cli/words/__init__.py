"""The words that do other things than film, one module each. A word wins over a folder of its name (`./list`)."""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes longer to import than the rest of this
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from animgd.cli.main import Console

    Run = Callable[[argparse.Namespace, Console, bool], int]

WORDS = {  # word: (its arguments, what it does)
    "watch": ("SCENE.py [NAME]", "show a scene while you edit it: a still, then a draft film, on every save"),
    "list": ("SCENE.py ...", "names and lengths of the scenes"),
    "new": ("NAME [--from EXAMPLE]", "write a starter scene to NAME.py"),
    "doctor": ("", "check the installation"),
}

LIGHT = ("new", "doctor")  # need no library


def command(word: str) -> Run:
    """What a word runs: run(arguments, console, apart) gives the exit status. Raises: RenderError."""
    from importlib import import_module

    from animgd.cli.libraries import require

    if word not in LIGHT:
        require()
    run: Run = import_module("animgd.cli.words." + word).run
    return run
