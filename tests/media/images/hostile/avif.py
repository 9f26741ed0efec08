"""AVIFs: boxes that lie about their sizes, items that are not there, grids of billions."""

import struct
from collections.abc import Iterator

import pyvips

from tests.media.images.pictures import quarters

TYPE = b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf"


def box(kind: bytes, *parts: bytes, length: int | None = None) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8 if length is None else length) + kind + body


def replaced(body: bytes, kind: bytes, offset: int, new: bytes) -> bytes:
    """The same file with other bytes so far behind the name of a box."""
    place = body.index(kind) + 4 + offset
    return body[:place] + new + body[place + len(new) :]


def images() -> Iterator[tuple[str, bytes]]:
    yield from liars()
    yield from boxes()


def liars() -> Iterator[tuple[str, bytes]]:
    good = bytes(quarters(64, 64).heifsave_buffer(compression="av1", effort=0))
    for width, height in ((2**32 - 1, 2**32 - 1), (65_535, 65_535), (10_000, 10_000), (0, 0)):
        size = struct.pack(">II", width, height)
        yield f"says {width} x {height}", replaced(good, b"ispe", 4, size)
    yield "a 16th of the size", replaced(good, b"ispe", 4, struct.pack(">II", 4, 4))
    yield "places beyond the end", replaced(good, b"iloc", 8, b"\xff" * 12)
    yield "65,535 items", replaced(good, b"iinf", 4, b"\xff\xff")
    yield "65,535 places", replaced(good, b"iloc", 6, b"\xff\xff")
    yield "a first item that is not there", replaced(good, b"pitm", 4, b"\xff\xff")
    yield "properties that are not there", replaced(good, b"ipma", 8, b"\xff" * 4)
    yield "no depth", replaced(good, b"pixi", 4, b"\x00")
    yield "255 depths", replaced(good, b"pixi", 4, b"\xff")
    yield "a codec of rubbish", replaced(good, b"av1C", 0, b"\xff\xff\xff\xff")
    yield "pixels of rubbish", replaced(good, b"mdat", 0, b"\xff" * 40)
    yield "no pixels", good[: good.index(b"mdat") + 4]


def boxes() -> Iterator[tuple[str, bytes]]:
    yield "nothing but its type", TYPE
    yield "a type of 2 GB", b"\x7f\xff\xff\xff" + TYPE[4:]
    yield "a box of no length", TYPE + box(b"meta", bytes(4), length=0)
    yield "a box of one byte", TYPE + box(b"meta", bytes(4), length=1)
    yield "a box of 4 GB", TYPE + box(b"meta", bytes(4), length=2**32 - 1)
    deep = b""
    for _ in range(2_000):
        deep = box(b"meta", bytes(4), deep) if len(deep) < 100_000 else deep
    yield "2,000 boxes one in another", TYPE + deep
    yield "50,000 boxes", TYPE + box(b"free", b"x") * 50_000
    many = struct.pack(">II", 0, 50_000)
    yield (
        "50,000 properties of nothing",
        TYPE + box(b"meta", bytes(4), box(b"iprp", box(b"ipco", box(b"ispe", many) * 50_000))),
    )
    yield "a sequence without a picture", TYPE.replace(b"avif\0", b"avis\0")
    yield (
        "six megapixels in earnest",
        bytes(
            pyvips.Image.black(3_000, 2_000, bands=3)
            .copy(interpretation="srgb")
            .heifsave_buffer(compression="av1", effort=0)
        ),
    )
