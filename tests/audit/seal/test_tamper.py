"""Whoever can write to the store, and to the archive as far as it lets them, is found out."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from audit.engine.digests import Digest, digest_id
from audit.engine.keys import LocalSigner, read_private_key
from audit.services import chain
from audit.services.keys import signer, trusted_keys
from audit.services.verifying import verify_range
from prework import aws, clock
from prework.tables import AUDIT_LOG
from prework.tenancy import Actor, key
from tests.audit.seal.trail import (
    NOON,
    archived,
    at,
    clock_at,
    delete_raw,
    erase,
    problems,
    put_raw,
    raw_entries,
    seal,
    store,
    verify,
    write,
)
from tests.prework.crates import somebody

ATTRIBUTES = (
    "GSI1PK",
    "GSI2PK",
    "GSI3PK",
    "GSI4PK",
    "action",
    "actorKind",
    "auditId",
    "entityId",
    "entityType",
    "ip",
    "kind",
    "newValues",
    "oldValues",
    "organizationId",
    "outcome",
    "requestId",
    "sessionId",
    "timestamp",
    "userAgent",
    "userId",
)
SURROGATE = b'["\\ud800",0,"00","00"]\n'
OTHER_KEY = base64.b64encode(b"another key of thirty-two bytes!").decode()


@pytest.fixture
def actor() -> Actor:
    """An organisation with two entries in each of three windows, sealed, and a gap between."""
    actor = somebody()
    for minutes in (0, 1, 5, 6, 20, 21):
        write(actor, minutes)
    assert seal(actor) == 3
    assert problems(actor) == set()
    return actor


def audit_id(item: dict[str, Any]) -> str:
    return str(item["SK"]["S"].partition("#")[2])


def digest(actor: Actor, sequence: int) -> tuple[str, str]:
    """The problem that this digest is."""
    return "digest_broken", digest_id(actor.organization_id, sequence)


def test_the_attributes_that_are_walked_are_all(actor: Actor) -> None:
    assert {name for item in raw_entries(actor) for name in item} == {*ATTRIBUTES, "PK", "SK"}


@pytest.mark.parametrize(
    "alter",
    [
        lambda item, name: {**item, name: {"S": item[name]["S"] + " "}},
        lambda item, name: {k: v for k, v in item.items() if k != name},
        lambda item, name: {**item, name: {"N": "1"}},
    ],
    ids=["changed", "removed", "of another type"],
)
def test_an_altered_attribute(alter: Callable[..., Any], actor: Actor) -> None:
    victim = raw_entries(actor)[3]
    for name in ATTRIBUTES:
        altered = alter(victim, name)
        if name.startswith("GSI") and "N" in altered.get(name, {}):
            continue  # the store takes no such key
        put_raw(altered)
        assert problems(actor) == {("altered", audit_id(victim))}, name
    put_raw(victim)
    assert problems(actor) == set()


@pytest.mark.parametrize(
    "more",
    [
        {"reason": {"S": "because"}},
        {"impersonatorId": {"S": "somebody"}},
        {"expiresAt": {"N": "1"}},
        {"proof": {"B": b"\x00"}},
        {"newValues": {"S": '{"place": "attic"}'}},
        {"newValues": {"S": "{" * 5000}},
    ],
    ids=["reason", "impersonator", "a time to live", "bytes", "another spelling", "no JSON"],
)
def test_an_attribute_more_or_otherwise_written(more: dict[str, Any], actor: Actor) -> None:
    victim = raw_entries(actor)[0]
    put_raw({**victim, **more})
    assert problems(actor) == {("altered", audit_id(victim))}


@pytest.mark.parametrize("position", range(6))
def test_a_deleted_entry(position: int, actor: Actor) -> None:
    victim = raw_entries(actor)[position]
    delete_raw(victim)
    assert problems(actor) == {("missing", audit_id(victim))}


def test_a_truncated_end(actor: Actor) -> None:
    *_, last_but_one, last = raw_entries(actor)
    delete_raw(last_but_one)
    delete_raw(last)
    expected = {("missing", audit_id(last_but_one)), ("missing", audit_id(last))}
    assert problems(actor) == expected


@pytest.mark.parametrize("minutes", [0.5, 10, 12.5, -30, -60 * 24 * 20])
def test_an_entry_that_was_not_there(minutes: float, actor: Actor) -> None:
    """In a sealed window, in a gap between two, before all of them, on a day not listed."""
    known = {audit_id(item) for item in raw_entries(actor)}
    write(actor, minutes)
    day = at(minutes).date().isoformat()
    delete_raw({"PK": {"S": actor.key("AUDITDAYS")}, "SK": {"S": day}})
    ((kind, added),) = problems(actor, since=None, until=None)
    assert kind == "added"
    assert added not in known


def test_an_entry_whose_key_is_of_another_day(actor: Actor) -> None:
    item = raw_entries(actor)[0]
    yesterday = at(-24 * 60).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    put_raw({**item, "SK": {"S": f"{yesterday}#{audit_id(item)}"}})
    assert problems(actor, since=None) == {("added", audit_id(item))}


@pytest.mark.parametrize("day", ["2026-13-45", "9999-12-31", "today", "2026-W01-1"])
def test_an_entry_on_a_day_that_there_is_not(day: str, actor: Actor) -> None:
    """Listed, so that readers of the trail are shown it."""
    item = raw_entries(actor)[0]
    put_raw({"PK": {"S": actor.key("AUDITDAYS")}, "SK": {"S": day}, "kind": {"S": "AuditDay"}})
    put_raw({**item, "PK": {"S": actor.key(day, "0")}})
    assert problems(actor, since=None, until=None) == {("added", audit_id(item))}


def test_an_entry_as_old_as_the_calendar_that_was_there_before_the_first_seal() -> None:
    """It is sealed as it was found, and nobody reads all the years since."""
    actor, day = somebody(), "0001-01-01"
    write(actor, 0)
    (item,) = raw_entries(actor)
    put_raw({"PK": {"S": actor.key("AUDITDAYS")}, "SK": {"S": day}, "kind": {"S": "AuditDay"}})
    moved = {"PK": {"S": actor.key(day, "0")}, "SK": {"S": f"{day}T00:00:00.000Z#forged"}}
    put_raw({**item, **moved})
    seal(actor)
    assert verify(actor, since=None, until=None).digests_checked == 2


def test_an_entry_from_the_future(actor: Actor) -> None:
    write(actor, 6 * 60 + 30)
    ((kind, _),) = problems(actor, until=None)
    assert kind == "added"


def test_two_that_have_changed_places(actor: Actor) -> None:
    first, *_, last = raw_entries(actor)
    keys = ("PK", "SK")
    put_raw({**last, **{name: first[name] for name in keys}})
    put_raw({**first, **{name: last[name] for name in keys}})
    found = verify(actor)
    expected = {("altered", audit_id(first)), ("altered", audit_id(last))}
    assert {(one.kind, one.audit_id) for one in found.problems} == expected
    assert all(one.detail.startswith("Out of order") for one in found.problems)


@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_a_deleted_digest(sequence: int, actor: Actor) -> None:
    """Object Lock keeps what was put first: there is a delete marker on it."""
    place = chain.digest_key(actor.organization_id, sequence)
    aws.s3().delete_object(Bucket=settings.AUDIT_BUCKET, Key=place)
    assert problems(actor) == problems(actor, since=None) == {digest(actor, sequence)}
    assert verify(actor).entries_checked == 6


def erase_digests(actor: Actor, *sequences: int) -> None:
    """Remove digests for good."""
    for sequence in sequences:
        erase(chain.digest_key(actor.organization_id, sequence))


@pytest.mark.parametrize(("sequence", "unverified"), [(1, 2), (2, 2)])
def test_a_digest_that_is_gone_for_good(sequence: int, unverified: int, actor: Actor) -> None:
    erase_digests(actor, sequence)
    assert problems(actor) == problems(actor, since=None) == {digest(actor, sequence)}
    assert verify(actor).unverified == unverified


def test_the_last_digest_gone_for_good(actor: Actor) -> None:
    erase_digests(actor, 3)
    assert digest(actor, 3) in problems(actor)


def head_of(actor: Actor) -> dict[str, Any]:
    return {"PK": {"S": actor.key("SEALS")}, "SK": {"S": "HEAD"}}


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_chain_that_is_rolled_back(is_listed: bool, actor: Actor) -> None:
    """With the store's own word on it, and with the lists of who has entries and when."""
    head = store().get_item(TableName=AUDIT_LOG.name, Key=head_of(actor))["Item"]
    second = chain.find_digest(actor.organization_id, 2, trusted_keys())
    assert second is not None
    erase_digests(actor, 3)
    rolled = {"sequence": {"N": "2"}, "windowEnd": {"S": second.window_end}}
    put_raw({**head, **rolled, "digestHash": {"S": second.hash}})
    if not is_listed:
        day = NOON.date().isoformat()
        delete_raw({"PK": {"S": actor.key("AUDITDAYS")}, "SK": {"S": day}})
        delete_raw(
            {
                "PK": {"S": key("PLATFORM", "AUDITED")},
                "SK": {"S": key(day, actor.organization_id)},
            }
        )
    assert problems(actor) == problems(actor, since=None) == {digest(actor, 3)}


