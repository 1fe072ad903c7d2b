"""One loss, four learning rates: creeping, right, zigzagging, and thrown off the map (MSE converges below 0.976)."""

from animgd import SGD, Panel, Scene

scene = Scene(
    title="Learning rates",
    panels=tuple(Panel(title=f"lr {lr}", loss="MSELoss", optimizer=SGD(lr=lr)) for lr in (0.02, 0.2, 0.9, 1.0)),
    epochs=60,
)
