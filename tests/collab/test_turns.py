"""Two processes write one document: neither is kept from committing by the other."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from collab.engine import turns
from collab.models import STATE, DocumentRef, State, document_key, document_ref
from prework import clock
from prework.dynamo import find
from prework.ledger import change
from tests import calls, faults
from tests.cast import Person
from tests.collab.live import CHECKLIST, call, operation
from tests.collab.processes import Process, close

LOST = (
    '{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",'
    '"message":"Transaction cancelled",'
    '"CancellationReasons":[{"Code":"ConditionalCheckFailed"}]}'
)


@pytest.fixture
def ref(bob: Person, checklist: dict[str, Any]) -> DocumentRef:
    return document_ref(bob.actor, "checklist", CHECKLIST)


def asked(ref: DocumentRef) -> str | None:
    state = find(State, document_key(ref), STATE)
    assert state is not None
    return state.turn


def ask(ref: DocumentRef, token: str | None) -> None:
    action = State.turn.remove() if token is None else State.turn.set(token)
    assert change(State, document_key(ref), STATE, [action]) is not None


@contextmanager
def losing(times: int) -> Iterator[tuple[Event, Event]]:
    """The first commits lose their race; the one after them is held, until it is let go."""
    tries: list[None] = []
    is_held, release = Event(), Event()

    def hook(**_: Any) -> Any:
        tries.append(None)
        if len(tries) <= times:
            return faults.answer(400, LOST)
        if not is_held.is_set():
            is_held.set()
            release.wait(faults.PATIENCE_SECONDS)
        return None

    with faults.hooked("before-send.dynamodb.TransactWriteItems", hook):
        yield is_held, release


async def test_who_loses_race_after_race_has_the_next_turn(
    alice: Person, bob: Person, ref: DocumentRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAITED_SECONDS", 5)
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    with losing(turns.PATIENCE) as (is_held, release):
        await ben.send({"action": "apply", "operation": operation()})
        await asyncio.to_thread(is_held.wait)
        assert await call(asked, ref)
        await anne.send({"action": "apply", "operation": operation(f"{CHECKLIST}.title", "New")})
        await asyncio.sleep(0.2)
        assert await anne.settle() == []
        release.set()

        assert (await ben.next("operation.ack"))["version"] == 1
        assert (await anne.next("operation.ack"))["version"] == 2
    assert await call(asked, ref) is None
    await close(anne, ben)


async def test_who_cannot_ask_goes_on_trying(bob: Person, ref: DocumentRef) -> None:
    ben = await Process().open(bob)
    with (
        losing(turns.PATIENCE + 1) as (_, release),
        faults.answering_first("UpdateItem", faults.answer(400, faults.IN_A_TRANSACTION), 3),
    ):
        release.set()
        [ack] = await ben.apply(operation())

    assert (ack["version"], await call(asked, ref)) == (1, None)
    await ben.close()


async def test_who_meets_only_conflicts_asks_too(bob: Person, ref: DocumentRef) -> None:
    """The store says so where two commits overlap; embedded AWS never does."""
    ben = await Process().open(bob)
    conflict = faults.answer(400, faults.CONFLICT)
    with (
        calls.watching() as store,
        faults.answering_first("TransactWriteItems", conflict, 3 * turns.PATIENCE),
    ):
        [ack] = await ben.apply(operation())

    assert ack["version"] == 1
    assert "UpdateItem" in store.dynamodb
    await ben.close()


async def test_nobody_asks_for_a_turn_on_what_is_archived(bob: Person, ref: DocumentRef) -> None:
    ben = await Process().open(bob)
    archive = [State.archived_at.set(clock.to_text(clock.now()))]
    with losing(turns.PATIENCE + 1) as (_, release):
        release.set()
        await call(change, State, document_key(ref), STATE, archive)
        await ben.send({"action": "apply", "operation": operation()})

        assert await ben.closed() == 4404
    assert await call(asked, ref) is None


async def test_one_race_is_no_reason_to_ask(bob: Person, ref: DocumentRef) -> None:
    ben = await Process().open(bob)
    with losing(1) as (is_held, release):
        await ben.send({"action": "apply", "operation": operation()})
        await asyncio.to_thread(is_held.wait)
        assert await call(asked, ref) is None
        release.set()
        assert (await ben.next("operation.ack"))["version"] == 1
    await ben.close()


async def test_who_asked_and_is_gone_keeps_nobody_for_long(bob: Person, ref: DocumentRef) -> None:
    await call(ask, ref, "of-somebody-who-is-gone")
    ben = await Process().open(bob)

    [ack] = await ben.apply(operation())
    assert (ack["version"], await call(asked, ref)) == (1, None)
    await ben.close()


async def test_it_goes_on_as_soon_as_the_turn_was_taken(
    bob: Person, ref: DocumentRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAITED_SECONDS", 60)
    await call(ask, ref, "of-somebody-who-is-slow")
    ben = await Process().open(bob)
    await ben.send({"action": "apply", "operation": operation()})
    assert await ben.settle() == []

    await call(ask, ref, None)
    assert (await ben.next("operation.ack"))["version"] == 1
    await ben.close()
