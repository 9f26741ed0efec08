"""Good images of every kind, cut short at many places, and with bits that fell over."""

import random
from collections.abc import Iterator

import pyvips

from tests.media.images.pictures import quarters

SEED = 6
CUTS = (0.1, 0.5, 0.9, 0.99)
FLIPS = 5


def good() -> dict[str, bytes]:
    """An image with something in it, of each kind."""
    noise = pyvips.Image.gaussnoise(160, 120, mean=0, sigma=20, seed=SEED)
    image = (quarters(160, 120) + noise).cast("uchar").copy(interpretation="srgb")
    return {
        "JPEG": bytes(image.jpegsave_buffer()),
        "progressive JPEG": bytes(image.jpegsave_buffer(interlace=True)),
        "PNG": bytes(image.pngsave_buffer()),
        "interlaced PNG": bytes(image.pngsave_buffer(interlace=True)),
        "GIF": bytes(image.gifsave_buffer(effort=1)),
        "WebP": bytes(image.webpsave_buffer()),
        "lossless WebP": bytes(image.webpsave_buffer(lossless=True, effort=0)),
        "AVIF": bytes(image.heifsave_buffer(compression="av1", effort=0)),
        "TIFF": bytes(image.tiffsave_buffer(compression="lzw")),
        "tiled TIFF": bytes(image.tiffsave_buffer(compression="jpeg", tile=True)),
    }


def images() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(SEED)
    for kind, body in good().items():
        for cut in CUTS:
            yield f"{kind}, {cut:.0%} of it", body[: int(len(body) * cut)]
        for number in range(FLIPS):
            yield f"{kind}, fallen over {number}", flipped(body, chance, bits=2 ** (number % 5))
        yield f"{kind}, its head alone", body[:24]
        yield f"{kind}, with other things behind it", body + chance.randbytes(200_000)


def flipped(body: bytes, chance: random.Random, *, bits: int) -> bytes:
    damaged = bytearray(body)
    for _ in range(bits):
        # half of them where it says what it is
        end = min(len(body), 256) if chance.random() < 0.5 else len(body)
        damaged[chance.randrange(12, end)] ^= 1 << chance.randrange(8)
    return bytes(damaged)
