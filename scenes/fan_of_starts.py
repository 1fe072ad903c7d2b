"""Plain descent from 25 starts: MSE's paths bend into one valley, L1's walk straight and stop at the corner."""

from animgd import SGD, Point, Run, Scene, Video

starts = [Point(weight=w, bias=b) for w in (-4.0, -1.5, 1.5, 4.5, 7.0) for b in (-4.0, -1.5, 1.5, 4.5, 7.0)]

scene = Scene(
    title="A fan of starts",
    optimizer=tuple(Run("", SGD(lr=0.1), start=start) for start in starts),
    epochs=175,  # that many until the last run has settled
    video=Video(pace="settle"),
)
