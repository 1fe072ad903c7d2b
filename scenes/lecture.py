"""The whole story in two minutes: fifty points, a line, four losses, and what each setting of SGD does to the path."""

from animgd import SGD, Lecture, Pause, Run, Scene, Text, Title, Video

STILL = Video(epochs_per_second=1, hold_start=1, hold_end=1.5)
WALK = Video(epochs_per_second=16, hold_start=1.2, hold_end=1.5)

points = Scene(
    title="Fifty points near a parabola",
    optimizer=(),
    losses=("MSELoss",),
    epochs=1,
    companions=("fit",),
    heatmaps=False,
    video=STILL,
)
line = Scene(
    title="The line that MSE learns",
    optimizer=SGD(lr=0.1),
    losses=("MSELoss",),
    companions=("fit",),
    heatmaps=False,
    video=Video(epochs_per_second=25, hold_start=1, hold_end=1),
)
landscape = Scene(title="Every line is a point of this map", optimizer=(), losses=("MSELoss",), epochs=1, video=STILL)
plain = Scene(title="Plain gradient descent", optimizer=SGD(lr=0.1), video=WALK)
momentum = Scene(title="Momentum 0.9", optimizer=SGD(lr=0.1, momentum=0.9), video=WALK, pauses=(6,))
nesterov = Scene(
    title="Nesterov, and momentum's ghost",
    optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True),
    ghost=Run("momentum", SGD(lr=0.1, momentum=0.9)),
    video=WALK,
)
weight_decay = Scene(
    title="Nesterov and weight decay 2",
    optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=2.0),
    video=WALK,
)
dampening = Scene(title="Momentum, dampened", optimizer=SGD(lr=0.1, momentum=0.9, dampening=0.8), video=WALK)
comparison = Scene(
    title="Three ways down",
    optimizer={
        "plain": SGD(lr=0.1),
        "momentum": SGD(lr=0.1, momentum=0.9),
        "Nesterov": SGD(lr=0.1, momentum=0.9, nesterov=True),
    },
    video=WALK,
)

lecture = Lecture(
    title="Five ways down",
    transition="fade",
    parts=(
        Title("Five ways down", "What the settings of SGD do to its path"),
        points,
        line,
        landscape,
        Text("Across: the bias of a line. Upwards: its weight.\nThe darker, the smaller the loss."),
        plain,
        Pause("MSE settles at epoch 26 and never overshoots. L1 and Huber are still on their way: they need 153.", 3.5),
        Text("Momentum adds a part of the last step:\n$step_{t} = 0.9 \\cdot step_{t-1} - 0.1 \\cdot gradient$"),
        momentum,
        Pause("On MSE it runs 4.16 past the minimum and walks 42.7 instead of 7.6; L1 and Huber arrive sooner.", 3.5),
        Text("Nesterov takes the gradient where momentum will land,\nso it brakes before the minimum."),
        nesterov,
        Pause("The overshoot on MSE is 2.44 instead of 4.16, and it settles at 28 instead of 76.", 3.5),
        Text("Weight decay pulls towards the origin:\nthe path ends where loss and decay rest together."),
        weight_decay,
        Text("Dampening takes 0.2 of each new gradient,\nbut torch takes all of the first one."),
        dampening,
        Pause("L1 and Huber hardly overshoot now. MSE still does, by 3.88, because of that first step.", 3.5),
        comparison,
        Text(
            "Plain descent is safe and slow.\nMomentum is fast and overshoots.\n"
            "Nesterov brakes in time.\nDecay moves the goal."
        ),
    ),
)
