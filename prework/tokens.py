"""Tokens: a public part that names the items to read, and a secret of which a hash is kept.

`pws_<base64url(organisation|user|session)>.<secret>`: the prefix says what it opens, so that
secret scanners find one that leaked.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets

from prework.errors import NotAuthenticated

SESSION, STAFF, TICKET, RESET, INVITE = "pws", "pwa", "pwt", "pwr", "pwi"
SECRET_BYTES = 32
PART = re.compile(r"[A-Za-z0-9-]{1,64}")
MAX_LENGTH = 512


def issue(prefix: str, *parts: str) -> str:
    """A new token that names these parts."""
    public = base64.urlsafe_b64encode("|".join(parts).encode()).rstrip(b"=").decode()
    return f"{prefix}_{public}.{secrets.token_urlsafe(SECRET_BYTES)}"


def parts_of(token: str, prefix: str, *, count: int) -> list[str]:
    """What a token names; only its hash tells if it is genuine. Raises `NotAuthenticated`."""
    head, _, secret = token.partition(".")
    if len(token) > MAX_LENGTH or not secret or not head.startswith(f"{prefix}_"):
        raise NotAuthenticated
    public = head.removeprefix(f"{prefix}_")
    try:
        text = base64.b64decode(public + "=" * (-len(public) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise NotAuthenticated from None
    parts = text.split("|")
    if len(parts) != count or not all(map(PART.fullmatch, parts)):
        raise NotAuthenticated
    return parts


def digest(token: str) -> str:
    """What is kept of a token. It is random enough that a fast hash protects it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def is_same(token: str, kept: str) -> bool:
    """Whether a token is the one of which this was kept, in constant time."""
    return hmac.compare_digest(digest(token), kept)
