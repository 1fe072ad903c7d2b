"""`python -m animgd`."""

from __future__ import annotations

import contextlib
import os
import sys

from animgd.cli import main


def run() -> None:
    """Run the command line and leave with its status."""
    _hold_streams()
    sys.exit(main(apart=True))


def _hold_streams() -> None:
    """Where stdin, stdout or stderr is closed, keep its number: no file of ours shall be taken for it."""
    with contextlib.suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) < 3:
            os.set_inheritable(number, True)
        os.close(number)


if __name__ == "__main__":
    run()
