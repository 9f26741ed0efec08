"""Who is only here to look may watch a document, and changes nothing in it by any way."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from collab.services import contents, documents, operations
from prework.errors import PermissionDenied
from prework.tenancy import StaffActor
from tests.accounts.acting import end_it, impersonate, raise_it
from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.cast import Person
from tests.collab.live import CHECKLIST, URL, Live, call, operation

WITHIN = 5.0
WHAT: dict[str, Any] = {"entity_type": "checklist", "entity_id": CHECKLIST}


@pytest.mark.parametrize("deed", ["apply", "undo", "create", "archive", "restore"])
def test_it_is_refused_before_anything_is_written(
    alice: Person,
    support: StaffActor,
    checklist: dict[str, Any],
    deed: str,
    store_calls: StoreCalls,
) -> None:
    done = operation()
    alice.api.post(f"{URL}/operations", {"operations": [done]})
    if deed == "restore":
        alice.api.delete(URL)
    # even what one's own operation did
    actor = replace(support.in_organization(alice.organization_id), user_id=alice.user_id)
    deeds: dict[str, Any] = {
        "apply": lambda: operations.apply_operations(
            actor=actor, operations=[operation(base=1)], **WHAT
        ),
        "undo": lambda: operations.undo_operation(
            actor=actor, operation_id=done["operationId"], **WHAT
        ),
        "create": lambda: documents.create_document(
            actor=actor, entity_type="checklist", content={}
        ),
        "archive": lambda: documents.archive_document(actor=actor, **WHAT),
        "restore": lambda: documents.restore_document(actor=actor, **WHAT),
    }
    store_calls.clear()
    with pytest.raises(PermissionDenied):
        deeds[deed]()
    assert written(store_calls) == []


def test_reading_is_allowed(alice: Person, support: StaffActor, checklist: dict[str, Any]) -> None:
    actor = support.in_organization(alice.organization_id)
    view = contents.read_document(actor=actor, **WHAT)
    assert view.content == checklist["content"]
    assert operations.list_operations(actor=actor, **WHAT).operations == []


async def test_who_only_watches_by_a_socket_may_be_seen_and_change_nothing(
    alice: Person, bob: Person, operator: StaffActor, checklist: dict[str, Any]
) -> None:
    seen = await call(impersonate, operator, bob)
    live, other = await Live(seen).open(), await Live(alice).open()
    assert live.content == checklist["content"]
    await live.send({"action": "presence", "state": {"cursor": 1}})
    assert (await other.next("presence.updated"))["data"]["state"] == {"cursor": 1}
    [rejection] = await live.apply(operation())
    assert (rejection["eventType"], rejection["code"]) == (
        "operation.rejected",
        "permission_denied",
    )
    assert (await call(alice.api.get, URL)).json()["version"] == 0

    await call(raise_it, operator, seen)
    async with asyncio.timeout(WITHIN):
        while (outcome := (await live.apply(operation()))[0])["eventType"] != "operation.ack":
            await asyncio.sleep(0.2)
    assert outcome["version"] == 1

    await call(end_it, operator, seen)
    assert await live.closed(within=WITHIN) == 4401
    await other.close()
