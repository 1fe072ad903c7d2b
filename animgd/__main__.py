"""`python -m animgd`."""

from __future__ import annotations

import sys

from animgd.cli import main


def run() -> None:
    """Run the command line and leave with its status."""
    sys.exit(main())


if __name__ == "__main__":
    run()
