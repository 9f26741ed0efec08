"""documents.end_live_sessions"""

from typing import Any

import pytest

from collab.services import documents
from prework.errors import NotFound, PermissionDenied
from prework.tenancy import StaffActor
from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.cast import Person
from tests.collab.live import CHECKLIST, Live, call, operation

WITHIN = 5.0
WHAT: dict[str, Any] = {"entity_type": "checklist", "entity_id": CHECKLIST}


async def test_everybody_is_sent_out_and_may_come_back(
    alice: Person, bob: Person, operator: StaffActor, checklist: dict[str, Any]
) -> None:
    sockets = [await Live(person).open() for person in (alice, bob, bob)]
    actor = operator.in_organization(alice.organization_id, reason="a storm of operations")
    await call(documents.end_live_sessions, actor=actor, **WHAT)
    for socket in sockets:
        assert await socket.closed(within=WITHIN) == 4403
    again = await Live(bob).open()
    [done] = await again.apply(operation())
    assert done["version"] == 1
    await again.close()
    [entry] = await call(alice.trail, action="DOCUMENT_SESSIONS_ENDED")
    assert (entry["entityType"], entry["entityId"]) == ("checklist", CHECKLIST)
    assert (entry["userId"], entry["actorKind"]) == (operator.user_id, "staff")
    assert entry["reason"] == "a storm of operations"


async def test_who_came_back_stays(
    alice: Person, operator: StaffActor, checklist: dict[str, Any]
) -> None:
    actor = operator.in_organization(alice.organization_id)
    await call(documents.end_live_sessions, actor=actor, **WHAT)
    live = await Live(alice).open()
    with pytest.raises(TimeoutError):
        await live.closed(within=4.0)
    await live.close()


def test_who_may_not_is_refused(
    alice: Person,
    max_: Person,
    mallory: Person,
    support: StaffActor,
    checklist: dict[str, Any],
    store_calls: StoreCalls,
) -> None:
    for actor, refusal in (
        (max_.actor, PermissionDenied),
        (support.in_organization(alice.organization_id), PermissionDenied),
        (mallory.actor, NotFound),
    ):
        store_calls.clear()
        with pytest.raises(refusal):
            documents.end_live_sessions(actor=actor, **WHAT)
        assert written(store_calls) == []
