"""The rules of CONTRACT §5, one by one."""

import pytest

from collab.engine.refusals import Code
from collab.engine.values import ABSENT
from tests.collab.engine.desk import ALICE, ALICE_TAB_2, BOB, Desk

CHECKED = "items.item-456.checked"
ITEM = "items.item-456"


def test_versions_are_dense_from_one() -> None:
    desk = Desk()
    versions = [
        desk.apply(ALICE, "update", CHECKED, 0, new=bool(turn)).committed.version
        for turn in range(4)
    ]
    assert versions == [1, 2, 3, 4]


def test_insert_update_delete() -> None:
    desk = Desk()
    desk.apply(ALICE, "insert", "items.item-9", 0, new={"text": "Lights"})
    desk.apply(ALICE, "update", "items.item-9.due", 1, new="2026-12-01")
    desk.apply(ALICE, "insert", "items.item-9.notes", 1, new=[1])
    desk.apply(ALICE, "delete", "items.item-9.text", 1)
    desk.apply(ALICE, "update", "place.hall.door", 1, new=5)
    desk.apply(ALICE, "delete", ITEM, 1)
    assert desk.replica.content() == {
        "title": "Opening round",
        "place": {"city": "Graz", "hall": {"door": 5}},
        "items": {"item-9": {"due": "2026-12-01", "notes": [1]}},
    }


def test_an_update_may_make_what_is_not_there() -> None:
    desk = Desk()
    desk.apply(ALICE, "update", "items.item-9", 0, new={"text": "Lights"})
    assert desk.replica.content()["items"]["item-9"] == {"text": "Lights"}


@pytest.mark.parametrize(
    ("kind", "path", "code", "current"),
    [
        ("insert", "title", Code.ALREADY_EXISTS, "Opening round"),
        ("insert", CHECKED, Code.ALREADY_EXISTS, False),
        ("delete", "subtitle", Code.NOT_FOUND_IN_DOCUMENT, ABSENT),
        ("delete", "items.item-9", Code.NOT_FOUND_IN_DOCUMENT, ABSENT),
        ("update", "items.item-9.checked", Code.NOT_FOUND_IN_DOCUMENT, ABSENT),
        ("insert", "items.item-9.checked", Code.NOT_FOUND_IN_DOCUMENT, ABSENT),
        ("update", "title.short", Code.NOT_FOUND_IN_DOCUMENT, ABSENT),
        ("update", "place.street.number", Code.NOT_FOUND_IN_DOCUMENT, ABSENT),
        ("update", "items.item-456.text.short", Code.NOT_FOUND_IN_DOCUMENT, ABSENT),
    ],
)
def test_places_that_do_not_fit(kind: str, path: str, code: Code, current: object) -> None:
    rejected = Desk().refuse(ALICE, kind, path, 0, new=1)
    assert (rejected.code, rejected.current, rejected.version) == (code, current, 0)


def test_a_base_version_above_the_newest() -> None:
    rejected = Desk().refuse(ALICE, "update", "title", 1, new="x")
    assert rejected.code is Code.INVALID_BASE_VERSION
    assert rejected.to_wire()["current"] == "Opening round"


def test_own_earlier_operations_never_conflict() -> None:
    desk = Desk()
    for turn in range(3):
        applied = desk.apply(ALICE, "update", CHECKED, 0, new=turn, on_conflict="reject")
        assert applied.committed.conflict is None


def test_another_tab_of_the_same_user_does() -> None:
    desk = Desk()
    desk.apply(ALICE, "update", CHECKED, 0, new=True)
    rejected = desk.refuse(ALICE_TAB_2, "update", CHECKED, 0, new=None, on_conflict="reject")
    assert (rejected.code, rejected.current) == (Code.CONFLICT, True)


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        (CHECKED, "items.item-456.text"),
        (CHECKED, "title"),
        ("place.city", "place.hall.door"),
        ("items.item-8", ITEM),
    ],
)
def test_other_places_never_conflict(theirs: str, mine: str) -> None:
    desk = Desk()
    desk.apply(BOB, "update", theirs, 0, new="theirs")
    applied = desk.apply(ALICE, "update", mine, 0, new="mine", on_conflict="reject")
    assert applied.to_wire() == {
        "operationId": applied.committed.operation.operation_id,
        "version": 2,
    }


