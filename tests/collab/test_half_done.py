"""What a process that died, a store that is half way, or an expiry left behind can be opened."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from collab.engine import attempts, bodies, folding, loader
from collab.engine.limits import TOMBSTONES
from collab.engine.sequencer import Sequencer
from collab.models import Node, OperationBatch, body_key, log_key
from collab.models import document_ref as ref_of
from prework import clock
from prework.dynamo import Item, connection, each
from tests.cast import Person
from tests.collab.live import CHECKLIST, URL, Live, call, forget, operation
from tests.collab.processes import Process, close
from tests.collab.test_folding import MANY, insert, state

AT_ONCE = 200


@pytest.fixture(autouse=True)
def not_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is folded but what a test folds."""
    monkeypatch.setattr(folding, "OWN_SECONDS", 600)
    monkeypatch.setattr(folding, "FOREIGN_SECONDS", 600)


def document(process: Process) -> Sequencer:
    [room] = process.hub.rooms.values()
    return room.document


async def fold(process: Process) -> None:
    await document(process).folding._fold(is_busy=False)


async def apply_all(live: Live, operations: list[dict[str, Any]]) -> None:
    for start in range(0, len(operations), AT_ONCE):
        await live.apply(*operations[start : start + AT_ONCE])


def on_items(count: int, base: int, inner: str = "", value: Any = None, **more: Any) -> Any:
    path = f"{CHECKLIST}.items.i"
    return [operation(f"{path}{n}{inner}", value, base, **more) for n in range(count)]


async def test_items_that_a_killed_process_was_removing(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    made, dying = TOMBSTONES + 100, Process()
    live = await dying.open(alice)
    await apply_all(live, on_items(made, 0, value={"done": False}, type="insert"))
    await fold(dying)
    await apply_all(live, on_items(made, made, ".done", True))
    await apply_all(live, on_items(made, 2 * made, type="delete"))
    work = document(dying).folding._work()
    assert work is not None and work.dropped
    await call(bodies.fold, work)  # it is killed before the state says so

    answer = await call(bob.api.get, URL)
    assert (answer.status_code, answer.json()["version"]) == (200, 3 * made)
    assert set(answer.json()["content"]["items"]) == {"item-456"}
    await live.close()


async def test_a_log_of_which_the_newer_half_has_expired(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = Process()
    live = await dying.open(alice)
    await live.apply(*(insert(n) for n in range(MANY)))
    await fold(dying)
    await live.apply(insert(MANY, base=MANY))
    await live.close()
    await call(expire_newest, bob)
    in_a_week = timedelta(days=8)
    monkeypatch.setattr(loader, "clock", Later(in_a_week))
    monkeypatch.setattr(attempts, "clock", Later(in_a_week))

    ben = await Process().open(bob)
    [ack] = await ben.apply(insert(MANY + 1, base=MANY + 1))
    assert ack["version"] == MANY + 2
    await ben.close()
    forget(bob)
    content = (await call(bob.api.get, URL)).json()["content"]
    assert len(content["items"]) == MANY + 3


class Later:
    """The clock of another day."""

    def __init__(self, by: timedelta) -> None:
        self._by = by
        self.to_epoch = clock.to_epoch

    def now(self) -> Any:
        return clock.now() + self._by


def expire_newest(person: Person) -> None:
    """Delete the newest log entry, which is marked for it, as the store would."""
    rows = list(each(OperationBatch, log_key(ref_of(person.actor, "checklist", CHECKLIST))))
    assert [bool(row.expires_at) for row in rows] == [False, True]
    connection().delete_item(OperationBatch.Meta.table_name, rows[-1].pk, rows[-1].sk)


async def test_half_of_a_transaction_that_is_visible_before_the_rest(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transactions are serialisable, a Query beside them is only read-committed."""
    body = body_key(ref_of(bob.actor, "checklist", CHECKLIST), (await call(state, bob)).body_id)
    before = await call(lambda: list(each(Node, body)))
    anne = await Process().open(alice)
    await anne.apply(operation(f"{CHECKLIST}.items.item-456.text", "Anne's"))
    as_it_is = each

    def as_it_was(model: type[Item], pk: str, **more: Any) -> Iterator[Item]:
        return iter(before) if model is Node else as_it_is(model, pk, **more)

    monkeypatch.setattr(loader, "each", as_it_was)
    ben = await Process().open(bob)
    monkeypatch.undo()
    assert ben.content["items"]["item-456"]["text"] == "Anne's"
    await ben.apply(operation(f"{CHECKLIST}.items.item-456.order", 7, base=1))
    forget(bob)
    content = (await call(bob.api.get, URL)).json()["content"]
    assert content["items"]["item-456"]["text"] == "Anne's"
    await close(anne, ben)


async def test_a_log_entry_that_is_visible_last(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    anne = await Process().open(alice)
    await anne.apply(operation())
    as_it_is, looks = each, []

    def as_it_was(model: type[Item], pk: str, **more: Any) -> Iterator[Item]:
        looks.append(model)
        is_early = model is OperationBatch and looks.count(OperationBatch) == 1
        return iter([]) if is_early else as_it_is(model, pk, **more)

    monkeypatch.setattr(loader, "LOADS", 3)
    monkeypatch.setattr(loader, "each", as_it_was)
    ben = await Process().open(bob)
    assert ben.welcome["version"] == 1
    await close(anne, ben)


async def test_what_was_folded_up_to_a_version_before_the_newest(
    bob: Person, checklist: dict[str, Any]
) -> None:
    process = Process()
    live = await process.open(bob)
    await live.apply(*(insert(n) for n in range(MANY)))
    copy = document(process).copy
    work = document(process).folding._work()
    assert work is not None
    await call(bodies.fold, work)
    await live.apply(*(insert(n, base=MANY) for n in range(MANY, 2 * MANY)))
    copy.folded = work.folded
    await live.apply(insert(2 * MANY, base=2 * MANY))

    assert (await call(state, bob)).unfolded_since == MANY
    forget(bob)
    content = (await call(bob.api.get, URL)).json()["content"]
    assert len(content["items"]) == 2 * MANY + 2
    await live.close()


async def test_a_follower_lets_go_of_what_another_has_removed(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    made = TOMBSTONES + AT_ONCE
    await apply_all(anne, on_items(made, 0, value=1, type="insert"))
    await apply_all(anne, on_items(made, made, type="delete"))
    await two.heal()
    known = document(two).copy.current
    assert len(known.dropped) == AT_ONCE
    await fold(one)
    await two.heal()

    assert known.dropped == {}
    assert known.forgotten == document(one).copy.current.forgotten
    await close(anne, ben)


async def test_what_is_forgotten_does_not_depend_on_who_looked_when(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    made = 2 * TOMBSTONES + AT_ONCE
    await apply_all(anne, on_items(made, 0, value=1, type="insert"))
    await two.heal()
    await apply_all(anne, on_items(made, made, type="delete"))
    await two.heal()  # all of them at once

    here, there = document(one).copy.current, document(two).copy.current
    assert here.version == there.version == 2 * made
    assert list(here.tombstones) == list(there.tombstones)
    assert here.forgotten == there.forgotten
    await close(anne, ben)
