"""Operations: strictly read, written back the same."""

import math
from typing import Any

import pytest

from collab.engine.operations import parse_operation
from collab.engine.refusals import Code, Refused
from collab.engine.values import ABSENT

GUIDE = {
    "operationId": "op-1",
    "type": "update",
    "path": "checklist-123.items.item-456.checked",
    "oldValue": False,
    "newValue": True,
    "baseVersion": 7,
}


def test_the_operation_of_the_guide() -> None:
    operation = parse_operation({**GUIDE, "userId": "ignored"}, "checklist-123")
    assert operation.old_value is False
    assert operation.new_value is True
    assert operation.path.node == "items/item-456"
    assert operation.to_wire() == {**GUIDE, "onConflict": "overwrite"}


def test_absent_is_not_null() -> None:
    without = {name: value for name, value in GUIDE.items() if name != "oldValue"}
    operation = parse_operation(without, "checklist-123")
    assert operation.old_value is ABSENT
    assert "oldValue" not in operation.to_wire()
    null = parse_operation({**GUIDE, "oldValue": None, "newValue": None}, "checklist-123")
    assert null.old_value is None
    assert null.to_wire()["newValue"] is None
    assert not operation.has_body_of(null)


def test_the_new_value_of_a_delete_is_ignored() -> None:
    operation = parse_operation({**GUIDE, "type": "delete"}, "checklist-123")
    assert operation.new_value is ABSENT


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"type": "upsert"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["update"]}, "type"),
        ({"path": 5}, "path"),
        ({"path": "checklist-9.title"}, "path"),
        ({"baseVersion": True}, "baseVersion"),
        ({"baseVersion": 7.0}, "baseVersion"),
        ({"baseVersion": "7"}, "baseVersion"),
        ({"baseVersion": -1}, "baseVersion"),
        ({"baseVersion": 2**53}, "baseVersion"),
        ({"baseVersion": None}, "baseVersion"),
        ({"onConflict": "merge"}, "onConflict"),
        ({"onConflict": None}, "onConflict"),
        ({"newValue": math.nan}, "newValue"),
        ({"newValue": "\ud800"}, "newValue"),
        ({"oldValue": 2**70}, "oldValue"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], detail: str) -> None:
    with pytest.raises(Refused, match=detail) as refused:
        parse_operation(GUIDE | change, "checklist-123")
    assert refused.value.code is Code.INVALID_OPERATION
    assert refused.value.operation_id == "op-1"


@pytest.mark.parametrize("name", ["type", "path", "newValue", "baseVersion", "operationId"])
def test_what_is_missing_is_said(name: str) -> None:
    raw = {key: value for key, value in GUIDE.items() if key != name}
    with pytest.raises(Refused, match=name):
        parse_operation(raw, "checklist-123")


@pytest.mark.parametrize("operation_id", ["", "-x", "a b", "a" * 65, 5, None, True, "é"])
def test_a_bad_id_is_not_repeated(operation_id: Any) -> None:
    with pytest.raises(Refused, match="operationId") as refused:
        parse_operation(GUIDE | {"operationId": operation_id}, "checklist-123")
    assert refused.value.operation_id is None


@pytest.mark.parametrize("raw", [None, [], "x", 5, [GUIDE]])
def test_what_is_not_an_object(raw: Any) -> None:
    with pytest.raises(Refused, match="object"):
        parse_operation(raw, "checklist-123")


@pytest.mark.parametrize("name", ["oldValue", "newValue"])
def test_a_value_has_32_kib_of_json(name: str) -> None:
    parse_operation(GUIDE | {name: "x" * (32 * 1024 - 2)}, "checklist-123")
    with pytest.raises(Refused, match=name) as refused:
        parse_operation(GUIDE | {name: "x" * (32 * 1024 - 1)}, "checklist-123")
    assert refused.value.code is Code.TOO_LARGE
