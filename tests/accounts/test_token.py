"""The check of a token, with which every request begins."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import services
from accounts.models import METADATA, Organization, organization_key
from prework.errors import NotAuthenticated
from prework.transactions import Transaction
from tests.accounts.bodies import log_in, written
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import ORIGIN, Api, Person
from tests.faults import THROTTLED, answer, answering_first
from tests.matching import problem

REFUSED = problem(401, "not_authenticated")


def status(token: str) -> int:
    return int(Api(token).get("/api/auth/me").status_code)


def tampered(token: str) -> list[str]:
    public, _, secret = token.partition(".")
    other = "A" if token[-1] != "A" else "B"
    return [
        token[:-1],
        token[:-1] + other,
        token + "A",
        public,
        f"{public}.",
        f".{secret}",
        f"{public}.{secret}.{secret}",
        f"{public}=.{secret}",
        token.upper(),
        token.replace("pws_", "pwt_"),
        token.removeprefix("pws_"),
        public[:-1] + ("A" if public[-1] != "A" else "B") + f".{secret}",
        "pws_" + "A" * 600,
        "pws_%%%.x",
        "pws_" + base64.urlsafe_b64encode(b"\xff\xfe|a|b").decode() + ".x",
        "pws_" + base64.urlsafe_b64encode(b"a#b|c|d").decode().rstrip("=") + ".x",
        "null",
        "",
    ]


def test_it_is_one_read(bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    actor = services.actor_for_token(bob.token, ORIGIN)
    assert store_calls.dynamodb == ["BatchGetItem"]
    assert '"ConsistentRead": true' in str(store_calls.requests)
    assert (actor.user_id, actor.role, actor.kind) == (bob.user_id, "member", "user")
    assert actor.permissions == {"checklist.edit", "media.upload"}


@pytest.mark.parametrize("position", range(18))
def test_a_tampered_token_is_none(bob: Person, position: int) -> None:
    token = tampered(bob.token)[position]
    assert Api(token).get("/api/auth/me").json() == REFUSED


def test_a_users_token_names_nobody_else(bob: Person, carol: Person, mallory: Person) -> None:
    secret = bob.token.partition(".")[2]
    for other in (carol, mallory):
        assert status(other.token.partition(".")[0] + "." + secret) == 401


@pytest.mark.parametrize(
    "header", ["Basic Zm9v", "Bearer", "Bearer  ", "Token {}", "{}", "Bearer {} x"]
)
def test_another_scheme_is_refused(bob: Person, header: str) -> None:
    headers = {"Authorization": header.format(bob.token)}
    assert Api().call("GET", "/api/auth/me", headers=headers).status_code == 401


def test_a_cookie_or_a_parameter_signs_nobody_in(bob: Person) -> None:
    assert Api().get(f"/api/auth/me?token={bob.token}").status_code == 401
    assert (
        Api().call("GET", "/api/auth/me", headers={"Cookie": f"t={bob.token}"}).status_code == 401
    )


def test_it_ends_when_idle_for_twelve_hours(bob: Person, wait: Wait) -> None:
    wait(hours=11, minutes=59)
    assert status(bob.token) == 200
    wait(hours=11, minutes=59)
    assert status(bob.token) == 200
    wait(hours=12, seconds=1)
    assert status(bob.token) == 401


def test_it_ends_after_seven_days_however_busy(bob: Person, wait: Wait) -> None:
    """G9: TTL removes days late; what has expired is refused by what it says."""
    for _ in range(7 * 3 - 1):
        wait(hours=8)
        assert status(bob.token) == 200
    wait(hours=8)
    assert status(bob.token) == 401


def test_use_is_noted_every_five_minutes_at_most(
    bob: Person, wait: Wait, store_calls: StoreCalls
) -> None:
    bob.api.get("/api/auth/me")
    wait(minutes=4, seconds=58)
    store_calls.clear()
    status(bob.token)
    assert written(store_calls) == []
    wait(seconds=3)
    status(bob.token)
    status(bob.token)
    assert written(store_calls) == ["UpdateItem"]


def test_noting_the_use_brings_no_ended_session_back(bob: Person, wait: Wait) -> None:
    wait(minutes=6)
    with ThreadPoolExecutor(6) as pool:
        uses = [pool.submit(status, bob.token) for _ in range(5)]
        pool.submit(bob.api.post, "/api/auth/logout").result()
        for use in uses:
            assert use.result() in (200, 401)
    assert status(bob.token) == 401


def test_a_suspended_users_token_is_dead_and_stays_so(alice: Person, bob: Person) -> None:
    """G2: an index would let a suspended user in for as long as it lags."""
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    assert status(bob.token) == 401
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": True})
    assert status(bob.token) == 401
    assert log_in(bob.email).status_code == 200


def test_nobody_of_an_ended_organisation_gets_in(bob: Person) -> None:
    end = Transaction()
    pk = organization_key(bob.organization_id)
    end.update(Organization, pk, METADATA, [Organization.is_active.set(False)])
    end.send()
    assert status(bob.token) == 401
    assert log_in(bob.email).json() == problem(401, "invalid_credentials")


def test_a_store_that_leaves_keys_out_is_a_503_and_no_401(bob: Person) -> None:
    left_out = '{"Responses":{},"UnprocessedKeys":{"pre-work-users":{"Keys":[]}}}'
    with answering_first("BatchGetItem", answer(200, left_out), times=99):
        refused = bob.api.get("/api/auth/me")
    assert refused.json()["code"] == "storage_unavailable"
    assert (refused.status_code, refused["Retry-After"]) == (503, "2")


def test_a_throttled_store_is_a_503_and_no_401(bob: Person) -> None:
    with answering_first("BatchGetItem", answer(400, THROTTLED), times=99):
        assert status(bob.token) == 503
    assert status(bob.token) == 200


def test_the_loader_raises_for_what_is_no_token() -> None:
    for text in ("", "pws_", "pws_.", "\udce4", "pws_é.é"):
        with pytest.raises(NotAuthenticated):
            services.actor_for_token(text, ORIGIN)
