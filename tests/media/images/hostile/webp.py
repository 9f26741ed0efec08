"""WebPs: canvases of 2^24, frames without end, chunks that lie about their length."""

import struct
from collections.abc import Iterator

from tests.media.images.pictures import plain, quarters


def chunk(kind: bytes, data: bytes, *, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return kind + struct.pack("<I", size) + data + b"\0" * (len(data) % 2)


def file(*chunks: bytes, length: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if length is None else length) + body


def lossless(width: int, height: int, data: bytes = b"\0" * 40) -> bytes:
    packed = (width - 1) & 0x3FFF | ((height - 1) & 0x3FFF) << 14
    return chunk(b"VP8L", b"\x2f" + struct.pack("<I", packed) + data)


def lossy(width: int, height: int, data: bytes = b"\0" * 40) -> bytes:
    return chunk(b"VP8 ", b"\x10\x02\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + data)


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


def frame(inner: bytes, width: int = 1, height: int = 1, x: int = 0) -> bytes:
    sides = [struct.pack("<I", number)[:3] for number in (x, 0, width - 1, height - 1, 10)]
    return chunk(b"ANMF", b"".join(sides) + b"\0" + inner)


def images() -> Iterator[tuple[str, bytes]]:
    inner = bytes(plain(1, 1).webpsave_buffer(lossless=True))[12:]
    moving = chunk(b"ANIM", b"\xff\xff\xff\xff\0\0")
    yield "lossless, 16,384 x 16,384", file(lossless(16_384, 16_384))
    yield "lossless, 4,900 x 4,900 of nothing", file(lossless(4_900, 4_900))
    yield "lossy, 16,383 x 16,383", file(lossy(16_383, 16_383))
    yield "lossy of nothing", file(lossy(0, 0))
    yield "lossy, 4,900 x 4,900 of rubbish", file(lossy(4_900, 4_900, b"rubbish " * 50))
    yield (
        "24 megapixels in earnest",
        bytes(plain(4_900, 4_900).webpsave_buffer(lossless=True, effort=0)),
    )
    yield "a canvas of 2^24", file(canvas(2**24, 2**24), inner)
    yield "a canvas that is another size", file(canvas(900, 900), inner)
    yield "10,000 frames", file(canvas(1, 1, 2), moving, frame(inner) * 10_000)
    yield (
        "1,900 frames on a large canvas",
        file(canvas(4_000, 4_000, 2), moving, frame(inner) * 1_900),
    )
    yield "a frame of 2^24", file(canvas(1, 1, 2), moving, frame(inner, 2**24, 2**24))
    yield "a frame outside", file(canvas(4, 4, 2), moving, frame(inner, x=2**23))
    yield "no frame", file(canvas(4, 4, 2), moving)
    yield "a frame in a frame", file(canvas(4, 4, 2), moving, frame(frame(frame(inner))))
    yield "nothing", file()
    yield "a chunk of 4 GB", file(chunk(b"VP8L", b"\x2f", length=2**32 - 1))
    yield "a file of 4 GB", file(inner, length=2**32 - 1)
    yield "a file of no length", file(inner, length=0)
    yield "a profile that is none", file(canvas(1, 1, 0x20), chunk(b"ICCP", b"none" * 99), inner)
    yield (
        "an EXIF that is none",
        file(canvas(1, 1, 0x08), inner, chunk(b"EXIF", b"II*\0\x08\0\0\0\xff\xff")),
    )
    yield (
        "20,000 chunks that nobody knows",
        file(canvas(1, 1), chunk(b"XXXX", b"ab") * 20_000, inner),
    )
    yield (
        "an alpha of rubbish",
        file(
            canvas(64, 64, 0x10),
            chunk(b"ALPH", b"\x01rubbish"),
            bytes(quarters(64, 64).webpsave_buffer())[12:],
        ),
    )
