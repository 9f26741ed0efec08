"""Notifications: what happens to a user and their teams, live, and what was missed of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from collab.hub import current_hub, feeds, healing
from prework import changes
from prework.ids import moment_of, new_id
from tests import faults
from tests.cast import Person
from tests.collab.live import Live, call
from tests.collab.test_store_failures import DOWN
from tests.matching import ANY_ID, ANY_TIME

BELL = "/ws/notifications"


async def listen(person: Person) -> Live:
    """Open the socket, and be sure that it listens."""
    live = await Live(person, BELL).connect()
    await live.send({"action": "ping"})
    assert (await live.next())["eventType"] == "pong"
    return live


async def make_team(person: Person, name: str = "Crew") -> str:
    made = await call(person.api.post, "/api/teams", {"name": name})
    assert made.status_code == 201, made.content
    return str(made.json()["teamId"])


async def add(person: Person, team: str, other: Person) -> None:
    path = f"/api/teams/{team}/members"
    assert (await call(person.api.post, path, {"userId": other.user_id})).status_code == 201


async def rename(person: Person, team: str, name: str) -> None:
    answer = await call(person.api.patch, f"/api/teams/{team}", {"name": name})
    assert answer.status_code == 200, answer.content


async def test_a_member_is_told_what_happens_in_the_team(
    alice: Person, bob: Person, team: str
) -> None:
    live = await listen(bob)
    await rename(alice, team, "Night crew")

    event = await live.next()
    assert event == {
        "eventId": ANY_ID,
        "eventType": "team.updated",
        "entityType": "team",
        "entityId": team,
        "timestamp": ANY_TIME,
        "userId": alice.user_id,
        "data": event["data"],
    }
    assert event["data"]["teamName"] == "Night crew"
    activity = (await call(bob.api.get, f"/api/teams/{team}/activity")).json()["items"]
    assert activity[0] == event
    await live.close()


async def test_who_is_made_a_member_is_told_and_then_the_teams_events(
    alice: Person, bob: Person
) -> None:
    team = await make_team(alice)
    live = await listen(bob)
    await add(alice, team, bob)

    assert (await live.next())["eventType"] == "team.member.added"
    await healing.heal_rights(current_hub())
    await rename(alice, team, "Night crew")
    assert (await live.next())["eventType"] == "team.updated"
    await live.close()


async def test_who_leaves_the_team_is_told_that_and_no_more(
    alice: Person, bob: Person, team: str
) -> None:
    live = await listen(bob)
    await call(alice.api.delete, f"/api/teams/{team}/members/{bob.user_id}")
    assert (await live.next())["eventType"] == "team.member.removed"

    await healing.heal_rights(current_hub())
    await rename(alice, team, "Night crew")
    assert await live.settle() == []
    await live.close()


async def test_others_are_told_nothing(
    alice: Person, carol: Person, mallory: Person, team: str
) -> None:
    lives = [await listen(person) for person in (carol, mallory)]
    await rename(alice, team, "Night crew")

    for live in lives:
        assert await live.settle() == []
        await live.close()


async def test_an_event_for_the_user_and_the_team_comes_once(alice: Person) -> None:
    live = await listen(alice)
    team = await make_team(alice)
    await healing.heal_rights(current_hub())
    await healing.heal_events(current_hub(), new_id())

    events = await live.settle()
    ids = [event["eventId"] for event in events]
    assert len(ids) == len(set(ids))
    assert {event["entityId"] for event in events} == {team}
    await live.close()


async def test_a_new_assignment_is_told(alice: Person, bob: Person, team: str) -> None:
    live = await listen(bob)
    given = {"checklistId": "checklist-123", "userId": bob.user_id}
    body = {"entityType": "checklist", "entityId": "checklist-123", "content": {}}
    await call(alice.api.post, "/api/documents", body)
    answer = await call(alice.api.post, "/api/assignments", {"assignments": [given]})
    assert answer.status_code == 201, answer.content

    assert (await live.next())["eventType"] == "assignment.created"
    await live.close()


async def test_what_was_missed_is_replayed_in_order_and_once(
    alice: Person, bob: Person, team: str
) -> None:
    live = await listen(bob)
    await rename(alice, team, "One")
    seen = await live.next()
    await live.close()
    for name in ("Two", "Three"):
        await rename(alice, team, name)
    other = await make_team(alice, "Other")
    await add(alice, other, bob)

    back = await Live(bob, f"{BELL}?since={seen['eventId']}").connect()
    events = await back.settle()
    ids = [event["eventId"] for event in events]
    assert ids == sorted(set(ids))
    assert seen["eventId"] not in ids
    missed = [event for event in events if event["eventId"] > seen["eventId"]]
    assert [event["eventType"] for event in missed] == [
        "team.updated",
        "team.updated",
        "team.created",
        "team.member.added",
    ]
    assert [event["data"]["teamName"] for event in missed[:2]] == ["Two", "Three"]
    await rename(alice, team, "Four")
    assert (await back.next())["data"]["teamName"] == "Four"
    await back.close()


async def test_a_missed_assignment_and_request_are_replayed(
    alice: Person, bob: Person, team: str
) -> None:
    before = new_id()
    body = {"entityType": "checklist", "entityId": "checklist-123", "content": {}}
    await call(alice.api.post, "/api/documents", body)
    for whose in ({"userId": bob.user_id}, {"teamId": team}):
        given = {"assignments": [{"checklistId": "checklist-123", **whose}]}
        assert (await call(alice.api.post, "/api/assignments", given)).status_code == 201
    asking = {"name": "Asked", "settings": {"requireApprovalForJoin": True}}
    other = (await call(alice.api.post, "/api/teams", asking)).json()["teamId"]
    await call(bob.api.post, f"/api/teams/{other}/join")
    await call(alice.api.post, f"/api/teams/{other}/join-requests/{bob.user_id}/reject")

    back = await Live(bob, f"{BELL}?since={before}").connect()
    events = [event["eventType"] for event in await back.settle()]
    assert [one for one in events if one.startswith("assignment")] == ["assignment.created"] * 2
    assert "team.join.rejected" in events
    await back.close()


async def test_one_stored_after_a_later_one_was_told_is_not_missed(
    alice: Person, bob: Person, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await listen(bob)
    earlier = new_id()
    await rename(alice, team, "Told first")
    seen = await live.next()
    await live.close()
    with monkeypatch.context() as slow:
        ids = SimpleNamespace(new_id=lambda: earlier, moment_of=moment_of)
        slow.setattr(changes, "ids", ids)
        await rename(alice, team, "Stored last")

    back = await Live(bob, f"{BELL}?since={seen['eventId']}").connect()
    replayed = {event["eventId"]: event for event in await back.settle()}
    assert replayed[earlier]["data"]["teamName"] == "Stored last"
    await healing.heal_events(current_hub(), earlier)
    assert await back.settle() == []
    await back.close()


@pytest.mark.parametrize(
    "event_id",
    [
        "01a21c82-84b6-735d-a883-9282b8bd7dd9",
        "00000000-0001-7000-8000-000000000000",
    ],
)
def test_a_while_before_an_event_is_an_id_as_well(event_id: str) -> None:
    before = feeds.before(event_id)

    assert before < event_id
    expected = max(moment_of(event_id) - feeds.LATE, datetime.fromtimestamp(0, UTC))
    assert moment_of(before) == expected


async def test_since_something_that_is_no_event_is_said(bob: Person) -> None:
    live = await Live(bob, f"{BELL}?since=nonsense").connect()

    assert (await live.next())["code"] == "invalid_frame"
    assert await live.settle() == []
    await live.close()


async def test_one_that_goes_while_its_teams_are_read_leaves_nothing_behind(
    alice: Person, bob: Person
) -> None:
    hub = current_hub()
    live = await listen(bob)
    [socket] = hub.sockets
    await add(alice, await make_team(alice), bob)
    with faults.holding("Query") as (is_held, release):
        renewing = asyncio.create_task(healing.heal_rights(hub))
        await call(is_held.wait, faults.PATIENCE_SECONDS)
        await live.close()
        release.set()
        await renewing

    assert hub.feeds == {}
    assert socket.audiences == set()


async def test_what_nobody_told_is_found_in_the_store(
    alice: Person, bob: Person, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await listen(bob)
    marker = new_id()
    hub = current_hub()
    with monkeypatch.context() as deaf:
        deaf.setattr(hub, "receive", lambda message: None)
        await rename(alice, team, "Night crew")
        assert await live.settle() == []

    for _ in range(2):
        await healing.heal_events(hub, marker)
    [event] = await live.settle()
    assert event["eventType"] == "team.updated"
    await live.close()


async def test_what_nobody_told_is_found_although_the_store_fails_for_a_while(
    alice: Person, bob: Person, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(healing, "LONG_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(feeds, "LATE", timedelta(milliseconds=1))
    hub = current_hub()
    rounds = asyncio.create_task(healing._heal_events_always(hub))
    live = await listen(bob)
    with faults.raising("Query", DOWN):
        with monkeypatch.context() as deaf:
            deaf.setattr(hub, "receive", lambda message: None)
            await rename(alice, team, "Night crew")
        await asyncio.sleep(0.3)
    event = await live.next()

    assert event["data"]["teamName"] == "Night crew"
    rounds.cancel()
    await live.close()


async def test_events_older_than_seven_days_are_not_replayed(
    alice: Person, bob: Person, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = new_id()
    await rename(alice, team, "Old")
    monkeypatch.setattr(feeds, "REPLAYED", feeds.REPLAYED * 0)
    live = await Live(bob, f"{BELL}?since={before}").connect()

    assert await live.settle() == []
    await live.close()


async def test_it_takes_a_sign_in() -> None:
    live = await Live(None, BELL).connect()

    assert await live.closed() == 4401


async def test_it_only_listens(bob: Person) -> None:
    live = await listen(bob)
    await live.send({"action": "apply", "operation": {}})

    error: dict[str, Any] = await live.next()
    assert (error["eventType"], error["code"]) == ("error", "invalid_frame")
    await live.close()
