"""A cosine that starts again every 15 epochs: the noise of batches dies away with the learning rate, and comes back."""

from animgd import SGD, Panel, Run, Scene, Schedule

scene = Scene(
    title="Warm restarts",
    panels=(
        Panel(title="warm restarts", loss="MSELoss"),
        Panel(title="constant", loss="MSELoss", optimizer=Run("", SGD(lr=0.08), schedule=False)),
    ),
    optimizer=SGD(lr=0.08),
    schedule=Schedule("CosineAnnealingWarmRestarts", T_0=15),
    batch=4,
    epochs=50,
    companions=("lr", "loss"),
)
