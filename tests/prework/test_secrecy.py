"""No event that says a secret is ever recorded, however deep it is and however it is written."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynamodb.attributes import UnicodeAttribute

from prework import clock, tables
from prework.changes import Change
from prework.dynamo import Item, secret
from prework.events import Event, Recorded
from prework.ids import new_id
from prework.secrecy import SecretRecorded, is_secret, secret_field, secret_paths
from prework.wording import camel
from tests.calls import StoreCalls
from tests.prework.crates import CrateMoved, somebody


class Safe(Item, table=tables.TEAMS):
    """A thing with a marked attribute, whose name says nothing."""

    combination = secret(UnicodeAttribute())


@dataclass(frozen=True, kw_only=True)
class SafeOpened(Event):
    """Somebody was sent a key to a safe."""

    code = "safe.opened"
    entity_type = "safe"
    sentence = "opened the safe {entity_id}"
    mailed: str = secret_field()


def recorded(event: Event) -> Recorded:
    return Recorded(event_id=new_id(), timestamp=clock.now(), actor=somebody(), event=event)


NAMES = [
    "password",
    "new_password",
    "token_hash",
    "otp",
    "totp_secret",
    "ticket",
    "recovery_codes",
]
NAMES += [
    "api_key",
    "authorization",
    "combination",
    "Set-Cookie",
    "access token",
    "OTP",
    "aSecret1",
]
PLAIN = [
    "name",
    "key",
    "settings",
    "user_id",
    "means",
    "permissions",
    "opinion",
    "checksum_sha256",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_secrets_name(name: str) -> None:
    assert is_secret(name)
    assert is_secret(camel(name))


@pytest.mark.parametrize("name", PLAIN)
def test_any_other(name: str) -> None:
    assert not is_secret(name)


plain = st.dictionaries(st.sampled_from(PLAIN), st.text(max_size=5) | st.integers(), max_size=3)
inside = st.recursive(
    plain | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PLAIN), inner, max_size=3)
    ),
    max_leaves=10,
)
values = st.dictionaries(st.sampled_from(PLAIN), inside, max_size=3)


@st.composite
def hiding_places(draw: st.DrawFn) -> dict[str, Any]:
    """Values with a secret somewhere inside."""
    hidden: Any = {draw(st.sampled_from(NAMES)): draw(st.text())}
    for _ in range(draw(st.integers(0, 6))):
        around = draw(st.sampled_from(["list", "tuple", "dict"]))
        if around == "dict":
            hidden = {**draw(plain), draw(st.sampled_from(PLAIN)): hidden}
        else:
            hidden = [draw(plain), hidden] if around == "list" else (hidden, draw(plain))
    return {**draw(values), "inside": hidden}


@settings(max_examples=60, deadline=None)
@given(hiding_places(), st.sampled_from(["old_values", "new_values"]))
def test_it_is_found_wherever_it_is(hidden: dict[str, Any], where: str) -> None:
    with pytest.raises(SecretRecorded):
        recorded(CrateMoved(entity_id="c1", **{where: hidden}))


@settings(max_examples=30, deadline=None)
@given(values, values)
def test_whatever_is_plain_is_recorded(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert list(secret_paths([old, new])) == []
    assert recorded(CrateMoved(entity_id="c1", old_values=old, new_values=new))


def test_nothing_is_written_of_the_change_either(store_calls: StoreCalls) -> None:
    with pytest.raises(SecretRecorded, match=r"inside\.password"), Change(actor=somebody()) as c:
        c.record(CrateMoved(entity_id="c1", new_values={"inside": [{"password": "hunter2"}]}))
    assert store_calls.dynamodb == []


@pytest.mark.parametrize(
    "said", [{"key": "k-123"}, {"note": "use k-123 soon"}, {"deep": [{"x": ("k-123",)}]}]
)
def test_a_secret_field_is_said_under_no_name(said: dict[str, Any]) -> None:
    event = SafeOpened(entity_id="s1", mailed="k-123", new_values=said)
    assert "k-123" not in repr(SafeOpened(entity_id="s1", mailed="k-123"))
    with pytest.raises(SecretRecorded, match="mailed"):
        recorded(event)


def test_what_is_told_counts_like_what_is_written() -> None:
    class Told(CrateMoved):
        code = "crate.told"

        def data(self) -> dict[str, Any]:
            return {"token": "x"}

    with pytest.raises(SecretRecorded):
        recorded(Told(entity_id="c1"))
