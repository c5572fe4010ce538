"""Photos of a QR as phones take them: small, tilted, blurred, unevenly lit, noisy, compressed; one for each seed."""

import io
import random

import zxingcpp
from PIL import Image, ImageChops, ImageFilter

OVERSAMPLED = 4
AROUND = 1.5
"""The side of the photo, as a multiple of that of the QR with its quiet zone."""
TILT, ANGLE = 0.04, 12.0
"""How far a corner may be off, as a part of the side; degrees by which the camera may be turned."""
BLUR = (0.5, 1.1)
"""The radius in pixels."""
DARK, BRIGHT, SHADE = (60, 100), (160, 230), 60
"""Grey of the ink and of the paper in the light, and how much darker the other side of the photo is."""
NOISE = 10.0
"""The standard deviation of a pixel's grey."""
QUALITY = (40, 70)
"""Of the compression as JPEG."""


def photo(code: Image.Image, across: int, seed: int) -> Image.Image:
    """A photo in which a QR, quiet zone included, is so many pixels wide.

    Args:
        code: the QR, one pixel a module, quiet zone included.
        across: pixels from edge to edge of the QR in the photo.
        seed: which photo of all that might be taken.
    """
    lot = random.Random(seed)  # noqa: S311  nothing here is a secret
    side = across * OVERSAMPLED
    width = int(side * AROUND)
    page = Image.new("L", (width, width), 250)
    page.paste(code.convert("L").resize((side, side), Image.Resampling.NEAREST), ((width - side) // 2,) * 2)
    off = [lot.uniform(-TILT, TILT) * width for _ in range(8)]
    corners = (0, 0, 0, width, width, width, width, 0)
    moved = [corner + by for corner, by in zip(corners, off, strict=True)]
    page = page.transform(page.size, Image.Transform.QUAD, moved, Image.Resampling.BILINEAR, fillcolor=200)
    page = page.rotate(lot.uniform(-ANGLE, ANGLE), Image.Resampling.BILINEAR, fillcolor=200)
    small = page.resize((int(across * AROUND),) * 2, Image.Resampling.BOX)
    small = small.filter(ImageFilter.GaussianBlur(lot.uniform(*BLUR)))
    dark, bright = lot.uniform(*DARK), lot.uniform(*BRIGHT)
    lit = small.point([int(dark + grey / 255 * (bright - dark)) for grey in range(256)])
    shade = Image.linear_gradient("L").resize(small.size).rotate(lot.choice((0, 90, 180, 270)))
    lit = ImageChops.subtract(lit, shade.point([grey * SHADE // 255 for grey in range(256)]))
    noise = Image.frombytes("L", small.size, bytes(_noise(lot, small.width * small.height)))
    lit = ImageChops.add(lit, noise, 1, -128)
    compressed = io.BytesIO()
    lit.save(compressed, "JPEG", quality=lot.randint(*QUALITY))
    return Image.open(compressed)


def _noise(lot: random.Random, pixels: int) -> list[int]:
    return [min(255, max(0, 128 + round(lot.gauss(0, NOISE)))) for _ in range(pixels)]


def read(taken: Image.Image) -> str:
    """What a phone reads in a photo; empty if nothing."""
    code = zxingcpp.read_barcode(taken, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return code.text if code else ""
