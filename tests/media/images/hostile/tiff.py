"""TIFFs: directories in circles, strips and tiles that nobody has, samples that are none."""

import struct
import zlib
from collections.abc import Iterator

import pyvips

from tests.media.images.hostile.png import zeros
from tests.media.images.pictures import quarters

ENTRY = struct.Struct("<HHII")
WIDTH, HEIGHT, BITS, COMPRESSION, KIND = 256, 257, 258, 259, 262
OFFSETS, SAMPLES, ROWS, COUNTS, CONFIG = 273, 277, 278, 279, 284
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS, FORMAT = 322, 323, 324, 325, 339
PLAIN, CCITT, LZW, OLD_JPEG, JPEG, DEFLATE, PACKBITS, ZSTD, WEBP = (
    1,
    4,
    5,
    6,
    7,
    8,
    32773,
    50000,
    50001,
)
LONG = 4


def directory(tags: dict[int, int], after: int = 0) -> bytes:
    entries = b"".join(ENTRY.pack(tag, LONG, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", after)


def file(tags: dict[int, int], data: bytes = b"", *, after: int = 0) -> bytes:
    """One directory, and the pixels behind it, where `OFFSETS` and `COUNTS` lead."""
    tags = {WIDTH: 8, HEIGHT: 8, BITS: 8, COMPRESSION: PLAIN, KIND: 1, SAMPLES: 1, **tags}
    if TILE_WIDTH not in tags:
        tags = {ROWS: tags[HEIGHT], OFFSETS: 0, COUNTS: len(data), **tags}
    place = 8 + len(directory(tags))
    for name in (OFFSETS, TILE_OFFSETS):
        if tags.get(name) == 0:
            tags[name] = place
    return b"II*\0\x08\0\0\0" + directory(tags, after) + data


def images() -> Iterator[tuple[str, bytes]]:
    yield from directories()
    yield from sizes()
    yield from squeezed()
    yield from samples()


def directories() -> Iterator[tuple[str, bytes]]:
    yield "a directory that leads to itself", file({}, bytes(64), after=8)
    one = {
        WIDTH: 8,
        HEIGHT: 8,
        BITS: 8,
        COMPRESSION: PLAIN,
        KIND: 1,
        SAMPLES: 1,
        ROWS: 8,
        COUNTS: 1,
    }
    length = len(directory(one))
    many = [directory(one, 8 + (n + 1) * length) for n in range(5_000)]
    yield "5,000 directories", b"II*\0\x08\0\0\0" + b"".join(many) + directory(one)
    circle = [directory(one, 8 + (n + 1) % 100 * length) for n in range(100)]
    yield "100 directories in a circle", b"II*\0\x08\0\0\0" + b"".join(circle)
    yield "no directory", b"II*\0\x08\0\0\0"
    yield "a directory beyond the end", b"II*\0\xff\xff\xff\x7f"
    yield "a directory of nothing", b"II*\0\x08\0\0\0\0\0\0\0\0\0"
    yield "65,535 entries", b"II*\0\x08\0\0\0\xff\xff" + ENTRY.pack(WIDTH, LONG, 1, 8) * 65_535
    yield "an inner directory that is itself", file({330: 8, 34665: 8, 34853: 8}, bytes(64))
    yield "the other byte order in name only", b"MM\0*" + file({}, bytes(64))[4:]
    yield "large offsets", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + b"\xff" * 64


def sizes() -> Iterator[tuple[str, bytes]]:
    for width, height in ((2**32 - 1, 2**32 - 1), (65_535, 65_535), (0, 8), (8, 0), (2**31, 1)):
        yield f"{width} x {height}", file({WIDTH: width, HEIGHT: height}, bytes(64))
    yield (
        "tiles of 2 billion",
        file({TILE_WIDTH: 2**31, TILE_HEIGHT: 2**31, TILE_OFFSETS: 0, TILE_COUNTS: 64}, bytes(64)),
    )
    yield (
        "tiles of nothing",
        file({TILE_WIDTH: 0, TILE_HEIGHT: 0, TILE_OFFSETS: 0, TILE_COUNTS: 0}),
    )
    yield "a strip of 4 billion bytes", file({COUNTS: 2**32 - 1}, bytes(64))
    yield "a strip beyond the end", file({OFFSETS: 2**32 - 1}, bytes(64))
    yield "a strip of no rows", file({ROWS: 0}, bytes(64))
    yield "a strip of 4 billion rows", file({ROWS: 2**32 - 1}, bytes(64))
    yield "pixels that are not there", file({WIDTH: 9_000, HEIGHT: 9_000}, bytes(64))


def squeezed() -> Iterator[tuple[str, bytes]]:
    yield (
        "one strip of 99 MB",
        file({WIDTH: 9_900, HEIGHT: 9_900, COMPRESSION: DEFLATE}, zeros(9_900 * 9_900)),
    )
    yield (
        "one strip of 800 MB",
        file(
            {WIDTH: 9_900, HEIGHT: 9_900, COMPRESSION: DEFLATE, BITS: 64, FORMAT: 3},
            zeros(800_000_000),
        ),
    )
    yield "64 bytes that are 800 MB", file({COMPRESSION: DEFLATE}, zeros(800_000_000))
    yield "runs without end", file({COMPRESSION: PACKBITS}, b"\x81\0" * 50_000)
    for name, kind in (
        ("fax", CCITT),
        ("LZW", LZW),
        ("old JPEG", OLD_JPEG),
        ("JPEG", JPEG),
        ("zstd", ZSTD),
        ("WebP", WEBP),
        ("a kind that is none", 12_345),
    ):
        yield f"{name} of rubbish", file({COMPRESSION: kind}, b"rubbish " * 20)
    yield "deflated half", file({COMPRESSION: DEFLATE}, zlib.compress(bytes(64))[:-6])


def samples() -> Iterator[tuple[str, bytes]]:
    for bits in (0, 1, 3, 64, 65_535):
        yield f"{bits} bits", file({BITS: bits}, bytes(64))
    for count in (0, 5, 65_535):
        yield f"{count} samples", file({SAMPLES: count}, bytes(64 * 5))
    for kind in (0, 2, 3, 5, 6, 8, 32_803, 34_892, 99):
        yield f"meaning {kind}", file({KIND: kind}, bytes(64))
    for form in (2, 3, 5, 6):
        yield f"numbers of the form {form}", file({BITS: 32, FORMAT: form}, bytes(256))
    image = quarters(64, 64)
    yield "Lab", bytes(image.colourspace("lab").tiffsave_buffer())
    yield "floats", bytes(image.colourspace("scrgb").tiffsave_buffer())
    yield "five bands", bytes(image.bandjoin([9, 9]).tiffsave_buffer())
    yield "a hundred bands", bytes(pyvips.Image.black(64, 64, bands=100).tiffsave_buffer())
    yield "complex numbers", bytes(image[0].complexform(image[0]).tiffsave_buffer())
    yield "one bit", bytes(image[0].tiffsave_buffer(bitdepth=1))
    yield "infinite", bytes((image.cast("float") * float("inf")).tiffsave_buffer())
