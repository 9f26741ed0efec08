"""One push message: encrypted for its browser, signed for its push service, sent by HTTPS.

Endpoints come from callers. Only services that the setting `PUSH_HOSTS` names are ever asked, so
that nobody makes this server talk to its own network; redirects are not followed.
https://www.rfc-editor.org/rfc/rfc8030 (the request), 8291 (encryption), 8292 (signature)
"""

import base64
import hashlib
import re
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from pywebpush import WebPushException, webpush

from notices.engine import vapid
from prework.errors import FieldError, ValidationFailed
from prework.outbox import Undeliverable

ENDPOINT = re.compile(r"https://(?P<host>[a-z0-9.-]+(:[0-9]{1,5})?)/[\x21-\x5b\x5d-\x7e]*")
TIMEOUT_SECONDS = 10
KEPT_SECONDS = 24 * 3600  # by the push service, for a browser that is not open
GONE = {404, 410}
BUSY = {408, 425, 429}
AUTH_BYTES = 16

Info = dict[str, Any]


class Gone(Exception):
    """The browser takes no more push messages here."""


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = 0


def check(endpoint: str, p256dh: str, auth: str) -> str:
    """The push service of a subscription that can be used. Raises `ValidationFailed`."""
    matched = ENDPOINT.fullmatch(endpoint)
    if matched is None or not _is_known(matched["host"]):
        raise _refused("endpoint", "unknown_push_service", "This is of no push service we know.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
    except ValueError:
        raise _refused("keys.p256dh", "invalid", "This is no P-256 public key.") from None
    if len(_bytes(auth)) != AUTH_BYTES:
        raise _refused("keys.auth", "invalid", f"This is no secret of {AUTH_BYTES} bytes.")
    return matched["host"]


def send(info: Info, payload: bytes, *, event_id: str) -> None:
    """Send a message. A second time, while the first one waits there, it takes its place.

    Raises `Gone`, or `Undeliverable` for what this service will not take now or later.
    """
    matched = ENDPOINT.fullmatch(info["endpoint"])
    if matched is None or not _is_known(matched["host"]):
        raise Undeliverable("of no push service we know any more")
    try:
        with _Session() as session:
            webpush(
                info,
                payload.decode(),
                vapid_private_key=vapid.signer(),
                vapid_claims={"sub": settings.VAPID_SUBJECT},
                timeout=TIMEOUT_SECONDS,
                ttl=KEPT_SECONDS,
                headers={"Topic": _topic(event_id), "Urgency": "normal"},
                requests_session=session,
            )
    except requests.TooManyRedirects:
        raise Undeliverable("it redirects") from None
    except WebPushException as error:
        raise _meant(error) from None


def _meant(error: WebPushException) -> Exception:
    status = error.status_code or 0
    if status in GONE:
        return Gone()
    if 400 <= status < 500 and status not in BUSY:
        return Undeliverable(f"refused with {status}")
    return ConnectionError(f"the push service answers {status}")


def _is_known(host: str) -> bool:
    return any(
        host == known or (known.startswith(".") and host.endswith(known))
        for known in settings.PUSH_HOSTS
    )


def _topic(event_id: str) -> str:
    """At most 32 characters of base64url (RFC 8030, 5.4)."""
    return base64.urlsafe_b64encode(hashlib.sha256(event_id.encode()).digest())[:32].decode()


def _bytes(text: str) -> bytes:
    """Base64url, with or without padding; nothing for what is not."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _refused(field: str, code: str, detail: str) -> ValidationFailed:
    return ValidationFailed([FieldError(field, code, detail)])
