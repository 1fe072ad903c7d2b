"""Make the pictures of the documentation: the article's figures, the README's film, and the page docs/look.md.

    .venv/bin/python docs/pictures.py [FOLDER]

FOLDER has the designs of the look, such as momentum-light.png; without it docs/look.md stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

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
    if sys.argv[1:]:
        look(Path(sys.argv[1]))
