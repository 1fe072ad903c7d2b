"""The libraries that animgd needs, and how to install them."""

from __future__ import annotations

from importlib.util import find_spec

from animgd.errors import RenderError

LIBRARIES = {  # as they are installed: as they are imported
    "numpy": "numpy", "torch": "torch", "matplotlib": "matplotlib", "contourpy": "contourpy", "pillow": "PIL",
    "imageio": "imageio", "imageio-ffmpeg": "imageio_ffmpeg", "tqdm": "tqdm", "platformdirs": "platformdirs",
}  # fmt: skip


def require() -> None:
    """Raises: RenderError: a library is not installed."""
    missing = [name for name, module in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        command = "python -m pip install -c constraints.txt -e ."
        raise RenderError(f"{', '.join(missing)} {verb} not installed: {command}")
