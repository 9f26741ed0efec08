"""JPEGs: sizes, scans without end, EXIF and profiles that lie."""

import struct
from collections.abc import Iterator

import pyvips

from tests.media.images.pictures import jpeg, plain, quarters

START, SCAN, COMMENT, APP1, APP2 = b"\xff\xd8", b"\xff\xda", 0xFE, 0xE1, 0xE2
IFD = struct.Struct("<HHII")


def segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def with_segments(body: bytes, *segments: bytes) -> bytes:
    return START + b"".join(segments) + body[2:]


def resized(body: bytes, width: int, height: int) -> bytes:
    """The same, which says that it is so large."""
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        place = body.find(marker)
        if place > 0:
            size = struct.pack(">HH", height, width)
            return body[: place + 5] + size + body[place + 9 :]
    raise AssertionError("no frame")


def repeated_scans(body: bytes, times: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    last = body.rindex(SCAN)
    return body[:last] + body[last:-2] * times + body[-2:]


def exif(*entries: tuple[int, int, int, int], after: int = 0) -> bytes:
    """EXIF of these entries: tag, type, count, value; and where the next directory is."""
    directory = struct.pack("<H", len(entries)) + b"".join(IFD.pack(*one) for one in entries)
    return segment(APP1, b"Exif\0\0II*\0\x08\0\0\0" + directory + struct.pack("<I", after))


def images() -> Iterator[tuple[str, bytes]]:
    yield from bombs()
    yield from metadata()
    yield from oddities()


def bombs() -> Iterator[tuple[str, bytes]]:
    small = jpeg(plain(64, 64))
    progressive = jpeg(quarters(64, 64), interlace=True)
    for width, height in ((65_500, 65_500), (65_535, 65_535), (10_000, 10_000), (0, 64), (64, 0)):
        yield f"{width} x {height}", resized(small, width, height)
        yield f"{width} x {height}, progressive", resized(progressive, width, height)
    large = jpeg(plain(6_000, 6_000), interlace=True)
    yield "36 megapixels of 5,000 scans", repeated_scans(large, 5_000)
    yield "5,000 scans", repeated_scans(progressive, 5_000)
    yield "50,000 scans", repeated_scans(progressive, 50_000)
    yield "10,000 comments", with_segments(small, segment(COMMENT, b"x" * 100) * 10_000)
    yield "restarts everywhere", small[:-2] + b"\xff\xd0" * 100_000 + small[-2:]
    yield "filling without end", START + b"\xff" * 500_000 + small[2:]


def metadata() -> Iterator[tuple[str, bytes]]:
    small = jpeg(quarters(64, 64))
    for orientation in (0, 9, 65_535):
        yield f"orientation {orientation}", with_segments(small, exif((0x112, 3, 1, orientation)))
    yield "an orientation of 4 billion", with_segments(small, exif((0x112, 3, 2**32 - 1, 6)))
    yield "an orientation that is a text", with_segments(small, exif((0x112, 2, 4, 0x41414141)))
    yield "EXIF that leads to itself", with_segments(small, exif((0x112, 3, 1, 1), after=8))
    yield "EXIF within itself", with_segments(small, exif((0x8769, 4, 1, 8), (0x8825, 4, 1, 8)))
    yield "EXIF beyond its end", with_segments(small, exif((0x10F, 2, 5_000, 2**31)))
    yield "65,535 entries", with_segments(small, segment(APP1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff"))
    yield "EXIF of nothing", with_segments(small, segment(APP1, b"Exif\0\0"))
    yield "a segment without length", with_segments(small, b"\xff\xe1\0\0")
    yield "a segment beyond the end", with_segments(small[:400], b"\xff\xe1\xff\xff")
    yield "a profile that is none", with_segments(small, icc(b"no profile" * 30))
    yield "a profile of zeros", with_segments(small, icc(bytes(40_000)))
    yield "a part of a profile", with_segments(small, icc(b"x" * 50, number=7, of=9))
    yield "255 profiles", with_segments(small, icc(b"x" * 60_000, number=1, of=255) * 255)
    p3 = bytes(
        pyvips.Image.new_from_buffer(small, "")
        .icc_transform("p3", input_profile="srgb")
        .get("icc-profile-data")
    )
    yield "a profile that ends early", with_segments(small, icc(p3[: len(p3) // 2]))
    yield (
        "a profile that says it is larger",
        with_segments(small, icc(b"\x7f\xff\xff\xff" + p3[4:])),
    )
    yield "a profile of other colours", with_segments(small, icc(p3[:16] + b"CMYK" + p3[20:]))
    yield (
        "XMP of 60 KB of brackets",
        with_segments(small, segment(APP1, b"http://ns.adobe.com/xap/1.0/\0" + b"<a>" * 20_000)),
    )


def icc(data: bytes, *, number: int = 1, of: int = 1) -> bytes:
    return segment(APP2, b"ICC_PROFILE\0" + bytes([number, of]) + data)


def oddities() -> Iterator[tuple[str, bytes]]:
    small = jpeg(quarters(64, 64))
    yield (
        "CMYK",
        bytes(quarters(64, 64).icc_transform("cmyk", input_profile="srgb").jpegsave_buffer()),
    )
    yield (
        "CMYK without a profile",
        bytes(
            plain(64, 64, (1, 2, 3, 4)).copy(interpretation="cmyk").jpegsave_buffer(keep="none")
        ),
    )
    yield "Adobe's mark on RGB", with_segments(small, segment(0xEE, b"Adobe\0d\0\0\0\0\0"))
    yield "one colour", jpeg(plain(64, 64, (9,)).copy(interpretation="b-w"))
    place = small.find(b"\xff\xc0")
    yield "12 bits", small[: place + 4] + b"\x0c" + small[place + 5 :]
    yield "255 colours", small[: place + 9] + b"\xff" + small[place + 10 :]
    yield "sampled 15 times", small[: place + 11] + b"\xff" + small[place + 12 :]
    for marker in (0xC1, 0xC3, 0xC5, 0xC9, 0xCA, 0xCB):
        yield f"of the kind {marker:x}", small[: place + 1] + bytes([marker]) + small[place + 2 :]
    without_tables = small.replace(b"\xff\xc4", b"\xff\xfe")
    yield "no tables", without_tables
    yield "nothing but a beginning", b"\xff\xd8\xff"
    yield "a beginning and an end", b"\xff\xd8\xff\xd9"
