"""Sealed bytes: encrypted with a key for one purpose alone, and bound to where they belong."""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12


def seal(plain: bytes, *, purpose: str, bound_to: str, master_key: str = "") -> bytes:
    """What shows nothing, and opens for this purpose and at this place only."""
    nonce = os.urandom(NONCE_BYTES)
    cipher = _cipher(purpose, master_key or settings.SECRET_KEY)
    return nonce + cipher.encrypt(nonce, plain, bound_to.encode())


def unseal(sealed: bytes, *, purpose: str, bound_to: str, master_key: str = "") -> bytes:
    """What `seal` was given. Raises `ValueError` for what is forged, or belongs elsewhere."""
    cipher = _cipher(purpose, master_key or settings.SECRET_KEY)
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
    except InvalidTag:
        raise ValueError("This was not sealed here.") from None


@lru_cache(maxsize=16)
def _cipher(purpose: str, master_key: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"prework.{purpose}".encode())
    return AESGCM(derive.derive(master_key.encode()))
