"""Identifiers: time-ordered for what we make, one safe pattern for what a client chooses."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorts by the time it was made, and cannot be guessed."""
    return str(uuid_utils.uuid7())


def is_client_id(text: str) -> bool:
    """Whether a client may choose this id."""
    return CLIENT_ID.fullmatch(text) is not None


def moment_of(made_id: str) -> datetime:
    """The moment a UUIDv7 was made, to the millisecond. Raises `ValueError` for another text."""
    parsed = UUID(made_id)
    if parsed.version != 7 or str(parsed) != made_id:  # it has other spellings, no id of ours
        raise ValueError(f"{made_id} is not a UUIDv7")
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=parsed.int >> 80)
    except OverflowError:
        raise ValueError(f"{made_id} is of a year beyond 9999") from None
