"""What every request has: ids, errors, limits, preconditions, CORS."""

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from prework.ids import new_id
from tests import faults
from tests.cast import Api, Person
from tests.matching import ANY_ID, problem

TEAM = {"name": "Team"}


def test_a_sane_request_id_is_taken_and_echoed(anonymous: Api) -> None:
    answer = anonymous.get("/api/auth/me", X_Request_ID="my-request.1")
    assert answer.headers["X-Request-ID"] == "my-request.1"
    assert answer.json()["requestId"] == "my-request.1"


@pytest.mark.parametrize("odd", ["", "a b", "x" * 129, "é", "<script>"])
def test_an_odd_request_id_is_replaced(anonymous: Api, odd: str) -> None:
    answer = anonymous.get("/api/auth/me", X_Request_ID=odd)
    assert answer.headers["X-Request-ID"] == ANY_ID


def test_the_request_id_is_in_the_audit_entry(alice: Person) -> None:
    request_id = new_id()
    alice.api.post("/api/teams", TEAM, X_Request_ID=request_id)
    (entry,) = alice.trail(action="TEAM_CREATED")
    assert entry["requestId"] == request_id


@pytest.mark.parametrize("token", ["", "x", "pws_", "pws_x.y", "pws_" + "a" * 2000, "pws_é.x"])
def test_no_or_a_bad_token_is_401(token: str) -> None:
    answer = Api().get("/api/auth/me", Authorization=f"Bearer {token}")
    assert answer.status_code == 401
    assert answer.json() == problem(401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing-here", 404, "not_found"),
        ("GET", "/api/teams/", 404, "not_found"),
        ("PUT", "/api/teams", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there(alice: Person, method: str, path: str, status: int, code: str) -> None:
    answer = alice.api.call(method, path)
    assert (answer.status_code, answer.json()) == (status, problem(status, code))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b'{"name": NaN}', 400, "malformed_json"),
        (b'{"name": "\\ud800"}', 400, "malformed_json"),
        (b'{"x": ' + b"[" * 17 + b"]" * 17 + b"}", 400, "malformed_json"),
        (b'"text"', 400, "validation_failed"),
        (b"[]", 400, "validation_failed"),
        (b"null", 400, "validation_failed"),
        (b"", 400, "validation_failed"),
    ],
)
def test_bad_bodies(alice: Person, body: bytes, status: int, code: str) -> None:
    answer = alice.api.post("/api/teams", body)
    assert answer.status_code == status, answer.content[:300]
    assert answer.json()["code"] == code
    assert alice.trail(action="TEAM_CREATED") == []


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 201),
        ("text/plain;charset=UTF-8", 201),
        ("", 201),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/xml", 415),
    ],
)
def test_content_types(alice: Person, content_type: str, status: int) -> None:
    headers = {"Content-Type": content_type}
    answer = alice.api.call("POST", "/api/teams", TEAM, headers)
    assert answer.status_code == status, answer.content
    if status == 415:
        assert answer.json() == problem(415, "unsupported_content_type")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "٣", "9" * 30])
def test_limits(alice: Person, limit: str) -> None:
    answer = alice.api.get(f"/api/teams?limit={limit}")
    assert (answer.status_code, answer.json()) == (400, problem(400, "invalid_limit"))


def test_a_cursor_belongs_to_its_caller_and_query(alice: Person, max_: Person) -> None:
    for number in range(3):
        alice.api.post("/api/teams", {"name": f"Team {number}"})
    cursor = alice.api.get("/api/teams?limit=1").json()["nextCursor"]
    assert alice.api.get(f"/api/teams?limit=2&cursor={cursor}").status_code == 200
    foreign = [
        max_.api.get(f"/api/teams?cursor={cursor}"),
        alice.api.get(f"/api/users?cursor={cursor}"),
        alice.api.get("/api/teams?cursor=forged"),
        alice.api.get("/api/teams?cursor="),
    ]
    assert [answer.json()["code"] for answer in foreign] == ["invalid_cursor"] * 4


def test_rate_limits_say_when_to_come_back(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {**settings.RATE_LIMITS, "user": "2/minute"}
    monkeypatch.setattr(settings, "RATE_LIMITS", limits)
    answers = [alice.api.get("/api/auth/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    seconds = int(answers[2].headers["Retry-After"])
    assert 1 <= seconds <= 60
    assert answers[2].json() == problem(429, "rate_limited", retryAfter=seconds)


def test_a_stores_outage_is_503_and_changes_nothing(alice: Person) -> None:
    gone = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    with faults.raising("TransactWriteItems", gone):
        answer = alice.api.post("/api/teams", TEAM)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert alice.trail(action="TEAM_CREATED") == []


def test_cors_is_for_the_allowed_origins_alone(alice: Person) -> None:
    ours = settings.ALLOWED_ORIGINS[0]
    allowed = alice.api.call(
        "OPTIONS", "/api/teams", headers={"Origin": ours, "Access-Control-Request-Method": "POST"}
    )
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == ours
    assert "Idempotency-Key" in allowed.headers["Access-Control-Allow-Headers"]
    other = alice.api.get("/api/teams", Origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Access-Control-Allow-Credentials" not in allowed.headers


def test_the_type_of_an_error_leads_to_its_words(anonymous: Api) -> None:
    kind = anonymous.get("/api/auth/me").json()["type"]
    page, _, anchor = kind.partition("#")
    answer = anonymous.get(page)
    assert answer.status_code == 200
    assert f'id="{anchor}"' in answer.content.decode()
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("tag", ["1", "abc", "", 'W/"1"', '"9"'])
def test_an_if_match_that_does_not_match_writes_nothing(alice: Person, tag: str) -> None:
    team = alice.api.post("/api/teams", TEAM).json()
    answer = alice.api.patch(f"/api/teams/{team['teamId']}", {"name": "New"}, If_Match=tag)
    assert (answer.status_code, answer.json()) == (412, problem(412, "precondition_failed"))
    assert alice.api.get(f"/api/teams/{team['teamId']}").json()["name"] == TEAM["name"]


def test_a_foreign_host_is_refused_in_its_own_words(anonymous: Api) -> None:
    answer = anonymous.get("/readyz", Host="evil.example")
    assert (answer.status_code, answer.json()) == (400, problem(400, "bad_request"))
