"""Reading what was done in a document since a version."""

from typing import Any

import orjson
import pytest

from collab.engine import loader, log
from collab.services import operations
from tests.calls import StoreCalls
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, URL, forget, operation
from tests.matching import ANY_TIME, problem


def apply(person: Person, *sent: dict[str, Any]) -> None:
    answer = person.api.post(f"{URL}/operations", {"operations": list(sent)})
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


def pages(person: Person) -> list[int]:
    """The versions of a whole history, page by page."""
    versions: list[int] = []
    while True:
        page = history(person, f"?since={len(versions)}")
        versions += [one["version"] for one in page["operations"]]
        if not page["hasMore"]:
            assert page["version"] == len(versions)
            return versions


@pytest.mark.parametrize("paces", [[1] * 120, [1, 1, 30, 1, 1, 1, 45, 20, 1, 19]])
def test_a_long_history_is_paged_at_the_cost_of_its_length(
    bob: Person,
    checklist: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    store_calls: StoreCalls,
    paces: list[int],
) -> None:
    monkeypatch.setattr(loader, "TAIL_ENTRIES", 1)
    monkeypatch.setattr(operations, "PAGE", 5)
    for count in paces:
        apply(bob, *(operation(CHECKED, n) for n in range(count)))
    forget(bob)
    store_calls.clear()

    assert pages(bob) == list(range(1, 121))
    rows = sum(
        orjson.loads(request["body"])["Limit"]
        for name, request in zip(store_calls.dynamodb, store_calls.requests, strict=True)
        if name == "Query" and b"TIMESTAMP" in request["body"]
    )
    assert rows <= 5 * 120  # what a page holds, one page before it, and a few looks for its place


def test_what_has_expired_but_is_not_deleted_is_no_history(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "TAIL_ENTRIES", 1)
    monkeypatch.setattr(operations, "PAGE", 2)
    with monkeypatch.context() as long_ago:
        long_ago.setattr(log, "HISTORY_SECONDS", -1)
        for number in range(5):
            apply(bob, operation(CHECKED, number))
    for number in range(7):
        apply(bob, operation(CHECKED, number, base=5))
    forget(bob)

    assert bob.api.get(f"{URL}/operations?since=4").json() == problem(410, "history_expired")
    page = history(bob, "?since=5")
    assert [one["version"] for one in page["operations"]] == [6, 7]
    assert (page["version"], page["hasMore"]) == (12, True)


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
