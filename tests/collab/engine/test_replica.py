"""Replicas: following the log, loading from the store, counting, forgetting."""

import orjson
import pytest

from collab.engine.limits import TOMBSTONES
from collab.engine.nodes import mark_from_text, mark_text
from collab.engine.paths import FIELDS
from collab.engine.refusals import LogGap, ReplicaDiverged
from collab.engine.replica import Replica, load_replica
from tests.collab.engine.desk import ALICE, BOB, Desk, operation

ITEM = "items.item-456"


def reloaded(replica: Replica) -> Replica:
    records = orjson.loads(orjson.dumps(replica.records()))
    return load_replica(
        records,
        version=replica.version,
        epoch=replica.epoch,
        timestamp=replica.timestamp,
        forgotten=replica.forgotten,
    )


def test_a_replica_follows_the_log() -> None:
    desk = worked_on()
    replica = desk.fresh()
    replica.apply(desk.operations)
    assert replica.records() == desk.replica.records()
    assert replica.version == desk.replica.version == 6
    assert replica.timestamp == desk.replica.timestamp


def test_known_operations_are_ignored_and_gaps_are_not() -> None:
    desk = worked_on()
    replica = desk.fresh()
    replica.apply(desk.operations[:3])
    replica.apply(desk.operations[1:5])
    assert replica.version == 5
    behind = desk.fresh()
    with pytest.raises(LogGap):
        behind.apply([desk.operations[0], desk.operations[2]])
    assert (behind.version, behind.content()) == (0, desk.start)


def test_the_stored_form_comes_back() -> None:
    desk = worked_on()
    replica = reloaded(desk.replica)
    assert replica.records() == desk.replica.records()
    assert (replica.bytes, replica.item_count) == (desk.replica.bytes, desk.replica.item_count)
    assert list(replica.tombstones) == list(desk.replica.tombstones) == ["items/item-456"]


def test_values_are_stored_as_text() -> None:
    records = {record["node"]: record for record in worked_on().replica.records()}
    assert records["items/item-9"]["value"] == '{"text":"Lights on","checked":true}'
    assert records["items/item-456"]["isDeleted"] is True
    assert "value" not in records["items/item-456"]
    assert records[FIELDS]["version"] == 3


def test_a_load_that_saw_newer_nodes() -> None:
    desk = worked_on()
    early = desk.fresh()
    early.apply(desk.operations[:2])
    # Half of what was read is as of version 2, half as of the newest.
    late = {record["node"]: record for record in desk.replica.records()}
    mixed = {record["node"]: record for record in early.records()} | {
        "items/item-456": late["items/item-456"]
    }
    replica = load_replica(mixed.values(), version=2, epoch="epoch-1", timestamp=1)
    replica.apply(desk.operations)
    assert replica.content() == desk.replica.content()
    assert (replica.bytes, replica.item_count) == (desk.replica.bytes, desk.replica.item_count)


def test_a_node_ignores_what_it_already_contains() -> None:
    desk = Desk()
    desk.apply(ALICE, "update", f"{ITEM}.checked", 0, new=True)
    desk.apply(ALICE, "delete", ITEM, 1)
    # The state was read before both, the item after both: it is gone, and not to be written into.
    replica = load_replica(desk.replica.records(), version=0, epoch="epoch-1", timestamp=0)
    replica.apply(desk.operations[:1])
    assert replica.content()["items"] == {}
    replica.apply(desk.operations)
    assert replica.records() == desk.replica.records()
    assert replica.item_count == 0


def test_content_once_given_never_changes() -> None:
    desk = Desk()
    content = desk.replica.content()
    text = orjson.dumps(content)
    desk.apply(ALICE, "update", "place.hall.door", 0, new=9)
    desk.apply(ALICE, "update", f"{ITEM}.checked", 0, new=True)
    desk.apply(ALICE, "delete", ITEM, 0)
    assert orjson.dumps(content) == text


def test_a_log_that_does_not_fit_is_noticed() -> None:
    desk = Desk()
    desk.apply(ALICE, "insert", "items.item-9", 0, new={})
    desk.apply(ALICE, "update", "items.item-9.text", 1, new="x")
    replica = load_replica(Desk({}).replica.records(), version=1, epoch="e", timestamp=0)
    with pytest.raises(ReplicaDiverged):
        replica.apply(desk.operations[1:])
    with pytest.raises(ReplicaDiverged):
        load_replica([], version=0, epoch="e", timestamp=0)


