"""Names that people give files, made safe: for an S3 key, and for the header of a download."""

import re
import unicodedata

MAX_STEM = 80
MAX_SHOWN_BYTES = 200  # percent-encoded twice in a signed URL, each byte of it takes five
UNNAMED = "file"
EXTENSION = re.compile(r"[a-z0-9]{1,10}")
# Controls, line separators, and what turns the writing round: "cod\u202egpj.exe" reads codexe.jpg.
INVISIBLE_TRICKS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)


def key_name(file_name: str, unique: str) -> str:
    """A name for an S3 key: ASCII letters, digits and dashes, with the extension if it has one.

    `unique` comes first, so that no two files share a key whatever they are called.
    """
    stem, _, extension = _ascii(file_name).rpartition(".")
    if not stem or not EXTENSION.fullmatch(extension.lower()):
        stem, extension = f"{stem}-{extension}", ""
    safe = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-_")[:MAX_STEM].rstrip("-_") or UNNAMED
    return f"{unique}-{safe}" + (f".{extension.lower()}" if extension else "")


def shown_name(file_name: str) -> str:
    """The name as a browser may offer it on saving: any script, but no path and no tricks."""
    shown = INVISIBLE_TRICKS.sub("", re.sub(r"[/\\]", "_", file_name)).strip(" .")
    stem, dot, extension = shown.rpartition(".")
    if not EXTENSION.fullmatch(extension.lower()):
        stem, dot, extension = shown, "", ""
    room = MAX_SHOWN_BYTES - len(dot + extension)
    return (stem.encode()[:room].decode(errors="ignore") or UNNAMED) + dot + extension


def _ascii(text: str) -> str:
    """`Größe.PNG` as `Grosse.PNG`, as near as ASCII gets."""
    spelled = text.replace("ß", "ss").replace("/", "-").replace("\\", "-")
    return unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
