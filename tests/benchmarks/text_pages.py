"""Pages of text with every character known: rendered in many sizes, fonts, colours and languages, the same every time.

The fonts are Debian's ``fonts-dejavu`` and the one that Pillow carries.
"""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts/truetype/dejavu")
SANS, SERIF = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique"), ("DejaVuSerif", "DejaVuSerif-Bold")
FACES = (*SANS, *SERIF, "DejaVuSansCondensed", "DejaVuSansMono")
# Pillow's own font beside the named ones.
BUILT_IN = "Aileron"
SIZES = ((480, 320), (640, 480), (800, 600), (1024, 768), (1240, 1754), (1600, 1200), (1654, 2339), (2480, 3508))
INKS = (("black", "white"), ("#222222", "#f4efe2"), ("white", "#203040"), ("#103070", "#e8f0ff"), ("#777777", "white"))
# Of the longer side: a reader that looks at 1,600 pixels sees letters of 14 to 48 points. Fewer than 11 nobody reads.
LEAST_POINTS, MOST_POINTS = 14 / 1600, 48 / 1600
LEGIBLE_POINTS = 11
SENTENCES = """
Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse, I thought I
would sail about a little and see the watery part of the world.|
It is a way I have of driving off the spleen and regulating the circulation.|
Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do.|
"And what is the use of a book," thought Alice, "without pictures or conversations?"|
It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.|
The carrier's liability is limited to EUR 8.33 per kilogram (Article 23, paragraph 3).|
Please quote your reference number in all correspondence; payments are due within 30 days.|
Warning: risk of electric shock! Disconnect the mains before opening the cover.|
Store in a cool, dry place between 5 and 25 degrees. Shake well before use.|
All quiet along the river tonight, save here and there a picket who is walking on his beat to and fro.|
Als Gregor Samsa eines Morgens aus unruhigen Träumen erwachte, fand er sich in seinem Bett.|
Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.|
Bitte bewahren Sie den Kassenzettel für spätere Rückfragen auf. Öffnungszeiten: Mo–Fr 9 bis 18 Uhr.|
Longtemps, je me suis couché de bonne heure. Parfois, à peine ma bougie éteinte, mes yeux se fermaient.|
Le cœur déçu mais l'âme plutôt naïve, il rêva de crapaüter à l'est.|
En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía un hidalgo.|
El pingüino y el niño comían jamón; ¿quién pagó la cuenta?
"""  # noqa: RUF001 - the dash is what the page shows
COMPANIES = ("Weyland & Sons", "Hofer GmbH", "Northwind Traders", "Acme Ltd.", "Dupont S.A.")


@dataclass(frozen=True)
class Page:
    """A picture's file, and what is written in it, line by line."""

    name: str
    data: bytes
    text: str


def pages(count: int) -> Iterator[Page]:
    """Yield as many pages, each by its number alone the same on every machine with these fonts."""
    check_fonts()
    for number in range(count):
        chance = random.Random(number)  # noqa: S311 - no secret, and the same every time
        size = SIZES[number % len(SIZES)]
        points = max(LEGIBLE_POINTS, chance.uniform(LEAST_POINTS, MOST_POINTS) * max(size))
        yield _page(f"page-{number:03}", size, points, chance)


def long_page() -> Page:
    """Return a sheet of A4 at 200 dots per inch with about 890 words."""
    check_fonts()
    font = ImageFont.truetype(FONTS / "DejaVuSans.ttf", 27)
    return _written("long", (1654, 2339), font, ("black", "white"), 1.24, _prose(random.Random(890)), angle=0)  # noqa: S311 - as above


def check_fonts() -> None:
    """End where the fonts are missing."""
    if missing := [face for face in FACES if not (FONTS / f"{face}.ttf").is_file()]:
        raise SystemExit(f"{FONTS} lacks {', '.join(missing)}: apt-get install fonts-dejavu")


def _page(name: str, size: tuple[int, int], points: float, chance: random.Random) -> Page:
    face = chance.choice((*FACES, BUILT_IN))
    font = (
        ImageFont.load_default(points) if face == BUILT_IN else ImageFont.truetype(FONTS / f"{face}.ttf", round(points))
    )
    angle = chance.choice((0, 0, 0, 0, -1.5, 1.0))
    return _written(name, size, font, chance.choice(INKS), chance.uniform(1.2, 1.7), _prose(chance), angle)


def _prose(chance: random.Random) -> Iterator[str]:
    """Yield words for ever: sentences, and now and then a line as invoices have them."""
    sentences = [" ".join(sentence.split()) for sentence in SENTENCES.split("|")]
    while True:
        yield from (_entry(chance) if chance.random() < 0.2 else chance.choice(sentences)).split()


def _entry(chance: random.Random) -> str:
    return (
        f"{chance.choice(COMPANIES)}, invoice {chance.randrange(10**6):06} of {chance.randrange(1, 29)}.0"
        f"{chance.randrange(1, 10)}.2026: {chance.randrange(1, 99)} × {chance.randrange(10**4) / 100:.2f} EUR,"  # noqa: RUF001 - as invoices have it
        f" sales@{chance.choice(('acme', 'hofer', 'northwind'))}.example"
    )


def _written(
    name: str,
    size: tuple[int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    ink: tuple[str, str],
    spacing: float,
    words: Iterator[str],
    angle: float,
) -> Page:
    image = Image.new("RGB", size, ink[1])
    pen = ImageDraw.Draw(image)
    margin = round(0.06 * min(size))
    pitch = font.getbbox("Ég")[3] * spacing
    lines = _lines(pen, font, words, size[0] - 2 * margin, int((size[1] - 2 * margin) / pitch))
    for number, line in enumerate(lines):
        pen.text((margin, margin + number * pitch), line, font=font, fill=ink[0])
    if angle:
        image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=ink[1])
    return Page(f"{name}.jpg", _jpeg(image), "\n".join(lines))


def _lines(pen: ImageDraw.ImageDraw, font: object, words: Iterator[str], width: float, count: int) -> Sequence[str]:
    lines: list[str] = []
    line = next(words)
    while len(lines) < count:
        word = next(words)
        if pen.textlength(f"{line} {word}", font=font) <= width:  # type: ignore[arg-type] # Pillow's two kinds of fonts
            line = f"{line} {word}"
        else:
            lines.append(line)
            line = word
    return lines


def _jpeg(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()
