"""A digest: what a window of the trail held, said once, signed, and tied to the digest before."""

import base64
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args, get_type_hints

import rfc8785

from audit.engine.canonical import Unreadable, read_json, sha256
from audit.engine.keys import Keyring, Signer, is_signed, key_id

VERSION = 1
TYPE = "prework.audit.digest"
SEQUENCE_DIGITS = 12
NAMES = {
    "organization_id": "organizationId",
    "sequence": "sequence",
    "previous_window_end": "previousWindowEnd",
    "window_start": "windowStart",
    "window_end": "windowEnd",
    "entry_count": "entryCount",
    "root": "root",
    "leaves_sha256": "leavesSha256",
    "previous_digest": "previousDigest",
    "sealed_at": "sealedAt",
    "key_id": "keyId",
}


@dataclass(frozen=True, kw_only=True)
class Digest:
    """One window of one organisation: from `window_start` to before `window_end`.

    Between `previous_window_end` and `window_start` there was nothing; before the first digest's
    window, nothing at all.
    """

    organization_id: str
    sequence: int
    previous_window_end: str | None
    window_start: str
    window_end: str
    entry_count: int
    root: str
    leaves_sha256: str  # of the file that lists the leaves
    previous_digest: str | None  # the hash of the digest before
    sealed_at: str
    key_id: str
    signature: str = ""

    @property
    def digest_id(self) -> str:
        """`<organisation>/<sequence number>`."""
        return digest_id(self.organization_id, self.sequence)

    @property
    def hash(self) -> str:
        """What the next digest names as the one before it."""
        return sha256(self.payload())

    def payload(self) -> bytes:
        """What is signed: all but the signature, in canonical JSON (RFC 8785)."""
        return rfc8785.dumps(self._members())

    def to_wire(self) -> dict[str, Any]:
        """The digest as JSON has it, signature and all."""
        return {**self._members(), "signature": self.signature}

    def to_bytes(self) -> bytes:
        """The digest as the archive keeps it."""
        return rfc8785.dumps(self.to_wire())

    def signed(self, signer: Signer) -> "Digest":
        """The same, signed."""
        named = replace(self, key_id=key_id(signer.public_key))
        signature = base64.b64encode(signer.sign(named.payload())).decode()
        return replace(named, signature=signature)

    def flaw(self, keys: Keyring) -> str | None:
        """Why its signature is not to be trusted, or nothing."""
        trusted = keys.get(self.key_id)
        if trusted is None:
            return f"It is signed with the key {self.key_id}, which is not one of those given."
        try:
            signature = base64.b64decode(self.signature, validate=True)
        except ValueError:  # letters beyond ASCII are not even a `binascii.Error`
            return "Its signature is no base64."
        if not is_signed(trusted.key, signature, self.payload()):
            return "Its signature is wrong."
        if trusted.until is not None and self.window_end > trusted.until:
            return f"It is signed with the key {self.key_id}, good until {trusted.until} only."
        return None

    def break_after(self, before: "Digest | None") -> str | None:
        """Why it does not go on from the digest before it, or from nothing; else nothing."""
        end = before.window_end if before else None
        if self.sequence != (before.sequence + 1 if before else 1):
            return "Its sequence number is not the next one."
        if self.previous_digest != (before.hash if before else None):
            return "It does not go on from the digest before it."
        if self.previous_window_end != end:
            return "Its window does not go on from the one before it."
        if not (end or "") <= self.window_start < self.window_end:
            return "Its window is none."
        return None

    def _members(self) -> dict[str, Any]:
        values = asdict(self)
        named = {wire: values[name] for name, wire in NAMES.items()}
        return {"type": TYPE, "version": VERSION, **named}


def digest_id(organization_id: str, sequence: int) -> str:
    """The id of an organisation's digest of this number."""
    return f"{organization_id}/{sequence:0{SEQUENCE_DIGITS}}"


def read_digest(raw: bytes | str) -> Digest:
    """The digest in a JSON text. Raises `Unreadable`."""
    return digest_from(read_json(raw))


def digest_from(members: Any) -> Digest:
    """The digest with these members. Raises `Unreadable`."""
    known = {"type", "version", "signature", *NAMES.values()}
    if not isinstance(members, dict) or set(members) != known:
        raise Unreadable("It does not have the members of a digest.")
    if members["type"] != TYPE or members["version"] != VERSION:
        raise Unreadable("It is of a type or version that is not known here.")
    values = {name: members[wire] for name, wire in (NAMES | {"signature": "signature"}).items()}
    for name, kind in get_type_hints(Digest).items():
        if type(values[name]) not in (get_args(kind) or (kind,)):
            raise Unreadable(f"Its {name} is of a wrong type.")
    digest = Digest(**values)
    try:
        digest.payload()
    except ValueError:
        raise Unreadable("It has no canonical form.") from None
    return digest
