"""The second factor: time-based codes (RFC 6238) and recovery codes, each of which works once."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

import pyotp
import segno
from django.conf import settings
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from accounts.models import Credentials
from prework import clock, sealing
from prework.changes import Change
from prework.transactions import Refusal

ISSUER = "prework"
STEP_SECONDS = 30
DRIFT = 1  # steps that a phone's clock may be off, either way
RECOVERY_CODES = 10
RECOVERY_BYTES = 15  # 120 bits: at 112 and more a fast hash is enough (ASVS 6.5.2)
GROUP = 6


@dataclass(frozen=True)
class Proof:
    """What proved the second factor, and how it is made to work no second time."""

    method: str
    actions: tuple[Action, ...] = ()
    condition: Condition | None = None

    def along_with(self, *actions: Action) -> "Proof":
        """The same proof, with more that is to change beside it."""
        return replace(self, actions=(*self.actions, *actions))

    def spend(self, change: Change, credentials: Credentials, *, otherwise: Refusal) -> None:
        """Use it up as a part of a change, which needs the credentials to be as they were read."""
        where = (Credentials, credentials.pk, credentials.sk)
        condition = self.unless_changed(credentials)
        if self.actions:
            change.adjust(*where, *self.actions, condition=condition, otherwise=otherwise)
        else:
            change.require(*where, condition, otherwise)

    def unless_changed(self, credentials: Credentials) -> Condition:
        """The condition that neither the password has changed, nor the proof been used."""
        is_same: Condition = Credentials.password_hash == credentials.password_hash
        return is_same if self.condition is None else is_same & self.condition


NO_PROOF = Proof("password")


def prove(credentials: Credentials, otp: str) -> Proof | None:
    """What an app's code or a recovery code proves; `None` for one that is wrong, or was used."""
    text = "".join(otp.split()).replace("-", "").upper()
    if text.isascii() and text.isdigit():
        return _prove_by_time(credentials, text)
    return _prove_by_recovery(credentials, text)


def prove_pending(credentials: Credentials, otp: str) -> Proof | None:
    """What a code of the secret that waits to be confirmed proves."""
    secret = unseal(credentials.totp_pending, credentials.pk)
    step = matching_step(secret, "".join(otp.split()), after=0)
    return Proof("otp", (Credentials.totp_last_step.set(step),)) if step is not None else None


def _prove_by_time(credentials: Credentials, text: str) -> Proof | None:
    secret = unseal(credentials.totp_secret, credentials.pk)
    step = matching_step(secret, text, after=int(credentials.totp_last_step))
    if step is None:
        return None
    is_unused = Credentials.totp_last_step < step
    return Proof("otp", (Credentials.totp_last_step.set(step),), is_unused)


def _prove_by_recovery(credentials: Credentials, text: str) -> Proof | None:
    kept = recovery_hash(text)
    if kept not in (credentials.recovery_hashes or set()):
        return None
    is_unused = Credentials.recovery_hashes.contains(kept)
    return Proof("recovery_code", (Credentials.recovery_hashes.delete({kept}),), is_unused)


def matching_step(secret: str, text: str, *, after: int) -> int | None:
    """The time step whose code this is, if it comes after the last one used."""
    now = clock.to_epoch(clock.now()) // STEP_SECONDS
    generator = pyotp.TOTP(secret, interval=STEP_SECONDS)
    for step in range(now - DRIFT, now + DRIFT + 1):
        code = generator.generate_otp(step).encode()
        is_same = hmac.compare_digest(code, text.encode("utf-8", "replace"))
        if is_same and step > after:
            return step
    return None


def new_secret() -> str:
    """A secret for an authenticator app, in base32."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, email: str) -> str:
    """What an authenticator app reads."""
    generator = pyotp.TOTP(secret, interval=STEP_SECONDS)
    uri: str = generator.provisioning_uri(name=email, issuer_name=ISSUER)
    return uri


def qr_svg(uri: str) -> str:
    """The same as a QR code, an SVG that a page can show as it is."""
    svg: str = segno.make(uri, error="m").svg_inline(scale=4, border=4, light="#fff")
    return svg


def new_recovery_codes() -> list[str]:
    """Codes for the day the phone is lost, in groups that can be copied by hand."""
    return [_grouped(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code, however it was written."""
    plain = code.replace("-", "").upper()
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _grouped(raw: bytes) -> str:
    text = base64.b32encode(raw).decode()
    return "-".join(text[position : position + GROUP] for position in range(0, len(text), GROUP))


def seal(secret: str, bound_to: str) -> str:
    """A secret as it is kept: encrypted, and of use for this one user only."""
    return base64.b64encode(sealing.seal(secret.encode(), **_place(bound_to))).decode()


def unseal(sealed: str, bound_to: str) -> str:
    """What `seal` was given."""
    return sealing.unseal(base64.b64decode(sealed), **_place(bound_to)).decode()


def _place(bound_to: str) -> dict[str, str]:
    return {"purpose": "totp", "bound_to": bound_to, "master_key": settings.TOTP_KEY}
