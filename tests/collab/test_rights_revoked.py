"""Somebody loses what let them in: their sockets close, whoever took it, and wherever."""

import asyncio
from typing import Any

from collab.hub import current_hub, healing
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Person, sign_in
from tests.collab.live import CHECKLIST, Live, call, operation
from tests.collab.test_store_failures import DOWN

WITHIN = 5.0


async def test_a_sign_out_closes_with_4401(bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()
    bell = await Live(bob, "/ws/notifications").connect()
    assert (await call(bob.api.post, "/api/auth/logout")).status_code == 204

    assert await live.closed(within=WITHIN) == 4401
    assert await bell.closed(within=WITHIN) == 4401


async def test_another_sign_in_of_the_same_person_stays(
    bob: Person, checklist: dict[str, Any]
) -> None:
    other = await call(sign_in, bob.email)
    live, stays = await Live(bob).open(), await Live(other).open()
    await call(bob.api.post, "/api/auth/logout")

    assert await live.closed(within=WITHIN) == 4401
    [done] = await stays.apply(operation())
    assert done["version"] == 1
    await stays.close()


async def test_a_suspension_closes_with_4401(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob).open()
    answer = await call(alice.api.patch, f"/api/users/{bob.user_id}", {"isActive": False})
    assert answer.status_code == 200, answer.content

    assert await live.closed(within=WITHIN) == 4401


async def test_leaving_the_team_closes_with_4403(alice: Person, bob: Person, team: str) -> None:
    body = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}, "teamId": team}
    await call(alice.api.post, "/api/documents", body)
    stays, goes = await Live(alice).open(), await Live(bob).open()
    answer = await call(alice.api.delete, f"/api/teams/{team}/members/{bob.user_id}")
    assert answer.status_code == 204, answer.content

    assert await goes.closed(within=WITHIN) == 4403
    assert (await stays.next("team.member.left"))["userId"] == bob.user_id
    await stays.close()


async def test_leaving_a_private_team_closes_with_4403_too(
    alice: Person, bob: Person, private_team: str
) -> None:
    body = {
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "content": {},
        "teamId": private_team,
    }
    await call(alice.api.post, "/api/documents", body)
    live = await Live(bob).open()
    await call(alice.api.delete, f"/api/teams/{private_team}/members/{bob.user_id}")

    assert await live.closed(within=WITHIN) == 4403


async def test_one_who_becomes_a_viewer_stays_and_only_watches(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob).open()
    await live.apply(operation())
    answer = await call(alice.api.patch, f"/api/users/{bob.user_id}", {"role": "viewer"})
    assert answer.status_code == 200, answer.content

    async with asyncio.timeout(WITHIN):
        while (outcome := (await live.apply(operation()))[0])["eventType"] == "operation.ack":
            await asyncio.sleep(0.2)
    assert outcome["code"] == "permission_denied"
    await live.close()


async def test_nobody_signed_out_waits_for_the_rights_of_others(
    alice: Person, bob: Person, carol: Person
) -> None:
    bell = "/ws/notifications"
    changed = [await Live(carol, bell).connect() for _ in range(5)]
    gone = await Live(bob, bell).connect()
    for live in (gone, *changed):
        await live.settle()
    await call(alice.api.patch, f"/api/users/{carol.user_id}", {"role": "member"})
    await call(bob.api.post, "/api/auth/logout")
    with faults.raising("Query", DOWN):
        await healing.heal_rights(current_hub())

    assert await gone.closed(within=0.5) == 4401
    assert [socket.actor.role for socket in current_hub().sockets] == ["viewer"] * 5
    await healing.heal_rights(current_hub())
    assert [socket.actor.role for socket in current_hub().sockets] == ["member"] * 5
    for live in changed:
        await live.close()


async def test_many_sockets_of_one_sign_in_ask_once(
    alice: Person, bob: Person, team: str, store_calls: StoreCalls
) -> None:
    body = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}, "teamId": team}
    await call(alice.api.post, "/api/documents", body)
    lives = [await Live(bob).open() for _ in range(10)]
    await call(alice.api.delete, f"/api/teams/{team}/members/{bob.user_id}")
    store_calls.clear()
    await healing.heal_rights(current_hub())
    # The sign-in, the document, its team. (Then the sockets leave: each has a record to take.)
    assert store_calls.dynamodb.count("BatchGetItem") == 3
    assert [await live.closed(within=1) for live in lives] == [4403] * 10
