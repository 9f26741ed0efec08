"""GIFs: screens and frames that do not fit, frames without end, codes that are none."""

import struct
from collections.abc import Iterator

PIXEL = b"\x02\x02\x4c\x01\x00"  # one pixel, as LZW has it
PALETTE = bytes(range(12))
END = b";"


def screen(width: int, height: int, flags: int = 0x91) -> bytes:
    colours = PALETTE if flags & 0x80 else b""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + colours


def frame(width: int = 1, height: int = 1, x: int = 0, y: int = 0, data: bytes = PIXEL) -> bytes:
    return b"," + struct.pack("<HHHHB", x, y, width, height, 0) + data


def packed(codes: bytes) -> bytes:
    """Bytes as blocks of 255 at the most."""
    blocks = [codes[start : start + 255] for start in range(0, len(codes), 255)]
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def images() -> Iterator[tuple[str, bytes]]:
    yield "10,000 frames", screen(1, 1) + frame() * 10_000 + END
    yield "1,900 frames on a large screen", screen(4_000, 4_000) + frame() * 1_900 + END
    yield "1,900 large frames", screen(4_000, 4_000) + frame(4_000, 4_000) * 1_900 + END
    yield "a screen of 65,535", screen(65_535, 65_535) + frame() + END
    yield "a frame of 65,535", screen(1, 1) + frame(65_535, 65_535) + END
    yield "a frame far outside", screen(4, 4) + frame(2, 2, 65_000, 65_000) + END
    yield "a frame across the edge", screen(4, 4) + frame(60_000, 4, 2, 2) + END
    yield "no size", screen(0, 0) + frame(0, 0) + END
    yield "a frame without size", screen(4, 4) + frame(0, 0) + END
    yield "no frame", screen(4, 4) + END
    yield "no palette anywhere", screen(4, 4, 0x11) + frame(4, 4) + END
    yield "no end", screen(1, 1) + frame()
    yield (
        "codes of 12 bits at once",
        screen(9, 9) + frame(9, 9, data=b"\x0c" + packed(b"x" * 40)) + END,
    )
    yield "codes of 255 bits", screen(9, 9) + frame(9, 9, data=b"\xff" + packed(b"x" * 40)) + END
    yield (
        "codes that are none",
        screen(9, 9) + frame(9, 9, data=b"\x02" + packed(b"\xff" * 400)) + END,
    )
    yield (
        "nothing but clearing",
        screen(999, 999) + frame(999, 999, data=b"\x02" + packed(b"\x24\x49\x92" * 90_000)) + END,
    )
    yield "a block that is longer than the file", screen(1, 1) + b",\0\0\0\0\1\0\1\0\0\x02\xffab"
    yield "an extension without end", screen(1, 1) + b"!\xfe" + b"\xff" + b"a" * 255
    yield "50,000 comments", screen(1, 1) + b"!\xfe\x01a\0" * 50_000 + frame() + END
    yield "blocks that are none", screen(1, 1) + b"\x99" * 5_000 + frame() + END
    yield (
        "another colour behind everything",
        screen(4, 4, 0x91)[:11] + b"\xff\0" + PALETTE + frame() + END,
    )
