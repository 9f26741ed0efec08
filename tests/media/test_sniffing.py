"""What bytes are, by how they begin: no lie passes, and nothing honest is refused."""

import os

import pytest

from media.engine.sniffing import SNIFFED_BYTES, is_honest
from tests.media.bodies import (
    CSV,
    DECLARED_SVG,
    ELF,
    EXE,
    HEIC,
    HTML,
    JPEG,
    MOV,
    MP4,
    ODF,
    OLE,
    OOXML,
    PDF,
    PHP,
    SHELL,
    SVG,
    WAV,
    WEBM,
    ZIP,
    boxed,
)
from tests.media.uploads import PNG

HONEST = [
    ("image/png", PNG),
    ("image/jpg", JPEG),
    ("IMAGE/JPEG", JPEG),
    ("image/pjpeg", JPEG),
    ("image/gif", b"GIF89a\1\0\1\0"),
    ("image/webp", b"RIFF\x24\0\0\0WEBPVP8 "),
    ("image/bmp", b"BM" + b"\0" * 12 + b"\x28\0\0\0"),
    ("image/tiff", b"MM\0*\0\0\0\x08"),
    ("image/x-icon", PNG),
    ("image/heic", HEIC),
    ("image/heif", boxed(b"mif1", b"heic")),
    ("image/avif", boxed(b"mif1", b"avif")),
    ("image/svg+xml", SVG),
    ("image/svg+xml", DECLARED_SVG),
    ("image/svg+xml", "<svg/>".encode("utf-16")),
    ("image/svg+xml", b"<?xml version='1.0'?><!--" + b" " * SNIFFED_BYTES),
    ("image/svg+xml", b"\x1f\x8b\x08\0packed"),
    ("image/x-canon-cr3", boxed(b"crx ")),
    ("image/x-portable-pixmap", b"P3\n1 1\n255\n0 0 0\n"),
    ("image/x-unheard-of", bytes(range(1, 200))),
    ("image/openraster", ZIP),
    ("application/pdf", PDF),
    ("application/pdf", b"\r\n\0junk\n" + PDF),
    ("application/zip", ZIP),
    ("application/zip", b"PK\5\6" + b"\0" * 18),
    (OOXML, ZIP),
    (OOXML, OLE),
    (ODF, ZIP),
    ("application/msword", OLE),
    ("application/msword", b"{\\rtf1\\ansi hello}"),
    ("application/msword", ZIP),
    ("application/vnd.ms-excel", b"\x09\x08\x10\0\0\6\5\0"),
    ("application/vnd.ms-excel", CSV),
    ("application/vnd.ms-excel", "a\tb\n".encode("utf-16")),
    ("application/vnd.ms-powerpoint", OLE),
    ("video/webm;codecs=vp8,opus", WEBM),
    ("video/x-matroska;codecs=avc1", WEBM),
    ("video/mp4", MP4),
    ("video/mp4", MOV),
    ("video/mp4", boxed(b"dash")),
    ("video/mp4", b"\0\0\0\x18styp" + b"\0" * 20),
    ("video/quicktime", MOV),
    ("video/quicktime", b"\0\0\0\x08wide\0\0\x10\0mdat"),
    ("video/3gpp", boxed(b"3gp5")),
    ("video/mp2t", b"G\x40\0\x10" + b"\xff" * 200),
    ("video/mp4", b"\0\0\0\x18uuid" + b"\0" * 20),
    ("video/x-msvideo", b"RIFF\x24\0\0\0AVI LIST"),
    ("audio/mp4", boxed(b"M4A ")),
    ("audio/mpeg", b"ID3\3\0\0\0\0\0\x0a" + b"\0" * 40),
    ("audio/mpeg", b"\0\0\0\xff\xfb\x90\x64" + b"\0" * 40),
    ("audio/aac", b"\xff\xf1\x50\x80" + b"\0" * 20),
    ("audio/wav", WAV),
    ("audio/amr", b"#!AMR\n<\x11\x11"),
    ("audio/3gpp", b"#!AMR\n<\x11\x11"),
    ("audio/x-mpegurl", b"#EXTM3U\nhttps://example.com/a.mp3\n"),
    ("text/plain", b"Hello\n"),
    ("text/plain", "Grüße, 日本".encode()),
    ("text/plain", "日本".encode("shift-jis")),
    ("text/plain", "日本".encode("iso-2022-jp")),
    ("text/plain", "Hello".encode("utf-16")),
    ("text/plain", "日本x".encode("utf-16")[:-1]),
    ("text/plain", "Hello".encode("utf-32")),
    ("text/plain;charset=utf-16le", "Hello".encode("utf-16-le")),
    ("text/plain", b"old text\r\n\x1a"),
    ("text/plain", SHELL),
    ("text/plain", b"<https://example.com> is a link"),
    ("text/plain", b"a < b and <abbr>"),
    ("text/csv", CSV),
    ("text/csv", "a\tb\n".encode("utf-16")),
    ("text/html", HTML),
    ("application/octet-stream", EXE),
    ("application/x-unheard-of", ELF),
]
LIES = [
    *((kind, body) for kind in ("image/png", "image/jpeg", "video/mp4", "audio/wav", "application/pdf", "application/zip", OOXML, ODF, "application/msword") for body in (HTML, SVG, EXE, ELF, PHP, SHELL, b"Hello", b"\0")),  # noqa: E501  one rule
    *((kind, body) for kind in ("image/svg+xml", "image/x-unheard-of", "audio/aac", "video/x-unheard-of") for body in (EXE, ELF, PHP, SHELL)),  # noqa: E501  one rule
    *((kind, body) for kind in ("text/plain", "text/csv") for body in (HTML, SVG, DECLARED_SVG, EXE, ELF, PNG, ZIP, b"a\0b", b"\n\t <ScRiPt >", b"<!-- -->", "<html>".encode("utf-16"))),  # noqa: E501  one rule
    *(("application/vnd.ms-excel", body) for body in (HTML, SVG, DECLARED_SVG, EXE, ELF, PHP, SHELL, PNG)),  # noqa: E501  one rule
    ("text/plain;charset=utf-16le", "<html>".encode("utf-16-le")),
    ("image/svg+xml", HTML),
    ("image/svg+xml", b"<!-- --><html><svg/></html>"),
    ("image/svg+xml", b"Hello"),
    ("image/svg+xml", PNG),
    ("image/x-unheard-of", HTML),
    ("image/x-unheard-of", SVG),
    ("image/x-unheard-of", MP4),
    ("audio/x-unheard-of", PNG),
    ("image/png", JPEG),
    ("image/png", b"\x89PNG\r\n"),
    ("image/bmp", b"BM<script>alert(1)</script>"),
    ("image/webp", WAV),
    ("image/heic", MP4),
    ("image/avif", HEIC),
    ("video/mp4", HEIC),
    ("video/mp4", WEBM),
    ("video/webm", MP4),
    ("audio/mpeg", HTML),
    ("audio/mpeg", PNG),
    ("application/pdf", HTML + PDF),
    ("application/pdf", PNG + PDF),
    ("application/pdf", EXE + PDF),
    ("application/pdf", ZIP + PDF),
    ("application/pdf", b" " * 1024 + PDF),
    ("application/zip", EXE + ZIP),
]  # fmt: skip


@pytest.mark.parametrize(("media_type", "start"), HONEST)
def test_what_is_honest_passes(media_type: str, start: bytes) -> None:
    assert is_honest(media_type, start)


@pytest.mark.parametrize(("media_type", "start"), LIES)
def test_what_lies_does_not(media_type: str, start: bytes) -> None:
    assert not is_honest(media_type, start)


def test_an_empty_one_lies_about_nothing() -> None:
    assert all(is_honest(media_type, b"") for media_type, _ in HONEST)


def test_no_bytes_break_it() -> None:
    for media_type, start in HONEST + LIES:
        for length in range(min(len(start), 40)):
            assert is_honest(media_type, start[:length]) in (True, False)
        assert is_honest(media_type, os.urandom(SNIFFED_BYTES)) in (True, False)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("filler", [b"<!--", b"<?xml ", b"<!doctype svg [", b" ", b"]", b"\n<"])
def test_none_takes_long(filler: bytes) -> None:
    start = (filler * SNIFFED_BYTES)[:SNIFFED_BYTES]
    for media_type in ("image/svg+xml", "text/plain", "application/pdf"):
        assert is_honest(media_type, start) in (True, False)
