"""A step taken apart: momentum takes the gradient here, Nesterov where the momentum has landed."""

from animgd import SGD, Panel, Scene, Video, Window

scene = Scene(
    title="Where the gradient is taken",
    panels=(
        Panel(title="momentum", loss="MSELoss", optimizer=SGD(lr=0.1, momentum=0.9)),
        Panel(title="Nesterov", loss="MSELoss", optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True)),
    ),
    anatomy=True,
    epochs=12,
    window=Window(bias=(-4.0, 7.5), weight=(-3.5, 7.0)),
    video=Video(epochs_per_second=1, hold_start=0.4, hold_end=2),
)
