"""Undo, and the document as it was."""

import pytest

from collab.engine.committed import CommittedOperation
from collab.engine.inverse import content_at, inverse
from collab.engine.outcomes import Applied, Outcome
from collab.engine.refusals import Code, LogGap, ReplicaDiverged
from tests.collab.engine.desk import ALICE, BOB, Desk

ITEM = "items.item-456"


def undo(desk: Desk, committed: CommittedOperation) -> Outcome:
    [outcome] = desk.send(ALICE, inverse(committed))
    return outcome


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("update", "title"),
        ("update", "subtitle"),
        ("insert", "items.item-9"),
        ("update", "items.item-9"),
        ("update", ITEM),
        ("delete", ITEM),
        ("delete", "place.hall.door"),
        ("insert", f"{ITEM}.due"),
    ],
)
def test_undo_and_undo_again(kind: str, path: str) -> None:
    desk = Desk()
    done = desk.apply(ALICE, kind, path, 0, new={"new": 1})
    changed = desk.replica.content()
    undone = undo(desk, done.committed)
    assert isinstance(undone, Applied) and undone.committed.conflict is None
    assert desk.replica.content() == desk.start
    redone = undo(desk, undone.committed)
    assert isinstance(redone, Applied)
    assert desk.replica.content() == changed
    assert desk.replica.version == 3


def test_an_item_larger_than_a_value_can_be_brought_back() -> None:
    desk = Desk({"items": {"a": {"x": "x" * 200_000}}})
    deleted = desk.apply(ALICE, "delete", "items.a", 0)
    assert isinstance(undo(desk, deleted.committed), Applied)
    assert desk.replica.content() == desk.start


def test_undo_after_somebody_else_is_a_conflict() -> None:
    desk = Desk()
    done = desk.apply(ALICE, "update", "title", 0, new="mine")
    desk.apply(BOB, "update", "title", 1, new="theirs")
    careful = inverse(done.committed, on_conflict="reject")
    [rejected] = desk.send(ALICE, careful)
    assert rejected.to_wire()["code"] == Code.CONFLICT
    told = undo(desk, done.committed)
    assert isinstance(told, Applied) and told.committed.conflict is not None
    assert told.committed.conflict.value == "theirs"


def test_the_content_as_of_each_version() -> None:
    desk = Desk()
    contents = [desk.replica.content()]
    for kind, path in [
        ("insert", "items.item-9"),
        ("update", "items.item-9.text"),
        ("delete", ITEM),
        ("update", "place.hall.door"),
        ("insert", ITEM),
        ("delete", "title"),
        ("delete", "items.item-9"),
    ]:
        desk.apply(ALICE, kind, path, 0, new={"text": path})
        contents.append(desk.replica.content())
    newest_first = desk.operations[::-1]
    for version, content in enumerate(contents):
        assert content_at(desk.replica, newest_first, version) == content


def test_a_log_with_a_gap_gives_no_content() -> None:
    desk = Desk()
    for turn in range(3):
        desk.apply(ALICE, "update", "title", 0, new=turn)
    third, _, first = desk.operations[::-1]
    for log in ([third, first], [third], []):
        with pytest.raises(LogGap):
            content_at(desk.replica, log, 0)
    with pytest.raises(LogGap):
        content_at(desk.replica, [third], 4)


def test_a_log_of_another_document_gives_no_content() -> None:
    desk, other = Desk(), Desk({"items": {"a": {"b": 1}}})
    desk.apply(ALICE, "update", "title", 0, new=1)
    other.apply(ALICE, "update", "items.a.b", 0, new=2)
    with pytest.raises(ReplicaDiverged):
        content_at(desk.replica, other.operations, 0)
