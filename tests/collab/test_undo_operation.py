"""Taking back what one's own operation did."""

from typing import Any

from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT, URL, operation
from tests.matching import ANY_ID, ANY_TIME, problem

TITLE = f"{CHECKLIST}.title"


def apply(person: Person, *operations: dict[str, Any]) -> None:
    answer = person.api.post(f"{URL}/operations", {"operations": list(operations)})
    assert all(one["eventType"] == "operation.ack" for one in answer.json()["results"])


def undo(person: Person, done: dict[str, Any], **body: Any) -> Any:
    return person.api.post(f"{URL}/operations/{done['operationId']}/undo", body)


def test_it_is_a_new_operation_that_puts_back_what_was(
    bob: Person, checklist: dict[str, Any]
) -> None:
    done = operation()
    apply(bob, done)
    answer = undo(bob, done)

    assert answer.status_code == 200
    assert answer.json() == {
        "eventType": "operation.ack",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "operationId": ANY_ID,
        "version": 2,
    }
    assert bob.api.get(URL).json()["content"] == CONTENT


def test_what_was_deleted_is_there_again(bob: Person, checklist: dict[str, Any]) -> None:
    gone = operation(f"{CHECKLIST}.items.item-456", type="delete")
    new = operation(f"{CHECKLIST}.items.new", {"text": "Lamp"}, type="insert")
    apply(bob, gone, new)
    undo(bob, gone)
    undo(bob, new)

    assert bob.api.get(URL).json()["content"] == CONTENT


def test_what_others_have_changed_since_is_a_conflict(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    done = operation(TITLE, "Bob's")
    apply(bob, done)
    apply(alice, operation(TITLE, "Alice's", base=1))

    refused = undo(bob, done, onConflict="reject").json()
    assert (refused["eventType"], refused["code"]) == ("operation.rejected", "conflict")
    assert refused["current"] == "Alice's"
    told = undo(bob, done).json()["conflict"]
    assert told == {"version": 2, "userId": alice.user_id, "value": "Alice's"}


def test_only_ones_own(alice: Person, bob: Person, checklist: dict[str, Any]) -> None:
    done = operation()
    apply(bob, done)

    assert undo(alice, done).json() == problem(403, "permission_denied")
    assert bob.api.get(URL).json()["version"] == 1


def test_an_unknown_one_is_not_found(
    bob: Person, mallory: Person, checklist: dict[str, Any]
) -> None:
    done = operation()
    assert undo(bob, done).json() == problem(404, "not_found")

    apply(bob, done)
    assert undo(mallory, done).json() == problem(404, "not_found")


def test_viewers_undo_nothing(bob: Person, carol: Person, checklist: dict[str, Any]) -> None:
    done = operation()
    apply(bob, done)

    refused = undo(carol, done)
    assert refused.json() == problem(403, "permission_denied", permission="checklist.edit")
