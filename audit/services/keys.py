"""Who signs the seals, and whose signatures are good: from the settings."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from django.conf import settings

from audit.engine.keys import (
    BadKey,
    Keyring,
    LocalSigner,
    Signer,
    TrustedKey,
    key_id,
    keyring,
    read_der_public_key,
    read_private_key,
    read_public_keys,
    to_pem,
)
from prework import aws
from prework.tenancy import Actor

ALGORITHM = "ED25519_SHA_512"  # https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html


class KmsSigner:
    """A key that KMS keeps and nobody else has (`ECC_NIST_EDWARDS25519`)."""

    def __init__(self, name: str) -> None:
        self._name = name
        try:
            with aws.refusing(), aws.answering():
                answer = aws.kms().get_public_key(KeyId=name)
        except aws.Refused as refused:
            raise BadKey(f"KMS does not give us the key {name}: {refused}.") from refused
        self._public_key = read_der_public_key(answer["PublicKey"])

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._public_key

    def sign(self, data: bytes) -> bytes:
        with aws.answering():
            answer = aws.kms().sign(
                KeyId=self._name, Message=data, MessageType="RAW", SigningAlgorithm=ALGORITHM
            )
        return bytes(answer["Signature"])


def signer() -> Signer:
    """Who signs. Raises `BadKey`, and `StorageUnavailable` when KMS does not answer."""
    if settings.AUDIT_KMS_KEY:
        return _kms_signer(settings.AUDIT_KMS_KEY)
    return LocalSigner(_private_key())


@lru_cache(maxsize=4)
def _kms_signer(name: str) -> KmsSigner:
    return KmsSigner(name)


def _private_key() -> Ed25519PrivateKey:
    if settings.AUDIT_SIGNING_KEY:
        return read_private_key(settings.AUDIT_SIGNING_KEY)
    if settings.IS_PRODUCTION:
        raise BadKey("Set PREWORK_AUDIT_SIGNING_KEY or PREWORK_AUDIT_KMS_KEY.")
    secret = f"audit seal\n{settings.SECRET_KEY}".encode()
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret).digest())


@dataclass(frozen=True)
class PublicKey:
    """A key that seals are checked with, and whether it signs now."""

    key_id: str
    pem: str
    is_current: bool
    good_until: str | None = None
    algorithm: str = "Ed25519"


def list_public_keys(*, actor: Actor) -> list[PublicKey]:
    """The keys whose seals are good, the one that signs now first. Needs `audit.view`."""
    actor.require("audit.view")
    signs = key_id(signer().public_key) if _has_signer() else ""
    return [
        PublicKey(name, to_pem(one.key), is_current=name == signs, good_until=one.until)
        for name, one in trusted_keys().items()
    ]


def trusted_keys() -> Keyring:
    """The keys whose seals are good: the signer's, and those named from before.

    Where there is no signer, as for somebody who only verifies, those named are all.
    """
    named = [key for text in settings.AUDIT_PUBLIC_KEYS for key in _read_named(text)]
    own = [TrustedKey(signer().public_key)] if _has_signer() else []
    if not (own or named):
        raise BadKey("Name a public key: PREWORK_AUDIT_PUBLIC_KEYS.")
    return keyring([*own, *named])


def _has_signer() -> bool:
    return bool(settings.AUDIT_KMS_KEY or settings.AUDIT_SIGNING_KEY or not settings.IS_PRODUCTION)


def _read_named(text: str) -> list[TrustedKey]:
    path = Path(text)
    return read_public_keys(path.read_text() if text.endswith(".pem") else text)


def unsafe_settings() -> Iterator[str]:
    """What production must not start with: a `SAFETY_CHECKS` entry."""
    if not (settings.AUDIT_SIGNING_KEY or settings.AUDIT_KMS_KEY):
        yield "PREWORK_AUDIT_SIGNING_KEY is not set, nor PREWORK_AUDIT_KMS_KEY: seals need a key."
    elif not settings.AUDIT_KMS_KEY:
        try:
            read_private_key(settings.AUDIT_SIGNING_KEY)
        except BadKey as error:
            yield f"PREWORK_AUDIT_SIGNING_KEY is not valid: {error}"
    try:
        for text in settings.AUDIT_PUBLIC_KEYS:
            _read_named(text)
    except (BadKey, OSError) as error:
        yield f"PREWORK_AUDIT_PUBLIC_KEYS is not valid: {error}"
