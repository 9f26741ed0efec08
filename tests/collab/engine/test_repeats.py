"""Operations sent again: answered with the first outcome, never applied twice."""

import pytest

from collab.engine.outcomes import Applied
from collab.engine.refusals import Code, LogGap, Refused
from collab.engine.repeats import RecentOperations, judge_repeat
from tests.collab.engine.desk import ALICE, ALICE_TAB_2, BOB, Desk, operation


def test_a_repeat_is_answered_as_the_first_time() -> None:
    desk = Desk()
    desk.apply(BOB, "update", "title", 0, new="b")
    sent = operation("update", "title", 0, new="a", old="long gone", id="op-x")
    [first] = desk.send(ALICE, sent)
    desk.apply(BOB, "update", "title", 2, new="c")
    records = desk.replica.records()
    # From another tab too: what counts is the user.
    [again] = desk.send(ALICE_TAB_2, sent)
    assert again.to_wire() == first.to_wire() | {"duplicate": True}
    assert again.to_wire()["conflict"] == {"version": 1, "userId": "user-bob", "value": "b"}
    assert desk.replica.records() == records


def test_a_repeat_within_one_batch() -> None:
    desk = Desk()
    sent = operation("update", "title", 0, new="a")
    first, again = desk.send(ALICE, sent, sent)
    assert again == Applied(first.committed, is_duplicate=True)  # type: ignore[union-attr]  # applied
    assert desk.replica.version == 1


@pytest.mark.parametrize(
    "change", [{"new": "b"}, {"old": None}, {"on_conflict": "reject"}, {"new": True}]
)
def test_another_body_under_the_same_id(change: dict[str, object]) -> None:
    desk = Desk()
    desk.apply(ALICE, "update", "title", 0, new=1, id="op-x")
    rejected = desk.refuse(ALICE, "update", "title", 0, **({"new": 1} | change), id="op-x")
    assert rejected.code is Code.OPERATION_ID_REUSED


def test_another_base_version_or_user_under_the_same_id() -> None:
    desk = Desk()
    desk.apply(ALICE, "update", "title", 0, new=1, id="op-x")
    for author, base in ((ALICE, 1), (BOB, 0), (BOB, 1)):
        rejected = desk.refuse(author, "update", "title", base, new=1, id="op-x")
        assert rejected.code is Code.OPERATION_ID_REUSED


def test_a_rejected_operation_may_be_sent_again() -> None:
    desk = Desk()
    desk.refuse(ALICE, "update", "items.item-9.x", 0, new=1, id="op-x")
    desk.apply(BOB, "insert", "items.item-9", 0, new={})
    applied = desk.apply(ALICE, "update", "items.item-9.x", 0, new=1, id="op-x")
    assert not applied.is_duplicate


def test_one_under_a_known_id_is_a_repeat_or_a_theft() -> None:
    desk = Desk()
    sent = operation("update", "title", 0, new="a")
    desk.send(ALICE, sent)
    [first] = desk.operations
    assert judge_repeat(sent, "user-alice", first) == Applied(first, is_duplicate=True)
    with pytest.raises(Refused) as stolen:
        judge_repeat(sent, "user-bob", first)
    assert stolen.value.code is Code.OPERATION_ID_REUSED


def test_recent_operations_are_bounded_and_know_it() -> None:
    desk = Desk()
    recent = RecentOperations(0, limit=3, max_bytes=10_000)
    for turn in range(5):
        desk.apply(ALICE, "update", "title", 0, new=turn, id=f"op-t{turn}")
        recent.add(desk.operations[-1])
    assert (recent.floor, recent.newest) == (2, 5)
    assert [committed.version for committed in recent.since(3)] == [4, 5]
    assert recent.covers(2) and not recent.covers(1)
    assert recent.find("op-t1") is None
    assert recent.find("op-t2") is desk.operations[2]
    recent.add(desk.operations[4], 5)
    assert recent.newest == 5
    with pytest.raises(LogGap):
        RecentOperations(0).add(desk.operations[1])


def test_recent_operations_are_bounded_in_bytes() -> None:
    desk = Desk()
    recent = RecentOperations(0, max_bytes=2_500)
    for _ in range(5):
        desk.apply(ALICE, "update", "title", 0, new="x")
        recent.add(desk.operations[-1], 1_000)
    assert (recent.floor, recent.newest) == (3, 5)
    assert recent.outweighs(2_500, 2) and not recent.outweighs(2_500, 3)
