"""JSON values: absence, strict equality, and size.

Numbers compare as JSON numbers: ``1`` and ``1.0`` are equal, since a JavaScript client cannot tell
them apart, while ``True`` and ``1`` are not. Key order does not matter, list order does.
"""

from enum import Enum
from math import isfinite
from typing import Any, Final, Literal, TypeAlias

import orjson

from collab.engine.limits import VALUE_DEPTH

Json: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | None


class Absent(Enum):
    """The type of ``ABSENT``: no value at all, which is not ``null``."""

    ABSENT = "absent"


ABSENT: Final[Literal[Absent.ABSENT]] = Absent.ABSENT
Value: TypeAlias = Json | Absent

_SCALARS = frozenset({str, int, bool, type(None)})


class NotJson(ValueError):
    """What was given cannot be kept as JSON; the message says why."""


def same_json(left: Value, right: Value) -> bool:
    """Whether two values are the same JSON (both absent counts as the same)."""
    # Equal by Python's rules is necessary, and is enough but for booleans taken for numbers.
    return left == right and _same_kinds(left, right)


def _same_kinds(left: object, right: object) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return all(_same_kinds(value, right[name]) for name, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return all(map(_same_kinds, left, right))
    return isinstance(left, bool) is isinstance(right, bool)


def json_size(value: Value) -> int:
    """Bytes of a checked value as JSON; nothing has no bytes."""
    return 0 if value is ABSENT else len(orjson.dumps(value))


def json_text(value: object) -> str:
    """A checked value as the JSON text that is stored."""
    return orjson.dumps(value).decode()


def measure(value: object, *, depth: int = VALUE_DEPTH) -> int:
    """Bytes of a value from outside, or NotJson if it cannot be kept as JSON."""
    if type(value) not in _SCALARS:
        _check_shape(value, depth)
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        raise NotJson(_encoding_problem(error)) from error


def _encoding_problem(error: orjson.JSONEncodeError) -> str:
    if "surrogates" in str(error):
        return "holds text that is not valid Unicode"
    return "holds a whole number of more than 64 bits"


def _check_shape(value: object, depth: int) -> None:
    # A loop and not recursion: what comes from outside may nest as deeply as it likes.
    level: list[object] = [value]
    while level:
        inside: list[object] = []
        for member in level:
            inside.extend(_members(member))
        level = inside
        depth -= 1
        if depth <= 0 and any(isinstance(member, dict | list) for member in level):
            raise NotJson("is nested too deeply")


def _members(value: object) -> list[Any]:
    kind = type(value)
    if kind in _SCALARS:
        return []
    if kind is dict:
        return _named_members(value)  # type: ignore[arg-type]  # its type was just compared
    if kind is list:
        return value  # type: ignore[return-value]  # its type was just compared
    if kind is float and isfinite(value):  # type: ignore[arg-type]  # its type was just compared
        return []
    raise NotJson("holds something that JSON cannot say")


def _named_members(value: dict[Any, Any]) -> list[Any]:
    if not all(type(name) is str for name in value):
        raise NotJson("holds something that JSON cannot say")
    return list(value.values())
