"""Names that people give files, made safe: for an S3 key, and for the header of a download."""

import re
import unicodedata

MAX_STEM = 80
MAX_SHOWN_BYTES = 200  # percent-encoded twice in a signed URL, each byte of it takes five
UNNAMED = "file"
EXTENSION = re.compile(r"[A-Za-z0-9]{1,10}")
# Controls, line separators, and what turns the writing round: "cod\u202egpj.exe" reads codexe.jpg.
INVISIBLE_TRICKS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)


def key_name(file_name: str, unique: str) -> str:
    """A name for an S3 key: ASCII letters, digits and dashes, with the extension if it has one.

    `unique` comes first, so that no two files share a key whatever they are called.
    """
    stem, extension = _split(file_name)
    safe = re.sub(r"[^A-Za-z0-9_]+", "-", _ascii(stem)).strip("-_")[:MAX_STEM].rstrip("-_")
    return f"{unique}-{safe or UNNAMED}{extension.lower()}"


def shown_name(file_name: str) -> str:
    """The name as a browser may offer it on saving: any script, but no path and no tricks."""
    shown = INVISIBLE_TRICKS.sub("", re.sub(r"[/\\]", "_", file_name)).strip(" .")
    stem, extension = _split(shown)
    room = MAX_SHOWN_BYTES - len(extension)
    return (stem.encode()[:room].decode(errors="ignore") or UNNAMED) + extension


def _split(name: str) -> tuple[str, str]:
    """`("photo", ".jpg")`; what is no plain extension stays with the name."""
    stem, dot, extension = name.rpartition(".")
    return (stem, dot + extension) if stem and EXTENSION.fullmatch(extension) else (name, "")


def _ascii(text: str) -> str:
    """`Größe` as `Grosse`, as near as ASCII gets."""
    spelled = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return re.sub(r"[^\x00-\x7f]", lambda found: _in_place_of(found[0]), spelled)


def _in_place_of(character: str) -> str:
    """Accents fall away; any other character parts the words around it."""
    return "" if unicodedata.combining(character) else "-"
