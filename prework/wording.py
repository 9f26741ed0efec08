"""How a name is written in each world: snake_case inside, camelCase on the wire and in tables."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """`team_id` as `teamId`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """`teamId` as `team_id`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def camel_keys(value: Any) -> Any:
    """The same value with the keys of every mapping in it in camelCase."""
    if isinstance(value, Mapping):
        return {camel(str(key)): camel_keys(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [camel_keys(inner) for inner in value]
    return value
