"""The landscape of MSE alone: a bowl, steeper across than along."""

from animgd import Scene, Style, Video

scene = Scene(
    title="The landscape of MSE",
    optimizer=(),
    losses=("MSELoss",),
    epochs=1,
    video=Video(hold_start=0, hold_end=1),
    style=Style(theme="seed"),
)
