"""Two processes' worth of engines on one document, within one test: each turn can be chosen."""

import asyncio
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer

from collab.engine import loader
from tests import faults
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, URL, Live, call, operation
from tests.collab.processes import Process, close


@pytest.fixture
def layer() -> InMemoryChannelLayer:
    return InMemoryChannelLayer()


async def test_40_operations_from_8_sockets_on_two_engines(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    processes = [Process(), Process()]
    lives = [
        await processes[n % 2].open(alice if n < 4 else bob, f"?client=c{n}") for n in range(8)
    ]
    sent: dict[str, dict[str, Any]] = {}

    async def write(live: Live, who: int) -> None:
        for number in range(5):
            done = operation(f"{CHECKLIST}.items.item-456.f{number}", f"{who}-{number}")
            sent[done["operationId"]] = done
            await live.send({"action": "apply", "operation": done})
            await asyncio.sleep(0.01 * (who % 3))

    await asyncio.gather(*(write(live, who) for who, live in enumerate(lives)))
    async with asyncio.timeout(20):
        while any(process.version < 40 for process in processes):
            await asyncio.gather(*(process.heal() for process in processes))
    for live in lives:
        while len(live.versions) < 40:
            live.follow(await live.next(), sent)

    document = (await call(alice.api.get, URL)).json()
    assert document["version"] == 40
    for live in lives:
        assert live.versions == list(range(1, 41))
        assert live.content == document["content"]
    logged = (await call(alice.api.get, f"{URL}/operations")).json()["operations"]
    assert sorted(one["operationId"] for one in logged) == sorted(sent)
    await close(*lives)


async def test_what_the_other_has_committed_is_told_before_ones_own_ack(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    await anne.apply(operation(CHECKED, True))
    await ben.send({"action": "apply", "operation": operation(CHECKED, False, oldValue=False)})

    event, ack = await ben.next(), await ben.next()
    assert (event["eventType"], event["version"]) == ("checklist.item.checked", 1)
    assert (ack["eventType"], ack["version"]) == ("operation.ack", 2)
    assert ack["conflict"] == {"version": 1, "userId": alice.user_id, "value": True}
    await close(anne, ben)


async def test_one_sent_again_to_the_other_is_known_there(
    bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    here, there = await one.open(bob), await two.open(bob)
    done = operation()
    await here.apply(done)

    [answer] = await there.apply(done)
    assert (answer["version"], answer["duplicate"]) == (1, True)
    await close(here, there)


async def test_one_sent_again_to_the_other_leaves_no_gap_before_what_came_after_it(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    here, there = await one.open(bob), await two.open(bob)
    anne = await one.open(alice)
    done = operation()
    await here.apply(done)
    await anne.apply(operation(f"{CHECKLIST}.title", "New", base=1))
    await here.close()

    await there.send({"action": "apply", "operation": done})
    told = [await there.next() for _ in range(2)]
    assert [event["version"] for event in told] == [1, 2]
    ack = await there.next("operation.ack")
    assert (ack["version"], ack["duplicate"]) == (1, True)
    await close(anne, there)


async def test_one_whose_id_another_has_taken_meanwhile_leaves_no_gap(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    await anne.apply(operation(operationId="the-same"))
    await ben.send({"action": "apply", "operation": operation(operationId="the-same")})

    event, answer = await ben.next(), await ben.next()
    assert (event["eventType"], event["version"]) == ("checklist.item.checked", 1)
    assert answer["code"] == "operation_id_reused"
    await close(anne, ben)


async def test_a_version_known_elsewhere_is_no_invalid_base(
    bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    here, there = await one.open(bob), await two.open(bob)
    await here.apply(operation(CHECKED, True))

    [answer] = await there.apply(operation(CHECKED, False, base=1))
    assert (answer["eventType"], answer["version"]) == ("operation.ack", 2)
    again = await two.open(bob, "?since=2")
    assert again.welcome["resumed"] is True
    await close(here, there, again)


async def test_so_is_one_to_resume_from(bob: Person, checklist: dict[str, Any]) -> None:
    one, two = Process(), Process()
    here, there = await one.open(bob), await two.open(bob)
    await here.apply(operation(CHECKED, True))
    epoch = checklist["epoch"]

    moved = await two.open(bob, f"?since=1&epoch={epoch}")
    assert (moved.welcome["resumed"], moved.welcome["operations"]) == (True, [])
    assert (await there.next("checklist.item.checked"))["version"] == 1
    await close(here, there, moved)


async def test_a_resume_does_not_run_ahead_of_what_the_others_were_told(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "TAIL_ENTRIES", 1)
    one, two = Process(), Process()
    anne = await one.open(alice)
    for number in range(3):
        await anne.apply(operation(CHECKED, number, base=number))
    ben = await two.open(bob)
    await anne.apply(operation(CHECKED, 3, base=3))

    again = await two.open(bob, f"?since=0&epoch={checklist['epoch']}")
    assert [again.welcome["version"], len(again.welcome["operations"])] == [3, 3]
    await two.heal()
    assert (await again.next("checklist.item.updated"))["version"] == 4
    await close(anne, ben, again)


async def test_what_comes_while_the_log_is_read_is_judged_by_what_it_is_based_on(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "TAIL_ENTRIES", 1)
    one, two = Process(), Process()
    here = await one.open(bob)
    done = [operation(CHECKED, number, base=number) for number in range(4)]
    for earlier in done[:3]:
        await here.apply(earlier)
    there = await two.open(bob)

    with faults.holding("Query") as (is_held, release):
        await there.send({"action": "apply", "operation": done[1]})
        await asyncio.to_thread(is_held.wait)
        await here.apply(done[3])
        for base in (0, 4):
            await there.send({"action": "apply", "operation": operation(base=base)})
        await there.settle()
        release.set()
    outcomes = [await there.next("operation.ack") for _ in range(3)]
    assert [outcome["version"] for outcome in outcomes] == [2, 5, 6]
    await close(here, there)


async def test_without_a_word_between_them_they_meet_in_the_store(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    await anne.apply(operation(), operation(f"{CHECKLIST}.title", "New"))
    assert await ben.settle() == []

    await two.heal()
    assert [event["version"] for event in await ben.settle()] == [1, 2]
    await close(anne, ben)


async def test_through_a_layer_it_goes_at_once(
    alice: Person, bob: Person, checklist: dict[str, Any], layer: InMemoryChannelLayer
) -> None:
    one, two = Process(layer), Process(layer)
    anne = await one.open(alice)
    ben = await two.open(bob)
    assert (await anne.next("team.member.joined"))["userId"] == bob.user_id
    await anne.apply(operation(), operation(f"{CHECKLIST}.title", "New"))

    assert [(await ben.next())["version"] for _ in range(2)] == [1, 2]
    await ben.send({"action": "presence", "state": {"at": "title"}})
    assert (await anne.next("presence.updated"))["data"]["state"] == {"at": "title"}
    await ben.close()
    assert (await anne.next("team.member.left"))["userId"] == bob.user_id
    await anne.close()


async def test_a_message_that_was_lost_leaves_no_gap(
    alice: Person,
    bob: Person,
    checklist: dict[str, Any],
    layer: InMemoryChannelLayer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = Process(layer), Process(layer)
    anne, ben = await one.open(alice), await two.open(bob)
    with monkeypatch.context() as lossy:
        lossy.setattr(two.hub, "_follow", lambda ref, message: None)
        await anne.apply(operation())
        await asyncio.sleep(0.1)
    await anne.apply(operation(f"{CHECKLIST}.title", "New", base=1))

    assert [(await ben.next())["version"] for _ in range(2)] == [1, 2]
    await close(anne, ben)


async def test_one_archived_elsewhere_closes_here_and_takes_nothing_any_more(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    process = Process()
    live = await process.open(bob)
    await call(alice.api.delete, URL)
    await live.send({"action": "apply", "operation": operation()})

    assert await live.closed() == 4404
    await call(alice.api.post, f"{URL}/restore")
    assert (await call(bob.api.get, URL)).json()["version"] == 0


async def test_one_restored_elsewhere_sends_everybody_back_for_its_content(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    process = Process()
    live = await process.open(bob)
    await call(alice.api.delete, URL)
    await call(alice.api.post, f"{URL}/restore")
    await process.heal()

    assert await live.closed() == 1012
    again = await process.open(bob, f"?since=0&epoch={checklist['epoch']}")
    assert "resumed" not in again.welcome
    await again.close()


async def test_an_operation_meets_a_restored_document_as_it_is_now(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    process = Process()
    live = await process.open(bob)
    await call(alice.api.delete, URL)
    await call(alice.api.post, f"{URL}/restore")
    await live.send({"action": "apply", "operation": operation()})

    assert await live.closed() == 1012
    document = (await call(bob.api.get, URL)).json()
    assert document["version"] in (0, 1)  # it may have been stored before the socket was closed
