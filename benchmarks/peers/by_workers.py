"""Figure 6 with parallel-matplotlib-animation: matplotlib's whole figure, frame by frame, in a process for each core.

python benchmarks/peers/by_workers.py FILM.mp4 FRAMES
"""

import sys

import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm
from parallel_animate import Animator

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


class Film(Animator):
    def __init__(self):
        self.paths = {name: train(name) for name in ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")}

    def setup(self):
        grid = torch.linspace(-5, 8, 101)
        weights, biases = torch.meshgrid(grid, grid, indexing="ij")
        figure, axes = plt.subplots(2, 2, figsize=(12.8, 7.2), dpi=100)
        figure.suptitle("High momentum", size=20)
        self.counter, self.moving = figure.text(0.02, 0.95, "", size=15), []
        for ax, (name, done) in zip(axes.flat, self.paths.items(), strict=True):
            predicted = weights[..., None] * x[:, 0] + biases[..., None]
            loss = getattr(torch.nn, name)(reduction="none")(predicted, y[:, 0].expand_as(predicted)).mean(-1)
            figure.colorbar(ax.imshow(loss, origin="lower", extent=(-5, 8, -5, 8), norm=LogNorm()))
            levels = np.geomspace(loss.min(), loss.max(), 12)[1:-1]
            ax.contour(grid, grid, loss, levels=levels, colors="w", linewidths=0.5)
            ax.set_title(name)
            text = ax.text(0.98, 0.95, "", color="w", ha="right", transform=ax.transAxes)
            self.moving.append((text, ax.plot([], [], "w-o", ms=3)[0], ax.plot([], [], "ro", ms=8)[0], done))
        return figure

    def update(self, frame_idx, params):
        epoch = params
        self.counter.set_text(f"epoch {int(epoch)} / {epochs}")
        for text, trail, point, done in self.moving:
            walked = done[: int(epoch) + 1]
            now = [np.interp(epoch, np.arange(epochs + 1), done[:, k]) for k in (1, 0)]
            trail.set_data([*walked[:, 1], now[0]], [*walked[:, 0], now[1]])
            point.set_data([now[0]], [now[1]])
            text.set_text(f"{walked[-1, 2]:.4f}")


if __name__ == "__main__":
    Film().make_video(path, [k * epochs / (frames - 1) for k in range(frames)], fps=25, video_mode="cpu")
