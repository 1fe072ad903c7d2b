"""Figure 6 with manim: images of the landscapes, traced paths, points, counter and losses.

python benchmarks/peers/by_manim.py FILM.mp4 FRAMES
"""

import shutil
import sys
import tempfile
from pathlib import Path

import manim as m
import matplotlib
import numpy as np
import torch

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


def heatmap(name):
    grid = torch.linspace(-5, 8, 101)
    weights, biases = torch.meshgrid(grid, grid, indexing="ij")
    predicted = weights[..., None] * x[:, 0] + biases[..., None]
    loss = getattr(torch.nn, name)(reduction="none")(predicted, y[:, 0].expand_as(predicted)).mean(-1).log().numpy()
    colors = matplotlib.colormaps["viridis"]((loss - loss.min()) / np.ptp(loss))
    return (255 * colors[::-1, :, :3]).astype(np.uint8)


class Film(m.Scene):
    def construct(self):
        epoch = m.ValueTracker(0)
        counter = m.always_redraw(
            lambda: m.Text(f"epoch {int(epoch.get_value())} / {epochs}", font_size=24).to_corner(m.UL)
        )
        self.add(counter, m.Text("High momentum", font_size=30).to_edge(m.UP))
        names = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
        for name, centre in zip(names, ((-2, 1.3), (2.5, 1.3), (-2, -2.3), (2.5, -2.3)), strict=True):
            image = m.ImageMobject(heatmap(name)).scale_to_fit_height(3).move_to([*centre, 0])
            done = train(name)

            def at(moment, done=done, centre=centre):
                weight, bias = (np.interp(moment, np.arange(epochs + 1), done[:, k]) for k in (0, 1))
                return np.array([(bias - 1.5) / 13 * 3 + centre[0], (weight - 1.5) / 13 * 3 + centre[1], 0])

            dot = m.Dot(at(0), 0.06, color=m.RED).add_updater(lambda dot, at=at: dot.move_to(at(epoch.get_value())))
            loss = m.always_redraw(
                lambda done=done, image=image: m.Text(f"{done[int(epoch.get_value()), 2]:.4f}", font_size=16).next_to(
                    image, m.RIGHT
                )
            )
            trail = m.TracedPath(dot.get_center, stroke_color=m.WHITE, stroke_width=2)
            self.add(image, m.Text(name, font_size=18).next_to(image, m.UP, buff=0.1), trail, dot, loss)
        self.play(epoch.animate.set_value(epochs), run_time=frames / 25, rate_func=m.linear)


with tempfile.TemporaryDirectory() as folder, m.tempconfig(
    {"pixel_width": 1280, "pixel_height": 720, "frame_rate": 25, "media_dir": folder, "progress_bar": "none",
     "verbosity": "ERROR", "disable_caching": True}
):  # fmt: skip
    Film().render()
    shutil.copy(next(Path(folder).rglob("Film.mp4")), path)
