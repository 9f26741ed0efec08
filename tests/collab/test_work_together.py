"""Several people in one document: who is told what, in which order, and that nothing is lost."""

import asyncio
from typing import Any

from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, PATH, URL, Live, call, operation
from tests.matching import ANY_TIME


async def test_the_guides_own_example(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    anne, ben = await Live(alice).open(), await Live(bob).open()
    done = operation(oldValue=False)

    assert await ben.apply(done) == [
        {
            "eventType": "operation.ack",
            "entityType": "checklist",
            "entityId": CHECKLIST,
            "timestamp": ANY_TIME,
            "operationId": done["operationId"],
            "version": 1,
        }
    ]
    assert await anne.next("checklist.item.checked") == {
        "eventType": "checklist.item.checked",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "version": 1,
        "userId": bob.user_id,
        "operation": {**done, "onConflict": "overwrite"},
        "data": {"itemId": "item-456", "checked": True, "updatedBy": bob.user_id},
    }
    assert await ben.settle() == []  # one's own is not told again
    await anne.close()
    await ben.close()


async def test_every_kind_of_change_has_its_name(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    anne, ben = await Live(alice).open(), await Live(bob).open()
    item = f"{CHECKLIST}.items.new"
    await ben.apply(
        operation(CHECKED, False),
        operation(item, {"text": "Lamp"}, type="insert"),
        operation(f"{item}.text", "Lamps"),
        operation(item, type="delete"),
        operation(f"{CHECKLIST}.title", "New"),
    )

    events = [event for event in await anne.settle() if "version" in event]
    assert [(e["version"], e["eventType"], e["data"]) for e in events] == [
        (
            1,
            "checklist.item.unchecked",
            {"itemId": "item-456", "checked": False, "updatedBy": bob.user_id},
        ),
        (2, "checklist.item.added", {"itemId": "new", "updatedBy": bob.user_id}),
        (
            3,
            "checklist.item.updated",
            {"itemId": "new", "field": "text", "updatedBy": bob.user_id},
        ),
        (4, "checklist.item.removed", {"itemId": "new", "updatedBy": bob.user_id}),
        (5, "checklist.updated", {"field": "title", "updatedBy": bob.user_id}),
    ]
    await anne.close()
    await ben.close()


async def test_40_operations_from_8_sockets_at_once(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    """Dense versions, every replica equal, none lost or doubled."""
    lives = [await Live(alice if n % 2 else bob, f"{PATH}?client=c{n}").open() for n in range(8)]
    watcher = await Live(bob).open()
    sent: dict[str, dict[str, Any]] = {}

    async def write(live: Live, who: int) -> None:
        for number in range(5):
            path = f"{CHECKLIST}.items.item-456.f{number % 3}"
            done = operation(path, f"{who}-{number}")
            sent[done["operationId"]] = done
            await live.send({"action": "apply", "operation": done})

    await asyncio.gather(*(write(live, who) for who, live in enumerate(lives)))
    for live in [*lives, watcher]:
        while len(live.versions) < 40:
            live.follow(await live.next(), sent)

    document = (await call(alice.api.get, URL)).json()
    assert document["version"] == 40
    for live in [*lives, watcher]:
        assert live.versions == list(range(1, 41))
        assert live.content == document["content"]
    logged = (await call(alice.api.get, f"{URL}/operations")).json()["operations"]
    assert sorted(one["operationId"] for one in logged) == sorted(sent)
    assert [one["version"] for one in logged] == list(range(1, 41))
    for live in [*lives, watcher]:
        await live.close()


async def test_the_loser_is_told_and_so_are_the_others(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    anne, ben = await Live(alice).open(), await Live(bob).open()
    title = f"{CHECKLIST}.title"
    await anne.apply(operation(title, "Anne's"))
    conflict = {"version": 1, "userId": alice.user_id, "value": "Anne's"}

    [told] = await ben.apply(operation(title, "Ben's", oldValue="Opening round"))
    assert told["conflict"] == conflict
    assert (await anne.next("checklist.updated"))["conflict"] == conflict
    [refused] = await anne.apply(operation(title, "Anne's again", base=1, onConflict="reject"))
    assert (refused["code"], refused["current"]) == ("conflict", "Ben's")
    await anne.close()
    await ben.close()


async def test_two_tabs_of_one_person_are_two_clients_if_they_say_so(
    bob: Person, checklist: dict[str, Any]
) -> None:
    one = await Live(bob, f"{PATH}?client=one").open()
    two = await Live(bob, f"{PATH}?client=two").open()
    await one.apply(operation(CHECKED, True))

    [own] = await one.apply(operation(CHECKED, False, onConflict="reject"))
    assert own["eventType"] == "operation.ack"
    [other] = await two.apply(operation(CHECKED, True, onConflict="reject"))
    assert other["code"] == "conflict"
    await one.close()
    await two.close()


async def test_on_a_socket_acks_and_events_come_in_the_order_of_versions(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    lives = [await Live(person).open() for person in (alice, bob)]
    for live in lives:
        await live.settle()

    for _ in range(10):
        for live in lives:
            await live.send(*({"action": "apply", "operation": operation()} for _ in range(3)))
    for live in lives:
        versions = [(await live.next())["version"] for _ in range(60)]
        assert versions == list(range(1, 61))
        await live.close()


async def test_http_and_sockets_share_one_order(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob).open()
    body = {"operations": [operation(), operation(f"{CHECKLIST}.title", "New")]}
    await call(alice.api.post, f"{URL}/operations", body)

    assert [(await live.next())["version"] for _ in range(2)] == [1, 2]
    await live.apply(operation(base=2))
    assert (await call(alice.api.get, URL)).json()["version"] == 3
    await live.close()


async def test_a_malformed_operation_is_a_rejection(
    bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob).open()
    await live.send({"action": "apply"}, {"action": "apply", "operation": {"operationId": "x"}})

    rejections = [await live.next() for _ in range(2)]
    assert [one["code"] for one in rejections] == ["invalid_operation"] * 2
    assert [one["operationId"] for one in rejections] == [None, "x"]
    await live.close()
