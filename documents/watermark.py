"""Pages as pictures for people who may read but not take away: text drawn, watermark baked in."""

from __future__ import annotations

import io
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

#: Fonts with Chinese letters where systems keep them, and which of the faces in the file is ours.
FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
    ("C:/Windows/Fonts/simsun.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
)
INK = (70, 80, 100, 54)
ANGLE = 24
#: A page of text: columns of half-width letters, lines, and the picture it becomes.
COLUMNS, LINES, MOST_PAGES = 100, 60, 50
LETTER, LEADING, MARGIN = 13, 26, 60


@cache
def font(size: int) -> Any:
    """A font of ours in `size` pixels; without a Chinese one, what Pillow brings."""
    for path, face in FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size, index=face)
    return ImageFont.load_default(size)


def can_write(text: str) -> bool:
    """Whether `font` has the letters of `text`: what Pillow brings has no Chinese ones."""
    return text.isascii() or any(Path(path).exists() for path, _ in FONTS)


def marked(image: Image.Image, text: str, width: int) -> bytes:
    """`image` in at most `width` pixels with `text` all over it, as JPEG."""
    image = image.convert("RGB")
    if image.width > width:
        image = image.resize((width, max(1, round(image.height * width / image.width))))
    image.paste(INK[:3], mask=_tiles(image.size, text, max(11, width // 60)))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


@lru_cache(maxsize=8)
def _tiles(size: tuple[int, int], text: str, letter: int) -> Image.Image:
    """A mask of `size`: `text` again and again, slanted, thin enough to read through. Kept for the next
    page of the same reader."""
    reach = int((size[0] ** 2 + size[1] ** 2) ** 0.5) + 1
    sheet = Image.new("L", (reach, reach))
    draw = ImageDraw.Draw(sheet)
    face = font(letter)
    step = int(draw.textlength(text, face)) + letter * 5
    for row, y in enumerate(range(0, reach, letter * 10)):
        for x in range(-(row % 2) * step // 2, reach, step):
            draw.text((x, y), text, fill=INK[3], font=face)
    turned = sheet.rotate(ANGLE)
    left, top = (reach - size[0]) // 2, (reach - size[1]) // 2
    return turned.crop((left, top, left + size[0], top + size[1]))


def text_pages(text: str) -> list[list[str]]:
    """The lines of each page, wrapped; Chinese letters take two columns. At most MOST_PAGES."""
    lines = [part for line in text.splitlines() for part in _wrapped(line.expandtabs(4))]
    lines = lines[: LINES * MOST_PAGES]
    return [lines[at : at + LINES] for at in range(0, len(lines), LINES)] or [[]]


def text_image(lines: list[str]) -> Image.Image:
    """A page of text as a picture."""
    size = (COLUMNS * LETTER + 2 * MARGIN, LINES * LEADING + 2 * MARGIN)
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((MARGIN, MARGIN + row * LEADING), line, fill=(15, 23, 42), font=font(LETTER * 2 - 4))
    return image


def _wrapped(line: str) -> list[str]:
    parts, now, used = [], "", 0
    for letter in line:
        wide = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used + wide > COLUMNS:
            parts.append(now)
            now, used = "", 0
        now, used = now + letter, used + wide
    return [*parts, now]
