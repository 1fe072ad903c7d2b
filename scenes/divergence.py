"""Four learning rates at the edge: 0.9 zigzags home, 1.0 creeps away, 1.2 and 1.5 are gone."""

from animgd import SGD, Panel, Scene, Video

scene = Scene(
    title="At the edge of divergence",
    panels=tuple(Panel(title=f"lr {lr}", loss="MSELoss", optimizer=SGD(lr=lr)) for lr in (0.9, 1.0, 1.2, 1.5)),
    epochs=40,
    video=Video(epochs_per_second=5),
)