def test_a_chain_that_is_gone_altogether(actor: Actor) -> None:
    erase_digests(actor, 1, 2, 3)
    delete_raw(head_of(actor))
    assert problems(actor) == {digest(actor, 1)}


@pytest.mark.parametrize(
    "altered",
    [
        {"sequence": {"N": "1"}},
        {"digestHash": {"S": "0" * 64}},
        {"windowEnd": {"S": "2999-01-01T00:00:00.000Z"}},
        {"windowEnd": {"N": "1"}},
        {"sequence": {"S": "3"}},
        {"sequence": {"NULL": True}},
    ],
)
def test_a_head_that_says_otherwise(altered: dict[str, Any], actor: Actor) -> None:
    head = store().get_item(TableName=AUDIT_LOG.name, Key=head_of(actor))["Item"]
    put_raw({**head, **altered})
    assert problems(actor) == {digest(actor, 3)}


def test_a_head_that_tells_of_more_than_there_ever_was(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, so many times, and keeps nobody from checking what there is."""
    head = store().get_item(TableName=AUDIT_LOG.name, Key=head_of(actor))["Item"]
    put_raw({**head, "sequence": {"N": "9" * 30}})
    monkeypatch.setattr(clock, "now", lambda: at(6 * 60))
    found = verify_range(actor=actor)
    assert (found.entries_checked, found.digests_checked, found.problem_count) == (6, 3, 100)
    assert found.problems[0].digest_id == digest_id(actor.organization_id, 4)


def put_over(actor: Actor, sequence: int, body: bytes) -> None:
    place = chain.digest_key(actor.organization_id, sequence)
    erase_digests(actor, sequence)
    aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=place, Body=body)


ALTERED: list[Callable[[Digest], bytes]] = [
    lambda one: replace(one, entry_count=1).to_bytes(),
    lambda one: replace(one, root="0" * 64).to_bytes(),
    lambda one: replace(one, window_end=one.window_start).to_bytes(),
    lambda one: replace(one, signature="").to_bytes(),
    lambda one: replace(one, signature="%").to_bytes(),
    lambda one: replace(one, signature="é").to_bytes(),
    lambda one: replace(one, organization_id="another").to_bytes(),
    lambda one: replace(one, key_id="another").to_bytes(),
    lambda one: b"no JSON",
    lambda one: b"[" * 50_000,
    lambda one: b'{"sequence": NaN}',
    lambda one: b"",
]


@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_an_altered_digest(sequence: int, actor: Actor) -> None:
    there = chain.find_digest(actor.organization_id, sequence, trusted_keys())
    assert there is not None
    for number, alter in enumerate(ALTERED):
        put_over(actor, sequence, alter(there))
        found = problems(actor)
        assert digest(actor, sequence) in found, number
        assert {kind for kind, _ in found} == {"digest_broken"}


def test_a_digest_of_another_key(actor: Actor) -> None:
    """Somebody has altered an entry and sealed it anew, but does not have the key."""
    victim = raw_entries(actor)[-1]
    delete_raw(victim)
    there = chain.find_digest(actor.organization_id, 3, trusted_keys())
    assert there is not None
    thief = LocalSigner(read_private_key(OTHER_KEY))
    put_over(actor, 3, replace(there, entry_count=1).signed(thief).to_bytes())
    assert digest(actor, 3) in problems(actor)


def test_a_digest_put_over_another(actor: Actor) -> None:
    place = chain.digest_key(actor.organization_id, 2)
    aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=place, Body=b"{}")
    assert problems(actor) == {digest(actor, 2)}


def test_digests_that_have_changed_places(actor: Actor) -> None:
    one, two = (chain.find_digest(actor.organization_id, n, trusted_keys()) for n in (1, 2))
    assert one is not None and two is not None
    put_over(actor, 1, two.to_bytes())
    put_over(actor, 2, one.to_bytes())
    assert problems(actor) == {digest(actor, 1), digest(actor, 2)}


def test_another_organisations_digest_in_its_place(actor: Actor) -> None:
    other = somebody()
    write(other, 0)
    seal(other)
    theirs = chain.find_digest(other.organization_id, 1, trusted_keys())
    assert theirs is not None
    put_over(actor, 1, theirs.to_bytes())
    assert problems(actor) == {digest(actor, 1)}


def test_what_is_no_digest_among_them(actor: Actor) -> None:
    place = f"digests/{actor.organization_id}/readme"
    aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=place, Body=b"{}")
    name = f"{actor.organization_id}/readme"
    assert problems(actor) == {("digest_broken", name)}


def leaves_of(actor: Actor, sequence: int) -> str:
    return archived("leaves", actor)[sequence - 1]


@pytest.mark.parametrize("body", [b"", b"[1]\n", b"\xff", b"x" * 3_000_000, SURROGATE])
def test_an_altered_list_of_leaves(body: bytes, actor: Actor) -> None:
    """The first version is still there, and is what is compared with."""
    aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=leaves_of(actor, 2), Body=body)
    victim = raw_entries(actor)[2]
    assert problems(actor) == {digest(actor, 2)}
    delete_raw(victim)
    assert problems(actor) == {digest(actor, 2), ("missing", audit_id(victim))}


def test_a_list_of_leaves_that_is_gone(actor: Actor) -> None:
    erase(leaves_of(actor, 2))
    assert (problems(actor), verify(actor).entries_checked) == ({digest(actor, 2)}, 6)
    delete_raw(raw_entries(actor)[2])
    assert (problems(actor), verify(actor).entries_checked) == ({digest(actor, 2)}, 4)


def test_a_gap_that_is_signed_over(actor: Actor) -> None:
    """A digest that does not go on from the one before it, though well signed."""
    there = chain.find_digest(actor.organization_id, 2, trusted_keys())
    assert there is not None
    with clock_at(at(60)):
        forked = replace(there, previous_digest="0" * 64).signed(signer())
    put_over(actor, 2, forked.to_bytes())
    assert digest(actor, 2) in problems(actor)


def test_entries_that_nobody_has_sealed(actor: Actor) -> None:
    write(actor, 40)
    assert problems(actor) == {digest(actor, 4)}


def test_object_lock_keeps_a_version_from_being_removed(actor: Actor) -> None:
    place = chain.digest_key(actor.organization_id, 1)
    (one,) = aws.s3().list_object_versions(Bucket=settings.AUDIT_BUCKET, Prefix=place)["Versions"]
    with pytest.raises(aws.s3().exceptions.ClientError, match="AccessDenied"):
        aws.s3().delete_object(Bucket=settings.AUDIT_BUCKET, Key=place, VersionId=one["VersionId"])


def test_so_many_problems_are_counted_and_some_listed(actor: Actor) -> None:
    for _ in range(120):
        write(actor, 0.5)
    found = verify(actor)
    assert (found.problem_count, len(found.problems)) == (120, 100)
