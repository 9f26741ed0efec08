"""The key by which push services know this server (VAPID, RFC 8292)."""

import base64
from functools import lru_cache

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid, Vapid02

from notices.errors import PushUnavailable

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
log = structlog.get_logger(__name__)


def signer() -> Vapid02:
    """What signs push messages. Raises `PushUnavailable` where there is no key."""
    found = _signer(settings.VAPID_PRIVATE_KEY, settings.SECRET_KEY, settings.IS_PRODUCTION)
    if found is None:
        raise PushUnavailable
    return found


def server_key() -> str:
    """The public half, as a browser's `applicationServerKey`. Raises `PushUnavailable`."""
    point = signer().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _text(point)


def new_private_key() -> str:
    """A new key, as `PREWORK_VAPID_PRIVATE_KEY` takes it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(32, "big"))


@lru_cache(maxsize=8)
def _signer(private_key: str, secret_key: str, is_production: bool) -> Vapid02 | None:
    if private_key:
        try:
            return Vapid.from_string(private_key)
        except ValueError:
            log.error("vapid_key_unreadable")
            return None
    return None if is_production else Vapid(_derived(secret_key))


def _derived(secret_key: str) -> ec.EllipticCurvePrivateKey:
    """In development a key of its own would be one more thing to keep: the same every time."""
    derive = HKDF(algorithm=SHA256(), length=48, salt=None, info=b"prework.vapid")
    number = int.from_bytes(derive.derive(secret_key.encode()), "big") % (ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
