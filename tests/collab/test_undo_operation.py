"""Taking back what one's own operation did."""

from typing import Any

from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT, URL, forget, operation
from tests.matching import ANY_TIME, Matches, problem

UNDO_ID = Matches(r"undo-[0-9a-f]{40}")
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
        "operationId": UNDO_ID,
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


def test_undone_again_it_is_undone_once(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    done = operation(TITLE, "Bob's")
    apply(bob, done)
    first = undo(bob, done).json()
    apply(alice, operation(TITLE, "Alice's", base=2))

    for how in ("overwrite", "overwrite", "reject"):
        again = undo(bob, done, onConflict=how).json()
        assert again == {**first, "timestamp": ANY_TIME, "duplicate": True}
    forget(bob)
    assert undo(bob, done).json()["duplicate"] is True
    document = bob.api.get(URL).json()
    assert (document["version"], document["content"]["title"]) == (3, "Alice's")


def test_to_undo_an_undo_is_to_do_it_again(bob: Person, checklist: dict[str, Any]) -> None:
    done = operation(TITLE, "Bob's")
    apply(bob, done)
    undone = undo(bob, done).json()
    again = undo(bob, undone).json()

    assert bob.api.get(URL).json()["content"]["title"] == "Bob's"
    assert undo(bob, again).json()["version"] == 4
    assert bob.api.get(URL).json()["content"] == CONTENT


def test_one_refused_can_be_tried_again(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    done = operation(TITLE, "Bob's")
    apply(bob, done)
    apply(alice, operation(TITLE, "Alice's", base=1))

    assert undo(bob, done, onConflict="reject").json()["code"] == "conflict"
    assert undo(bob, done).json()["version"] == 3


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
