"""GET /api/audit/export: the trail as a file, sent while it is read, and in the trail itself."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from accounts import services
from audit.models import SHARDS
from prework import clock
from prework.http import files
from prework.localaws import LocalAws
from prework.tenancy import StaffActor
from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.collab.servers import Server, running
from tests.faults import THROTTLED, answer, answering_first
from tests.matching import ANY_TIME, problem

EXPORT = "/api/audit/export"
COLUMNS = [
    *("auditId", "timestamp", "organizationId", "action", "userId", "entityType", "entityId"),
    *("oldValues", "newValues", "ip", "userAgent", "sessionId", "requestId", "outcome"),
    *("actorKind", "reason", "impersonatorId"),
]
# A place for one, small parts, and a store that lets down who asks by user, after some answers.
SMALL = """
import prework.http.files as files, audit.queries
from prework.dynamo import connection
from tests.faults import THROTTLED, answer
files.SEATS = files.Seats(each=1, in_all=1)
files.READ_AT_ONCE = audit.queries.WALKED_AT_ONCE = 1
asked = []
def fail(request, **_):
    if b"GSI1" in request.body:
        asked.append(1)
    return answer(400, THROTTLED) if len(asked) > 5 else None
connection().client.meta.events.register("before-send.dynamodb.Query", fail)
"""


@pytest.fixture(scope="module")
def server(engine: LocalAws) -> Iterator[Server]:
    with running(engine, setup=SMALL) as (one,):
        yield one


def busy(person: Person, count: int = 3, description: str = "") -> None:
    for number in range(count):
        body = {"name": f"Team {number}", "description": description}
        assert person.api.post("/api/teams", body).status_code == 201


def lines_of(got: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in got.getvalue().splitlines()]


def rows_of(got: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(got.getvalue().decode(), newline="")))


def exports_in(person: Person) -> list[Any]:
    return [entry["newValues"] for entry in person.trail(action="AUDIT_EXPORTED")]


def test_json_lines_are_the_entries_to_the_letter_oldest_first(alice: Person) -> None:
    busy(alice)
    listed = alice.api.get("/api/audit").json()["items"]
    got = alice.api.get(EXPORT)
    assert got.getvalue() == b"".join(orjson.dumps(one) + b"\n" for one in reversed(listed))
    assert got["Content-Type"] == "application/jsonl"
    assert got["Cache-Control"] == "no-store"
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Disposition"].startswith('attachment; filename="audit-trail-2')
    assert got["Content-Disposition"].endswith('Z.jsonl"')
    assert "Content-Length" not in got


def test_csv_has_the_same(alice: Person) -> None:
    busy(alice, 2, description='Quotes ", commas, Ümlaute and\nlines')
    listed = alice.api.get("/api/audit").json()["items"]
    got = alice.api.get(f"{EXPORT}?format=csv")
    assert got["Content-Type"] == "text/csv; charset=utf-8"
    rows = rows_of(got)
    assert list(rows[0]) == COLUMNS
    values = ("oldValues", "newValues")
    for row, entry in zip(rows, reversed(listed), strict=True):
        assert {name: orjson.loads(row[name]) for name in values} == {
            name: entry[name] for name in values
        }
        rest = {name: text for name, text in row.items() if name not in values}
        assert rest == {name: entry[name] or "" for name in rest}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "x;=1", 'x;"=1;y']
)
def test_no_cell_is_a_formula(alice: Person, text: str) -> None:
    calls = {"User-Agent": text}
    alice.api.call("POST", "/api/teams", {"name": "Crew"}, headers=calls)
    got = rows_of(alice.api.get(f"{EXPORT}?format=csv&action=TEAM_CREATED"))[0]["userAgent"]
    assert got.replace("'", "", 1).strip() == text.strip()
    assert "'" in got


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_it_is_in_the_trail_once_before_its_first_byte(alice: Person, form: str) -> None:
    since = clock.to_text(clock.now())
    got = alice.api.get(f"{EXPORT}?format={form}&from={since}&action=TEAM_CREATED")
    (entry,) = alice.trail(action="AUDIT_EXPORTED")
    about = {"format": form, "action": "TEAM_CREATED", "from": since, "to": ANY_TIME}
    assert entry["newValues"] == about
    assert (entry["entityType"], entry["entityId"]) == ("audit", alice.organization_id)
    assert got.getvalue() == (",".join(COLUMNS) + "\r\n").encode() * (form == "csv")
    assert len(exports_in(alice)) == 1


def test_what_happens_meanwhile_is_not_in_it(alice: Person) -> None:
    got = alice.api.get(EXPORT)
    busy(alice)
    actions = {line["action"] for line in lines_of(got)}
    assert "ORGANIZATION_REGISTERED" in actions
    assert actions.isdisjoint({"AUDIT_EXPORTED", "TEAM_CREATED"})
    assert "AUDIT_EXPORTED" in {line["action"] for line in lines_of(alice.api.get(EXPORT))}


def test_from_is_inclusive_to_exclusive_and_filters_are_the_lists(alice: Person) -> None:
    busy(alice, 4)
    oldest, second, third, newest = reversed(alice.trail(action="TEAM_CREATED"))
    span = f"from={second['timestamp']}&to={newest['timestamp']}"
    found = lines_of(alice.api.get(f"{EXPORT}?{span}"))
    assert found == [second, third]
    query = f"entityType=team&entityId={oldest['entityId']}&requestId={oldest['requestId']}"
    assert lines_of(alice.api.get(f"{EXPORT}?{query}&outcome=success")) == [oldest]
    assert lines_of(alice.api.get(f"{EXPORT}?userId={alice.user_id}&action=NONE")) == []


@pytest.mark.parametrize("who", ["max_", "bob", "carol"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_it_needs_audit_export(
    who: str, method: str, alice: Person, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(who)
    got = person.api.call(method, EXPORT)
    assert got.status_code == 403
    if method == "GET":
        assert got.json() == problem(403, "permission_denied", permission="audit.export")
    assert exports_in(alice) == []


def test_it_needs_a_sign_in(anonymous: Api) -> None:
    assert anonymous.get(EXPORT).json() == problem(401, "not_authenticated")


def test_another_organisations_entries_are_not_in_it(alice: Person, mallory: Person) -> None:
    busy(alice)
    (entry, *_) = alice.trail(action="TEAM_CREATED")
    found = lines_of(mallory.api.get(EXPORT))
    assert {line["organizationId"] for line in found} == {mallory.organization_id}
    for query in (
        f"userId={alice.user_id}",
        f"requestId={entry['requestId']}",
        f"entityType=team&entityId={entry['entityId']}",
    ):
        assert mallory.api.get(f"{EXPORT}?{query}").getvalue() == b""


@pytest.mark.parametrize(
    "query", ["format=xml", "from=yesterday", "outcome=maybe", "to=2026-11-22T10:00:00"]
)
def test_an_odd_query_is_refused_and_exports_nothing(alice: Person, query: str) -> None:
    got = alice.api.get(f"{EXPORT}?{query}")
    assert (got.status_code, got.json()["code"]) == (400, "validation_failed")
    assert exports_in(alice) == []


def test_head_says_what_would_come_and_leaves_nothing(
    alice: Person, store_calls: StoreCalls
) -> None:
    got = alice.api.call("HEAD", f"{EXPORT}?format=csv")
    assert (got.status_code, got["Content-Type"]) == (200, files.TYPES["csv"])
    assert "Content-Length" not in got
    assert store_calls.after_sign_in() == []


def test_other_methods_are_not_allowed(alice: Person) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        assert alice.api.call(method, EXPORT, {}).status_code == 405


def test_who_may_only_look_takes_nothing_away(alice: Person, operator: StaffActor) -> None:
    signed_in = services.start_impersonation(
        staff=operator,
        organization_id=alice.organization_id,
        user_id=alice.user_id,
        reason="a question on the phone",
    )
    assert Api(signed_in.token).get(EXPORT).status_code == 403
    assert exports_in(alice) == []


def test_a_store_that_fails_at_once_is_a_503_and_gives_the_place_back(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prework.transactions.DEADLINE_SECONDS", 0)
    for _ in range(3):
        with answering_first("TransactWriteItems", answer(400, THROTTLED), times=99):
            assert alice.api.get(EXPORT).status_code == 503
    assert alice.api.get(EXPORT).status_code == 200


def test_two_at_once_and_the_third_is_told_when(alice: Person) -> None:
    first, second = alice.api.get(EXPORT), alice.api.get(EXPORT)
    third = alice.api.get(EXPORT)
    assert third.json() == problem(429, "rate_limited", retryAfter=files.BUSY_SECONDS)
    assert third["Retry-After"] == str(files.BUSY_SECONDS)
    assert len(exports_in(alice)) == 2
    first.close()  # given up
    assert second.getvalue()  # taken
    assert [alice.api.get(EXPORT).status_code for _ in range(1)] == [200]


def test_it_is_read_as_it_is_sent(
    alice: Person, store_calls: StoreCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(alice, 12)
    monkeypatch.setattr(files, "READ_AT_ONCE", 5)
    monkeypatch.setattr("audit.queries.WALKED_AT_ONCE", 2)
    parts: Iterator[bytes] = alice.api.get(EXPORT).streaming_content
    store_calls.clear()
    counts, before = [], 0
    for part in parts:
        counts.append(part.count(b"\n"))
        assert len(store_calls.dynamodb) - before <= 1 + SHARDS + 3
        before = len(store_calls.dynamodb)
    assert max(counts) == 5
    assert sum(counts) == 12 + 1


def test_a_client_that_goes_gives_its_place_back(server: Server, alice: Person) -> None:
    busy(alice)
    with opened(server, alice) as stream:
        next(stream.iter_raw())
    whole = b""
    while not whole:
        with opened(server, alice) as stream:
            assert stream.status_code in (200, 429)
            whole = stream.read() if stream.status_code == 200 else b""
    assert b"TEAM_CREATED" in whole


def test_a_file_that_breaks_off_cannot_be_taken_for_whole(server: Server, alice: Person) -> None:
    busy(alice, 8)
    got = b""
    for _ in range(2):  # the place was given back
        with opened(server, alice, f"?userId={alice.user_id}") as stream:
            assert (stream.status_code, stream.headers["Transfer-Encoding"]) == (200, "chunked")
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                for part in stream.iter_raw():
                    got += part
    assert got.count(b"\n") == 5
    assert got.endswith(b"}\n")
    assert len(exports_in(alice)) == 2


def opened(server: Server, person: Person, query: str = "") -> Any:
    """The export of a real server, as it comes."""
    bearer = {"Authorization": f"Bearer {person.token}"}
    return httpx.stream("GET", server.url + EXPORT + query, headers=bearer, timeout=20)
