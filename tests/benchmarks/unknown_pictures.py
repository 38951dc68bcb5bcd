"""Pictures that show none of ImageNet's things, drawn from a seed: what the score ``known`` is to tell."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from processors.pictures import DEMO_PICTURES

WIDTH, HEIGHT = 480, 360
SIZE = (WIDTH, HEIGHT)
WORDS = (
    *("the", "of", "invoice", "total", "amount", "and", "price", "date", "in", "for", "order", "number", "is", "city"),
    *("with", "street", "contract"),
)
DARKEST_PAPER = 235

Draw = Callable[[np.random.Generator], Image.Image]


def unknown_pictures(each: int, seed: int = 20261130) -> Iterator[tuple[str, Image.Image]]:
    """Yield ``each`` pictures of every kind with the kind's name; the same seed draws the same pictures."""
    for kind, draw in KINDS.items():
        random = np.random.default_rng([seed, *kind.encode()])
        for _ in range(each):
            yield kind, draw(random)


def part_of(name: str) -> Draw:
    """Return what cuts a part of at least two fifths of each side out of a picture of the demonstration."""

    def cut(random: np.random.Generator) -> Image.Image:
        with Image.open(DEMO_PICTURES / f"{name}.jpg") as opened:
            picture = opened.convert("RGB")
        width, height = (int(side * random.uniform(0.4, 1)) for side in picture.size)
        left, top = int(random.integers(picture.width - width + 1)), int(random.integers(picture.height - height + 1))
        return picture.crop((left, top, left + width, top + height))

    return cut


def text_page(random: np.random.Generator) -> Image.Image:
    """Lines of words on paper, of one size."""
    page = Image.new("RGB", (360, 480), tuple(int(one) for one in random.integers(DARKEST_PAPER, 256, 3)))
    pen, size = ImageDraw.Draw(page), int(random.integers(10, 22))
    font, top = ImageFont.load_default(size), int(random.integers(15, 50))
    while top < page.height - 2 * size:
        line = " ".join(random.choice(WORDS, int(random.integers(2, 60 * 6 // size))))
        pen.text((25, top), line[: 560 // size], font=font, fill=(20, 20, 20))
        top += int(size * random.choice([1.3, 1.3, 1.3, 2.6]))
    return page


def drawing(random: np.random.Generator) -> Image.Image:
    """Coloured shapes and lines on white, as a diagram has them."""
    sheet = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(sheet)
    for _ in range(int(random.integers(4, 14))):
        box, colour = _box(random), _colour(random)
        shape = random.choice(["rectangle", "ellipse", "line"])
        if shape == "line":
            pen.line(box, fill=colour, width=int(random.integers(1, 6)))
        else:
            fill = colour if random.random() < 0.5 else None
            getattr(pen, shape)(box, outline=colour, fill=fill, width=int(random.integers(1, 5)))
    return sheet


def bar_chart(random: np.random.Generator) -> Image.Image:
    """Bars over an axis, with numbers."""
    sheet = Image.new("RGB", SIZE, "white")
    pen, bars, colour = ImageDraw.Draw(sheet), int(random.integers(4, 14)), _colour(random)
    width = (WIDTH - 80) // bars
    for number, height in enumerate(random.uniform(20, HEIGHT - 80, bars)):
        left = 50 + number * width
        pen.rectangle((left, HEIGHT - 40 - height, left + width - 6, HEIGHT - 40), fill=colour)
        pen.text((left, HEIGHT - 35), str(2000 + number), font=ImageFont.load_default(11), fill="black")
    pen.line((45, 20, 45, HEIGHT - 40, WIDTH - 20, HEIGHT - 40), fill="black", width=2)
    return sheet


def screenshot(random: np.random.Generator) -> Image.Image:
    """Windows with a title bar, lines of text and buttons."""
    screen = Image.new("RGB", SIZE, _colour(random))
    pen, font = ImageDraw.Draw(screen), ImageFont.load_default(12)
    for _ in range(int(random.integers(1, 4))):
        left, top, right, bottom = _box(random, least=150)
        pen.rectangle((left, top, right, bottom), fill=(245, 245, 245), outline=(120, 120, 120))
        pen.rectangle((left, top, right, top + 20), fill=_colour(random))
        for line in range(top + 28, bottom - 16, 18):
            pen.text((left + 8, line), " ".join(random.choice(WORDS, 3)), font=font, fill=(40, 40, 40))
        pen.rectangle((right - 60, bottom - 24, right - 8, bottom - 6), fill=_colour(random))
    return screen


def noise(random: np.random.Generator) -> Image.Image:
    """Every pixel by chance; of some pictures blurred to clouds."""
    picture = Image.fromarray(random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    radius = float(random.choice([0, 0, 2, 6]))
    if not radius:
        return picture
    clouds = np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), float) - 127.5
    return Image.fromarray((clouds * 60 / clouds.std() + 127.5).clip(0, 255).astype(np.uint8))


def gradient(random: np.random.Generator) -> Image.Image:
    """One colour turning into another, in some direction."""
    angle, across = random.uniform(0, 2 * np.pi), np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    along = across[0] * np.sin(angle) + across[1] * np.cos(angle)
    share = ((along - along.min()) / np.ptp(along))[:, :, None]
    ends = random.uniform(0, 255, (2, 3))
    return Image.fromarray((ends[0] * share + ends[1] * (1 - share)).astype(np.uint8))


def colour_field(random: np.random.Generator) -> Image.Image:
    """One colour, or two to four fields of one each."""
    across, down = int(random.integers(1, 3)), int(random.integers(1, 3))
    fields = random.integers(0, 256, (down, across, 3), dtype=np.uint8)
    return Image.fromarray(fields).resize(SIZE, Image.Resampling.NEAREST)


def _colour(random: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(one) for one in random.integers(0, 256, 3))
    return red, green, blue


def _box(random: np.random.Generator, least: int = 20) -> tuple[int, int, int, int]:
    width, height = int(random.integers(least, WIDTH - 20)), int(random.integers(min(least, 120), HEIGHT - 20))
    left, top = int(random.integers(WIDTH - width)), int(random.integers(HEIGHT - height))
    return left, top, left + width, top + height


KINDS: Mapping[str, Draw] = {
    "galaxies": part_of("galaxies"),
    "rocket": part_of("rocket"),
    "text pages": text_page,
    "drawings": drawing,
    "bar charts": bar_chart,
    "screenshots": screenshot,
    "noise": noise,
    "gradients": gradient,
    "colour fields": colour_field,
}
