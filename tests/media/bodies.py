"""How files of each type begin, as they are met: honest ones, and those that lie."""

from tests.media.uploads import PNG

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01" + b"\x11" * 40
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
DECLARED_SVG = (
    b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE svg PUBLIC "-//W3C" "x" '
    b'[<!ENTITY a "b">]>\n<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'
)
EXE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + b"\0" * 100 + b"PE\0\0"
ELF = b"\x7fELF\2\1\1" + b"\0" * 60
PHP = b"<?php system($_GET['x']); ?>"
SHELL = b"#!/bin/sh\nrm -rf /\n"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
ZIP = b"PK\3\4\x14\0\0\0\x08\0" + b"\0" * 20 + b"word/document.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm" + b"\0" * 20
CSV = b"name;city\r\nBj\xf6rn;G\xf6teborg\r\n"


def boxed(brand: bytes, *others: bytes) -> bytes:
    """A file of MPEG-4's kind."""
    brands = brand + b"\0\0\2\0" + b"".join(others)
    return (len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands + b"\0\0\0\x08mdat" + b"\1" * 40


MP4, MOV, HEIC = boxed(b"isom", b"iso2", b"mp41"), boxed(b"qt  "), boxed(b"heic", b"mif1", b"heic")
WAV = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 30
OOXML = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODF = "application/vnd.oasis.opendocument.text"
BODIES = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/svg+xml": SVG,
    "application/pdf": PDF,
    "application/zip": ZIP,
    "application/x-zip-compressed": ZIP,
    OOXML: ZIP,
    "video/mp4": MP4,
    "text/csv": CSV,
    "text/plain": b"Hello\n",
}


def body_of(media_type: str) -> bytes:
    """An honest one."""
    return BODIES[media_type.partition(";")[0].strip().lower()]
