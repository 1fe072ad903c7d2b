"""Make the pictures of the documentation: the article's figures, the README's film, docs/events.md and docs/look.md.

    .venv/bin/python docs/pictures.py [FOLDER]

FOLDER has the designs of the look, such as momentum-light.png; without it docs/look.md stays as it is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from animgd import Scene, load, render, still

DOCS = Path(__file__).parent
SCENES = DOCS.parent / "scenes"
COLORS = 255  # of a picture's palette
HALF = (640, 360)  # of a pair on the page

# The design's name; the scene, epoch, size and theme of the same frame.
LOOK = [
    ("momentum-light", "momentum", 14, (1280, 720), "light"),
    ("momentum-dark", "momentum", 14, (1280, 720), "dark"),
    ("compare-light", "compare", 36, (1280, 720), "light"),
    ("fit-loss-light", "fit_and_loss", 40, (1280, 720), "light"),
    ("divergence-light", "divergence", 26, (1280, 720), "light"),
    ("seed", "momentum", 14, (1280, 720), "seed"),
    ("square-light", "momentum", 14, (1080, 1080), "light"),
    ("tall-light", "momentum", 14, (720, 1280), "light"),
    ("article-480", "momentum", 14, (480, 270), "light"),
    ("anatomy-light", "article/figure_07", 7, (1280, 720), "light"),
    ("momentum-lens", "momentum", 67, (1280, 720), "light"),
]
# What the article's author measured: the figure, the panel, the kind of event, its epoch and its size.
MEASURED = [
    (5, 0, "settled", 26, None), (6, 0, "overshoot", 6, 4.16), (6, 0, "settled", 76, None), (6, 1, "settled", 75, None),
    (6, 2, "settled", 67, None), (8, 0, "overshoot", None, 2.44), (8, 0, "settled", 28, None),
    (8, 1, "settled", 50, None), (8, 2, "settled", 49, None), (10, 0, "overshoot", None, 3.88),
    (10, 0, "settled", 80, None), (10, 1, "settled", 82, None), (10, 2, "settled", 93, None),
]  # fmt: skip
EVENTS = """\
# Events

What animgd tells in the article's figures, beside what was measured by hand: the epoch, and how far past the minimum.
`docs/pictures.py` makes this page.

| figure | panel | event | measured | told | frame |
|---|---|---|---|---|---|
"""
PAGE = """\
# The look

Each picture shows the design of a frame on the left, and the same frame drawn by animgd on the right.
`docs/pictures.py` makes this page.
"""


def picture(name: str, epoch: int | None, size: tuple[int, int], theme: str | None = None) -> Image.Image:
    """A frame of a scene in scenes/; of the last epoch, if none is named."""
    (scene,) = [scene for scene in load(SCENES / f"{name}.py").values() if isinstance(scene, Scene)][:1]
    scene = scene.replace(video=scene.video.replace(width=size[0], height=size[1]))
    if theme:
        scene = scene.replace(style=scene.style.replace(theme=theme))
    return Image.fromarray(still(scene, epoch=epoch))


def save(image: Image.Image, path: Path, palette: bool = True) -> None:
    """Write a PNG with a palette, without dithering, or with all its colours."""
    path.parent.mkdir(exist_ok=True)
    if palette:
        image = image.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(path, optimize=True)


def figures() -> None:
    """The article's figures: the last frame, of figure 7 the one in which the step is taken apart."""
    for path in sorted((SCENES / "article").glob("figure_*.py")):
        epoch = 7 if path.stem == "figure_07" else None  # its close-ups would have stripes with a palette
        drawn = picture(f"article/{path.stem}", epoch, (960, 540))
        save(drawn, DOCS / "article" / f"{path.stem}.png", palette=epoch is None)


def film() -> None:
    """The README's film."""
    (scene,) = load(SCENES / "momentum.py").values()
    scene = scene.replace(video=scene.video.replace(width=800, height=450, fps=20))
    render(scene, DOCS / "momentum.gif")


def events() -> None:
    """The page with what was measured beside what is told, and the frame that tells it."""
    lines = [EVENTS]
    for number, panel, kind, epoch, size in MEASURED:
        (scene,) = load(SCENES / "article" / f"figure_{number:02}.py").values()
        scene = scene.replace(video=scene.video.replace(width=1280, height=720))
        with TemporaryDirectory() as folder:
            render(scene, Path(folder, "film.json"))
            told = json.loads(Path(folder, "film.json").read_text(encoding="utf-8"))["panels"][panel]
        (event,) = [each for each in told["runs"][0]["events"] if each["kind"] == kind]
        name = f"figure_{number:02}-{panel}-{kind}.png"
        shown = Image.fromarray(still(scene, epoch=event["epoch"])).crop(told["box"])
        save(shown.resize((240, 240), Image.Resampling.LANCZOS), DOCS / "events" / name)
        cells = [f"{number} | {told['title']} | {kind}", _at(epoch, size), _at(event["epoch"], event["value"])]
        lines.append(f"| {' | '.join(cells)} | ![{kind} at {event['epoch']}](events/{name}) |\n")
    (DOCS / "events.md").write_text("".join(lines), encoding="utf-8")


def _at(epoch: int | None, size: float | None) -> str:
    return ", ".join([*([f"epoch {epoch}"] if epoch else []), *([f"{size:.2f}"] if size else [])])


def look(designs: Path) -> None:
    """The page with each design beside the frame."""
    page = [PAGE]
    for name, scene, epoch, size, theme in LOOK:
        design, drawn = Image.open(designs / f"{name}.png").convert("RGB"), picture(scene, epoch, size, theme)
        both = Image.new("RGB", (2 * HALF[0] + 8, round(HALF[0] * size[1] / size[0]) if size[1] <= size[0] else 1138))
        for i, each in enumerate((design, drawn)):
            both.paste(each.resize((HALF[0], both.height), Image.Resampling.LANCZOS), (i * (HALF[0] + 8), 0))
        save(both, DOCS / "look" / f"{name}.png")
        page.append(f"## {name}\n\n![{name}: the design, and animgd](look/{name}.png)\n")
    (DOCS / "look.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    figures()
    film()
    events()
    if sys.argv[1:]:
        look(Path(sys.argv[1]))
