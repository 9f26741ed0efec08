"""PNGs: sizes that nobody has the memory for, what inflates, what contradicts itself."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, RGBA = 0, 2, 3, 6
BLOCK = 1_000_000


def chunk(kind: bytes, data: bytes = b"", *, crc: int | None = None) -> bytes:
    """A chunk, with the sum it should have unless told otherwise."""
    right = zlib.crc32(kind + data)
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", right if crc is None else crc)
    )


def header(
    width: int, height: int, depth: int = 8, colour: int = RGB, interlace: int = 0
) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def zeros(count: int) -> bytes:
    """So many zeros, deflated, without making them."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = squeeze.compress(bytes(BLOCK)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    last = rest.compress(bytes(count % BLOCK)) + rest.flush()
    adler = (count % 65521) << 16 | 1
    return b"\x78\xda" + one * (count // BLOCK) + last + struct.pack(">I", adler)


def file(head: bytes, pixels: bytes, *before: bytes, after: bytes = b"") -> bytes:
    return SIGNATURE + head + b"".join(before) + chunk(b"IDAT", pixels) + after + chunk(b"IEND")


def blank(width: int, height: int, depth: int = 8, colour: int = RGB, interlace: int = 0) -> bytes:
    """A whole image in which everything is zero, however large."""
    samples = {GREY: 1, RGB: 3, PALETTE: 1, RGBA: 4}[colour]
    line = 1 + (width * samples * depth + 7) // 8
    palette = [chunk(b"PLTE", bytes(range(6)))] if colour == PALETTE else []
    size = line * height if not interlace else (line + 8) * height * 2
    return file(header(width, height, depth, colour, interlace), zeros(size), *palette)


def images() -> Iterator[tuple[str, bytes]]:
    yield from bombs()
    yield from inflating()
    yield from contradictions()
    yield from colours()


def bombs() -> Iterator[tuple[str, bytes]]:
    yield "100 megapixels of RGBA with 16 bits", blank(10_000, 10_000, 16, RGBA)
    yield "100 megapixels of one bit", blank(10_000, 10_000, 1, GREY)
    yield "one more than that", blank(10_001, 10_000, 1, GREY)
    yield "interlaced, 49 megapixels of RGBA with 16 bits", blank(7_000, 7_000, 16, RGBA, 1)
    yield "interlaced, 50 megapixels of one bit", blank(7_000, 7_000, 1, GREY, 1)
    for width, height in (
        (2**31 - 1, 2**31 - 1),
        (65_535, 65_535),
        (2**31 - 1, 1),
        (1, 2**31 - 1),
    ):
        yield f"{width} x {height} in 1 KB", file(header(width, height), zeros(BLOCK))
    yield "a line of a million", blank(1_000_000, 1)
    yield "a column of a million", blank(1, 1_000_000)
    yield "a line of 99 million", blank(99_000_000, 1, 8, GREY)


def inflating() -> Iterator[tuple[str, bytes]]:
    bomb = zeros(200 * BLOCK)
    head, pixels = header(4, 4, 8, GREY), zlib.compress(b"\0" * 20)
    yield "a profile of 200 MB", file(head, pixels, chunk(b"iCCP", b"bomb\0\0" + bomb))
    yield "a text of 200 MB", file(head, pixels, chunk(b"zTXt", b"Comment\0\0" + bomb))
    yield (
        "an international one",
        file(head, pixels, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)),
    )
    yield "ten texts of 200 MB", file(head, pixels, *[chunk(b"zTXt", b"a\0\0" + bomb)] * 10)
    yield "far more pixels than its size has", file(head, bomb)
    yield "40,000 texts", file(head, pixels, chunk(b"tEXt", b"a\0b") * 40_000)
    yield "40,000 pieces of pixels", SIGNATURE + head + chunk(b"IDAT") * 40_000 + chunk(b"IEND")
    yield (
        "50,000 frames",
        file(head, pixels, chunk(b"acTL", struct.pack(">II", 50_000, 0)), after=b""),
    )
    yield "a chunk of 2 GB that is not there", SIGNATURE + head + b"\x7f\xff\xff\xffIDATxxxx"


def contradictions() -> Iterator[tuple[str, bytes]]:
    head, pixels = header(4, 4, 8, GREY), zlib.compress(b"\0" * 20)
    good = file(head, pixels)
    yield "no width", file(header(0, 4), pixels)
    yield "no height", file(header(4, 0), pixels)
    yield "nothing at all in it", SIGNATURE
    yield "no pixels", SIGNATURE + head + chunk(b"IEND")
    yield "no header", SIGNATURE + chunk(b"IDAT", pixels) + chunk(b"IEND")
    yield "two headers", file(head, pixels, header(8, 8, 8, GREY))
    yield "no end", good[:-12]
    yield "a header with another sum", file(chunk(b"IHDR", head[8:-4], crc=1), pixels)
    yield (
        "pixels with another sum",
        SIGNATURE + head + chunk(b"IDAT", pixels, crc=1) + chunk(b"IEND"),
    )
    yield "a filter that is none", file(head, zlib.compress(b"\x09\0\0\0\0" * 4))
    yield "pixels that do not inflate", file(head, b"not deflated at all")
    yield "an adler that is another", file(head, pixels[:-4] + b"abcd")
    yield "interlaced in a way that is none", file(header(4, 4, 8, GREY, 7), pixels)


def colours() -> Iterator[tuple[str, bytes]]:
    head, pixels = header(4, 4, 8, GREY), zlib.compress(b"\0" * 20)
    for depth, colour in ((3, GREY), (16, PALETTE), (8, 7), (0, RGB), (255, 255)):
        yield f"depth {depth} of colour {colour}", file(header(4, 4, depth, colour), pixels)
    indexed = header(4, 4, 8, PALETTE)
    beyond = zlib.compress(b"\0\xff\xff\xff\xff" * 4)
    yield "a palette that is not there", file(indexed, pixels)
    yield "colours beyond the palette", file(indexed, beyond, chunk(b"PLTE", bytes(3)))
    yield "a palette of a third", file(indexed, pixels, chunk(b"PLTE", bytes(4)))
    yield "a palette of a thousand", file(indexed, pixels, chunk(b"PLTE", bytes(3000)))
    yield (
        "more alphas than colours",
        file(indexed, pixels, chunk(b"PLTE", bytes(3)), chunk(b"tRNS", bytes(256))),
    )
    yield "alpha of RGBA", file(header(4, 4, 8, RGBA), zeros(68), chunk(b"tRNS", bytes(6)))
    yield "a gamma of nothing", file(head, pixels, chunk(b"gAMA", bytes(4)))
    yield (
        "a profile that is none",
        file(head, pixels, chunk(b"iCCP", b"x\0\0" + zlib.compress(b"no profile" * 20))),
    )
    yield "an EXIF that is none", file(head, pixels, chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"))
