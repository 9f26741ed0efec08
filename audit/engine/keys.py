"""Keys of Ed25519 (RFC 8032): read from text, named by a hash, used."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

RAW_BYTES = 32
KEY_ID_DIGITS = 32
UNTIL = re.compile(r"\buntil:?\s+(\S+)")


class BadKey(ValueError):
    """A text that is no key of Ed25519."""


@dataclass(frozen=True)
class TrustedKey:
    """A public key, and until when it was the one that signs: it has no window that ends later.

    So a key that was left, and perhaps stolen for that, signs nothing new that is good.
    """

    key: Ed25519PublicKey
    until: str | None = None  # as windows have it


Keyring = dict[str, TrustedKey]


class Signer(Protocol):
    """Whoever holds a private key, here or in KMS."""

    @property
    def public_key(self) -> Ed25519PublicKey: ...

    def sign(self, data: bytes) -> bytes: ...


class LocalSigner:
    """A private key that this process holds."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._key.public_key()

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


def read_private_key(text: str) -> Ed25519PrivateKey:
    """The private key in a PEM text, or in 32 bytes of base64. Raises `BadKey`."""
    try:
        if "BEGIN" in text:
            key = load_pem_private_key(text.encode(), password=None)
        else:
            key = Ed25519PrivateKey.from_private_bytes(_raw(text))
    except (ValueError, TypeError):
        raise BadKey("It is no private key of Ed25519: PEM, or 32 bytes in base64.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("It is a private key, but none of Ed25519.")
    return key


def read_public_key(text: str) -> Ed25519PublicKey:
    """The public key in a PEM text, or in 32 bytes of base64. Raises `BadKey`."""
    try:
        if "BEGIN" in text:
            key = load_pem_public_key(text.encode())
        else:
            key = Ed25519PublicKey.from_public_bytes(_raw(text))
    except ValueError:
        raise BadKey("It is no public key of Ed25519: PEM, or 32 bytes in base64.") from None
    return _checked(key)


def read_public_keys(text: str) -> list[TrustedKey]:
    """The public keys of a file: one PEM block after the other, or a line of base64 each.

    Before a block, or behind the base64, may stand `until 2026-11-22T14:00:00Z`.
    """
    end = "-----END PUBLIC KEY-----"
    if end in text:
        blocks = [part + end for part in text.split(end)[:-1]]
    else:
        blocks = [line for line in text.splitlines() if line.strip()]
    if not blocks:
        raise BadKey("There is no public key in it.")
    return [_trusted(block) for block in blocks]


def _trusted(block: str) -> TrustedKey:
    said = UNTIL.search(block)
    return TrustedKey(read_public_key(UNTIL.sub("", block)), _moment(said[1]) if said else None)


def _moment(text: str) -> str:
    try:
        given = datetime.fromisoformat(text)
        moment = (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadKey(f"{text} is no time until which a key signs.") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_der_public_key(raw: bytes) -> Ed25519PublicKey:
    """The public key in DER, as KMS gives it. Raises `BadKey`."""
    try:
        return _checked(load_der_public_key(raw))
    except ValueError:
        raise BadKey("It is no public key of Ed25519.") from None


def _checked(key: object) -> Ed25519PublicKey:
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("It is a public key, but none of Ed25519.")
    return key


def _raw(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    if len(raw) != RAW_BYTES:
        raise ValueError("not 32 bytes")
    return raw


def to_pem(key: Ed25519PublicKey) -> str:
    """A public key as others' tools read it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_id(key: Ed25519PublicKey) -> str:
    """The name of a key: the beginning of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:KEY_ID_DIGITS]


def keyring(keys: Iterable[TrustedKey]) -> Keyring:
    """These keys, each under its name."""
    return {key_id(trusted.key): trusted for trusted in keys}


def is_signed(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether this signature of this data was made with the private key of this one."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True
