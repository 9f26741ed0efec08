"""services.sealing: what closed windows become, once, whoever does it and however late."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from audit import jobs
from audit.models import AUDITED, CURSOR
from audit.services import chain, recording, sealing
from audit.services.keys import signer, trusted_keys
from audit.services.windows import closed_until
from prework import aws, clock
from prework.dynamo import connection
from prework.ids import new_id
from prework.jobs import Turn, TurnOver
from prework.tables import AUDIT_LOG
from prework.tenancy import PLATFORM, Actor, key, system_actor
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
from tests.calls import StoreCalls
from tests.figures import Figures
from tests.prework.crates import somebody


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> str:
    """A list of who has entries, and a cursor, of this test alone: the key of the latter."""
    listed, seals = key(PLATFORM, "AUDITED", new_id()), key(PLATFORM, "SEALS", new_id())
    monkeypatch.setattr(sealing, "AUDITED", listed)
    monkeypatch.setattr(recording, "AUDITED", listed)
    monkeypatch.setattr(sealing, "SEALS", seals)
    return seals


class Killed(BaseException):
    """The process ends here."""


def digests(actor: Actor) -> list[dict[str, Any]]:
    """The digests of an organisation, as the archive has them."""
    found = []
    for place in archived("digests", actor):
        body = aws.s3().get_object(Bucket=settings.AUDIT_BUCKET, Key=place)["Body"].read()
        found.append(json.loads(body))
    return found


def versions(actor: Actor) -> int:
    """How often anything was put for an organisation."""
    counted = 0
    for prefix in ("digests", "leaves"):
        answer = aws.s3().list_object_versions(
            Bucket=settings.AUDIT_BUCKET, Prefix=f"{prefix}/{actor.organization_id}/"
        )
        counted += len(answer.get("Versions", []))
    return counted


def text(minutes: float) -> str:
    return clock.to_text(at(minutes))


def test_each_window_with_entries_has_a_digest(figures: Figures) -> None:
    actor = somebody()
    for minutes in (0, 1, 4.99, 10, 12, 31):
        write(actor, minutes)
    assert seal(actor) == 3
    assert [one.value for one in figures.of("AuditSealed")] == [3, 2, 1]
    first, second, third = digests(actor)
    windows = [(one["windowStart"], one["windowEnd"]) for one in (first, second, third)]
    assert windows == [(text(0), text(5)), (text(10), text(15)), (text(30), text(35))]
    assert [one["entryCount"] for one in (first, second, third)] == [3, 2, 1]
    ends = [one["previousWindowEnd"] for one in (first, second, third)]
    assert ends == [None, text(5), text(15)]
    known = [chain.find_digest(actor.organization_id, n, trusted_keys()) for n in (1, 2)]
    hashes = [one.hash for one in known if one is not None]
    assert [one["previousDigest"] for one in (first, second, third)] == [None, *hashes]
    found = verify(actor)
    assert (found.valid, found.entries_checked, found.digests_checked) == (True, 6, 3)


def test_a_second_time_there_is_nothing_to_do(store_calls: StoreCalls) -> None:
    actor = somebody()
    write(actor, 0)
    assert seal(actor) == 1
    store_calls.clear()
    assert seal(actor, at(8)) == 0
    assert store_calls.dynamodb == ["GetItem"]
    store_calls.clear()
    assert seal(actor, at(13)) == 0
    assert store_calls.dynamodb == ["GetItem", *["Query"] * 4]
    assert store_calls.s3 == []


def test_what_a_window_costs(store_calls: StoreCalls) -> None:
    actor = somebody()
    write(actor, 0)
    seal(actor, at(8))
    write(actor, 10)
    store_calls.clear()
    assert seal(actor, at(20)) == 1
    assert store_calls.dynamodb == ["GetItem", *["Query"] * 4, "PutItem"]
    assert store_calls.s3 == ["GetObject", "PutObject", "PutObject"]


def test_a_window_is_sealed_after_its_grace_and_not_before() -> None:
    actor = somebody()
    write(actor, 1)
    assert seal(actor, at(6.9)) == 0
    found = verify(actor, until=at(6.9))
    assert seal(actor, at(7)) == 1
    assert found.entries_checked == 0
    assert verify(actor).entries_checked == 1


def test_what_is_not_due_yet_is_unsealed_and_no_problem() -> None:
    actor = somebody()
    write(actor, 6 * 60 - 1)
    found = verify(actor, until=None)
    assert (found.valid, found.unsealed, found.entries_checked) == (True, 1, 0)


def test_days_late_all_of_it_is_sealed() -> None:
    actor = somebody()
    for minutes in (0, 24 * 60, 24 * 60 + 6, 2 * 24 * 60 - 12 * 60 + 1):
        write(actor, minutes)
    until = closed_until(at(3 * 24 * 60))
    assert sealing.seal_organization(actor=actor, until=until, turn=Turn()) == 4
    assert problems(actor, since=None, until=None) == set()


def test_entries_of_before_there_were_seals_are_sealed_with_the_first() -> None:
    """They have their organisation's own list of days, and no `actorKind`."""
    actor = somebody()
    write(actor, -10 * 24 * 60)
    write(actor, 0)
    old = raw_entries(actor)[0]
    put_raw({name: value for name, value in old.items() if name != "actorKind"})
    delete_raw(
        {"PK": {"S": AUDITED}, "SK": {"S": key(old["SK"]["S"][:10], actor.organization_id)}}
    )
    assert seal(actor) == 2
    assert problems(actor, since=None) == set()


