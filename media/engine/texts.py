"""Text, as against binary data; and text that a browser would run.

https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
"""

import codecs
import re

# UTF-32 first: its mark begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The standard's binary data bytes; 0x1A once ended a text, and 0x1B changes its character set.
BINARY = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
TAGS = "html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|svg|svg:svg"
SCRIPTABLE = re.compile(
    rf"[\t\n\f\r ]*(<!doctype html[\s>]|<!doctype svg[\s>]|<({TAGS})[\s/>]|<!--|<\?xml)",
    re.IGNORECASE,
)
# What may stand before the root of an SVG, whole or cut off where the bytes end.
PROLOGUE = re.compile(
    r"(\s+|<\?(?!php|=).*?(\?>|\Z)|<!--.*?(-->|\Z)"
    r"|<!doctype svg\b[^\[>]*(\[.*?(\]\s*>|\Z)|>|\Z))*",
    re.IGNORECASE | re.DOTALL,
)
SVG_ROOT = re.compile(r"<([\w.-]+:)?svg(?![\w.:-])|\Z")
CHARSET = re.compile(r';\s*charset="?(utf-(16|32)(le|be)?)\b', re.IGNORECASE)
GZIP = b"\x1f\x8b\x08"


def is_text(start: bytes, media_type: str = "") -> bool:
    """Whether this is text in some encoding: one of Unicode's, or one without a binary byte."""
    return BINARY.search(_decoded(start, media_type).rstrip("\x1a")) is None


def is_scriptable(start: bytes, media_type: str = "") -> bool:
    """Whether a browser that looks at bytes would take them for HTML, SVG or XML."""
    return SCRIPTABLE.match(_decoded(start, media_type)) is not None


def is_markup(start: bytes) -> bool:
    """Whether this begins as XML does that says so."""
    return _decoded(start).startswith("<?xml")


def is_svg(start: bytes) -> bool:
    """Whether this can be an SVG: its root, behind what XML allows before it; or a packed one."""
    if start.startswith(GZIP):
        return True
    text = _decoded(start)
    prologue = PROLOGUE.match(text)
    return is_text(start) and bool(prologue and SVG_ROOT.match(text, prologue.end()))


def _decoded(start: bytes, media_type: str = "") -> str:
    """As characters, by its mark or, for what has none, as its type says; else a byte is one."""
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return start.removeprefix(mark).decode(encoding, "ignore")
    said = CHARSET.search(media_type)
    return start.decode(said[1] if said else "latin-1", "ignore")
