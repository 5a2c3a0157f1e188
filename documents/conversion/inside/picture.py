"""Pictures as WebP: upright, without what the camera wrote into them, no larger than a screen can use."""

import warnings

from PIL import Image, ImageFile, ImageOps, ImageSequence, PngImagePlugin
from refusal import Refusal

MOST_PIXELS = 80_000_000
LONGEST = 6000  # pixels of a rendering
PAGE = 3000  # pixels of a page of a scan
MOST_FRAMES, MOST_PAGES = 200, 300
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")
#: Drawings and screenshots stay exact up to here; larger ones are kept like photos.
EXACT = 8_000_000

ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.MAX_IMAGE_PIXELS = None  # judged below, for every frame
PngImagePlugin.MAX_TEXT_MEMORY = 4 << 20
warnings.simplefilter("ignore")


def image(source, target):
    """Write the rendering into `target`: WebP, or PDF for a scan of several pages."""
    picture = _open(source)
    frames = getattr(picture, "n_frames", 1)
    if picture.format == "TIFF" and frames > 1:
        return _pages(picture, target, frames)
    if frames > 1:
        return _animation(picture, target, frames)
    exact = picture.format in ("PNG", "GIF", "BMP") or picture.mode == "1"
    shown = _shown(picture, LONGEST)
    exact = exact and shown.width * shown.height <= EXACT
    shown.save(target, "WEBP", lossless=exact, quality=85, method=0 if exact else 2)
    return {"media": "image/webp", "pages": 1}


def _open(source):
    try:
        picture = Image.open(source, formats=FORMATS)
    except ValueError as wrong:  # Pillow's limit on unpacked texts
        raise Refusal("BOMB" if "too large" in str(wrong) else "DAMAGED") from None
    _judge(picture)
    return picture


def _judge(picture):
    if picture.width * picture.height > MOST_PIXELS:
        raise Refusal("TOO_LARGE")


def _shown(picture, longest):
    """One frame, upright, small enough, in colours a browser has; nothing else of the file is kept."""
    _judge(picture)
    picture.draft("RGB", (longest, longest))
    try:
        picture.load()
    except ValueError as wrong:
        raise Refusal("BOMB" if "too large" in str(wrong) else "DAMAGED") from None
    picture = ImageOps.exif_transpose(picture)
    if max(picture.size) > longest:
        picture = picture.convert("L") if picture.mode == "1" else picture
        picture.thumbnail((longest, longest))
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    if picture.mode.startswith(("I", "F")):  # measured in more than 256 steps
        picture = ImageOps.autocontrast(picture.point(lambda value: value / 256).convert("L"))
    plain = picture.convert("RGBA" if clear else "RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    return bare


def _animation(picture, target, frames):
    most = max(1, min(MOST_FRAMES, MOST_PIXELS // (picture.width * picture.height)))
    shown, times = [], []
    for frame in ImageSequence.Iterator(picture):
        if len(shown) == most:
            break
        times.append(min(10_000, max(20, int(frame.info.get("duration", 100)))))
        shown.append(frame.convert("RGBA"))
    loop = int(picture.info.get("loop", 0))
    for frame in shown:
        frame.info = {}
    shown[0].save(
        target,
        "WEBP",
        save_all=True,
        append_images=shown[1:],
        duration=times,
        loop=loop,
        quality=80,
        method=0,
    )
    return {"media": "image/webp", "pages": 1, "cut": frames > most and "FIRST_FRAMES"}


def _pages(picture, target, frames):
    most = min(frames, MOST_PAGES)
    for number in range(most):
        picture.seek(number)
        page = _shown(picture.copy() if number else picture, PAGE)
        sheet = page if page.mode == "RGB" else page.convert("RGB")
        sheet.save(target, "PDF", append=number > 0, resolution=200, quality=80)
    return {"media": "application/pdf", "pages": most, "cut": frames > most and "FIRST_PAGES"}
