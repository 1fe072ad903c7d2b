"""Figure 6 as someone writes it who knows matplotlib: saved background, blitted artists, raw frames into ffmpeg.

What moves is what moves in animgd's film: counter and progress, losses and their bars, the path with its casing and
beads, the point, the arrows of momentum and gradient, and the numbers of the next step. There are no events, no lens,
no cursors, and the path does not age.

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
        loss.backward()
        buffers = [optimizer.state[p].get("momentum_buffer") for p in model.parameters()]
        push = [0.0 if b is None else -0.1 * 0.9 * b.item() for b in buffers]
        path.append((model.weight.item(), model.bias.item(), loss.item(), *push,
                     *(-0.1 * p.grad.item() for p in model.parameters())))  # fmt: skip
        optimizer.step()
    return np.array(path)


grid = torch.linspace(-5, 8, 101)
weights, biases = torch.meshgrid(grid, grid, indexing="ij")
figure, axes = plt.subplots(2, 2, figsize=(12.8, 7.2), dpi=100)
figure.subplots_adjust(left=0.42, right=0.98, top=0.94, bottom=0.05)
figure.text(0.03, 0.92, "High momentum", size=26, weight="bold")
figure.text(0.03, 0.88, "SGD   lr 0.1   momentum 0.9", size=14)
side = figure.add_axes((0.03, 0.1, 0.3, 0.75), xlim=(0, 1), ylim=(0, 1))
side.axis("off")


def text(ax, x, y, **look):
    return ax.text(x, y, "", animated=True, **look)


counter, progress = text(side, 0, 0.93, size=22), side.plot([], [], "k-", lw=2, animated=True)[0]
rule = [text(side, x, y, size=14, ha="right", color=color)
        for x, color in ((0.15, "k"), (0.45, "tab:blue"), (0.75, "tab:red")) for y in (0.12, 0.06)]  # fmt: skip
moving = []
for row, (ax, name) in enumerate(zip(axes.flat, ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"), strict=True)):
    predicted = weights[..., None] * x[:, 0] + biases[..., None]
    loss = getattr(torch.nn, name)(reduction="none")(predicted, y[:, 0].expand_as(predicted)).mean(-1)
    image = ax.imshow(loss, origin="lower", extent=(-5, 8, -5, 8), norm=LogNorm())
    figure.colorbar(image)
    ax.contour(grid, grid, loss, levels=np.geomspace(loss.min(), loss.max(), 12)[1:-1], colors="w", linewidths=0.5)
    ax.set_title(name)
    done, at = train(name), 0.75 - 0.1 * row
    side.text(0, at, name, size=15)
    lines = [ax.plot([], [], look, lw=lw, ms=ms, animated=True)[0] for look, lw, ms in (("k-o", 4, 5), ("w-o", 2, 3))]
    point = ax.plot([], [], "ro", ms=10, mec="w", mew=2, animated=True)[0]
    arrows = [ax.quiver([0], [0], [0], [0], color=color, angles="xy", scale_units="xy", scale=0.5, animated=True)
              for color in ("tab:blue", "tab:red")]  # fmt: skip
    bar = side.plot([], [], color="gray", lw=4, animated=True)[0]
    moving.append((done, lines, point, arrows, bar, text(side, 1, at, size=15, ha="right"), at, float(loss.min())))
figure.canvas.draw()
background = figure.canvas.copy_from_bbox(figure.bbox)
command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba",
           "-s", "1280x720", "-r", "25", "-i", "-", "-pix_fmt", "yuv420p", path]  # fmt: skip
ffmpeg = subprocess.Popen(command, stdin=subprocess.PIPE)
for frame in range(frames):
    epoch = frame * epochs / (frames - 1)
    figure.canvas.restore_region(background)
    counter.set_text(f"epoch {int(epoch)} / {epochs}")
    progress.set_data([0, epoch / epochs], [0.88, 0.88])
    for done, lines, point, arrows, bar, number, at, least in moving:
        walked = done[: int(epoch) + 1]
        now = [np.interp(epoch, np.arange(epochs + 1), done[:, k]) for k in (1, 0)]
        for line in lines:
            line.set_data([*walked[:, 1], now[0]], [*walked[:, 0], now[1]])
            line.axes.draw_artist(line)
        for arrow, k in zip(arrows, (3, 5), strict=True):
            arrow.set_offsets([now])
            arrow.set_UVC([walked[-1, k + 1]], [walked[-1, k]])
            arrow.axes.draw_artist(arrow)
        point.set_data([now[0]], [now[1]])
        point.axes.draw_artist(point)
        above = np.log10(max(walked[-1, 2] - least, 1e-4) / (done[0, 2] - least))
        bar.set_data([0.35, 0.35 + 0.35 * max(0.0, 1 + above / 4)], [at + 0.01, at + 0.01])
        number.set_text(f"{walked[-1, 2]:.3f}")
        side.draw_artist(bar)
        side.draw_artist(number)
    step = moving[0][0][int(epoch)]
    for words, value in zip(
        rule, (step[4] + step[6], step[3] + step[5], step[4], step[3], step[6], step[5]), strict=True
    ):
        words.set_text(f"{value:+.3f}")
        side.draw_artist(words)
    side.draw_artist(counter)
    side.draw_artist(progress)
    ffmpeg.stdin.write(figure.canvas.buffer_rgba())
ffmpeg.stdin.close()
ffmpeg.wait()
