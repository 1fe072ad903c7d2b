"""Small batches make many steps an epoch: at one learning rate they lead; in proportion to it, all go the same way."""

from animgd import SGD, Panel, Run, Scene, Video

SIZES = (2, 10, 50)


def runs(lr):
    """A run for each size of batch."""
    return tuple(Run(f"batch {size}", SGD(lr=lr(size)), batch=size) for size in SIZES)


scene = Scene(
    title="Batch size and learning rate",
    panels=(
        Panel(title="one lr, 0.02", loss="MSELoss", optimizer=runs(lambda size: 0.02)),
        Panel(title="lr in proportion, 0.0024 a point", loss="MSELoss", optimizer=runs(lambda size: 0.0024 * size)),
    ),
    epochs=20,
    video=Video(epochs_per_second=2.5, pace="linear"),
)
