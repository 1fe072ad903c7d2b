"""A loop of one's own, recorded and filmed: momentum that is forgotten whenever it points uphill does not circle.

The loop made own_loop.npz:

    recorder = animgd.Recorder(model)
    for step in range(60):
        loss = mse_loss(model(x), y)
        ...
        uphill = sum((p.grad * v).sum() for p, v in zip(parameters, velocities)) > 0
        for p, v in zip(parameters, velocities):
            v.mul_(0.0 if uphill else 0.9).sub_(0.1 * p.grad)
            p.add_(v)
        recorder.step(loss=loss, lr=0.1)
    recorder.save("own_loop.npz")
"""

from animgd import SGD, Panel, Recorded, Scene

scene = Scene(
    title="A loop of one's own",
    panels=(Panel(loss="MSELoss"),),
    optimizer={
        "momentum": SGD(lr=0.1, momentum=0.9),
        "restarted": Recorded("own_loop.npz", label="own loop"),
    },
    epochs=60,
    companions=("loss",),
)