def test_what_is_no_entry_is_sealed_as_it_is() -> None:
    """It is there, and whoever put it there does not keep the rest from being sealed."""
    actor = somebody()
    write(actor, 0)
    item = raw_entries(actor)[0]
    put_raw({**item, "newValues": {"S": "{"}, "odd": {"B": b"\x00"}, "ip": {"N": "1"}})
    assert seal(actor) == 1
    assert problems(actor) == set()
    put_raw(item)
    assert {kind for kind, _ in problems(actor)} == {"altered"}


def test_big_numbers_and_fractions_are_sealed_as_they_are() -> None:
    actor = somebody()
    values = {"big": 2**60, "small": -(2**62), "part": 0.1, "huge": 1e300, "text": str(2**60)}
    write(actor, 0, **values, nested=[{"deep": 2**53}])
    assert seal(actor) == 1
    assert problems(actor) == set()


def test_what_belongs_to_no_organisation_is_sealed_too() -> None:
    platform = system_actor(PLATFORM).holding({"audit.view"})
    write(platform, 0)
    until = closed_until(clock.now() - timedelta(days=2))
    sealing.seal_organization(actor=platform, until=until, turn=Turn())
    assert archived("digests", platform) != []


@contextmanager
def killing(position: int, *, before: bool) -> Iterator[list[str]]:
    """Kill whoever makes the call of this number, before it is sent or after it was answered."""
    calls: list[str] = []
    moment = "before-send" if before else "response-received"

    def hook(**_: Any) -> None:
        calls.append("call")
        if len(calls) == position:
            raise Killed

    def after(**_: Any) -> None:
        hook()

    hooks = [(connection().client.meta.events, "dynamodb"), (aws.s3().meta.events, "s3")]
    for events, service in hooks:
        events.register(f"{moment}.{service}" if before else f"after-call.{service}", after)
    try:
        yield calls
    finally:
        for events, service in hooks:
            events.unregister(f"{moment}.{service}" if before else f"after-call.{service}", after)


@pytest.mark.parametrize("before", [True, False], ids=["before it is sent", "after its answer"])
def test_killed_at_any_call_nothing_is_lost_or_doubled(before: bool) -> None:
    """At each call that a run makes, one run is killed; the next one completes it."""
    position, was_killed = 1, True
    while was_killed:
        actor = somebody()
        for minutes in (0, 1, 10):
            write(actor, minutes)
        try:
            with killing(position, before=before):
                seal(actor)
            was_killed = False
        except Killed:
            seal(actor)
        found = verify(actor)
        assert (found.valid, found.entries_checked, found.digests_checked) == (True, 3, 2), (
            position
        )
        assert versions(actor) == 4, position
        position += 1
    assert position > 12


