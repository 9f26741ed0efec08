"""Reading what was done in a document since a version."""

from typing import Any

import pytest

from collab.engine import log
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, URL, forget, operation
from tests.matching import ANY_TIME, problem


def apply(person: Person, *operations: dict[str, Any]) -> None:
    answer = person.api.post(f"{URL}/operations", {"operations": list(operations)})
    assert all(one["eventType"] == "operation.ack" for one in answer.json()["results"])


def history(person: Person, query: str = "") -> dict[str, Any]:
    answer = person.api.get(f"{URL}/operations{query}")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_it_has_all_of_an_operation(bob: Person, checklist: dict[str, Any]) -> None:
    done = operation(oldValue=False)
    apply(bob, done)

    assert history(bob) == {
        "version": 1,
        "operations": [
            {
                **done,
                "onConflict": "overwrite",
                "version": 1,
                "userId": bob.user_id,
                "timestamp": ANY_TIME,
            }
        ],
        "hasMore": False,
    }


def test_g56_order_is_the_order_of_versions(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    """G56: wall-clock sort keys are no order."""
    for number in range(6):
        apply(alice if number % 2 else bob, operation(CHECKED, number, base=number))

    operations = history(bob)["operations"]
    assert [one["newValue"] for one in operations] == [0, 1, 2, 3, 4, 5]
    times = [one["timestamp"] for one in operations]
    assert times == sorted(set(times))


def test_since_a_version(bob: Person, checklist: dict[str, Any]) -> None:
    apply(bob, *(operation(CHECKED, n) for n in range(5)))

    assert [one["version"] for one in history(bob, "?since=3")["operations"]] == [4, 5]
    assert history(bob, "?since=5") == {"version": 5, "operations": [], "hasMore": False}


def test_at_most_a_thousand_at_once(bob: Person, checklist: dict[str, Any]) -> None:
    apply(bob, *(operation(CHECKED, n) for n in range(700)))
    apply(bob, *(operation(CHECKED, n, base=700) for n in range(700)))

    first = history(bob)
    assert (len(first["operations"]), first["version"], first["hasMore"]) == (1_000, 1_400, True)
    rest = history(bob, "?since=1000")
    assert (len(rest["operations"]), rest["hasMore"]) == (400, False)
    versions = [one["version"] for one in first["operations"] + rest["operations"]]
    assert versions == list(range(1, 1_401))


def test_what_is_not_kept_any_more_is_said(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "HISTORY_SECONDS", -1)
    apply(bob, operation(), operation(f"{CHECKLIST}.title", "New"))
    monkeypatch.undo()
    forget(bob)
    apply(bob, operation(CHECKED, False, base=2))

    expired = bob.api.get(f"{URL}/operations?since=0")
    assert expired.json() == problem(410, "history_expired")
    assert [one["version"] for one in history(bob, "?since=2")["operations"]] == [3]
    assert bob.api.get(f"{URL}?version=1").json() == problem(410, "history_expired")
    late = operation(CHECKED, 7, base=1)
    [refused] = bob.api.post(f"{URL}/operations", {"operations": [late]}).json()["results"]
    assert refused["code"] == "history_expired"


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "9999999999999999"])
def test_an_odd_version_is_refused(bob: Person, checklist: dict[str, Any], since: str) -> None:
    refused = bob.api.get(f"{URL}/operations?since={since}")

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["since"]


def test_who_may_read_the_document_may_read_it(
    carol: Person, mallory: Person, checklist: dict[str, Any]
) -> None:
    assert history(carol)["operations"] == []
    assert mallory.api.get(f"{URL}/operations").json() == problem(404, "not_found")
