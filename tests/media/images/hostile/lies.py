"""What is no image, or is something else as well."""

import gzip
import io
import random
import zipfile
from collections.abc import Iterator

from tests.media.images.pictures import jpeg, png, quarters

SVG = b"""<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text y="9">&secret;</text>
<image href="http://169.254.169.254/latest/meta-data/"/><script>alert(1)</script></svg>"""
LAUGHS = (
    b"<!DOCTYPE svg [<!ENTITY a0 'ha'>"
    + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><svg xmlns='http://www.w3.org/2000/svg'>&a11;</svg>"
)
HEADS = {
    "a video": b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(900),
    "a HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(900),
    "a JPEG XL": b"\xff\x0a" + bytes(900),
    "a JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(900),
    "a BMP": b"BM" + bytes(900),
    "an icon": b"\0\0\1\0\1\0" + bytes(900),
    "a Photoshop file": b"8BPS\0\1" + bytes(900),
    "an OpenEXR": b"v/1\1" + bytes(900),
    "a Radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n",
    "a FITS": b"SIMPLE  =                    T" + b" " * 2850,
    "a PPM of 900 megapixels": b"P6\n30000 30000\n255\n",
    "a PFM": b"PF\n30000 30000\n-1.0\n",
    "a file of vips' own": b"\x08\xf2\xa6\xb6" + bytes(900),
    "an Analyze": b"\x5c\x01\0\0" + bytes(900),
    "a MATLAB file": b"MATLAB 5.0 MAT-file" + bytes(900),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n",
    "an ImageMagick script": b"push graphic-context\nfill 'url(https://x|touch /tmp/owned)'\n",
    "another": b"<?xml version='1.0'?><image><read filename='/etc/passwd'/></image>",
    "a PDF": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>endobj\n",
    "a page": b"<!DOCTYPE html><script>alert(document.domain)</script>",
    "a program": b"\x7fELF\2\1\1" + bytes(900),
    "a table": b"1,2,3\n" * 1000,
}


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("../../evil.sh", "rm -rf /")
    return made.getvalue()


def images() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "one byte", b"\xff"
    yield "zeros", bytes(100_000)
    yield "chance", random.Random(6).randbytes(100_000)
    yield "an SVG that reads files", SVG
    yield "an SVG that is squeezed", gzip.compress(SVG)
    yield "an SVG that laughs", LAUGHS
    yield from HEADS.items()
    yield from polyglots()


def polyglots() -> Iterator[tuple[str, bytes]]:
    image = quarters(64, 64)
    gif = bytes(image.gifsave_buffer())
    yield "a PNG and an archive", png(image) + archive()
    yield "a PNG and a page", png(image) + HEADS["a page"]
    yield "a GIF and a script", b"GIF89a=1;/*" + gif[11:] + b"*/alert(1)"
    yield "a GIF and then a script", gif + b"*/=1;alert(1)//"
    php = b"<?php system($_GET['c']); ?>"
    yield "a JPEG and PHP", jpeg(image)[:2] + b"\xff\xfe\0\x1e" + php + jpeg(image)[2:]
    yield "a JPEG and an archive", jpeg(image) + archive()
    yield "a PDF and a JPEG", HEADS["a PDF"] + jpeg(image)
    yield "a JPEG that is called PNG", jpeg(image)
    yield "a page and an image", HEADS["a page"] + png(image)
    yield "a WebP and a program", bytes(image.webpsave_buffer()) + HEADS["a program"]
