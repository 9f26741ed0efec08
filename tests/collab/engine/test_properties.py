"""What holds for every history: the engine against a plain reading of the contract."""

import re
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from collab.engine.batch import Batch
from collab.engine.inverse import content_at
from collab.engine.log import entry_from_text
from collab.engine.marks import Author
from collab.engine.operations import Operation, parse_operation
from collab.engine.outcomes import Applied, Outcome
from collab.engine.replica import load_replica
from collab.engine.stage import item_overhead
from collab.engine.values import ABSENT, json_size, same_json
from tests.collab.engine.desk import ALICE, ALICE_TAB_2, BOB, ENTITY, PATIENTLY, Desk, are_related

START: dict[str, Any] = {"a": {"b": {"c": 1}}, "items": {"x": {"n": 1}, "y": {}}}
PATHS = ["a", "a.b", "a.b.c", "d", "items.x", "items.x.n", "items.x.n.m", "items.y.n", "items.z"]
VALUES = [None, True, 1, 0, "text", {}, {"n": 1}, {"b": {"c": 2}}, {"m": [1]}]

WISHES = st.lists(
    st.fixed_dictionaries(
        {
            "author": st.sampled_from([ALICE, ALICE_TAB_2, BOB]),
            "type": st.sampled_from(["update", "update", "insert", "delete"]),
            "path": st.sampled_from([f"{ENTITY}.{path}" for path in PATHS]),
            "newValue": st.sampled_from(VALUES),
            "lag": st.integers(0, 6),
            "onConflict": st.sampled_from(["overwrite", "reject"]),
        },
        optional={"oldValue": st.sampled_from(VALUES)},
    ),
    max_size=25,
)


def play(desk: Desk, wishes: list[dict[str, Any]], batch_size: int = 1) -> list[Outcome]:
    """Send wishes in batches; each is based some versions back from the newest."""
    outcomes: list[Outcome] = []
    for start in range(0, len(wishes), batch_size):
        batch = desk.batch()
        for number, wish in enumerate(wishes[start : start + batch_size], start):
            outcome = batch.settle(asked(wish, number, batch.version), wish["author"])
            assert outcome is not None
            outcomes.append(outcome)
        desk.commit(batch)
    return outcomes


def timeless(outcome: Outcome) -> dict[str, Any]:
    """An outcome but for the times in its words: those of one batch share one."""
    wire = outcome.to_wire()
    return wire | {"detail": re.sub(r" at \S+Z", "", wire.get("detail", ""))}


def asked(wish: dict[str, Any], number: int, version: int) -> Operation:
    base = max(version - wish["lag"], 0)
    raw = wish | {"operationId": f"op-{number}", "baseVersion": base}
    return parse_operation(raw, ENTITY)


@PATIENTLY
@given(WISHES)
def test_replicas_that_follow_one_log_are_equal(wishes: list[dict[str, Any]]) -> None:
    desk = Desk(START)
    play(desk, wishes, batch_size=4)
    assert [each.version for each in desk.operations] == list(range(1, len(desk.operations) + 1))
    follower = desk.fresh()
    for entry in desk.log:
        follower.apply(entry_from_text(entry.to_text()).operations)
    assert follower.records() == desk.replica.records()
    assert follower.content() == desk.replica.content()
    assert (follower.bytes, follower.item_count) == (desk.replica.bytes, desk.replica.item_count)


@PATIENTLY
@given(WISHES, st.integers(1, 7))
def test_batches_cannot_be_told_from_single_operations(
    wishes: list[dict[str, Any]], batch_size: int
) -> None:
    singly, together = Desk(START), Desk(START)
    one_by_one = [timeless(each) for each in play(singly, wishes)]
    assert [timeless(each) for each in play(together, wishes, batch_size)] == one_by_one
    assert together.replica.content() == singly.replica.content()


@PATIENTLY
@given(WISHES, st.data())
def test_a_load_that_is_no_snapshot_arrives_at_the_same(
    wishes: list[dict[str, Any]], data: st.DataObject
) -> None:
    desk = Desk(START)
    play(desk, wishes)
    newest = desk.replica.version
    version = data.draw(st.integers(0, newest))
    keys = sorted(desk.replica.nodes)
    # Each node was read at some moment after the state was.
    moments = {key: data.draw(st.integers(version, newest)) for key in keys}
    records = [record for key in keys for record in read_at(desk, key, moments[key])]
    loaded = load_replica(records, version=version, epoch="epoch-1", timestamp=0)
    loaded.apply(desk.operations)
    by_node = {record["node"]: record for record in loaded.records()}
    assert by_node == {record["node"]: record for record in desk.replica.records()}
    assert (loaded.bytes, loaded.item_count) == (desk.replica.bytes, desk.replica.item_count)


