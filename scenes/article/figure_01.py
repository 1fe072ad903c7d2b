"""The points: a parabola with noise, which no line can fit."""

from animgd import Scene, Style, Video

scene = Scene(
    title="The points",
    optimizer=(),
    losses=("MSELoss",),
    epochs=1,
    companions=("fit",),
    heatmaps=False,
    video=Video(hold_start=0, hold_end=1),
    style=Style(theme="seed"),
)
