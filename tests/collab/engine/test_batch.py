"""Batches: settled beside the replica, bounded, committed or dropped as one."""

import orjson
import pytest

from collab.engine.limits import (
    BATCH_LOG_BYTES,
    DOCUMENT_ITEMS,
    INLINE_BYTES,
    INLINE_NODES,
    KIB,
    NODE_BYTES,
)
from collab.engine.log import LogEntry
from collab.engine.operations import Operation
from collab.engine.outcomes import Applied, Rejected
from collab.engine.refusals import Code, StaleBatch
from collab.engine.values import json_size
from tests.collab.engine.desk import ALICE, BOB, Desk, operation


def test_a_batch_folds_and_the_replica_waits() -> None:
    desk = Desk()
    records = desk.replica.records()
    batch = desk.batch()
    for turn in range(50):
        outcome = batch.settle(operation("update", "items.item-456.n", 0, new=turn), ALICE)
        assert isinstance(outcome, Applied)
    assert (batch.base_version, batch.version, desk.replica.version) == (0, 50, 0)
    assert [node.key for node in batch.nodes] == ["items/item-456"]
    assert batch.entry == LogEntry(tuple(batch.operations), batch.timestamp)
    assert desk.replica.records() == records
    batch.advance()
    assert desk.replica.version == 50
    assert desk.replica.content()["items"]["item-456"]["n"] == 49


def test_a_dropped_batch_leaves_nothing() -> None:
    desk = Desk()
    records = desk.replica.records()
    desk.batch().settle(operation("delete", "items.item-456", 0), ALICE)
    assert desk.apply(BOB, "update", "title", 0, new="x").committed.version == 1
    assert desk.replica.records()[1:] == records[1:]


def test_operations_see_those_before_them() -> None:
    desk = Desk()
    insert, update, again, above = desk.send(
        ALICE,
        operation("insert", "items.item-9", 0, new={"n": 1}),
        operation("update", "items.item-9.n", 1, new=2),
        operation("insert", "items.item-9", 0, new={}),
        operation("update", "title", 3, new="x"),
    )
    assert isinstance(insert, Applied) and isinstance(update, Applied)
    assert update.committed.before == 1
    assert isinstance(again, Rejected) and again.current == {"n": 2}
    assert isinstance(above, Rejected) and above.code is Code.INVALID_BASE_VERSION


def test_what_a_rejection_shows_stays_as_it_was() -> None:
    desk = Desk()
    _, rejected, _ = desk.send(
        ALICE,
        operation("update", "items.item-456.n", 0, new=1),
        operation("insert", "items.item-456", 0, new={}),
        operation("update", "items.item-456.n", 0, new=2),
    )
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.current, dict) and rejected.current["n"] == 1


def test_a_replica_that_moved_refuses_the_batch() -> None:
    desk, other = Desk(), Desk()
    batch = desk.batch()
    batch.settle(operation("update", "title", 0, new="mine"), ALICE)
    other.apply(BOB, "update", "title", 0, new="theirs")
    desk.replica.apply(other.operations)
    with pytest.raises(StaleBatch):
        batch.advance()
    assert desk.replica.content()["title"] == "theirs"


def test_timestamps_never_go_back() -> None:
    desk = Desk()
    first, second = desk.batch(), desk.batch()
    first.settle(operation("update", "title", 0, new="a"), ALICE)
    desk.commit(first)
    second = desk.batch()
    assert (first.timestamp, second.timestamp) == (2_000, 2_001)


def test_a_batch_that_touches_little_is_light() -> None:
    desk = Desk({"items": {"large": {"x": "x" * INLINE_BYTES}}})
    batch = desk.batch()
    for number in range(INLINE_NODES):
        batch.settle(operation("insert", f"items.n{number}", 0, new={}), ALICE)
        assert batch.is_light
    batch.settle(operation("insert", "items.more", 0, new={}), ALICE)
    assert not batch.is_light
    batch = desk.batch()
    batch.settle(update_of("items.large.y", 1), ALICE)
    assert not batch.is_light


@pytest.mark.parametrize("size", [10, 1_000, 30 * KIB])
def test_a_batch_ends_at_the_bytes_of_a_log_entry(size: int) -> None:
    desk = Desk()
    batch = desk.batch()
    while batch.settle(update_of("items.item-456.text", "x" * size), ALICE) is not None:
        pass
    stored = len(orjson.dumps([one.to_row() for one in batch.operations]))
    assert BATCH_LOG_BYTES - 100 * KIB < stored <= BATCH_LOG_BYTES


def test_an_item_has_256_kib() -> None:
    desk = Desk({"items": {"a": {"x": "x" * 240 * KIB}}})
    rejected = desk.refuse(ALICE, "update", "items.a.y", 0, new="y" * 20 * KIB)
    assert rejected.code is Code.TOO_LARGE
    desk.apply(ALICE, "update", "items.a.y", 0, new="y" * 15 * KIB)
    desk.apply(ALICE, "delete", "items.a.x", 0)
    node = desk.replica.nodes["items/a"]
    assert node.size == json_size(node.value) < NODE_BYTES


def test_a_document_has_10_000_items() -> None:
    desk = Desk({"items": {f"i{number}": 0 for number in range(DOCUMENT_ITEMS)}})
    assert desk.refuse(ALICE, "insert", "items.more", 0, new=1).code is Code.TOO_LARGE
    desk.apply(ALICE, "delete", "items.i0", 0)
    desk.apply(ALICE, "insert", "items.more", 0, new=1)
    assert desk.refuse(ALICE, "insert", "items.i0", 0, new=1).code is Code.TOO_LARGE


def test_a_document_has_4_mib() -> None:
    desk = Desk({"items": {f"i{number}": {"x": "x" * 255 * KIB} for number in range(16)}})
    assert desk.refuse(ALICE, "insert", "items.m", 0, new="x" * 30 * KIB).code is Code.TOO_LARGE
    assert desk.refuse(ALICE, "update", "title", 0, new="x" * 30 * KIB).code is Code.TOO_LARGE
    desk.apply(ALICE, "delete", "items.i0", 0)
    desk.apply(ALICE, "insert", "items.m", 0, new="x" * 30 * KIB)


def test_an_operation_that_no_log_entry_can_hold() -> None:
    desk = Desk({"title": {"x": "x" * 255 * KIB}})
    first = desk.apply(ALICE, "delete", "title", 0).committed
    assert json_size(first.to_row()) > 255 * KIB
    huge = Operation(
        "op-huge",
        "update",
        first.operation.path,
        old_value=first.before,
        new_value=first.before,
        base_version=1,
    )
    [rejected] = desk.send(ALICE, huge)
    assert isinstance(rejected, Rejected) and rejected.code is Code.TOO_LARGE
    assert desk.replica.version == 1


def update_of(path: str, value: object) -> Operation:
    return operation("update", path, 0, new=value)