def read_at(desk: Desk, key: str, version: int) -> list[dict[str, Any]]:
    replica = desk.fresh()
    replica.apply(desk.operations[:version])
    return [record for record in replica.records() if record["node"] == key]


@PATIENTLY
@given(WISHES)
def test_going_back_is_the_same_as_replaying(wishes: list[dict[str, Any]]) -> None:
    desk = Desk(START)
    play(desk, wishes, batch_size=3)
    replayed = desk.fresh()
    for version in range(desk.replica.version + 1):
        assert content_at(desk.replica, desk.operations[::-1], version) == replayed.content()
        replayed.apply(desk.operations[version : version + 1])


@PATIENTLY
@given(WISHES)
def test_settling_never_changes_the_replica(wishes: list[dict[str, Any]]) -> None:
    desk = Desk(START)
    half = len(wishes) // 2
    play(desk, wishes[:half])
    content = desk.replica.content()
    text, records = orjson.dumps(content), desk.replica.records()
    batch = Batch(desk.replica, desk.recent, now_ms=1)
    for number, wish in enumerate(wishes[half:], half):
        batch.settle(asked(wish, number, batch.version), wish["author"])
    assert orjson.dumps(content) == orjson.dumps(desk.replica.content()) == text
    assert desk.replica.records() == records


@PATIENTLY
@given(WISHES)
def test_sizes_are_those_of_what_is_there(wishes: list[dict[str, Any]]) -> None:
    desk = Desk(START)
    play(desk, wishes, batch_size=5)
    live = [node for node in desk.replica.nodes.values() if not node.is_deleted]
    for node in desk.replica.nodes.values():
        assert node.size == json_size(node.value)
    assert desk.replica.bytes == sum(node.size + item_overhead(node.key) for node in live)
    assert desk.replica.item_count == len(desk.replica.content()["items"])


@PATIENTLY
@given(st.lists(st.tuples(st.sampled_from(["p", "q", "r"]), st.integers(0, 9)), max_size=20))
def test_two_writers_on_different_fields_never_conflict(turns: list[tuple[str, int]]) -> None:
    desk = Desk({"items": {"x": {}}})
    for field, lag in turns:
        writer = Author(f"user-{field}", "tab")
        base = max(desk.replica.version - lag, 0)
        path = "items.x." + field
        applied = desk.apply(writer, "update", path, base, new=lag, on_conflict="reject")
        assert applied.committed.conflict is None


@PATIENTLY
@given(WISHES)
def test_conflicts_are_those_of_the_contract(wishes: list[dict[str, Any]]) -> None:
    desk = Desk(START)
    for number, wish in enumerate(wishes):
        operation = asked(wish, number, desk.replica.version)
        expected = by_the_letter(desk, operation, wish["author"])
        [outcome] = desk.send(wish["author"], operation)
        if expected == "applied" and item_was_deleted(desk, operation):
            continue  # a tombstone keeps less: it may tell a conflict that was none
        assert told(outcome) == expected


def by_the_letter(desk: Desk, operation: Operation, author: Author) -> object:
    """CONTRACT §5 read as it stands, from the whole log and the whole content."""
    place = operation.path.text.split(".")[1:]
    there = at(desk.replica.content(), place)
    parent = at(desk.replica.content(), place[:-1])
    if there is ABSENT and (operation.kind == "delete" or not isinstance(parent, dict)):
        return "not_found_in_document"
    if there is not ABSENT and operation.kind == "insert":
        return "already_exists"
    others = [
        each.version
        for each in desk.operations[operation.base_version :]
        if each.author != author
        and are_related(tuple(each.operation.path.text.split(".")[1:]), tuple(place))
    ]
    seen = None if there is ABSENT else there
    is_expected = operation.old_value is not ABSENT and same_json(operation.old_value, seen)
    if not others or is_expected:
        return "applied"
    return "conflict" if operation.on_conflict == "reject" else others[-1]


def at(content: dict[str, Any], place: list[str]) -> Any:
    value: Any = content
    for name in place:
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    return value


def item_was_deleted(desk: Desk, operation: Operation) -> bool:
    return any(
        each.operation.kind == "delete" and each.operation.path.node == operation.path.node
        for each in desk.operations
    )


def told(outcome: Outcome) -> object:
    if isinstance(outcome, Applied):
        overwrote = outcome.committed.overwrote
        return "applied" if overwrote is None else overwrote[0]
    return outcome.code.value
