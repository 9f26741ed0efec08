"""Page cursors: sealed, so that they show nothing, and bound to their caller and query."""

import base64
import os
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from prework.errors import InvalidCursor

NONCE_BYTES = 12


@lru_cache(maxsize=1)
def _cipher() -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"prework.cursors")
    return AESGCM(derive.derive(settings.SECRET_KEY.encode()))


def seal(start: dict[str, Any], bound_to: str) -> str:
    """A cursor that means `start` to whoever asks with the same `bound_to`, and nothing else."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, orjson.dumps(start), bound_to.encode())
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def unseal(cursor: str, bound_to: str) -> dict[str, Any]:
    """What `seal` was given. Raises `InvalidCursor` for a forged one, or another query's."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        opened = _cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
    except (ValueError, InvalidTag):
        raise InvalidCursor from None
    start: dict[str, Any] = orjson.loads(opened)
    return start
