"""Operations based on versions long ago: found if they are repeats, and in nobody's way."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from collab.engine import attempts, loader, local_copy, lookback
from collab.engine.repeats import RecentOperations
from tests import faults
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, operation
from tests.collab.processes import Process, close
from tests.collab.test_half_done import Later

TITLE = f"{CHECKLIST}.title"


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is kept in mind."""

    class Few(RecentOperations):
        def __init__(self, floor: int) -> None:
            super().__init__(floor, limit=3)

    monkeypatch.setattr(loader, "RecentOperations", Few)
    monkeypatch.setattr(local_copy, "RecentOperations", Few)
    monkeypatch.setattr(loader, "TAIL_ENTRIES", 2)


async def test_a_repeat_is_found_far_back_and_new_ones_are_new(
    bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Process().open(bob)
    first = operation(TITLE, "First")
    [ack] = await live.apply(first)
    await live.apply(*(operation(CHECKED, n, 1) for n in range(10)))

    [again] = await live.apply(first)
    assert (again["version"], again["duplicate"]) == (ack["version"], True)
    [late] = await live.apply(operation(f"{CHECKLIST}.place", "Graz", 0))
    assert (late["version"], late.get("duplicate")) == (12, None)
    [stolen] = await live.apply({**first, "newValue": "Stolen"})
    assert stolen["code"] == "operation_id_reused"
    await live.close()


async def test_others_do_not_wait_and_the_writer_keeps_its_order(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    process = Process()
    anne, ben = await process.open(alice), await process.open(bob)
    await anne.apply(*(operation(CHECKED, n) for n in range(10)))
    await ben.settle()
    with faults.holding("Query") as (is_held, release):
        late = operation(TITLE, "Late", 0)
        after = operation(TITLE, "After", 10)
        await ben.send(*({"action": "apply", "operation": one} for one in (late, after)))
        await asyncio.to_thread(is_held.wait)
        [ack] = await anne.apply(operation(CHECKED, True, 10))
        release.set()

    assert ack["version"] == 11
    acks = [await ben.next("operation.ack") for _ in range(2)]
    assert [one["operationId"] for one in acks] == [late["operationId"], after["operationId"]]
    await close(anne, ben)


async def test_too_far_back_is_said(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "LOOK_BACK_ENTRIES", 4)
    live = await Process().open(bob)
    for number in range(10):
        await live.apply(operation(CHECKED, number, number))

    [refused] = await live.apply(operation(TITLE, "Late", 0))
    assert (refused["code"], refused["current"]) == ("history_expired", "Opening round")
    [ack] = await live.apply(operation(TITLE, "Less late", 6))
    assert ack["version"] == 11
    await live.close()


async def test_a_store_that_does_not_answer_is_said(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await Process().open(bob)
    await live.apply(*(operation(CHECKED, n) for n in range(10)))

    def fails(*_: Any) -> Any:
        raise ValueError("not what was expected")

    with monkeypatch.context() as broken:
        broken.setattr(lookback, "search_log", fails)
        [refused] = await live.apply(operation(TITLE, "Late", 0))
    assert (refused["code"], refused["retry"]) == ("storage_unavailable", True)
    [ack] = await live.apply(operation(TITLE, "Late", 0))
    assert ack["version"] == 11
    await live.close()


async def test_two_of_a_writer_do_not_wait_for_each_other(
    bob: Person, checklist: dict[str, Any]
) -> None:
    ben = await Process().open(bob)
    await ben.apply(*(operation(CHECKED, n) for n in range(10)))
    one, two = operation(TITLE, "One", 0), operation(TITLE, "Two", 0)
    with faults.holding("Query") as (is_held, release):
        await ben.send({"action": "apply", "operation": one})
        await asyncio.to_thread(is_held.wait)
        await ben.send({"action": "apply", "operation": two})
        release.set()
        acks = [await ben.next("operation.ack") for _ in range(2)]

    assert [one["operationId"] for one in acks] == [one["operationId"], two["operationId"]]
    await ben.close()


async def test_what_comes_back_has_its_place_in_the_queue(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    process = Process()
    anne, ben = await process.open(alice), await process.open(bob)
    await anne.apply(*(operation(CHECKED, n) for n in range(10)))
    await ben.settle()
    item = f"{CHECKLIST}.items.new"
    made = operation(item, {"a": 1}, 0, type="insert")
    filled = operation(f"{item}.a", 2, 10)
    with faults.holding("TransactWriteItems") as (is_held, release):
        await anne.send({"action": "apply", "operation": operation(CHECKED, 11, 10)})
        await asyncio.to_thread(is_held.wait)
        await ben.send({"action": "apply", "operation": made})
        with faults.holding("TransactWriteItems") as (is_held_too, release_too):
            await anne.send({"action": "apply", "operation": operation(CHECKED, 12, 10)})
            release.set()
            await asyncio.to_thread(is_held_too.wait)
            await ben.send({"action": "apply", "operation": filled})
            await asyncio.sleep(0.3)  # the search ends before the commit does
            release_too.set()

    acks = [await ben.next("operation.ack") for _ in range(2)]
    assert [one["operationId"] for one in acks] == [made["operationId"], filled["operationId"]]
    await close(anne, ben)


async def test_what_a_week_has_taken_is_said(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    anne = await Process().open(alice)
    for number in range(5):
        await anne.apply(operation(CHECKED, number, number))
    await anne.close()
    for module in (loader, attempts):
        monkeypatch.setattr(module, "clock", Later(timedelta(days=8)))
    ben = await Process().open(bob)

    [refused] = await ben.apply(operation(TITLE, "Late", 2))
    assert refused["code"] == "history_expired"
    await ben.close()


async def test_a_repeat_is_told_after_what_came_before_it(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    here, there = Process(), Process()
    anne, ben = await there.open(alice), await there.open(bob, "?client=b")
    await anne.apply(*(operation(CHECKED, n) for n in range(10)))
    late = await here.open(bob, "?client=b")
    await anne.apply(operation(CHECKED, 99, 10))
    told = operation(TITLE, "Told elsewhere", 0)
    [first] = await ben.apply(told)

    await late.send({"action": "apply", "operation": told})
    events = [await late.next() for _ in range(3)]
    assert first["version"] == 12
    assert [event["version"] for event in events] == [11, 12, 12]
    assert (events[-1]["eventType"], events[-1]["duplicate"]) == ("operation.ack", True)
    await close(anne, ben, late)
