"""Changing a document over HTTP: the same engine, the same answers as over a socket."""

from typing import Any

import pytest

from collab.engine.limits import TOMBSTONES
from tests.calls import StoreCalls
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, CONTENT, URL, forget, operation
from tests.matching import ANY_TIME, Matches, problem

WORDS = Matches(r"(?s).+")


def apply(person: Person, *operations: Any) -> list[dict[str, Any]]:
    answer = person.api.post(f"{URL}/operations", {"operations": list(operations)})
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def ack(done: dict[str, Any], version: int, **more: Any) -> dict[str, Any]:
    return {
        "eventType": "operation.ack",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "operationId": done["operationId"],
        "version": version,
        **more,
    }


def rejection(operation_id: str | None, code: str, version: int, current: Any) -> dict[str, Any]:
    return {
        "eventType": "operation.rejected",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "operationId": operation_id,
        "code": code,
        "detail": WORDS,
        "version": version,
        "current": current,
    }


def test_operations_are_acknowledged_in_order(bob: Person, checklist: dict[str, Any]) -> None:
    first, second = operation(), operation(f"{CHECKLIST}.title", "New")

    assert apply(bob, first, second) == [ack(first, 1), ack(second, 2)]


def test_more_items_are_deleted_than_are_remembered(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    names = [f"{CHECKLIST}.items.i{number}" for number in range(TOMBSTONES + 3)]
    for start in range(0, len(names), 500):
        apply(alice, *(operation(name, 1, type="insert") for name in names[start : start + 500]))
    made = len(names)
    for start in range(0, made, 500):
        some = names[start : start + 500]
        apply(alice, *(operation(name, type="delete", base=made) for name in some))

    forget(bob)
    late = operation(names[0], 2, type="insert", base=made, onConflict="reject")
    assert apply(bob, late) == [rejection(late["operationId"], "conflict", 2 * made, current=None)]
    late = operation(names[0], 2, type="insert", base=2 * made, onConflict="reject")
    assert apply(bob, late) == [ack(late, 2 * made + 1)]
    assert bob.api.get(URL).json()["content"]["items"] == {**CONTENT["items"], "i0": 2}


def test_every_kind_of_change(bob: Person, checklist: dict[str, Any]) -> None:
    apply(
        bob,
        operation(f"{CHECKLIST}.items.new", {"text": "Lamp"}, type="insert"),
        operation(f"{CHECKLIST}.items.new.note", "red"),
        operation(f"{CHECKLIST}.owner", {"name": "Eve"}, type="insert"),
        operation(f"{CHECKLIST}.owner.name", "Ann"),
        operation(f"{CHECKLIST}.items.item-456", type="delete"),
    )

    assert bob.api.get(URL).json()["content"] == {
        "title": "Opening round",
        "owner": {"name": "Ann"},
        "items": {"new": {"text": "Lamp", "note": "red"}},
    }


def test_sent_again_it_is_done_once(bob: Person, checklist: dict[str, Any]) -> None:
    done = operation()
    apply(bob, done)

    assert apply(bob, done) == [ack(done, 1, duplicate=True)]
    assert bob.api.get(URL).json()["version"] == 1


def test_its_id_is_not_to_be_used_for_another(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    done = operation()
    apply(bob, done)
    changed = {**done, "newValue": False}
    later = {**done, "baseVersion": 1}

    apply(alice, operation(CHECKED, "maybe", base=1))

    reused = rejection(done["operationId"], "operation_id_reused", 2, "maybe")
    assert apply(bob, changed, later) == [reused, reused]
    assert apply(alice, done) == [reused]
    forget(bob)
    assert apply(alice, done) == [reused]
    assert bob.api.get(URL).json()["version"] == 2


def test_a_rejected_one_is_a_new_attempt_when_sent_again(
    bob: Person, checklist: dict[str, Any]
) -> None:
    too_early = operation(f"{CHECKLIST}.items.new.note", "red")
    [refused] = apply(bob, too_early)
    apply(bob, operation(f"{CHECKLIST}.items.new", {}, type="insert"))

    assert refused["code"] == "not_found_in_document"
    assert apply(bob, too_early) == [ack(too_early, 2)]


def test_the_loser_is_told_what_it_overwrote(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    apply(alice, operation(f"{CHECKLIST}.title", "Alice's"))
    late = operation(f"{CHECKLIST}.title", "Bob's", oldValue="Opening round")

    conflict = {"version": 1, "userId": alice.user_id, "value": "Alice's"}
    assert apply(bob, late) == [ack(late, 2, conflict=conflict)]
    assert bob.api.get(URL).json()["content"]["title"] == "Bob's"
    [_, logged] = bob.api.get(f"{URL}/operations").json()["operations"]
    assert logged["conflict"] == conflict


def test_or_is_refused_if_it_would_rather_be(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    apply(alice, operation(f"{CHECKLIST}.title", "Alice's"))
    late = operation(f"{CHECKLIST}.title", "Bob's", onConflict="reject")

    [refused] = apply(bob, late)
    assert refused == rejection(late["operationId"], "conflict", 1, "Alice's")
    [won] = bob.api.get(f"{URL}/operations").json()["operations"]
    who_and_when = f"changed by {alice.user_id} at {won['timestamp']}, in version 1"
    assert refused["detail"] == who_and_when
    assert bob.api.get(URL).json()["content"]["title"] == "Alice's"


def test_what_is_still_there_is_no_conflict(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    apply(alice, operation(value=True))
    seen = operation(value=False, oldValue=True, onConflict="reject")

    assert apply(bob, seen) == [ack(seen, 2)]


def test_one_may_send_without_waiting(bob: Person, checklist: dict[str, Any]) -> None:
    first = operation(value=True, onConflict="reject")
    second = operation(value=False, onConflict="reject")

    assert apply(bob, first, second) == [ack(first, 1), ack(second, 2)]


@pytest.mark.parametrize(
    ("change", "code", "current"),
    [
        ({"baseVersion": 1}, "invalid_base_version", False),
        ({"type": "insert"}, "already_exists", False),
        ({"path": f"{CHECKLIST}.items.gone.text"}, "not_found_in_document", None),
        ({"path": f"{CHECKLIST}.items.gone", "type": "delete"}, "not_found_in_document", None),
        ({"path": f"{CHECKLIST}.items"}, "invalid_operation", None),
        ({"path": "checklist-9.items.item-456.checked"}, "invalid_operation", None),
        ({"path": f"{CHECKLIST}.a.b.c.d.e.f.g.h.i"}, "invalid_operation", None),
        ({"path": 7}, "invalid_operation", None),
        ({"type": "upsert"}, "invalid_operation", None),
        ({"baseVersion": -1}, "invalid_operation", None),
        ({"baseVersion": True}, "invalid_operation", None),
        ({"onConflict": "merge"}, "invalid_operation", None),
        ({"newValue": "x" * 33_000}, "too_large", None),
    ],
)
def test_each_is_judged_by_itself(
    bob: Person, checklist: dict[str, Any], change: dict[str, Any], code: str, current: Any
) -> None:
    bad = {**operation(), **change}

    assert apply(bob, bad) == [rejection(bad["operationId"], code, 0, current)]
    assert bob.api.get(URL).json() == checklist


@pytest.mark.parametrize("bad", [None, 7, "text", [], {}, {"operationId": 7}])
def test_what_is_no_operation_is_a_rejection_too(
    bob: Person, checklist: dict[str, Any], bad: Any
) -> None:
    good = operation()

    assert apply(bob, bad, good) == [
        rejection(None, "invalid_operation", 0, None),
        ack(good, 1),
    ]


@pytest.mark.parametrize(
    "body",
    [{}, [], {"operations": {}}, {"operations": "x"}, {"operations": None}, b"{", b'{"a": NaN}'],
)
def test_a_malformed_body_is_refused(bob: Person, checklist: dict[str, Any], body: Any) -> None:
    refused = bob.api.post(f"{URL}/operations", body)

    assert refused.status_code == 400
    assert bob.api.get(URL).json() == checklist


def test_more_than_a_thousand_at_once_are_refused(bob: Person, checklist: dict[str, Any]) -> None:
    many = [operation() for _ in range(1_001)]
    refused = bob.api.post(f"{URL}/operations", {"operations": many})

    assert refused.status_code == 400
    assert bob.api.get(URL).json() == checklist


def test_viewers_watch(carol: Person, checklist: dict[str, Any]) -> None:
    refused = carol.api.post(f"{URL}/operations", {"operations": [operation()]})

    assert refused.json() == problem(403, "permission_denied", permission="checklist.edit")
    assert carol.api.get(URL).json() == checklist


def test_others_find_nothing(alice: Person, mallory: Person, checklist: dict[str, Any]) -> None:
    refused = mallory.api.post(f"{URL}/operations", {"operations": [operation()]})

    assert refused.json() == problem(404, "not_found")
    assert alice.api.get(URL).json() == checklist


def test_g57_versions_are_dense_and_each_is_given_once(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    """G57: a version read, then written without a condition, is given twice."""
    for person in (alice, bob, alice, bob):
        apply(person, *(operation(value=n) for n in range(5)))

    page = bob.api.get(f"{URL}/operations").json()
    assert [one["version"] for one in page["operations"]] == list(range(1, 21))


def test_g58_what_was_done_is_kept_beside_its_log(bob: Person, checklist: dict[str, Any]) -> None:
    """G58: the checklist's state is nowhere once its operations expire."""
    apply(bob, operation())

    item = {**CONTENT["items"]["item-456"], "checked": True}
    assert bob.api.get(URL).json()["content"]["items"] == {"item-456": item}


def test_on_an_open_document_a_batch_is_one_transaction_and_no_read(
    bob: Person, checklist: dict[str, Any], store_calls: StoreCalls
) -> None:
    apply(bob, operation())
    store_calls.clear()
    apply(bob, *(operation(CHECKED, n, base=1) for n in range(20)))

    door = ["GetItem"]
    assert store_calls.after_sign_in() == [*door, "TransactWriteItems"]


def test_a_large_batch_is_several_transactions_and_loses_nothing(
    bob: Person, checklist: dict[str, Any]
) -> None:
    items = [
        operation(f"{CHECKLIST}.items.i{n}", {"text": "x" * 1_000}, type="insert")
        for n in range(400)
    ]
    results = apply(bob, *items)

    assert [result["version"] for result in results] == list(range(1, 401))
    assert len(bob.api.get(URL).json()["content"]["items"]) == 401