def test_two_at_once_make_one_chain() -> None:
    actor = somebody()
    for minutes in range(0, 60, 6):
        write(actor, minutes)
    made: list[int] = []
    sealers = [threading.Thread(target=lambda: made.append(seal(actor))) for _ in range(3)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    assert sum(made) == 10
    assert len(made) == 3
    found = verify(actor)
    assert (found.valid, found.entries_checked, found.digests_checked) == (True, 10, 10)
    assert versions(actor) == 20


def test_one_who_is_in_between_is_gone_on_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another has sealed in windows of another length, and was killed before it said so."""
    actor = somebody()
    for minutes in (0, 6, 12, 18):
        write(actor, minutes)
    with monkeypatch.context() as other:
        other.setattr(settings, "AUDIT_WINDOW_SECONDS", 900)
        other.setattr(chain, "note_head", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            seal(actor)
    assert seal(actor) == 1
    assert [one["windowEnd"] for one in digests(actor)] == [text(15), text(20)]
    assert problems(actor) == set()


def test_a_head_that_is_lost_is_found_again_in_the_archive() -> None:
    actor = somebody()
    for minutes in (0, 6):
        write(actor, minutes)
    seal(actor)
    delete_raw({"PK": {"S": actor.key("SEALS")}, "SK": {"S": "HEAD"}})
    write(actor, 12)
    assert seal(actor) == 1
    assert problems(actor) == set()
    assert versions(actor) == 6


@pytest.mark.parametrize(
    "altered",
    [
        {"sequence": {"N": "9" * 30}, "windowEnd": {"S": "2026-01-01T00:00:00.000Z"}},
        {"sequence": {"S": "1"}},
        {"digestHash": {"S": "another"}},
        {"sequence": {"N": "1"}},
        {"sequence": {"NULL": True}},
        {"sequence": {"N": "9" * 30}, "windowEnd": {"N": "1"}},
        {"windowEnd": {"S": "2999-01-01T00:00:00.000Z"}},
    ],
)
def test_a_head_that_was_altered_is_put_right(altered: dict[str, Any]) -> None:
    actor = somebody()
    for minutes in (0, 6):
        write(actor, minutes)
    seal(actor)
    where = {"PK": {"S": actor.key("SEALS")}, "SK": {"S": "HEAD"}}
    head = store().get_item(TableName=AUDIT_LOG.name, Key=where)["Item"]
    put_raw({**head, **altered})
    write(actor, 12)
    assert seal(actor) == 1
    assert problems(actor) == set()
    assert versions(actor) == 6


def test_what_is_put_in_the_way_of_a_digest_is_put_over_and_stays_to_be_seen() -> None:
    """The lock keeps it there, so that it would otherwise keep all from being sealed."""
    actor = somebody()
    write(actor, 0)
    place = chain.digest_key(actor.organization_id, 1)
    for body in (b"{}", b"", b"[1]"):
        aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=place, Body=body)
    assert seal(actor) == 1
    write(actor, 10)
    assert seal(actor) == 1
    assert problems(actor) == {("digest_broken", f"{actor.organization_id}/000000000001")}
    assert verify(actor).entries_checked == 2


def forge(actor: Actor) -> None:
    """Put a digest that is well signed and goes on from nothing into the next place."""
    digest = chain.find_digest(actor.organization_id, 1, trusted_keys())
    assert digest is not None
    forged = replace(digest, sequence=2, previous_digest="0" * 64).signed(signer())
    place = chain.digest_key(actor.organization_id, 2)
    aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=place, Body=forged.to_bytes())


def test_nothing_is_sealed_behind_a_digest_that_goes_on_from_elsewhere() -> None:
    actor = somebody()
    write(actor, 0)
    seal(actor)
    forge(actor)
    write(actor, 10)
    with pytest.raises(sealing.ChainBroken):
        seal(actor)
    assert ("digest_broken", f"{actor.organization_id}/000000000002") in problems(actor)


def test_leaves_that_were_put_in_the_way_are_put_over() -> None:
    """Who knows the entries knows the name of the list before it is there."""
    actor = somebody()
    write(actor, 0)
    seal(actor)
    (digest,), (leaves,) = archived("digests", actor), archived("leaves", actor)
    erase(digest)
    erase(leaves)
    delete_raw({"PK": {"S": actor.key("SEALS")}, "SK": {"S": "HEAD"}})
    aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=leaves, Body=b"in the way")
    assert seal(actor) == 1
    assert problems(actor) == set()


def test_a_run_looks_at_those_who_have_entries_since(
    platform: str, store_calls: StoreCalls
) -> None:
    actor, other = somebody(), somebody()
    write_now(actor)
    write_now(other)
    later = clock.now() + timedelta(minutes=60)
    done = sealing.seal_active(Turn(), now=later)
    assert (done.organizations, done.digests, done.failed) == (2, 2, 0)
    assert len(digests(actor)) == len(digests(other)) == 1
    cursor = {"PK": {"S": platform}, "SK": {"S": CURSOR}}
    item = store().get_item(TableName=AUDIT_LOG.name, Key=cursor)["Item"]
    assert item["day"] == {"S": closed_until(later)[:10]}
    sealing.seal_active(Turn(), now=later + timedelta(days=1))
    store_calls.clear()
    assert sealing.seal_active(Turn(), now=later + timedelta(days=1)).organizations == 0
    assert (store_calls.dynamodb, store_calls.s3) == (["GetItem", "Query"], ["HeadBucket"])


@pytest.mark.parametrize("altered", [{}, {"day": {"NULL": True}}, {"day": {"S": ""}}])
def test_a_cursor_that_was_altered_stops_nobody(altered: dict[str, Any], platform: str) -> None:
    actor = somebody()
    write_now(actor)
    put_raw({"PK": {"S": platform}, "SK": {"S": CURSOR}, **altered})
    later = clock.now() + timedelta(minutes=60)
    assert sealing.seal_active(Turn(), now=later).organizations == 1


def write_now(actor: Actor) -> None:
    minutes = (clock.now() - NOON).total_seconds() / 60
    write(actor, minutes)


def test_one_that_cannot_be_sealed_keeps_no_other_from_it(platform: str) -> None:
    broken, other = somebody(), somebody()
    write_now(broken)
    write_now(other)
    later = clock.now() + timedelta(minutes=30)
    sealing.seal_organization(actor=broken, until=closed_until(later), turn=Turn())
    forge(broken)
    with clock_at(later):
        write_now(broken)
    later = clock.now() + timedelta(minutes=60)
    done = sealing.seal_active(Turn(), now=later)
    assert (done.organizations, done.digests, done.failed) == (1, 1, 1)
    assert len(digests(other)) == 1
    cursor = {"PK": {"S": platform}, "SK": {"S": CURSOR}}
    assert "Item" not in store().get_item(TableName=AUDIT_LOG.name, Key=cursor)


def test_a_job_that_could_not_seal_all_has_failed(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would hear of it otherwise: the doctor and the admin look at what became of a run."""
    monkeypatch.setattr(jobs, "_all_sealed_until", [])
    broken = somebody()
    write_now(broken)
    later = clock.now() + timedelta(minutes=30)
    sealing.seal_organization(actor=broken, until=closed_until(later), turn=Turn())
    forge(broken)
    with clock_at(later):
        write_now(broken)
    monkeypatch.setattr(settings, "AUDIT_GRACE_SECONDS", -60 * 60)
    for _ in range(2):
        with pytest.raises(jobs.NotAllSealed):
            jobs.SEAL.work(Turn())


def test_a_run_that_is_over_stops_between_two_windows() -> None:
    actor = somebody()
    for minutes in (0, 6, 12):
        write(actor, minutes)
    answers = iter([False, True])
    with pytest.raises(TurnOver):
        sealing.seal_organization(
            actor=actor,
            until=closed_until(at(60)),
            turn=Turn(is_over=lambda: next(answers)),
        )
    assert len(digests(actor)) == 1
    assert seal(actor) == 2
    assert problems(actor) == set()


def test_a_clock_that_is_off_seals_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: wrong)
    with pytest.raises(sealing.ClockWrong):
        sealing.seal_active(Turn(), now=wrong)


def test_between_two_windows_the_job_asks_nothing(
    platform: str, store_calls: StoreCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_all_sealed_until", [])
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    jobs.SEAL.work(Turn())
    store_calls.clear()
    jobs.SEAL.work(Turn())
    assert (store_calls.dynamodb, store_calls.s3) == ([], [])
