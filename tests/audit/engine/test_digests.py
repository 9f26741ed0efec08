"""Digests: what is signed, what they are tied to, and what is none."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.engine.canonical import Unreadable
from audit.engine.digests import Digest, digest_from, read_digest
from audit.engine.keys import LocalSigner, TrustedKey, keyring
from audit.engine.leaves import leaf_from

SIGNER = LocalSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEYS = keyring([TrustedKey(SIGNER.public_key)])
FIRST = Digest(
    organization_id="acme",
    sequence=1,
    previous_window_end=None,
    window_start="2026-11-22T14:00:00.000Z",
    window_end="2026-11-22T14:05:00.000Z",
    entry_count=3,
    root="ab" * 32,
    leaves_sha256="cd" * 32,
    previous_digest=None,
    sealed_at="2026-11-22T14:07:01.000Z",
    key_id="",
).signed(SIGNER)
SECOND = replace(
    FIRST,
    sequence=2,
    previous_window_end=FIRST.window_end,
    window_start="2026-11-22T15:00:00.000Z",
    window_end="2026-11-22T15:05:00.000Z",
    previous_digest=FIRST.hash,
).signed(SIGNER)


def test_it_comes_back_as_it_went() -> None:
    assert read_digest(SECOND.to_bytes()) == SECOND
    assert SECOND.flaw(KEYS) is None
    assert FIRST.break_after(None) is SECOND.break_after(FIRST) is None


@pytest.mark.parametrize("name", [name for name in vars(FIRST) if name != "signature"])
def test_every_member_is_signed(name: str) -> None:
    value = getattr(SECOND, name)
    other: Any = value + 1 if isinstance(value, int) else f"{value}x"
    assert replace(SECOND, **{name: other}).flaw(KEYS) is not None


@pytest.mark.parametrize(
    "altered",
    [
        {"sequence": 3},
        {"previous_digest": "00" * 32},
        {"previous_digest": None},
        {"previous_window_end": None},
        {"previous_window_end": "2026-11-22T14:10:00.000Z"},
        {"window_start": "2026-11-22T14:04:59.999Z"},
        {"window_end": SECOND.window_start},
    ],
)
def test_what_does_not_go_on_is_found(altered: dict[str, Any]) -> None:
    assert replace(SECOND, **altered).break_after(FIRST) is not None


def test_the_first_goes_on_from_nothing() -> None:
    assert SECOND.break_after(None) is not None
    assert replace(FIRST, previous_digest="00" * 32).break_after(None) is not None


@pytest.mark.parametrize(
    "members",
    [
        None,
        [],
        {},
        {**SECOND.to_wire(), "more": 1},
        {**SECOND.to_wire(), "sequence": "2"},
        {**SECOND.to_wire(), "sequence": True},
        {**SECOND.to_wire(), "sequence": 2**60},
        {**SECOND.to_wire(), "root": None},
        {**SECOND.to_wire(), "version": 2},
        {**SECOND.to_wire(), "type": "another"},
        {**SECOND.to_wire(), "organizationId": "\ud800"},
    ],
)
def test_what_is_no_digest(members: Any) -> None:
    with pytest.raises(Unreadable):
        digest_from(members)


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_whatever_is_read_is_a_digest_or_unreadable(raw: bytes | str) -> None:
    with pytest.raises(Unreadable):
        read_digest(raw)
    with pytest.raises(Unreadable):
        leaf_from(raw)
