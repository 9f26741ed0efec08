"""Reading and writing inside a JSON value; writing copies the way down and shares the rest.

No value is ever changed in place, so what was handed out once stays as it was.
"""

from typing import Any

from collab.engine.paths import Inner
from collab.engine.values import ABSENT, Json, Value


def read(root: Value, inner: Inner) -> Value:
    """What is at a place, or ABSENT."""
    value: Any = root
    for name in inner:
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    found: Value = value
    return found


def parent_of(root: Value, inner: Inner) -> dict[str, Any] | None:
    """The object that holds (or would hold) a place below the root, or None if there is none."""
    parent = read(root, inner[:-1])
    return parent if isinstance(parent, dict) else None


def write(root: Value, inner: Inner, value: Value) -> Value:
    """The root with another value (or ABSENT: nothing) at a place whose parent exists."""
    if not inner:
        return value
    if not isinstance(root, dict):
        raise KeyError(inner[0])
    copy = dict(root)
    below = write(copy[inner[0]], inner[1:], value) if len(inner) > 1 else value
    if below is ABSENT:
        del copy[inner[0]]
    else:
        copy[inner[0]] = below
    return copy


def assemble(fields: dict[str, Any], collections: dict[str, dict[str, Json]]) -> dict[str, Any]:
    """A document's content from its fields and its collections of items.

    An empty collection is shown if the fields hold a (then empty) place for it.
    """
    content = dict(fields)
    for name, items in collections.items():
        if items or name in fields:
            content[name] = items
    return content
