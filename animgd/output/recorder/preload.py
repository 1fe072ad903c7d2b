"""Imports all that films need, for the process from which author processes and film workers are forked.

Nothing is computed here: a fork after torch has computed hangs.
"""

from __future__ import annotations

import contextlib
import gc
import warnings

from animgd.processes import family
from animgd.system import die_with_parent


def _import_all() -> None:
    from animgd.drawing import background
    from animgd.drawing import renderer as _renderer  # noqa: F401
    from animgd.encoders import FORMATS, encoder
    from animgd.output import render as _render  # noqa: F401
    from animgd.training import record as _record  # noqa: F401
    from animgd.training.dynamo_stub import postpone

    postpone()
    background.warm()
    for name in FORMATS:
        encoder(name)


die_with_parent()
family.adopt()
warnings.filterwarnings("ignore", message="forkserver: waitpid returned unexpected pid")  # an adopted one
warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*multi-threaded.*fork")
with contextlib.suppress(Exception):  # reported by the process that needs it
    _import_all()
gc.freeze()  # garbage collection would copy every page
