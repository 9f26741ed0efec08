"""Page cursors: sealed, so that they show nothing, and bound to their caller and query."""

import base64
from typing import Any

import orjson

from prework.errors import InvalidCursor
from prework.sealing import seal as seal_bytes
from prework.sealing import unseal as unseal_bytes

PURPOSE = "cursors"


def seal(start: dict[str, Any], bound_to: str) -> str:
    """A cursor that means `start` to whoever asks with the same `bound_to`, and nothing else."""
    sealed = seal_bytes(orjson.dumps(start), purpose=PURPOSE, bound_to=bound_to)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(cursor: str, bound_to: str) -> dict[str, Any]:
    """What `seal` was given. Raises `InvalidCursor` for a forged one, or another query's."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        opened = unseal_bytes(raw, purpose=PURPOSE, bound_to=bound_to)
    except ValueError:
        raise InvalidCursor from None
    start: dict[str, Any] = orjson.loads(opened)
    return start
