"""One cycle of the learning rate, up and down to almost nothing: it ends at rest, where a fixed one shakes on."""

from animgd import SGD, Panel, Run, Scene, Schedule

cycle = Schedule("OneCycleLR", max_lr=0.05, cycle_momentum=False)

scene = Scene(
    title="One cycle",
    panels=(
        Panel(title="one cycle", loss="MSELoss", optimizer=Run("", SGD(lr=0.03, momentum=0.7), schedule=cycle)),
        Panel(title="fixed", loss="MSELoss", optimizer=Run("", SGD(lr=0.03, momentum=0.7))),
    ),
    batch=5,
    epochs=25,
    companions=("lr", "loss"),
)
