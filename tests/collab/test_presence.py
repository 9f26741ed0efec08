"""Who is here: told once a connection, passed on, listed, and cleaned up after."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from collab.hub import current_hub, healing
from collab.models import document_ref
from collab.services import presence
from prework import clock
from tests.cast import Person
from tests.collab.live import CHECKLIST, URL, Live, call
from tests.matching import ANY_ID, ANY_TIME, problem


async def sessions(person: Person) -> list[dict[str, Any]]:
    answer = await call(person.api.get, f"{URL}/sessions")
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"items"}
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_those_who_have_it_open_are_listed(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    assert await sessions(alice) == []
    first = await Live(alice).open()
    second = await Live(bob).open()
    await second.send({"action": "presence", "state": {"at": "item-456"}})
    await second.settle()

    assert await sessions(bob) == [
        {
            "sessionId": first.welcome["sessionId"],
            "userId": alice.user_id,
            "userName": "Alice",
            "joinedAt": ANY_TIME,
            "state": None,
        },
        {
            "sessionId": second.welcome["sessionId"],
            "userId": bob.user_id,
            "userName": "Bob",
            "joinedAt": ANY_TIME,
            "state": {"at": "item-456"},
        },
    ]
    await first.close()
    await second.close()
    assert await sessions(bob) == []


async def test_two_tabs_are_two(alice: Person, bob: Person, checklist: dict[str, Any]) -> None:
    watcher = await Live(alice).open()
    one, two = await Live(bob).open(), await Live(bob).open()
    await one.close()

    events = await watcher.settle()
    assert [(e["eventType"], e["data"]["sessionId"]) for e in events] == [
        ("team.member.joined", one.welcome["sessionId"]),
        ("team.member.joined", two.welcome["sessionId"]),
        ("team.member.left", one.welcome["sessionId"]),
    ]
    assert [one["sessionId"] for one in await sessions(alice)] == [
        watcher.welcome["sessionId"],
        two.welcome["sessionId"],
    ]
    await two.close()
    await watcher.close()


async def test_leaving_is_told(alice: Person, bob: Person, checklist: dict[str, Any]) -> None:
    watcher, other = await Live(alice).open(), await Live(bob).open()
    await other.close()

    assert await watcher.next("team.member.left") == {
        "eventType": "team.member.left",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "userId": bob.user_id,
        "data": {
            "userId": bob.user_id,
            "userName": "Bob",
            "sessionId": other.welcome["sessionId"],
        },
    }
    await watcher.close()


async def test_presence_is_passed_on_to_the_others_and_to_those_who_come(
    alice: Person, bob: Person, carol: Person, checklist: dict[str, Any]
) -> None:
    anne, ben = await Live(alice).open(), await Live(bob).open()
    state = {"cursor": "item-456", "color": "#a00"}
    await ben.send({"action": "presence", "state": state})

    assert await anne.next("presence.updated") == {
        "eventType": "presence.updated",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "userId": bob.user_id,
        "data": {
            "userId": bob.user_id,
            "sessionId": ben.welcome["sessionId"],
            "state": state,
        },
    }
    assert await ben.settle() == []
    late = await Live(carol).open()
    states = {one["userId"]: one["state"] for one in late.welcome["participants"]}
    assert states == {alice.user_id: None, bob.user_id: state}
    for live in (anne, ben, late):
        await live.close()


async def test_who_died_without_a_word_is_told_to_have_left_once(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = await call(lambda: bob.actor)
    ref = document_ref(actor, "checklist", CHECKLIST)
    ghost = await call(presence.enter, actor=actor, ref=ref, session_id="ghost")
    watcher = await Live(alice).open()
    assert [one["sessionId"] for one in watcher.welcome["participants"]] == ["ghost"]

    later = clock.now() + timedelta(seconds=100)
    monkeypatch.setattr(clock, "now", lambda: later)
    await healing.heal_presence(current_hub())
    await healing.heal_presence(current_hub())
    monkeypatch.undo()

    left = [e["data"]["sessionId"] for e in await watcher.settle()]
    assert left == ["ghost"]
    assert [one["userId"] for one in await sessions(alice)] == [alice.user_id]
    assert not await call(presence.expire, presence=ghost)
    await watcher.close()


async def test_who_is_here_stays_here(
    alice: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await Live(alice).open()
    for seconds in (60, 120, 180):
        later = clock.now() + timedelta(seconds=seconds)
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda later=later: later)
            await healing.heal_presence(current_hub())
            assert len(await sessions(alice)) == 1
    await live.close()
    assert await sessions(alice) == []


async def test_one_who_comes_through_the_store_alone_is_told_once(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    watcher = await Live(alice).open()
    actor = await call(lambda: bob.actor)
    ref = document_ref(actor, "checklist", CHECKLIST)
    other = await call(presence.enter, actor=actor, ref=ref, session_id="elsewhere")
    for _ in range(2):
        await healing.heal_presence(current_hub())

    [joined] = await watcher.settle()
    assert (joined["eventType"], joined["data"]["userName"]) == ("team.member.joined", "Bob")
    await call(presence.leave, presence=other)
    for _ in range(2):
        await healing.heal_presence(current_hub())
    [left] = await watcher.settle()
    assert left["eventType"] == "team.member.left"
    await watcher.close()


async def test_sessions_are_for_who_may_read_the_document(
    mallory: Person, carol: Person, checklist: dict[str, Any]
) -> None:
    assert await sessions(carol) == []
    answer = await call(mallory.api.get, f"{URL}/sessions")
    assert answer.json() == problem(404, "not_found")


async def test_a_session_id_is_the_connections_own(bob: Person, checklist: dict[str, Any]) -> None:
    one = await Live(bob).open()
    await one.close()
    two = await Live(bob).open()

    assert one.welcome["sessionId"] == ANY_ID
    assert one.welcome["sessionId"] != two.welcome["sessionId"]
    await asyncio.gather(two.close())
