"""One form of an entry, to the byte, whoever writes it down: RFC 8785 over the entry as exported.

RFC 8785 takes numbers as JavaScript does, exact to 2^53. A whole number beyond that is written
as a string, and its place named in `bigIntegers`: so the number and the string stay two things.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import rfc8785

# What is sealed of an entry: the members that it has on the wire. Another one is a new version of
# the digest, or what was sealed before would not verify any more.
FIELDS = (
    "auditId",
    "timestamp",
    "organizationId",
    "action",
    "userId",
    "entityType",
    "entityId",
    "oldValues",
    "newValues",
    "ip",
    "userAgent",
    "sessionId",
    "requestId",
    "outcome",
    "actorKind",
    "reason",
    "impersonatorId",
)
VALUES = ("oldValues", "newValues")
BIGGEST_EXACT = 2**53 - 1
LONGEST_LINE = 1024 * 1024


class Unreadable(ValueError):
    """It is not what it should be: an entry without all its members, a digest that is no JSON."""


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The bytes of an exported entry that are sealed. Raises `Unreadable`.

    One with a member more is no entry: nobody has sealed that.
    """
    try:
        sealed = {name: entry[name] for name in FIELDS}
        if len(entry) > len(FIELDS):
            raise ValueError("it has members that no entry has")
        big: list[str] = []
        for name in VALUES:
            sealed[name] = _told_apart(sealed[name], f"/{name}", big)
        return rfc8785.dumps({**sealed, "bigIntegers": sorted(big)} if big else sealed)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Unreadable(f"It is no entry: {error!r}") from None


def _told_apart(value: Any, place: str, big: list[str]) -> Any:
    if isinstance(value, dict):
        return {k: _told_apart(v, f"{place}/{_pointer(k)}", big) for k, v in value.items()}
    if isinstance(value, list):
        return [_told_apart(v, f"{place}/{n}", big) for n, v in enumerate(value)]
    if isinstance(value, int) and abs(value) > BIGGEST_EXACT:
        big.append(place)
        return str(value)
    return value


def _pointer(name: str) -> str:
    """A name in a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def read_json(text: str | bytes) -> Any:
    """What a JSON text says. Raises `Unreadable`, also where readers would not agree on it: for a
    name that is there twice, and for NaN.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unreadable("It is no JSON.") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name is there twice")
    return members


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def stored_form(raw: object) -> bytes:
    """An item as the store has it, every attribute and every letter of it, in one order."""
    ordered = json.dumps(raw, sort_keys=True, separators=(",", ":"), default=repr)
    return ordered.encode()


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def lines_of(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a file that comes in pieces. Raises `Unreadable` for one that does not end."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > LONGEST_LINE:
            raise Unreadable("A line is too long.")
    if rest:
        yield rest
