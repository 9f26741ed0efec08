"""Due dates as people say them: with an offset, or in a time zone, or as a day."""

from typing import Any

import pytest

from tests.cast import Person
from tests.teams.making import Body, assign, items, new_checklist

BERLIN, NEW_YORK, KIRITIMATI = "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"


@pytest.fixture
def wanted(alice: Person, bob: Person) -> Body:
    return {"checklistId": new_checklist(alice), "userId": bob.user_id}


def due(made: Body) -> tuple[Any, Any]:
    return made["dueDate"], made["dueTimezone"]


@pytest.mark.parametrize(
    ("said", "zone", "stored"),
    [
        ("2026-12-01T17:00:00Z", None, "2026-12-01T17:00:00.000Z"),
        ("2026-12-01T17:00+02:00", None, "2026-12-01T15:00:00.000Z"),
        ("2026-12-01T17:00:00.1239+0530", None, "2026-12-01T11:30:00.123Z"),
        ("2026-12-01 17:00-08", BERLIN, "2026-12-02T01:00:00.000Z"),
        ("2026-12-01", BERLIN, "2026-12-01T22:59:59.999Z"),
        ("2026-07-01", BERLIN, "2026-07-01T21:59:59.999Z"),
        ("2026-12-01T17:00", BERLIN, "2026-12-01T16:00:00.000Z"),
        ("2026-12-01", KIRITIMATI, "2026-12-01T09:59:59.999Z"),
        # 2:30 is not there when the clocks go forward, and there twice when they go back
        ("2026-03-29T02:30", BERLIN, "2026-03-29T01:30:00.000Z"),
        ("2026-10-25T02:30", BERLIN, "2026-10-25T00:30:00.000Z"),
        ("2026-03-08T02:30", NEW_YORK, "2026-03-08T07:30:00.000Z"),
        ("2026-11-01T01:30", NEW_YORK, "2026-11-01T05:30:00.000Z"),
        ("2028-02-29", "UTC", "2028-02-29T23:59:59.999Z"),
    ],
)
def test_what_is_stored(alice: Person, wanted: Body, said: str, zone: Any, stored: str) -> None:
    (made,) = assign(alice, {**wanted, "dueDate": said, "dueTimezone": zone})
    assert due(made) == (stored, zone)
    path = f"/api/assignments/{made['assignmentId']}"
    assert due(alice.api.get(path).json()) == (stored, zone)


def test_without_a_zone_it_is_the_callers(alice: Person, wanted: Body, store_calls: Any) -> None:
    (made,) = assign(alice, {**wanted, "dueDate": "2026-12-01T17:00"})
    assert due(made) == ("2026-12-01T17:00:00.000Z", "UTC")
    profile = {"profile": {"timezone": NEW_YORK}}
    assert alice.api.patch("/api/auth/me", profile).status_code == 200
    store_calls.clear()
    made, other = assign(alice, *[{**wanted, "dueDate": "2026-12-01T17:00"}] * 2)
    assert due(made) == due(other) == ("2026-12-01T22:00:00.000Z", NEW_YORK)
    reads = ["BatchGetItem"] * 3  # the caller's profile once, the checklist, the user
    assert store_calls.after_sign_in() == [*reads, "TransactWriteItems"]


def test_it_is_said_anew(alice: Person, wanted: Body) -> None:
    (made,) = assign(alice, {**wanted, "dueDate": "2026-12-01", "dueTimezone": BERLIN})
    path = f"/api/assignments/{made['assignmentId']}"

    def patched(**body: Any) -> tuple[Any, Any]:
        answer = alice.api.patch(path, body)
        assert answer.status_code == 200, answer.content
        return due(answer.json())

    assert patched(dueTimezone=NEW_YORK) == ("2026-12-01T22:59:59.999Z", NEW_YORK)
    assert patched(dueDate="2026-12-02T09:00", dueTimezone=BERLIN) == (
        "2026-12-02T08:00:00.000Z",
        BERLIN,
    )
    assert patched(dueDate="2026-12-02T09:00Z") == ("2026-12-02T09:00:00.000Z", None)
    assert patched(dueDate="2026-12-03") == ("2026-12-03T23:59:59.999Z", "UTC")
    assert patched(dueDate=None) == (None, None)
    refused = alice.api.patch(path, {"dueTimezone": BERLIN}).json()
    assert [error["code"] for error in refused["errors"]] == ["without_due_date"]
    values = [entry["newValues"] for entry in alice.trail(action="ASSIGNMENT_UPDATED")]
    assert values[-1] == {"dueTimezone": NEW_YORK}


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"dueDate": "2026-02-29"}, "dueDate", "invalid"),
        ({"dueDate": "2026-12-01T25:00"}, "dueDate", "invalid"),
        ({"dueDate": "2026-12-01T17:00+25:00"}, "dueDate", "invalid"),
        ({"dueDate": "2026-12"}, "dueDate", "invalid"),
        ({"dueDate": "2026-W49-2"}, "dueDate", "invalid"),
        ({"dueDate": "2026-12-01\n"}, "dueDate", "invalid"),
        ({"dueDate": "٢٠٢٦-12-01"}, "dueDate", "invalid"),
        ({"dueDate": 20261201}, "dueDate", "invalid"),
        ({"dueDate": "9999-12-31", "dueTimezone": "Pacific/Pago_Pago"}, "dueDate", "invalid"),
        ({"dueDate": "0001-01-01T00:00", "dueTimezone": "Asia/Tokyo"}, "dueDate", "invalid"),
        ({"dueDate": "2026-12-01", "dueTimezone": "Berlin"}, "dueTimezone", "unknown"),
        ({"dueDate": "2026-12-01", "dueTimezone": "europe/berlin"}, "dueTimezone", "unknown"),
        ({"dueDate": "2026-12-01", "dueTimezone": "../../etc/passwd"}, "dueTimezone", "unknown"),
        ({"dueDate": "2026-12-01", "dueTimezone": ""}, "dueTimezone", "blank"),
        ({"dueDate": "2026-12-01", "dueTimezone": 1}, "dueTimezone", "invalid"),
        ({"dueTimezone": BERLIN}, "dueTimezone", "without_due_date"),
    ],
)
def test_what_is_no_due_date(
    alice: Person, wanted: Body, given: Body, field: str, code: str
) -> None:
    body = {"assignments": [wanted, {**wanted, **given}]}
    answer = alice.api.post("/api/assignments", body)
    assert answer.status_code == 400, answer.content
    found = [(one["index"], one["field"], one["code"]) for one in answer.json()["errors"]]
    assert found == [(1, field, code)]
    assert items(alice, "/api/assignments") == []


def test_the_zone_is_not_for_everybody(alice: Person, carol: Person, wanted: Body) -> None:
    (made,) = assign(alice, {**wanted, "dueDate": "2026-12-01", "dueTimezone": BERLIN})
    four = {"assignmentId", "checklistId", "status", "dueDate"}
    assert set(carol.api.get(f"/api/assignments/{made['assignmentId']}").json()) == four
