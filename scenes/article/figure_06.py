"""Momentum 0.9: MSE overshoots by 4.16 and spirals home; L1 and Huber swing, and arrive sooner than without."""

from animgd import SGD, Scene, Style

scene = Scene(
    title="High momentum",
    optimizer=SGD(lr=0.1, momentum=0.9),
    style=Style(theme="seed"),
)
