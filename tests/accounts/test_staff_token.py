"""services.staff_for_token: the check with which every request to the admin begins."""

import pytest

from accounts import services
from prework.errors import NotAuthenticated
from prework.tenancy import StaffActor
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import ORIGIN, PASSWORD, Person, appoint


@pytest.fixture
def sam(bob: Person) -> Person:
    appoint(bob, "superuser")
    return bob


@pytest.fixture
def token(sam: Person) -> str:
    return services.sign_in_staff(origin=ORIGIN, email=sam.email, password=PASSWORD).token


def whose(token: str) -> StaffActor | None:
    try:
        return services.staff_for_token(token, ORIGIN)
    except NotAuthenticated:
        return None


def test_it_is_one_consistent_read(sam: Person, token: str, store_calls: StoreCalls) -> None:
    store_calls.clear()
    staff = services.staff_for_token(token, ORIGIN)
    assert store_calls.dynamodb == ["BatchGetItem"]
    assert '"ConsistentRead": true' in str(store_calls.requests)
    assert (staff.user_id, staff.role) == (sam.user_id, "superuser")


def test_the_role_is_what_it_is_now(sam: Person, token: str) -> None:
    for role in ("operator", "support"):
        appoint(sam, role)
        staff = whose(token)
        assert staff is not None and staff.role == role
    appoint(sam, None)
    assert whose(token) is None


def test_a_token_of_the_api_opens_nothing_here(sam: Person, token: str) -> None:
    public, _, secret = token.partition(".")
    api_public, _, api_secret = sam.token.partition(".")
    for other in (
        sam.token,
        sam.token.replace("pws_", "pwa_"),
        f"{public}.{api_secret}",
        f"{api_public}.{secret}",
        token[:-1],
        token + "A",
        public,
        "",
        "pwa_" + "A" * 600,
    ):
        assert whose(other) is None
    assert whose(token) is not None


@pytest.mark.parametrize("how", ["suspended", "password", "idle", "old", "elsewhere"])
def test_it_ends(alice: Person, sam: Person, token: str, how: str, wait: Wait) -> None:
    staff = whose(token)
    assert staff is not None
    if how == "suspended":
        alice.api.patch(f"/api/users/{sam.user_id}", {"isActive": False})
    elif how == "password":
        form = {"currentPassword": PASSWORD, "newPassword": "another-passphrase"}
        assert sam.api.post("/api/auth/password", form).status_code == 204
    elif how == "idle":
        wait(minutes=30, seconds=1)
    elif how == "old":
        for _ in range(16):
            assert whose(token) is not None
            wait(minutes=29)
        wait(minutes=20)
    else:
        services.sign_staff_out_everywhere(staff=staff)
    assert whose(token) is None


def test_use_keeps_it_alive(token: str, wait: Wait) -> None:
    for _ in range(4):
        wait(minutes=20)
        assert whose(token) is not None


def test_use_is_noted_once_a_minute(token: str, wait: Wait, store_calls: StoreCalls) -> None:
    wait(seconds=61)
    store_calls.clear()
    whose(token)
    whose(token)
    assert store_calls.dynamodb.count("UpdateItem") == 1
