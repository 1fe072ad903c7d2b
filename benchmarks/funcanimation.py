"""Figure 6 as a film, as one would make it with matplotlib alone: the peer of the benchmarks.

    python -m benchmarks.funcanimation                            both in one run, and the ratio
    python -m benchmarks.funcanimation FILM.mp4 --frames 41       the peer's film only
    python -m benchmarks.funcanimation FILM.mp4 --like document   as the article draws it; or bare

"film" is animgd's film: smooth heatmaps with contours and colour bars, paths with a casing and a bead at each epoch,
the signs of start and minimum, the point in its ring, counter, losses, title. "document" is four nearest-neighbour
heatmaps with colour bars and four red lines with a + at each epoch; "bare" is that without colour bars and markers.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animgd.encoders.mp4.encoder import CRF, PRESET, TUNING

SIZE = (1280, 720)
FPS = 25
EPOCHS = 100
LOSSES = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
SMALL, LARGE = 11, 41  # frames: two films give the cost of a frame and that of the start
Series = NDArray[np.float64]


LIKE = ("film", "document", "bare")
POINT = 72 / 100  # points a pixel


def film(path: Path, frames: int, like: str = "film", size: tuple[int, int] = SIZE) -> None:
    """Train, draw and save, as an everyday script does it."""
    import matplotlib

    matplotlib.use("Agg")
    import imageio_ffmpeg
    from matplotlib import pyplot
    from matplotlib.animation import FFMpegWriter, FuncAnimation

    pyplot.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    figure, axes = pyplot.subplots(2, 2, figsize=(12.8, 7.2), dpi=size[0] / 12.8)
    panels = [_panel(figure, ax, loss, like) for loss, ax in zip(LOSSES, axes.flat, strict=True)]
    counter = _words(figure) if like == "film" else None

    def update(frame: int) -> None:
        epoch = frame * EPOCHS / (frames - 1)
        for panel in panels:
            panel(epoch)
        if counter:
            counter.set_text(f"{int(epoch):03d}")

    same = ["-pix_fmt", "yuv420p", "-preset", PRESET, "-crf", str(CRF), "-x264-params", TUNING]
    writer = FFMpegWriter(fps=FPS, codec="libx264", extra_args=same)
    FuncAnimation(figure, update, frames=frames).save(path, writer=writer)


def _panel(figure: Any, ax: Any, loss: str, like: str) -> Callable[[float], None]:
    """One heatmap with its path; returns what moves it on."""
    landscape, (weights, biases, losses) = descend(loss)
    look: dict[str, Any] = {"origin": "lower", "extent": (-5.065, 8.065, -5.065, 8.065), "cmap": "terrain"}
    if like == "film":
        look |= {"cmap": "viridis", "interpolation": "bilinear", "norm": "log"}
    heatmap = ax.imshow(landscape, **look)
    ax.set_title(loss)
    if like == "document":
        figure.colorbar(heatmap)
    elif like == "film":  # plain numbers: matplotlib's own powers of ten would take longer still
        figure.colorbar(heatmap, ticks=[0.5, 1, 2, 5, 10, 30, 100], format="%g").minorticks_off()
    if like != "film":
        lines = ax.plot([], [], "r-" if like == "bare" else "r-+")
        number = None
    else:
        axis = np.linspace(-5, 8, len(landscape))
        ax.contour(axis, axis, landscape, levels=np.geomspace(landscape.min(), landscape.max(), 12)[1:-1], colors="w",
                   linewidths=0.7, alpha=0.3)  # fmt: skip
        bottom = np.unravel_index(landscape.argmin(), landscape.shape)
        ax.plot(axis[bottom[1]], axis[bottom[0]], "wx", ms=9 * POINT)
        ax.plot(biases[0], weights[0], "wo", ms=15 * POINT, mec="k")
        lines = ax.plot([], [], "k-o", lw=6.4 * POINT, ms=8 * POINT)
        lines += ax.plot([], [], "w-o", lw=3.4 * POINT, ms=6 * POINT)
        point = ax.plot([], [], "o", ms=16 * POINT, mfc="#ff5533", mec="w", mew=2.2 * POINT)[0]
        number = ax.set_title("", loc="right")

    def update(epoch: float) -> None:
        walked = until(biases, epoch), until(weights, epoch)
        for line in lines:
            line.set_data(*walked)
        if number:
            point.set_data([walked[0][-1]], [walked[1][-1]])
            number.set_text(f"{losses[int(epoch)]:.4f}")

    return update


def _words(figure: Any) -> Any:
    """Title, settings and counter; returns the last."""
    figure.subplots_adjust(left=0.34, right=0.97)
    figure.text(0.03, 0.9, "High momentum", size=27, weight="bold")
    figure.text(0.03, 0.85, "SGD   lr 0.1   momentum 0.9", size=15)
    figure.text(0.03, 0.62, f"epoch of {EPOCHS}", size=15)
    return figure.text(0.03, 0.68, "", size=48, weight="bold")


def until(values: Series, epoch: float) -> Series:
    """The path up to a moment, that may lie between two epochs."""
    return np.append(values[: int(epoch) + 1], np.interp(epoch, np.arange(len(values)), values))


def descend(loss: str) -> tuple[Series, tuple[Series, Series, Series]]:
    """A landscape (by broadcasting: the article's own loop would add seconds) and the path of SGD over it."""
    import torch

    x, y = data()
    grid = torch.linspace(-5, 8, 101)
    weights, biases = torch.meshgrid(grid, grid, indexing="ij")
    predicted = weights[..., None] * x + biases[..., None]
    landscape = getattr(torch.nn, loss)(reduction="none")(predicted, y.expand_as(predicted)).mean(-1)
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(6.0)
        model.bias.fill_(-3.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    walked = []
    for _ in range(EPOCHS + 1):
        optimizer.zero_grad()
        value = getattr(torch.nn, loss)()(model(x[:, None]), y[:, None])
        walked.append((model.weight.item(), model.bias.item(), value.item()))
        value.backward()
        optimizer.step()
    weight, bias, losses = np.array(walked).T
    return landscape.numpy(), (weight, bias, losses)


def data():  # type: ignore[no-untyped-def]
    """The article's 50 points."""
    import torch

    random = np.random.RandomState(20240215)
    x = random.randn(50)
    y = 0.75 * x**2 + x + 2 + 0.3 * random.randn(50)
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y.astype(np.float32))


def seconds(
    folder: Path, frames: int, small: int = SMALL, large: int = LARGE, like: str = "film", size: tuple[int, int] = SIZE
) -> tuple[float, float]:
    """The whole process for that many frames, and one frame of it, scaled from a short and a longer film.

    Units: seconds.
    """
    from benchmarks.process import PYTHON, run

    command = [PYTHON, "-m", "benchmarks.funcanimation", folder / "peer.mp4", "--like", like,
               "--size", f"{size[0]}x{size[1]}", "--frames"]  # fmt: skip
    first, second = (run([*command, str(count)]) for count in (small, large))
    frame = (second - first) / (large - small)
    return first + (frames - small) * frame, frame


def compare(frames: int) -> None:
    """Make the same film both ways, and print the ratio."""
    from benchmarks import films
    from benchmarks.process import ANIMGD, run

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        module = films.module(folder / "momentum.py", SIZE, frames)
        whole, _ = seconds(folder, frames)
        command = [*ANIMGD, "-f", "mp4", "--quiet", "-o", folder, module]
        cold, warm = (run(command, folder / "cache") for _ in range(2))
    print(f"figure 6, {frames} frames of {SIZE[0]}x{SIZE[1]}, whole processes")
    print(f"FuncAnimation   {whole:7.1f} s (scaled from films of {SMALL} and {LARGE} frames)")
    print(f"animgd          {cold:7.1f} s: {whole / cold:.0f} times faster")
    print(f"  recording kept{warm:7.1f} s: {whole / warm:.0f} times faster")


def main() -> None:
    """The peer's film if a file is named, else the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("film", type=Path, nargs="?")
    parser.add_argument("--frames", type=int, default=601)
    parser.add_argument("--like", choices=LIKE, default="film")
    parser.add_argument("--size", default=f"{SIZE[0]}x{SIZE[1]}", help="16:9")
    asked = parser.parse_args()
    if asked.film:
        width, height = map(int, asked.size.split("x"))
        film(asked.film, asked.frames, asked.like, (width, height))
    else:
        compare(asked.frames)


if __name__ == "__main__":
    main()
