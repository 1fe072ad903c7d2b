"""`python -m animgd`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

with contextlib.suppress(ValueError):  # not the main thread
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `main` has a handler: Ctrl-C ends it without a traceback

# `python -m` puts the current folder on the path: a torch.py or dill.py there would be imported for a library.
with contextlib.suppress(OSError):  # that folder may be gone
    if not getattr(sys.flags, "safe_path", False) and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - not imported yet
        del sys.path[0]  # author processes have it, last

from animgd.cli.console import report, settle
from animgd.cli.parser import answer


def run() -> None:
    """Run the command line and exit with its status."""
    _hold_streams()
    status = _old_python() or answer(sys.argv[1:])
    if status is None:
        from animgd.cli.main import main

        status = main(apart=True)
    settle(stopped=status > 128)
    sys.exit(status)


def _old_python() -> int:
    """The exit status 2 if Python is too old, 0 if not. Until here, everything imported runs on Python 3.8."""
    version = tuple(sys.version_info[:2])
    if version >= (3, 11):
        return 0
    command = "python3.11 -m venv .venv && .venv/bin/pip install -c constraints.txt -e ."
    found = "{}.{}".format(*version)
    report(f"animgd: error: animgd needs Python 3.11 or later, this is {found}: install one, then {command}")
    return 2


def _hold_streams() -> None:
    """Occupy the numbers of closed standard streams, so that no later file gets one of them."""
    try:
        while (number := os.open(os.devnull, os.O_RDWR)) < 3:
            os.set_inheritable(number, True)
        os.close(number)
    except OSError:
        pass  # no descriptor is left: the first open() reports it


if __name__ == "__main__":
    run()
