"""A busy document writes its log alone; its items follow, and nothing depends on when."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from collab.engine import folding
from collab.engine.limits import TOMBSTONES
from collab.models import STATE, Node, OperationBatch, State, body_key, document_key, log_key
from collab.models import document_ref as ref_of
from prework import transactions
from prework.dynamo import each, find
from tests import calls, faults
from tests.cast import Person
from tests.collab.live import CHECKLIST, URL, call, forget, operation
from tests.collab.processes import Process, close

MANY = 20  # items that one batch touches
DOWN = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "OWN_SECONDS", 0.05)
    monkeypatch.setattr(folding, "FOREIGN_SECONDS", 0.1)


def insert(number: int, value: Any = 1, base: int = 0) -> dict[str, Any]:
    return operation(f"{CHECKLIST}.items.i{number}", value, base, type="insert")


def apply(person: Person, *operations: dict[str, Any]) -> None:
    answer = person.api.post(f"{URL}/operations", {"operations": list(operations)}).json()
    assert {one["eventType"] for one in answer["results"]} == {"operation.ack"}


def content(person: Person) -> Any:
    return person.api.get(URL).json()["content"]


def state(person: Person) -> State:
    found = find(State, document_key(ref_of(person.actor, "checklist", CHECKLIST)), STATE)
    assert found is not None
    return found


def stored(person: Person) -> set[str]:
    """The items that the store has, deleted ones left out."""
    pk = body_key(ref_of(person.actor, "checklist", CHECKLIST), state(person).body_id)
    return {node.node for node in each(Node, pk) if not node.is_deleted} - {"FIELDS"}


def expiring(person: Person) -> list[bool]:
    """Of each log entry, whether it may go one day."""
    pk = log_key(ref_of(person.actor, "checklist", CHECKLIST))
    return [bool(row.expires_at) for row in each(OperationBatch, pk)]


async def until_folded(person: Person) -> None:
    async with asyncio.timeout(10):
        while (await call(state, person)).unfolded_since is not None:
            await asyncio.sleep(0.02)
        while not all(await call(expiring, person)):
            await asyncio.sleep(0.02)


def names(count: int = MANY) -> set[str]:
    return {"items/item-456"} | {f"items/i{number}" for number in range(count)}


def test_what_touches_little_is_written_at_once(bob: Person, checklist: dict[str, Any]) -> None:
    apply(bob, *(insert(number) for number in range(8)))

    assert (stored(bob), expiring(bob)) == (names(8), [True])
    assert state(bob).unfolded_since is None


def test_what_touches_much_is_in_the_log_and_read_from_there(
    bob: Person, checklist: dict[str, Any]
) -> None:
    apply(bob, *(insert(number) for number in range(MANY)))
    apply(bob, operation(f"{CHECKLIST}.items.i0", 2, MANY))

    assert (stored(bob), state(bob).unfolded_since) == ({"items/item-456"}, 0)
    assert expiring(bob) == [False, False]
    known = content(bob)
    forget(bob)
    assert content(bob) == known
    assert known["items"]["i0"] == 2
    blamed = bob.api.get(f"{URL}?blame=1").json()["blame"]
    assert blamed[f"{CHECKLIST}.items.i0"]["version"] == MANY + 1


async def test_its_items_follow_and_then_the_log_may_expire(
    bob: Person, checklist: dict[str, Any], soon: None
) -> None:
    await call(apply, bob, *(insert(number) for number in range(MANY)))
    await until_folded(bob)

    assert await call(stored, bob) == names()
    await call(forget, bob)
    await call(apply, bob, insert(MANY, base=MANY))
    assert await call(stored, bob) == names(MANY + 1)
    assert set((await call(content, bob))["items"]) == {n[6:] for n in names(MANY + 1)}


@pytest.fixture
async def busy(bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that was folded while it was written to, up to its newest version."""
    monkeypatch.setattr(folding, "OWN_SECONDS", 0.3)
    await call(apply, bob, *(insert(number) for number in range(MANY)))
    monkeypatch.setattr(folding, "OWN_SECONDS", 60)
    await call(apply, bob, *(insert(number, base=MANY) for number in range(MANY, 2 * MANY)))
    async with asyncio.timeout(10):
        while await call(stored, bob) != names(2 * MANY):
            await asyncio.sleep(0.02)