def test_tombstones_are_bounded_and_still_conflict() -> None:
    desk = Desk({"items": {f"i{number}": 0 for number in range(TOMBSTONES + 3)}})
    for number in range(TOMBSTONES + 3):
        desk.apply(BOB, "delete", f"items.i{number}", 0)
    assert len(desk.replica.tombstones) == TOMBSTONES
    assert "items/i0" not in desk.replica.nodes
    assert desk.replica.forgotten is not None
    assert desk.replica.forgotten.last.version == 3
    assert mark_from_text(mark_text(desk.replica.forgotten)) == desk.replica.forgotten
    assert desk.refuse(ALICE, "insert", "items.i0", 2, new=1, on_conflict="reject")
    assert desk.apply(ALICE, "insert", "items.i0", 3, new=1, on_conflict="reject")
    assert desk.replica.content() == {"items": {"i0": 1}}


def test_an_item_made_again_after_it_was_forgotten_still_conflicts() -> None:
    desk = Desk({"items": {f"i{number}": 0 for number in range(TOMBSTONES + 1)}})
    for number in range(TOMBSTONES + 1):
        desk.apply(ALICE, "delete", f"items.i{number}", number)

    made = desk.apply(BOB, "insert", "items.i0", 0, new={"text": "again"})
    assert made.committed.overwrote == (1, ALICE.user_id)
    changed = desk.apply(BOB, "update", "items.i0.text", 0, new="and again")
    assert changed.committed.overwrote == (1, ALICE.user_id)
    later = desk.apply(BOB, "update", "items.i0.text", desk.replica.version, new="later")
    assert later.committed.overwrote is None


def test_a_replica_says_which_tombstones_go() -> None:
    desk = Desk({"items": {f"i{number}": 0 for number in range(TOMBSTONES + 1)}})
    for number in range(TOMBSTONES):
        desk.apply(BOB, "delete", f"items.i{number}", 0)
    batch = desk.batch()
    batch.settle(operation("delete", f"items.i{TOMBSTONES}", 0), BOB)
    batch.settle(operation("insert", "items.i1", 0, new=5), BOB)
    assert not batch.is_light
    assert "items/i0" in desk.replica.nodes
    desk.commit(batch)
    assert list(desk.replica.dropped) == ["items/i0"]
    assert len(desk.replica.tombstones) == TOMBSTONES - 1


def test_a_dropped_item_made_again_in_the_same_batch_is_only_put() -> None:
    desk = Desk({"items": {f"i{number}": 0 for number in range(TOMBSTONES + 1)}})
    for number in range(TOMBSTONES):
        desk.apply(BOB, "delete", f"items.i{number}", 0)
    batch = desk.batch()
    batch.settle(operation("delete", f"items.i{TOMBSTONES}", 0), BOB)
    batch.settle(operation("insert", "items.i0", 0, new=5), BOB)
    desk.commit(batch)
    assert not desk.replica.dropped
    assert desk.replica.content() == {"items": {"i0": 5}}
    assert desk.replica.records() == reloaded(desk.replica).records()


def worked_on() -> Desk:
    """Six operations by two people: fields, an item made, one changed, one deleted."""
    desk = Desk()
    desk.apply(ALICE, "insert", "items.item-9", 0, new={"text": "Lights"})
    desk.apply(BOB, "update", f"{ITEM}.checked", 0, new=True)
    desk.apply(BOB, "update", "place.hall", 0, new={"door": 5, "lamps": []})
    desk.apply(ALICE, "update", "items.item-9.text", 1, new="Lights on")
    desk.apply(ALICE, "delete", ITEM, 2)
    desk.apply(BOB, "update", "items.item-9.checked", 2, new=True)
    return desk


def test_a_replay_comes_to_the_same_tombstones() -> None:
    desk = Desk({"items": {f"t{number}": 1 for number in range(TOMBSTONES)}})
    for number in range(20):
        desk.apply(ALICE, "insert", f"items.i{number}", 0, new=1)
    for number in range(20):
        desk.apply(ALICE, "delete", f"items.i{number}", 20)
    for number in range(TOMBSTONES):
        desk.apply(ALICE, "delete", f"items.t{number}", 40)

    replica = load_replica(desk.replica.records(), version=0, epoch="epoch-1", timestamp=1_000)
    replica.apply(desk.operations, is_replay=True)
    assert list(replica.tombstones) == list(desk.replica.tombstones)
    assert replica.content() == desk.replica.content()
