"""The line that MSE learns: it turns fast at first, and hardly at all after epoch 40."""

from animgd import SGD, Scene, Style

scene = Scene(
    title="The line that MSE learns",
    optimizer=SGD(lr=0.1),
    losses=("MSELoss",),
    companions=("fit",),
    heatmaps=False,
    style=Style(theme="seed"),
)
