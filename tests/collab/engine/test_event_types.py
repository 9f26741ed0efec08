"""What watchers are told."""

from typing import Any

import pytest

from collab.engine.event_types import operation_event
from tests.collab.engine.desk import ALICE, BOB, ENTITY, Desk

ITEM = "items.item-456"


def test_the_event_of_the_guide() -> None:
    desk = Desk()
    applied = desk.apply(ALICE, "update", f"{ITEM}.checked", 0, old=False, new=True, id="op-1")
    assert operation_event("checklist", ENTITY, applied.committed) == {
        "eventType": "checklist.item.checked",
        "entityType": "checklist",
        "entityId": "checklist-123",
        "timestamp": "1970-01-01T00:00:02.000Z",
        "version": 1,
        "userId": "user-alice",
        "operation": applied.committed.operation.to_wire(),
        "data": {"itemId": "item-456", "checked": True, "updatedBy": "user-alice"},
    }


@pytest.mark.parametrize(
    ("kind", "path", "new", "name", "data"),
    [
        ("update", f"{ITEM}.checked", False, "item.unchecked", {"checked": False}),
        ("update", f"{ITEM}.checked", "yes", "item.updated", {"field": "checked"}),
        ("delete", f"{ITEM}.checked", None, "item.updated", {"field": "checked"}),
        ("update", f"{ITEM}.text", "x", "item.updated", {"field": "text"}),
        ("update", ITEM, {}, "item.updated", {}),
        ("delete", ITEM, None, "item.removed", {}),
    ],
)
def test_items(kind: str, path: str, new: Any, name: str, data: dict[str, Any]) -> None:
    committed = Desk().apply(ALICE, kind, path, 0, new=new).committed
    event = operation_event("submission", ENTITY, committed)
    assert event["eventType"] == f"submission.{name}"
    assert event["data"] == {"itemId": "item-456", "updatedBy": "user-alice"} | data


@pytest.mark.parametrize("kind", ["insert", "update"])
def test_an_item_that_is_new(kind: str) -> None:
    committed = Desk().apply(ALICE, kind, "items.item-9", 0, new={}).committed
    event = operation_event("checklist", ENTITY, committed)
    assert event["eventType"] == "checklist.item.added"
    assert event["data"] == {"itemId": "item-9", "updatedBy": "user-alice"}


def test_a_field_and_its_conflict() -> None:
    desk = Desk()
    desk.apply(BOB, "update", "place.city", 0, new="Linz")
    committed = desk.apply(ALICE, "update", "place.city", 0, new="Wien").committed
    event = operation_event("checklist", ENTITY, committed)
    assert event["eventType"] == "checklist.updated"
    assert event["data"] == {"field": "place.city", "updatedBy": "user-alice"}
    assert event["conflict"] == {"version": 1, "userId": "user-bob", "value": "Linz"}
