"""Two losses that are equal by default part at 0.5: Huber's gradient is half as steep, so its path lags behind."""

from animgd import SGD, Loss, Scene

scene = Scene(
    title="Delta and beta",
    optimizer=SGD(lr=0.1, momentum=0.9),
    losses=("MSELoss", "L1Loss", Loss("HuberLoss", delta=0.5), Loss("SmoothL1Loss", beta=0.5)),
)
