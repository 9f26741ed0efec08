"""Reading the trail: who may, what it shows, and by what it can be asked."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from audit.queries import OF_A_DAY, Filters, list_entries
from prework import clock, ids
from prework.changes import Change
from prework.tenancy import Actor
from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.matching import ANY_ID, ANY_TIME, Matches, problem
from tests.prework.crates import CrateMoved, crate, somebody


def team_of(person: Person, name: str = "Team") -> str:
    return str(person.api.post("/api/teams", {"name": name}).json()["teamId"])


def test_a_whole_entry(alice: Person) -> None:
    team_id = team_of(alice, "Quality Assurance Team")
    (entry,) = alice.trail(action="TEAM_CREATED")
    values = entry.pop("newValues")
    assert values["teamName"] == "Quality Assurance Team"
    assert values["memberCount"] == 1
    assert entry == {
        "auditId": ANY_ID,
        "timestamp": ANY_TIME,
        "organizationId": alice.organization_id,
        "action": "TEAM_CREATED",
        "userId": alice.user_id,
        "entityType": "team",
        "entityId": team_id,
        "oldValues": {},
        "ip": "127.0.0.1",
        "userAgent": "",
        "sessionId": ANY_ID,
        "requestId": ANY_ID,
        "outcome": "success",
        "actorKind": "user",
        "reason": None,
        "impersonatorId": None,
    }


def test_newest_first_and_filtered(alice: Person, max_: Person) -> None:
    first, second = team_of(alice), team_of(max_)
    everything = alice.trail()
    times = [entry["timestamp"] for entry in everything]
    assert times == sorted(times, reverse=True)
    by_team = alice.trail(action="TEAM_CREATED")
    assert [entry["entityId"] for entry in by_team] == [second, first]
    by_user = alice.trail(userId=max_.user_id)
    assert {entry["userId"] for entry in by_user} == {max_.user_id}
    by_thing = alice.trail(entityType="team", entityId=first)
    assert [entry["action"] for entry in by_thing] == ["TEAM_CREATED"]
    together = alice.trail(userId=max_.user_id, action="TEAM_CREATED", entityType="team")
    assert [entry["entityId"] for entry in together] == [second]
    assert alice.trail(action="NO_SUCH") == alice.trail(userId="nobody") == []


def test_from_is_inclusive_and_to_exclusive(alice: Person) -> None:
    team_of(alice, "One")
    team_of(alice, "Two")
    newer, older = alice.trail(action="TEAM_CREATED")
    since = alice.trail(**{"from": newer["timestamp"], "action": "TEAM_CREATED"})
    assert since == [newer]
    until = alice.trail(to=newer["timestamp"], action="TEAM_CREATED")
    assert until == [older]
    nothing = alice.trail(**{"from": newer["timestamp"], "to": older["timestamp"]})
    assert nothing == []


@pytest.mark.parametrize(
    "filters", [Filters(), Filters(action="CRATE_MOVED"), Filters(entity_type="crate")]
)
def test_pages_hold_every_entry_once(filters: Filters) -> None:
    actor = somebody()
    for number in range(7):
        with Change(actor=actor) as change:
            change.put(crate(actor, f"c{number}"))
            change.record(CrateMoved(entity_id=f"c{number}"))
    seen: list[str] = []
    start = None
    while True:
        page = list_entries(actor, filters=filters, limit=3, start=start)
        seen += [entry.entity_id for entry in page.items]
        start = page.next_start
        if start is None:
            break
    assert seen == [f"c{number}" for number in reversed(range(7))]


def test_days_are_walked_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    actor = somebody()
    _move_at(actor, "today", timedelta(0), monkeypatch)
    _move_at(actor, "last-week", timedelta(days=7), monkeypatch)
    _move_at(actor, "yesterday", timedelta(days=1), monkeypatch)
    page = list_entries(actor, filters=Filters(), limit=10, start=None)
    assert [entry.entity_id for entry in page.items] == ["today", "yesterday", "last-week"]


def _move_at(actor: Actor, name: str, ago: timedelta, patch: pytest.MonkeyPatch) -> None:
    """Record an event as if the clock had been behind."""
    moment = clock.now() - ago
    with patch.context() as inner:
        inner.setattr(ids, "moment_of", lambda _: moment)
        with Change(actor=actor) as change:
            change.put(crate(actor, name))
            change.record(CrateMoved(entity_id=name))


def test_empty_days_cost_nothing(store_calls: StoreCalls) -> None:
    actor = somebody()
    list_entries(actor, filters=Filters(), limit=10, start=None)
    assert store_calls.dynamodb == ["Query"]


@pytest.mark.parametrize("who", ["max_", "bob", "carol"])
def test_it_needs_audit_view(who: str, request: pytest.FixtureRequest) -> None:
    person: Person = request.getfixturevalue(who)
    answer = person.api.get("/api/audit")
    assert answer.status_code == 403
    assert answer.json() == problem(403, "permission_denied", permission="audit.view")


def test_it_needs_a_sign_in(anonymous: Api) -> None:
    assert anonymous.get("/api/audit").json() == problem(401, "not_authenticated")


def test_another_organisations_entries_are_not_there(alice: Person, mallory: Person) -> None:
    team_id = team_of(alice)
    assert mallory.trail(entityType="team", entityId=team_id) == []
    assert mallory.trail(userId=alice.user_id) == []
    assert {entry["organizationId"] for entry in mallory.trail()} == {mallory.organization_id}


@pytest.mark.parametrize("query", ["from=yesterday", "to=2026-11-22", "from=2026-11-22T10:00:00"])
def test_odd_times_are_refused(alice: Person, query: str) -> None:
    answer = alice.api.get(f"/api/audit?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_failed"


def test_an_offset_is_understood(alice: Person) -> None:
    team_of(alice)
    assert alice.trail(**{"from": quote("2020-01-01T00:00:00+02:00"), "action": "TEAM_CREATED"})


def test_nothing_in_it_can_be_changed(alice: Person) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        assert alice.api.call(method, "/api/audit", {}).status_code == 405
    assert Matches(".*") == alice.trail()[0]["auditId"]


@pytest.mark.parametrize(
    ("filters", "calls"),
    [
        (Filters(action="CRATE_MOVED"), ["Query", "BatchGetItem"]),
        (Filters(entity_type="crate", entity_id="c1"), ["Query"]),
        (Filters(action="CRATE_MOVED", entity_id="nothing"), ["Query", "BatchGetItem"]),
        (Filters(entity_type="nothing"), ["Query"] * 5),
    ],
)
def test_few_calls_whatever_the_page_size(
    filters: Filters, calls: list[str], store_calls: StoreCalls
) -> None:
    actor = somebody()
    for _ in range(12):
        with Change(actor=actor) as change:
            change.record(CrateMoved(entity_id="c1"))
    store_calls.clear()
    list_entries(actor, filters=filters, limit=1, start=None)
    assert store_calls.dynamodb == calls


def test_reading_on_has_a_budget_and_goes_on_from_there() -> None:
    actor = somebody()
    for number in range(5):
        with Change(actor=actor) as change:
            change.record(CrateMoved(entity_id=f"c{number}"))
    three = OF_A_DAY + 3
    for number in range(5):  # the one at the end of the budget is not lost either
        rare = Filters(entity_id=f"c{number}")
        first = list_entries(actor, filters=rare, limit=1, start=None, budget=three)
        assert (first.read, first.next_start is None) == (3, False)
        second = list_entries(actor, filters=rare, limit=1, start=first.next_start, budget=three)
        assert (second.read, second.next_start) == (2, None)
        found = [entry.entity_id for entry in [*first.items, *second.items]]
        assert found == [f"c{number}"]


def test_days_with_little_cost_too(monkeypatch: pytest.MonkeyPatch) -> None:
    actor = somebody()
    for number in range(5):
        _move_at(actor, f"c{number}", timedelta(days=number), monkeypatch)
    page = list_entries(actor, filters=Filters(), limit=10, start=None, budget=3 * OF_A_DAY)
    assert [entry.entity_id for entry in page.items] == ["c0", "c1", "c2"]
    rest = list_entries(actor, filters=Filters(), limit=10, start=page.next_start)
    assert [entry.entity_id for entry in rest.items] == ["c3", "c4"]
