"""Figure 6 as someone writes it who knows matplotlib: saved background, blitted artists, raw frames into ffmpeg.

python benchmarks/peers/by_hand.py FILM.mp4 FRAMES
"""

import subprocess
import sys

import imageio_ffmpeg
import matplotlib
import numpy as np
import torch

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm

path, frames, epochs = sys.argv[1], int(sys.argv[2]), 100
random = np.random.RandomState(20240215)
x = random.randn(50).astype(np.float32)
y = (0.75 * x**2 + x + 2 + 0.3 * random.randn(50)).astype(np.float32)
x, y = torch.from_numpy(x)[:, None], torch.from_numpy(y)[:, None]


def train(name):
    loss_of, model, path = getattr(torch.nn, name)(), torch.nn.Linear(1, 1), []
    with torch.no_grad():
        model.weight.fill_(6.0)
        model.bias.fill_(-3.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(epochs + 1):
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        path.append((model.weight.item(), model.bias.item(), loss.item()))
        loss.backward()
        optimizer.step()
    return np.array(path)


grid = torch.linspace(-5, 8, 101)
weights, biases = torch.meshgrid(grid, grid, indexing="ij")
figure, axes = plt.subplots(2, 2, figsize=(12.8, 7.2), dpi=100)
figure.suptitle("High momentum", size=20)
moving = [(figure.text(0.02, 0.95, "", size=15, animated=True), None, None, None)]
for ax, name in zip(axes.flat, ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"), strict=True):
    predicted = weights[..., None] * x[:, 0] + biases[..., None]
    loss = getattr(torch.nn, name)(reduction="none")(predicted, y[:, 0].expand_as(predicted)).mean(-1)
    image = ax.imshow(loss, origin="lower", extent=(-5, 8, -5, 8), norm=LogNorm())
    figure.colorbar(image)
    ax.contour(grid, grid, loss, levels=np.geomspace(loss.min(), loss.max(), 12)[1:-1], colors="w", linewidths=0.5)
    ax.set_title(name)
    trail, point = ax.plot([], [], "w-o", ms=3, animated=True)[0], ax.plot([], [], "ro", ms=8, animated=True)[0]
    moving.append((ax.text(0.98, 0.95, "", color="w", ha="right", transform=ax.transAxes, animated=True),
                   trail, point, train(name)))  # fmt: skip
figure.canvas.draw()
background = figure.canvas.copy_from_bbox(figure.bbox)
command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba",
           "-s", "1280x720", "-r", "25", "-i", "-", "-pix_fmt", "yuv420p", path]  # fmt: skip
ffmpeg = subprocess.Popen(command, stdin=subprocess.PIPE)
for frame in range(frames):
    epoch = frame * epochs / (frames - 1)
    figure.canvas.restore_region(background)
    for text, trail, point, done in moving:
        if trail is None:
            text.set_text(f"epoch {int(epoch)} / {epochs}")
        else:
            walked = done[: int(epoch) + 1]
            now = [np.interp(epoch, np.arange(epochs + 1), done[:, k]) for k in (1, 0)]
            trail.set_data([*walked[:, 1], now[0]], [*walked[:, 0], now[1]])
            point.set_data([now[0]], [now[1]])
            text.set_text(f"{walked[-1, 2]:.4f}")
            text.axes.draw_artist(trail)
            text.axes.draw_artist(point)
        figure.draw_artist(text)
    ffmpeg.stdin.write(figure.canvas.buffer_rgba())
ffmpeg.stdin.close()
ffmpeg.wait()