async def test_while_it_is_written_to_a_commit_says_what_was_folded(
    bob: Person, busy: None
) -> None:
    with calls.watching() as store:
        await call(apply, bob, *(insert(n, base=2 * MANY) for n in range(2 * MANY, 3 * MANY)))

    assert (await call(state, bob)).unfolded_since == 2 * MANY
    assert "UpdateItem" not in store.dynamodb
    await call(forget, bob)
    assert len((await call(content, bob))["items"]) == 3 * MANY + 1


async def test_once_it_is_folded_what_touches_little_is_written_at_once_again(
    bob: Person, busy: None
) -> None:
    await call(apply, bob, insert(2 * MANY, base=2 * MANY))

    assert (await call(state, bob)).unfolded_since is None
    assert await call(stored, bob) == names(2 * MANY + 1)
    assert await call(expiring, bob) == [False, False, True]


async def test_what_no_commit_says_is_said_without_one(
    bob: Person, checklist: dict[str, Any], soon: None
) -> None:
    await call(apply, bob, *(insert(number) for number in range(MANY)))
    await call(apply, bob, *(insert(number, base=MANY) for number in range(MANY, 2 * MANY)))

    await until_folded(bob)
    assert await call(stored, bob) == names(2 * MANY)


async def test_deleted_items_that_are_not_remembered_go_from_the_store(
    bob: Person, checklist: dict[str, Any], soon: None
) -> None:
    made = TOMBSTONES + MANY
    for start in range(0, made, 500):
        numbers = range(start, min(start + 500, made))
        await call(apply, bob, *(insert(number) for number in numbers))
    await until_folded(bob)
    gone = [operation(f"{CHECKLIST}.items.i{n}", None, made, type="delete") for n in range(made)]
    for start in range(0, made, 500):
        await call(apply, bob, *gone[start : start + 500])
    await until_folded(bob)

    assert await call(stored, bob) == {"items/item-456"}
    pk = body_key(ref_of(bob.actor, "checklist", CHECKLIST), (await call(state, bob)).body_id)
    assert len(list(await call(lambda: list(each(Node, pk))))) == TOMBSTONES + 2
    await call(forget, bob)
    assert set((await call(content, bob))["items"]) == {"item-456"}


async def test_another_process_folds_what_a_dead_one_left(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dying, staying = Process(), Process()
    live, watcher = await dying.open(alice), await staying.open(bob)
    monkeypatch.setattr(folding, "FOREIGN_SECONDS", 0.1)
    await live.apply(*(insert(number) for number in range(MANY)))
    assert (await call(state, bob)).unfolded_since is not None
    await staying.heal()
    await until_folded(bob)

    assert await call(stored, bob) == names()
    assert staying.version >= MANY
    await close(live, watcher)


async def test_two_that_fold_at_once_leave_it_whole(
    alice: Person, bob: Person, checklist: dict[str, Any], soon: None
) -> None:
    processes = [Process(), Process()]
    lives = [await processes[0].open(alice), await processes[1].open(bob)]
    for turn in range(4):
        numbers = range(turn * MANY, (turn + 1) * MANY)
        await lives[turn % 2].apply(*(insert(number) for number in numbers))
        for process in processes:
            await process.heal()
    await until_folded(bob)

    assert await call(stored, bob) == names(4 * MANY)
    await call(forget, bob)
    assert len((await call(content, bob))["items"]) == 4 * MANY + 1
    await close(*lives)


@pytest.mark.parametrize(
    "failing", ["TransactWriteItems", "UpdateItem", "BatchWriteItem", "Query"]
)
async def test_a_store_that_fails_half_way_is_tried_again(
    bob: Person,
    checklist: dict[str, Any],
    soon: None,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    monkeypatch.setattr(folding, "OWN_SECONDS", 0.2)
    await call(apply, bob, *(insert(number) for number in range(MANY)))
    with faults.raising(failing, DOWN):
        await asyncio.sleep(0.5)
    await call(apply, bob, *(insert(number, base=MANY) for number in range(MANY, 2 * MANY)))
    await until_folded(bob)

    assert await call(stored, bob) == names(2 * MANY)
    await call(forget, bob)
    assert len((await call(content, bob))["items"]) == 2 * MANY + 1
