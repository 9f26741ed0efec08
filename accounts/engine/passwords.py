"""Passwords: argon2id by Django's hashers, a few at once, with equal work whoever asks."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.hashers import check_password, get_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from prework.errors import FieldError, ValidationFailed

MAX_BYTES = 1024


@lru_cache(maxsize=1)
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.HASHING_SLOTS)


@contextmanager
def slot() -> Iterator[None]:
    """A place among the few that may hash at once. Memory and cores are bounded by it."""
    with _slots():
        yield


def check(password: str, encoded: str | None) -> bool:
    """Whether this is the password. `None` costs the same and is never right. Needs a slot."""
    stand_in = _nobodys(tuple(settings.PASSWORD_HASHERS))
    is_right = check_password(_normal(password), encoded or stand_in)
    return is_right and encoded is not None


def hashed(password: str) -> str:
    """What is kept of a password."""
    with slot():
        return make_password(_normal(password))


def upgraded(password: str, encoded: str) -> str | None:
    """A new hash of a right password whose kept one is weaker than those made today."""
    preferred = get_hasher()
    is_weaker = not encoded.startswith(f"{preferred.algorithm}$") or preferred.must_update(encoded)
    return hashed(password) if is_weaker else None


def refuse_weak(password: str, field: str) -> None:
    """Raise `ValidationFailed`, with every reason, for a password that should not be used."""
    if len(password.encode()) > MAX_BYTES:
        detail = f"A password is at most {MAX_BYTES} bytes."
        raise ValidationFailed([FieldError(field, "password_too_long", detail)])
    try:
        validate_password(password)
    except ValidationError as error:
        raise ValidationFailed(
            [FieldError(field, str(one.code), one.messages[0]) for one in error.error_list]
        ) from None


def _normal(password: str) -> str:
    """The same password from keyboards that compose accents in other ways (NIST 800-63B)."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=4)
def _nobodys(hashers: tuple[str, ...]) -> str:
    """A hash that is nobody's, made once for the hashers in use."""
    return make_password("nobody's")
