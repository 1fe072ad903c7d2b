"""L-BFGS learns how the valley curves from its gradients: it arrives while the others are still on their way."""

from animgd import LBFGS, SGD, Adam, Function, Scene

scene = Scene(
    title="L-BFGS in a curved valley",
    problem=Function("rosenbrock"),
    optimizer={
        "momentum": SGD(lr=0.0005, momentum=0.9),
        "Adam": Adam(lr=0.05),
        "L-BFGS": LBFGS(lr=1, max_iter=2, line_search_fn="strong_wolfe"),
    },
    epochs=60,
)
