"""SGD on all points at once, and on batches of 16, 4 and 1: smaller batches arrive sooner, but never come to rest."""

from animgd import SGD, Panel, Run, Scene, Video

scene = Scene(
    title="The noise of mini-batches",
    panels=tuple(
        Panel(title=title, loss="MSELoss", optimizer=Run("", SGD(lr=0.04), batch=batch))
        for title, batch in (("all points", None), ("batch 16", 16), ("batch 4", 4), ("batch 1", 1))
    ),
    epochs=20,
    video=Video(epochs_per_second=2, pace="linear"),
)
