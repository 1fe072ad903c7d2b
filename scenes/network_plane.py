"""Three optimizers train the same network on two moons, seen in the plane of their paths' principal components."""

import math
import random

from animgd import PCA, SGD, Model, Optimizer, Scene

DRAW = random.Random(4)
ANGLES = [math.pi * k / 59 for k in range(60)]
UPPER = [(math.cos(angle), math.sin(angle)) for angle in ANGLES]
LOWER = [(1 - math.cos(angle), 0.5 - math.sin(angle)) for angle in ANGLES]
POINTS = [(x + DRAW.gauss(0, 0.13), y + DRAW.gauss(0, 0.13)) for x, y in UPPER + LOWER]


def network():
    """Two inputs, eight tanh units, two classes."""
    from torch.nn import Linear, Sequential, Tanh

    return Sequential(Linear(2, 8), Tanh(), Linear(8, 2))


scene = Scene(
    title="A network in a plane",
    problem=Model(network, x=POINTS, y=[0] * 60 + [1] * 60, plane=PCA(), names=("feature 1", "feature 2")),
    losses=("CrossEntropyLoss",),
    optimizer={
        "Adam": Optimizer("Adam", lr=0.06),
        "SGD": SGD(lr=1.0),
        "with momentum": SGD(lr=0.3, momentum=0.9),
    },
    epochs=150,
    companions=("fit",),
)
