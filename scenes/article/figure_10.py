"""Dampening 0.8 calms L1 and Huber, but MSE overshoots 3.88: torch does not dampen the first step."""

from animgd import SGD, Scene, Style

scene = Scene(
    title="Momentum, dampened",
    optimizer=SGD(lr=0.1, momentum=0.9, dampening=0.8),
    style=Style(theme="seed"),
)
