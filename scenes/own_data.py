"""One's own data, with an outlier: MSE is drawn to it, the three robust losses hardly are."""

from animgd import SGD, Point, Problem, Scene

hours = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
score = (1.1, 1.4, 2.2, 2.4, 3.1, 3.3, 4.2, 0.4)

scene = Scene(
    title="One outlier",
    problem=Problem(x=hours, y=score),
    optimizer=SGD(lr=0.05, momentum=0.8),
    start=Point(weight=-1.0, bias=3.0),
    epochs=140,
)
