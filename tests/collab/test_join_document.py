"""Opening a document's socket: who gets in, by what, and what they are told first."""

from typing import Any

import pytest
from django.conf import settings

from accounts import services
from tests.calls import StoreCalls
from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT, PATH, Live, call, operation
from tests.matching import ANY_ID, ANY_TIME


async def refused(person: Person | None, path: str = PATH, **headers: str) -> int:
    live = await Live(person, path, headers=headers).connect()
    return await live.closed()


async def ticket_of(person: Person) -> str:
    return await call(services.issue_ticket, actor=await call(lambda: person.actor))


async def test_the_first_frame_is_the_document(bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()

    assert live.welcome == {
        "eventType": "session.welcome",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "sessionId": ANY_ID,
        "userId": bob.user_id,
        "version": 0,
        "epoch": checklist["epoch"],
        "participants": [],
        "content": CONTENT,
    }
    await live.close()


async def test_the_others_are_named_and_told(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    first = await Live(alice).open()
    second = await Live(bob).open()

    assert second.welcome["participants"] == [
        {
            "sessionId": first.welcome["sessionId"],
            "userId": alice.user_id,
            "userName": "Alice",
            "joinedAt": ANY_TIME,
            "state": None,
        }
    ]
    assert await first.next() == {
        "eventType": "team.member.joined",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "userId": bob.user_id,
        "data": {
            "userId": bob.user_id,
            "userName": "Bob",
            "sessionId": second.welcome["sessionId"],
        },
    }
    await first.close()
    await second.close()


async def test_a_ticket_opens_it_once(bob: Person, checklist: dict[str, Any]) -> None:
    path = f"{PATH}?ticket={await ticket_of(bob)}"
    live = await Live(None, path).open()

    assert live.welcome["userId"] == bob.user_id
    assert await refused(None, path) == 4401
    await live.close()


async def test_a_ticket_from_a_page_of_ours(bob: Person, checklist: dict[str, Any]) -> None:
    path = f"{PATH}?ticket={await ticket_of(bob)}"
    live = await Live(None, path, headers={"origin": settings.ALLOWED_ORIGINS[0]}).open()
    await live.close()


async def test_a_ticket_from_another_page_is_refused(
    bob: Person, checklist: dict[str, Any]
) -> None:
    path = f"{PATH}?ticket={await ticket_of(bob)}"

    assert await refused(None, path, origin="https://evil.example") == 4403
    live = await Live(None, path).open()  # and it is still good
    await live.close()


async def test_no_origin_is_asked_of_one_with_a_token(
    bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob, headers={"origin": "https://elsewhere.example"}).open()
    await live.close()


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eDp5"}]
)
async def test_nobody_gets_in_unknown(checklist: dict[str, Any], headers: dict[str, str]) -> None:
    assert await refused(None, **headers) == 4401


async def test_nor_with_a_bad_ticket(checklist: dict[str, Any]) -> None:
    assert await refused(None, f"{PATH}?ticket=nonsense") == 4401


async def test_another_organisations_document_is_as_an_unknown_one(
    mallory: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    assert await refused(mallory) == 4404
    assert await refused(bob, "/ws/collab/checklist/unknown") == 4404
    assert await refused(bob, "/ws/collab/team/unknown") == 4404
    assert await refused(bob, "/ws/nothing") == 4404


async def test_a_teams_document_is_for_the_team(
    alice: Person, bob: Person, carol: Person, team: str
) -> None:
    body = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}, "teamId": team}
    await call(alice.api.post, "/api/documents", body)

    live = await Live(bob).open()
    assert await refused(carol) == 4403
    await live.close()


async def test_a_private_teams_is_not_there(
    alice: Person, carol: Person, private_team: str
) -> None:
    body = {
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "content": {},
        "teamId": private_team,
    }
    await call(alice.api.post, "/api/documents", body)

    assert await refused(carol) == 4404


async def test_viewers_watch(bob: Person, carol: Person, checklist: dict[str, Any]) -> None:
    watching, working = await Live(carol).open(), await Live(bob).open()
    done = operation()

    assert await watching.apply(done) == [
        {
            "eventType": "operation.rejected",
            "entityType": "checklist",
            "entityId": CHECKLIST,
            "timestamp": ANY_TIME,
            "operationId": done["operationId"],
            "code": "permission_denied",
            "detail": "This needs the permission checklist.edit.",
            "version": 0,
            "current": None,
        }
    ]
    await working.apply(operation())
    assert (await watching.next("checklist.item.checked"))["version"] == 1
    await watching.close()
    await working.close()


async def test_one_already_open_here_takes_two_reads_and_a_write(
    alice: Person, bob: Person, team: str, store_calls: StoreCalls
) -> None:
    body = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}, "teamId": team}
    await call(alice.api.post, "/api/documents", body)
    first = await Live(alice).open()
    store_calls.clear()
    second = await Live(bob).open()

    assert store_calls.after_sign_in() == ["GetItem", "BatchGetItem", "PutItem"]
    store_calls.clear()
    await second.apply(operation(f"{CHECKLIST}.title", "New"))
    assert store_calls.dynamodb == ["TransactWriteItems"]
    await first.close()
    await second.close()
