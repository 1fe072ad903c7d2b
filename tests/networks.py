"""Small networks and data for tests of models."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Linear, Sequential, Tanh

from animgd import SGD, Model, Scene
from animgd.scene.model.planes import PCA


def moons(count: int = 40) -> tuple[Tensor, Tensor]:
    """Two classes of points that no line parts."""
    generator = torch.Generator().manual_seed(1)
    angle = torch.linspace(0, torch.pi, count // 2)
    upper = torch.stack([angle.cos(), angle.sin()], 1)
    lower = torch.stack([1 - angle.cos(), 0.5 - angle.sin()], 1)
    x = torch.cat([upper, lower]) + 0.1 * torch.randn(count, 2, generator=generator)
    return x, torch.arange(count) // (count // 2)


def network() -> torch.nn.Module:
    """Two inputs, five tanh units, two outputs."""
    return Sequential(Linear(2, 5), Tanh(), Linear(5, 2))


def scene(**changes: object) -> Scene:
    """A short training of the network on the moons; `network`, `x`, `y`, `plane` and `device` are the model's."""
    x, y = moons()
    model = {"network": network, "x": x, "y": y, "plane": PCA()}
    model |= {name: changes.pop(name) for name in (*model, "device", "names") if name in changes}
    usual = {"losses": ("CrossEntropyLoss",), "optimizer": SGD(lr=0.5), "epochs": 6, "resolution": 5}
    return Scene(problem=Model(**model), **{**usual, **changes})  # type: ignore[arg-type]


def bare(
    optimizer: str,
    settings: dict[str, object],
    epochs: int,
    batch: int | None = None,
    seed: int = 0,
    schedule: tuple[str, dict[str, object]] | None = None,
) -> tuple[Tensor, list[float]]:
    """The usual loop of torch: parameters after each step (steps + 1, n), and the loss on all data before each."""
    torch.manual_seed(seed)
    model = network()
    x, y = moons()
    made = getattr(torch.optim, optimizer)(model.parameters(), **settings)
    rates = getattr(torch.optim.lr_scheduler, schedule[0])(made, **schedule[1]) if schedule else None
    criterion = torch.nn.CrossEntropyLoss()
    generator = torch.Generator().manual_seed(seed)
    rows, losses = [], []

    def note() -> None:
        rows.append(torch.cat([each.detach().flatten() for each in model.parameters()]))
        with torch.no_grad():
            losses.append(criterion(model(x), y).item())

    note()
    for _ in range(epochs):
        order = torch.randperm(len(x), generator=generator) if batch else torch.arange(len(x))
        for at in order.split(batch or len(x)):
            made.zero_grad()
            criterion(model(x[at] if batch else x), y[at] if batch else y).backward()
            made.step()
            note()
        if rates:
            rates.step()
    return torch.stack(rows), losses
