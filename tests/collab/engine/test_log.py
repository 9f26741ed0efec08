"""Log entries: their stored form, alone and together."""

import zlib
from decimal import Decimal

import orjson

from collab.engine.log import LogEntry, entry_from_record, entry_from_text
from tests.collab.engine.desk import ALICE, BOB, Desk, operation


def test_a_single_operation_is_the_item_of_the_guide() -> None:
    desk = Desk()
    desk.apply(ALICE, "update", "items.item-456.checked", 0, old=False, new=True, id="op-1")
    assert desk.log[0].to_record() == {
        "operationId": "op-1",
        "userId": "user-alice",
        "clientId": "tab-1",
        "type": "update",
        "path": "checklist-123.items.item-456.checked",
        "oldValue": "false",
        "newValue": "true",
        "before": "false",
        "baseVersion": 0,
        "onConflict": "overwrite",
        "version": 1,
        "firstVersion": 1,
        "lastVersion": 1,
        "timestamp": 2_000,
    }


def test_several_operations_are_packed_into_one() -> None:
    desk = Desk()
    desk.send(
        ALICE,
        operation("update", "title", 0, new=None, id="op-a"),
        operation("delete", "place", 0, id="op-b"),
    )
    record = desk.log[0].to_record()
    assert {name: record[name] for name in record if name != "operations"} == {
        "operationId": "op-a",
        "firstVersion": 1,
        "lastVersion": 2,
        "timestamp": 2_000,
    }
    assert [row["type"] for row in orjson.loads(zlib.decompress(record["operations"]))] == [
        "update",
        "delete",
    ]
    assert entry_from_record(record).operations == list(desk.log[0].operations)
    assert entry_from_text(desk.log[0].to_text()) == entry_from_record(record)


def test_every_kind_comes_back_from_the_store() -> None:
    desk = Desk()
    desk.apply(BOB, "update", "title", 0, new="b")
    desk.apply(ALICE, "update", "title", 0, new=[None, 1.5, {"a": True}])
    desk.apply(ALICE, "insert", "none", 0, new=None, old=None)
    desk.apply(ALICE, "delete", "none", 0)
    for entry in desk.log:
        # The store gives numbers of its own kind.
        record = {
            name: Decimal(value) if isinstance(value, int) else value
            for name, value in entry.to_record().items()
        }
        assert entry_from_record(record) == LogEntry(list(entry.operations), entry.timestamp)
    assert desk.operations[1].overwrote == (1, "user-bob")


def test_history_on_the_wire() -> None:
    desk = Desk()
    desk.apply(BOB, "update", "title", 0, new="b")
    desk.apply(ALICE, "delete", "title", 0, id="op-9")
    assert desk.operations[1].to_wire() == {
        "operationId": "op-9",
        "type": "delete",
        "path": "checklist-123.title",
        "baseVersion": 0,
        "onConflict": "overwrite",
        "version": 2,
        "userId": "user-alice",
        "timestamp": "1970-01-01T00:00:02.001Z",
        "conflict": {"version": 1, "userId": "user-bob", "value": "b"},
    }
