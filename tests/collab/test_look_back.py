"""Operations based on versions long ago: found if they are repeats, and in nobody's way."""

import asyncio
from typing import Any

import pytest

from collab.engine import loader, local_copy, lookback
from collab.engine.repeats import RecentOperations
from tests import faults
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, operation
from tests.collab.processes import Process, close

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