@pytest.mark.parametrize(
    ("theirs", "mine", "value"),
    [
        (CHECKED, CHECKED, "theirs"),
        ("place.hall.door", "place", {"city": "Graz", "hall": {"door": "theirs"}}),
        ("place.hall.door", "place.hall", {"door": "theirs"}),
        ("title", "title", "theirs"),
    ],
)
def test_the_overwritten_is_told(theirs: str, mine: str, value: object) -> None:
    desk = Desk()
    desk.apply(BOB, "update", theirs, 0, new="theirs")
    desk.apply(BOB, "update", "unrelated", 0, new="x")
    applied = desk.apply(ALICE, "update", mine, 0, old="long gone", new="mine")
    assert applied.to_wire()["conflict"] == {"version": 1, "userId": "user-bob", "value": value}
    rejected = desk.refuse(BOB, "update", mine, 2, new="again", on_conflict="reject")
    assert rejected.to_wire() == {
        "operationId": rejected.operation_id,
        "code": "conflict",
        "detail": "changed by user-alice at 1970-01-01T00:00:02.002Z, in version 3",
        "version": 3,
        "current": "mine",
    }


def test_something_above_was_set() -> None:
    desk = Desk()
    desk.apply(BOB, "update", "place", 0, new={"city": "Linz", "hall": {"door": 4}})
    applied = desk.apply(ALICE, "update", "place.city", 0, old="Graz", new="Wien")
    assert applied.to_wire()["conflict"] == {"version": 1, "userId": "user-bob", "value": "Linz"}


def test_the_old_value_still_there_is_no_conflict() -> None:
    desk = Desk()
    desk.apply(BOB, "update", CHECKED, 0, new=True)
    desk.apply(BOB, "update", CHECKED, 0, new=False)
    applied = desk.apply(ALICE, "update", CHECKED, 0, old=False, new="maybe", on_conflict="reject")
    assert applied.committed.conflict is None


def test_true_is_not_one() -> None:
    desk = Desk()
    desk.apply(BOB, "update", CHECKED, 0, new=1)
    rejected = desk.refuse(ALICE, "update", CHECKED, 0, old=True, new=2, on_conflict="reject")
    assert rejected.code is Code.CONFLICT


def test_a_conflict_is_not_hidden_by_an_own_operation_after_it() -> None:
    desk = Desk()
    desk.apply(BOB, "update", CHECKED, 0, new="bob")
    desk.apply(ALICE, "update", CHECKED, 0, new="alice")
    assert desk.refuse(ALICE, "update", CHECKED, 0, new=1, on_conflict="reject")
    assert desk.apply(ALICE, "update", CHECKED, 1, new=1, on_conflict="reject")


def test_a_deleted_field_is_a_conflict() -> None:
    desk = Desk()
    desk.apply(BOB, "delete", CHECKED, 0)
    applied = desk.apply(ALICE, "update", CHECKED, 0, old=False, new=True)
    assert applied.to_wire()["conflict"] == {"version": 1, "userId": "user-bob", "value": None}


def test_a_deleted_item_is_gone_and_not_forgotten() -> None:
    desk = Desk()
    desk.apply(BOB, "delete", ITEM, 0)
    assert desk.refuse(ALICE, "update", CHECKED, 0, new=True).code is Code.NOT_FOUND_IN_DOCUMENT
    rejected = desk.refuse(ALICE, "insert", ITEM, 0, new={}, on_conflict="reject")
    assert rejected.code is Code.CONFLICT
    assert desk.apply(ALICE, "insert", ITEM, 1, new={}, on_conflict="reject")
    assert desk.apply(BOB, "update", CHECKED, 1, new=1).committed.conflict is not None


def test_null_names_nothing() -> None:
    desk = Desk()
    desk.apply(BOB, "delete", ITEM, 0)
    applied = desk.apply(ALICE, "insert", ITEM, 0, old=None, new={}, on_conflict="reject")
    assert applied.committed.before is ABSENT
