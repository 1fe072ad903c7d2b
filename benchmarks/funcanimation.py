"""Figure 6 as a film, as one would make it with matplotlib alone: the peer of the benchmarks.

    python -m benchmarks.funcanimation                        both in one run, and the ratio
    python -m benchmarks.funcanimation FILM.mp4 --frames 41   the peer's film only
    python -m benchmarks.funcanimation FILM.mp4 --bare        without the document's colour bars and markers

It draws what the document draws: four heatmaps with colour bars, four red lines with a + at each epoch. animgd's
film shows that and more (contours, a counter, losses).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIZE = (1280, 720)
FPS = 25
EPOCHS = 100
LOSSES = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
SMALL, LARGE = 11, 41  # frames: two films give the cost of a frame and that of the start
Series = NDArray[np.float64]


def film(path: Path, frames: int, bare: bool = False) -> None:
    """Train, draw and save, as an everyday script does it."""
    import matplotlib

    matplotlib.use("Agg")
    import imageio_ffmpeg
    from matplotlib import pyplot
    from matplotlib.animation import FFMpegWriter, FuncAnimation

    pyplot.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    figure, axes = pyplot.subplots(2, 2, figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    paths, lines = [], []
    for loss, ax in zip(LOSSES, axes.flat, strict=True):
        landscape, walked = descend(loss)
        heatmap = ax.imshow(landscape, origin="lower", extent=(-5.065, 8.065, -5.065, 8.065), cmap="terrain")
        ax.set_title(loss)
        lines += ax.plot([], [], "r-" if bare else "r-+")
        if not bare:
            figure.colorbar(heatmap)
        paths.append(walked)

    def update(frame: int) -> list[object]:
        epoch = frame * EPOCHS / (frames - 1)
        for (weight, bias), line in zip(paths, lines, strict=True):
            line.set_data(until(bias, epoch), until(weight, epoch))
        return lines

    like = ["-pix_fmt", "yuv420p", "-preset", "veryfast", "-crf", "16"]  # animgd's own
    writer = FFMpegWriter(fps=FPS, codec="libx264", extra_args=like)
    FuncAnimation(figure, update, frames=frames).save(path, writer=writer)


def until(values: Series, epoch: float) -> Series:
    """The path up to a moment, that may lie between two epochs."""
    return np.append(values[: int(epoch) + 1], np.interp(epoch, np.arange(len(values)), values))


def descend(loss: str) -> tuple[Series, tuple[Series, Series]]:
    """A landscape (by broadcasting: the document's own loop would add seconds) and the path of SGD over it."""
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
    walked = [(model.weight.item(), model.bias.item())]
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        getattr(torch.nn, loss)()(model(x[:, None]), y[:, None]).backward()
        optimizer.step()
        walked.append((model.weight.item(), model.bias.item()))
    weight, bias = np.array(walked).T
    return landscape.numpy(), (weight, bias)


def data():  # type: ignore[no-untyped-def]
    """The document's 50 points."""
    import torch

    random = np.random.RandomState(20240215)
    x = random.randn(50)
    y = 0.75 * x**2 + x + 2 + 0.3 * random.randn(50)
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y.astype(np.float32))


def seconds(
    folder: Path, frames: int, small: int = SMALL, large: int = LARGE, bare: bool = False
) -> tuple[float, float]:
    """The whole process for that many frames, and one frame of it, scaled from a short and a longer film.

    Units: seconds.
    """
    from benchmarks.process import PYTHON, run

    command = [PYTHON, "-m", "benchmarks.funcanimation", folder / "peer.mp4", *["--bare"] * bare, "--frames"]
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
    parser.add_argument("--bare", action="store_true")
    asked = parser.parse_args()
    if asked.film:
        film(asked.film, asked.frames, asked.bare)
    else:
        compare(asked.frames)


if __name__ == "__main__":
    main()
