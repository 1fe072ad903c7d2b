"""L-BFGS learns from its gradients how the loss curves: a few steps where it is smooth, but thrown far off on L1."""

from animgd import LBFGS, SGD, Adam, Scene

scene = Scene(
    title="L-BFGS and the others",
    optimizer={
        "momentum": SGD(lr=0.1, momentum=0.9),
        "Adam": Adam(lr=0.3),
        "L-BFGS": LBFGS(lr=0.5, max_iter=1),
    },
    epochs=90,
)
