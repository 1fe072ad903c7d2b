"""Scenes drawn at random, by a number: all that a declaration can say, and what is easily got wrong most of all."""

from __future__ import annotations

import random
from typing import Any

import torch

from animgd import SGD, Function, Loss, Optimizer, Panel, Point, Problem, Run, Scene, Style, Video, Window
from animgd.scene.functions import NAMES

VIDEO = Video(width=480, height=400, fps=1, epochs_per_second=1e9, hold_start=0, hold_end=0)  # two frames
SYMMETRIC = [
    ((-1, 0, 1), (-1, 0, 1)),
    ((-2, -1, 0, 1, 2), (-4, -2, 0, 2, 4)),
    ((-1, 1, -1, 1), (1, 1, -1, -1)),
    ((0, 1, 2), (0, 0, 0)),
    ((-1, 1), (1, 1)),
    ((-2, 2), (-2, 2)),
    ((-3, -1, 1, 3), (3, 1, 1, 3)),
    ((-1, 0, 1), (1, 0, 1)),
    ((-2, -1, 1, 2), (2, -1, 1, -2)),
    ((-1, -1, 1, 1), (-1, 1, -1, 1)),
]


class Halfway(torch.optim.Optimizer):
    """An optimizer of one's own: each step is the gradient's, halved from time to time."""

    def __init__(self, params: Any, lr: float = 0.1, every: int = 5) -> None:
        super().__init__(params, {"lr": lr, "every": every})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                count = self.state[parameter]["count"] = self.state[parameter].get("count", 0) + 1
                parameter.sub_(group["lr"] * 0.5 ** (count // group["every"]) * parameter.grad)


def stacked(x: Any, y: Any) -> Any:
    return torch.stack([x, y])


def softmax(x: Any, y: Any) -> Any:
    return -torch.log_softmax(torch.stack([y, x]), dim=-1)[0] + 0.05 * (x**2 + y**2)


def softmax_first(x: Any, y: Any) -> Any:
    return -torch.log_softmax(stacked(x, y), dim=0)[0] + 0.05 * (x**2 + y**2)


def norm(x: Any, y: Any) -> Any:
    return (stacked(x, y) - 0.3).norm() + 0.1 * x


def vector_norm(x: Any, y: Any) -> Any:
    return torch.linalg.vector_norm(stacked(x - 1, 2 * y)) ** 2


def largest(x: Any, y: Any) -> Any:
    return stacked(x - 1, y + 0.5).abs().max() + 0.1 * (x**2 + y**2)


def ordered(x: Any, y: Any) -> Any:
    low, high = stacked(x, y).sort(dim=-1).values.unbind(-1) if x.dim() else stacked(x, y).sort().values
    return (low - 1) ** 2 + 3 * (high - 2) ** 2


def sorted_first(x: Any, y: Any) -> Any:
    return (stacked(x, y).sort().values[0] + 1) ** 2 + 0.2 * (x**2 + y**2)


def standardised(x: Any, y: Any) -> Any:
    return (x - x.mean() - 1) ** 2 + (y - 2) ** 2 + 0.3 * x**2


def variance(x: Any, y: Any) -> Any:
    return stacked(x, y).var() + 0.1 * (x - 1) ** 2


def branched(x: Any, y: Any) -> Any:
    return (x - 1) ** 2 + y**2 if x > 0 else 1 + x**2 + 2 * y**2


def where(x: Any, y: Any) -> Any:
    return torch.where(x > y, (x - 1) ** 2 + y**2, x**2 + (y - 1) ** 2)


def matrix(x: Any, y: Any) -> Any:
    z = stacked(x, y)
    return ((z @ torch.tensor([[1.0, 0.6], [0.9, 0.8]])) ** 2).sum() + 0.1 * z @ z


def vector(x: Any, y: Any) -> Any:
    return (torch.tensor([1.0, 0.5, -0.25]) * x + torch.tensor([0.1, 0.2, 0.3]) * y - 1).pow(2).mean()


def one_row(x: Any, y: Any) -> Any:
    return (x.reshape(1) - 1) ** 2 + y**4


def double(x: Any, y: Any) -> Any:
    return (torch.tensor([1.0, 0.5], dtype=torch.float64) * (x - 1) + y).pow(2).sum()


def wide(x: Any, y: Any) -> Any:
    return (stacked(x, y) @ torch.eye(2, dtype=torch.float64)).pow(2).sum()


def index(x: Any, y: Any) -> Any:
    return (stacked(x, y) - torch.tensor([1.0, 2.0])).abs().max(dim=0).values + 0.1 * x**2


def cumulated(x: Any, y: Any) -> Any:
    return stacked(x, y).cumsum(0).pow(2).sum()


def logarithm(x: Any, y: Any) -> Any:
    return x - torch.log(x) + y**2


def root(x: Any, y: Any) -> Any:
    return torch.sqrt(4 - x**2 - y**2) + 0.2 * x


def pole(x: Any, y: Any) -> Any:
    return (x - 1) ** 2 + y**2 + 0.1 / x


def ascended(x: Any, y: Any) -> Any:
    return 4 - (x - 1) ** 2 - 2 * (y + 1) ** 2


def bowl(x: Any, y: Any) -> Any:
    return (x - 1.5) ** 2 + 0.2 * (y + 1) ** 2


def steep(x: Any, y: Any) -> Any:
    return x**2 + 20 * y**2


def waves(x: Any, y: Any) -> Any:
    return torch.sin(2 * x) * torch.cos(y) + 0.05 * (x**2 + y**2)


def deaf(x: Any, y: Any) -> Any:
    return x**2 + torch.sin(y.detach()) + 0.1 * x


def held(x: Any, y: Any) -> Any:
    return (x - 1) ** 2 + float(y) ** 2 * x


def said(x: Any, y: Any) -> Any:
    return (y - 1) ** 2 + x.item() ** 2 + y * x.item()


def numpy(x: Any, y: Any) -> Any:
    return x.numpy() + y


def several(x: Any, y: Any) -> Any:
    return torch.stack([x, y])


RIGHT = (softmax, softmax_first, norm, vector_norm, largest, ordered, sorted_first, standardised, variance, branched,
         where, matrix, vector, one_row, double, index, cumulated, logarithm, root, pole, ascended, bowl, steep,
         waves)  # fmt: skip
WRONG = (deaf, held, said, numpy, several, wide)


def quantile(line: Any, truth: Any) -> Any:
    miss = truth - line
    return torch.maximum(0.8 * miss, -0.2 * miss).mean()


def worst(line: Any, truth: Any) -> Any:
    return (line - truth).abs().max()


def trimmed(line: Any, truth: Any) -> Any:
    return ((line - truth) ** 2).flatten().sort().values[: max(1, len(truth) - 1)].mean()


def weighed(line: Any, truth: Any) -> Any:
    return (torch.linspace(1, 3, len(truth)) * (line - truth) ** 2).mean()


def logcosh(line: Any, truth: Any) -> Any:
    return torch.log(torch.cosh(line - truth)).mean()


OWN = (quantile, worst, trimmed, weighed, logcosh)


class Draw(random.Random):
    """Draws of declarations; one number gives one scene."""

    def some(self, low: float, high: float) -> float:
        return round(self.uniform(low, high), self.choice((0, 1, 2, 4)))

    def log(self, low: float, high: float) -> float:
        return float(f"{low * (high / low) ** self.random():.2g}")

    def problem(self) -> Problem | Function:
        kind = self.choice(("toy", "data", "data", "symmetric", "symmetric", "whole", "flat", "long", "function",
                            "function", "function", "named", "named", "named"))  # fmt: skip
        if kind == "named":
            name = self.choice(NAMES)
            return Function(name, condition=self.log(1, 1e3)) if name == "quadratic" else Function(name)
        if kind == "function":
            return Function(self.choice(RIGHT if self.random() < 0.85 else WRONG))
        dtype = self.choice(("float32", "float32", "float64"))
        return Problem(dtype=dtype) if kind == "toy" else self.data(kind, dtype)

    def data(self, kind: str, dtype: str) -> Problem:
        n = self.randint(1, 12)
        x: tuple[float, ...] = tuple(self.gauss(0, 1) for _ in range(n))
        y: tuple[float, ...] = tuple(2 * v + 1 + self.gauss(0, 1) for v in x)
        if kind == "symmetric":
            x, y = self.choice(SYMMETRIC)
        if kind == "whole":
            x, y = (tuple(self.randint(-3, 3) for _ in range(n)) for _ in "xy")
        if kind == "flat":
            x = (self.choice((0.0, 1.0, -2.5)),) * n
        if kind == "long":  # years, or unix times
            first, step = self.choice(((1991, 1), (2.5e4, 0.5), (1.7e9, 20)))
            x = tuple(first + step * i for i in range(n))
        if self.random() < 0.25:
            y = tuple(float(v > self.choice((0, 1))) for v in y)
        weights = None
        if self.random() < 0.3:
            weights = tuple(float(self.choice((0, 1, 1, 2, 100))) for _ in x)
            weights = weights if any(weights) else None
        return Problem(x=x, y=y, dtype=dtype, weights=weights)

    def loss(self, problem: Problem) -> Any:
        labels = problem.y is not None and set(problem.y) <= {0.0, 1.0}
        if labels and self.random() < 0.7:
            return Loss("BCEWithLogitsLoss")
        kind = self.choice(("MSELoss", "MSELoss", "L1Loss", "L1Loss", "HuberLoss", "SmoothL1Loss", "SoftMarginLoss",
                            "PoissonNLLLoss", "own", "own", "odd"))  # fmt: skip
        if kind == "own":
            return self.choice(OWN)
        if kind == "odd":
            return self.choice(("mse", "MSLoss", "CosineEmbeddingLoss", "NLLLoss", Loss("MSELoss", delta=1.0),
                                Loss("MSELoss", reduction="none"), "TripletMarginLoss", "GaussianNLLLoss"))  # fmt: skip
        settings: dict[str, Any] = {"reduction": "sum"} if self.random() < 0.2 else {}
        if kind == "HuberLoss" and self.random() < 0.6:
            settings["delta"] = self.choice((0.5, 0.1, 2.0))
        if kind == "SmoothL1Loss" and self.random() < 0.6:
            settings["beta"] = self.choice((0.5, 0.1, 2.0, 0.0))
        return Loss(kind, **settings)

    def optimizer(self) -> SGD | Optimizer:
        lr, decay = self.log(1e-3, 0.6), self.choice((0.0, 0.0, 0.1, 0.5, 4.0))
        kind = self.choice(("sgd",) * 5 + ("ascent", "adam", "adam", "named", "named", "own", "odd"))
        if kind == "sgd":
            more = self.choice(({}, {}, {"momentum": 0.5, "nesterov": True}, {"dampening": 0.2}, {"dampening": 0.8}))
            return SGD(**{"lr": lr, "momentum": self.choice((0.0, 0.5, 0.9)), "weight_decay": decay, **more})
        name, settings = self.choice(self.others(lr, decay)[kind])
        return Optimizer(name, lr=lr, **settings)

    def others(self, lr: float, decay: float) -> dict[str, list[tuple[Any, dict[str, Any]]]]:
        """Other optimizers than SGD, with their settings."""
        up = {"weight_decay": decay, "maximize": True}
        betas = {"betas": self.choice(((0.9, 0.999), (0.5, 0.9))), "weight_decay": decay}
        named = [("RMSprop", {"momentum": 0.5, "centered": True}), ("RMSprop", {"weight_decay": decay}), ("Rprop", {}),
                 ("Adagrad", {"weight_decay": decay}), ("Adadelta", {"rho": 0.5}), ("ASGD", {"weight_decay": decay}),
                 (torch.optim.Adam, {"amsgrad": True}), ("Adafactor", {}),
                 ("NAdam", {"weight_decay": decay, "decoupled_weight_decay": True})]  # fmt: skip
        return {
            "ascent": [(name, up) for name in ("SGD", "SGD", "Adam", "RMSprop")],
            "adam": [(name, betas) for name in ("Adam", "AdamW", "NAdam", "RAdam", "Adamax")],
            "named": named,  # type: ignore[dict-item]
            "own": [(Halfway, {"every": self.randint(1, 9)})],
            "odd": [("adam", {}), ("Adam", {"momentum": 0.9}), ("SparseAdam", {}), ("Adam", {"betas": (1.5, 0.9)}),
                    ("RMSprop", {"nesterov": True}), ("Muon", {}), (torch.optim.SparseAdam, {})],
        }  # fmt: skip

    def place(self) -> Point:
        return self.choice((Point(x=self.some(-4, 4), y=self.some(-4, 4)), Point(x=0, y=0), Point(x=1, y=-1)))

    def window(self) -> Window | None:
        x, y = self.some(-3, 3), self.some(-3, 3)
        wide, high = self.log(0.05, 20), self.log(0.05, 20)
        around = Window(x=(x - wide, x + wide), y=(y - high, y + high))
        return self.choice((None, around, Window(x=(-5, 5), y=(-4, 4))))

    def runs(self) -> Any:
        if self.random() < 0.6:
            return self.optimizer()
        starts = [self.choice((None, self.place())) for _ in range(self.randint(1, 3))]
        return tuple(Run(f"run {i}", self.optimizer(), start) for i, start in enumerate(starts))

    def scene(self) -> Scene:
        """A whole scene; what is not given comes from the problem."""
        problem = self.problem()
        more: dict[str, Any] = {} if self.random() < 0.3 else {"window": self.window()}
        if self.random() < 0.7:
            more["start"] = self.place()
        if isinstance(problem, Problem):
            losses = [self.loss(problem) for _ in range(self.choice((1, 1, 2, 3)))]
            if self.random() < 0.5:
                more["losses"] = tuple(losses)
            else:
                more["panels"] = tuple(Panel(loss=loss, optimizer=self.runs()) for loss in losses)
        colormap, scale = self.choice((None, None, "viridis")), self.choice((None, "log", "linear"))
        style = Style(theme=self.choice(("seed", "seed", "light", "dark")), colormap=colormap, scale=scale)
        return Scene(title="Drawn", problem=problem, optimizer=self.runs(), epochs=self.randint(1, 40),
                     resolution=self.randint(5, 21), video=VIDEO, style=style, **more)  # fmt: skip
