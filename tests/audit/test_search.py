"""The trail by whatever is asked for, alone and together, of whatever size it is."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from audit.events import FILTERS
from audit.queries import Filters, list_entries, walk_entries
from bench.admin.crowd import Crowd, gather
from prework import clock
from prework.ids import new_id
from prework.tenancy import Actor
from tests.calls import StoreCalls
from tests.cast import Person

PAGE = 20
ALONE = ["request", "user", "thing", "action", "everything", "time"]


def reader(organization_id: str) -> Actor:
    permissions = frozenset({"audit.view", "audit.export"})
    return Actor(organization_id=organization_id, user_id="reader", permissions=permissions)


@pytest.fixture(scope="module")
def crowds() -> list[Crowd]:
    """A small trail and a larger one, each spread over users and days."""
    return [
        gather(new_id(), users=10, entries=count, per_day=per_day)
        for count, per_day in ((150, 50), (900, 300))
    ]


@pytest.fixture(scope="module")
def everything(crowds: list[Crowd]) -> list[Any]:
    """The small trail, oldest first."""
    return list(walk_entries(reader(crowds[0].organization_id), filters=Filters()))


def filters_of(crowd: Crowd, name: str) -> Filters:
    day = datetime.combine(clock.now().date(), datetime.min.time(), UTC) - timedelta(days=1)
    return {
        "request": Filters(request_id="request-5"),
        "user": Filters(user_id=crowd.user_ids[3]),
        "thing": Filters(entity_type="user", entity_id=crowd.user_ids[3]),
        "action": Filters(action="USER_UPDATED"),
        "everything": Filters(),
        "time": Filters(since=day, until=day + timedelta(hours=23)),
    }[name]


@pytest.mark.parametrize("name", ALONE)
def test_a_page_of_one_costs_the_same_calls_in_a_large_trail(
    name: str, crowds: list[Crowd], store_calls: StoreCalls
) -> None:
    costs = []
    for crowd in crowds:
        start, pages = None, []
        for _ in range(3):
            store_calls.clear()
            page = list_entries(
                reader(crowd.organization_id),
                filters=filters_of(crowd, name),
                limit=PAGE if name != "request" else 2,
                start=start,
            )
            pages.append(list(store_calls.dynamodb))
            start = page.next_start
            if start is None:
                break
        costs.append(pages)
    shortest = min(len(pages) for pages in costs)
    assert costs[0][: shortest - 1] == costs[1][: shortest - 1]
    assert len(costs[1][0]) <= 6
    if name in ("request", "user", "thing", "action"):
        assert costs[1][0].count("Query") == 1


def entry_of(crowd: Crowd) -> Any:
    page = list_entries(
        reader(crowd.organization_id), filters=Filters(action="USER_UPDATED"), limit=40, start=None
    )
    return page.items[-1]


@pytest.mark.parametrize(
    "names",
    [pair for size in (1, 2) for pair in combinations((*FILTERS, "since", "until"), size)],
    ids="+".join,
)
def test_every_filter_alone_and_every_two_find_what_fits_and_nothing_else(
    names: tuple[str, ...], crowds: list[Crowd], everything: list[Any]
) -> None:
    actor = reader(crowds[0].organization_id)
    wanted = next(one for one in everything if one.action == "USER_UPDATED")
    moment = clock.from_text(wanted.timestamp)
    times = {"since": moment, "until": moment + timedelta(milliseconds=1)}
    asked: dict[str, Any] = {name: times.get(name) or getattr(wanted, name) for name in names}
    filters = Filters(**asked)

    fitting = [one for one in everything if _fits(one, wanted, names)]
    assert wanted.audit_id in [one.audit_id for one in fitting]
    walked = [one.audit_id for one in walk_entries(actor, filters=filters) if one]
    assert walked == [one.audit_id for one in fitting]
    assert _paged(actor, filters) == walked[::-1]


def _fits(entry: Any, wanted: Any, names: tuple[str, ...]) -> bool:
    checks = {
        "since": entry.timestamp >= wanted.timestamp,
        "until": entry.timestamp <= wanted.timestamp,
    }
    return all(
        checks[name] if name in checks else getattr(entry, name) == getattr(wanted, name)
        for name in names
    )


def _paged(actor: Actor, filters: Filters) -> list[str]:
    found, start = [], None
    while True:
        page = list_entries(actor, filters=filters, limit=45, start=start)
        found += [one.audit_id for one in page.items]
        start = page.next_start
        if start is None:
            return found
        assert len(page.items) == 45


def test_what_is_finer_than_a_millisecond_counts(crowds: list[Crowd]) -> None:
    actor, wanted = reader(crowds[0].organization_id), entry_of(crowds[0])
    moment = clock.from_text(wanted.timestamp)
    later = moment + timedelta(microseconds=1)
    for since, until, is_in in ((moment, later, True), (later, None, False), (None, later, True)):
        found = walk_entries(actor, filters=Filters(since=since, until=until))
        assert (wanted.audit_id in {one.audit_id for one in found if one}) is is_in


@pytest.mark.parametrize(
    "span", [("from", "9999-12-31T23:59:59.999999Z"), ("to", "0001-01-01T00:00:00Z")]
)
def test_a_time_at_the_end_of_all_is_an_empty_list(alice: Person, span: tuple[str, str]) -> None:
    assert alice.trail(**dict([span])) == []


def test_by_request_and_by_outcome(alice: Person) -> None:
    headers = {"X-Request-ID": "one-request"}
    alice.api.call("POST", "/api/teams", {"name": "Crew"}, headers=headers)
    (entry,) = alice.trail(requestId="one-request")
    assert (entry["action"], entry["requestId"]) == ("TEAM_CREATED", "one-request")
    assert alice.trail(requestId="one-request", action="USER_CREATED") == []
    alice.api.post(
        "/api/auth/password", {"currentPassword": "wrong", "newPassword": "a-good-passphrase"}
    )
    assert {one["action"] for one in alice.trail(outcome="denied")} == {"USER_PROOF_FAILED"}
    assert alice.api.get("/api/audit?outcome=other").status_code == 400


def test_another_organisations_are_not_found_by_anything(alice: Person, mallory: Person) -> None:
    alice.api.post("/api/teams", {"name": "Crew"})
    (entry, *_) = alice.trail(action="TEAM_CREATED")
    for names in (["requestId"], ["userId"], ["entityId"], ["entityType", "entityId"]):
        assert mallory.trail(**{name: entry[name] for name in names}) == []


def test_a_cursor_is_for_its_own_question_only(alice: Person) -> None:
    alice.api.post("/api/teams", {"name": "Crew"})
    cursor = alice.api.get("/api/audit?limit=1").json()["nextCursor"]
    for query in ("action=TEAM_CREATED", "requestId=x", "outcome=success"):
        answer = alice.api.get(f"/api/audit?{query}&limit=1&cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
