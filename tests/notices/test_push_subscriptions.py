"""GET /api/push/public-key; GET, POST and DELETE /api/push/subscriptions"""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings
from django.core.management import call_command

from notices.engine import vapid
from notices.models import PushSubscription, notices_key
from prework.dynamo import each
from prework.tenancy import StaffActor
from tests.accounts.acting import impersonate, raise_it
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import Api, Person, sign_in
from tests.matching import ANY_TIME, Matches, problem
from tests.notices.browsers import URL, Browser, PushService, from_base64url
from tests.teams.making import at_once

ID = Matches(r"[0-9a-f]{32}")


def listed(person: Person) -> list[dict[str, Any]]:
    answer = person.api.get(URL)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def rows(person: Person) -> list[PushSubscription]:
    """All that is stored of a person's browsers."""
    pk = notices_key(person.actor, person.user_id)
    return list(each(PushSubscription, pk, sort=PushSubscription.sk.startswith("PUSH#")))


def test_the_key_is_a_point_that_stays(bob: Person, carol: Person) -> None:
    key = bob.api.get("/api/push/public-key").json()["publicKey"]
    assert carol.api.get("/api/push/public-key").json() == {"publicKey": key}
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(key))


def test_production_without_a_key_sends_none(
    bob: Person, service: PushService, settings: LazySettings
) -> None:
    settings.IS_PRODUCTION = True
    for answer in (bob.api.get("/api/push/public-key"), service.browser().subscribe(bob)):
        assert answer.json() == problem(404, "push_unavailable")
    settings.VAPID_PRIVATE_KEY = "no key"
    assert bob.api.get("/api/push/public-key").status_code == 404


def test_the_command_makes_a_key(
    bob: Person, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("vapid_key")
    name, _, key = capsys.readouterr().out.strip().partition("=")
    assert name == "PREWORK_VAPID_PRIVATE_KEY"
    derived = vapid.server_key()
    settings.VAPID_PRIVATE_KEY, settings.IS_PRODUCTION = key, True
    shown = bob.api.get("/api/push/public-key").json()["publicKey"]
    assert shown == vapid.server_key() != derived


def test_a_browser_is_told_from_then_on(bob: Person, service: PushService) -> None:
    answer = service.browser().subscribe(bob)
    shown = {
        "subscriptionId": ID,
        "service": service.host,
        "userAgent": "",
        "createdAt": ANY_TIME,
    }
    assert (answer.status_code, answer.json()) == (201, shown)
    assert listed(bob) == [answer.json()]


def test_it_is_audited_without_its_address(
    alice: Person, bob: Person, service: PushService
) -> None:
    made = service.browser("secret-capability").subscribe(bob).json()
    bob.api.delete(f"{URL}/{made['subscriptionId']}")
    [added] = alice.trail(action="USER_PUSH_SUBSCRIBED")
    [removed] = alice.trail(action="USER_PUSH_UNSUBSCRIBED")
    assert added["newValues"] == {"service": service.host}
    assert removed["newValues"] == {"service": service.host, "reason": "asked"}
    assert "secret-capability" not in str([added, removed])


def test_its_address_and_keys_cannot_be_read_in_the_store(
    bob: Person, service: PushService
) -> None:
    browser = service.browser("secret-capability")
    browser.subscribe(bob)
    [row] = rows(bob)
    raw = str(row.serialize())
    assert "secret-capability" not in raw
    for key in browser.to_json()["keys"].values():
        assert key not in raw
        assert key.encode() not in row.sealed


def test_the_same_again_is_one_and_writes_nothing(
    bob: Person, service: PushService, store_calls: StoreCalls
) -> None:
    browser = service.browser()
    first = browser.subscribe(bob).json()
    store_calls.clear()
    assert browser.subscribe(bob).json() == first
    assert "TransactWriteItems" not in store_calls.dynamodb
    assert len(listed(bob)) == 1


def test_new_keys_take_the_place_of_old_ones(bob: Person, service: PushService) -> None:
    first = service.browser().subscribe(bob).json()
    again = service.browser().subscribe(bob).json()
    assert again["subscriptionId"] == first["subscriptionId"]
    assert len(listed(bob)) == 1


def test_many_times_at_once_is_once(bob: Person, service: PushService) -> None:
    browser = service.browser()
    answers = at_once(*[lambda: browser.subscribe(bob)] * 5)
    assert {answer.status_code for answer in answers} == {201}
    assert len(listed(bob)) == 1


def test_the_eleventh_takes_the_place_of_the_oldest(
    bob: Person, service: PushService, alice: Person
) -> None:
    made = [
        service.browser(f"browser-{n}").subscribe(bob).json()["subscriptionId"] for n in range(11)
    ]
    assert [one["subscriptionId"] for one in listed(bob)] == made[:0:-1]
    [entry] = alice.trail(action="USER_PUSH_UNSUBSCRIBED")
    assert entry["newValues"]["reason"] == "replaced"


def test_one_is_removed(bob: Person, service: PushService) -> None:
    path = f"{URL}/{service.browser().subscribe(bob).json()['subscriptionId']}"
    assert bob.api.delete(path).status_code == 204
    assert (listed(bob), rows(bob)) == ([], [])
    assert bob.api.delete(path).json() == problem(404, "not_found")


def test_nobody_removes_anothers(
    alice: Person, bob: Person, mallory: Person, service: PushService
) -> None:
    path = f"{URL}/{service.browser().subscribe(bob).json()['subscriptionId']}"
    for other in (alice, mallory):
        assert other.api.delete(path).json() == problem(404, "not_found")
        assert listed(other) == []
    assert len(listed(bob)) == 1


def test_signing_out_ends_it(bob: Person, service: PushService) -> None:
    elsewhere = sign_in(bob.email)
    service.browser("here").subscribe(bob)
    service.browser("there").subscribe(elsewhere)
    bob.api.post("/api/auth/logout")
    assert len(listed(elsewhere)) == 1
    service.browser("new").subscribe(elsewhere)
    assert len(rows(elsewhere)) == 2  # what ended is gone from the store, too


def test_a_new_password_ends_all_but_this_one(bob: Person, service: PushService) -> None:
    service.browser("there").subscribe(sign_in(bob.email))
    here = service.browser("here").subscribe(bob).json()
    form = {"currentPassword": "a-long-enough-passphrase", "newPassword": "another-passphrase"}
    assert bob.api.post("/api/auth/password", form).status_code == 204
    assert [one["subscriptionId"] for one in listed(bob)] == [here["subscriptionId"]]


def test_a_sign_in_that_ends_by_itself_leaves_it(
    bob: Person, service: PushService, wait: Wait
) -> None:
    service.browser().subscribe(bob)
    wait(days=8)
    assert len(listed(sign_in(bob.email))) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://{host}/push",
        "https://{host}",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/push",
        "https://localhost:1/push",
        "https://{host}@evil.example/push",
        "https://evil.example\\@{host}/push",
        "https://x.{host}/push",
        "https://evil.example#{host}/",
        "https://{host}/pu sh",
        "https://[::1]/push",
        "ftp://{host}/push",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilpush.apple.com/x",
        "",
    ],
)
def test_other_hosts_are_not_asked(
    bob: Person, service: PushService, settings: LazySettings, endpoint: str
) -> None:
    settings.PUSH_HOSTS = [service.host, "fcm.googleapis.com", ".push.apple.com"]
    browser = Browser(endpoint.format(host=service.host))
    answer = browser.subscribe(bob)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "endpoint"
    assert listed(bob) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b-_x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB%2fabc",
        "https://web.push.apple.com/QGuQyavXutnMH",
    ],
)
def test_the_services_of_browsers_are_known(bob: Person, endpoint: str) -> None:
    assert Browser(endpoint).subscribe(bob).status_code == 201


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"p256dh": "AAAA"}, "keys.p256dh"),
        ({"p256dh": "!!"}, "keys.p256dh"),
        ({"p256dh": "B" + "A" * 86}, "keys.p256dh"),
        ({"auth": "AAAA"}, "keys.auth"),
        ({"auth": None}, "keys.auth"),
        ({"auth": 7}, "keys.auth"),
    ],
)
def test_keys_that_are_none(
    bob: Person, service: PushService, keys: dict[str, Any], field: str
) -> None:
    body = service.browser().to_json()
    answer = bob.api.post(URL, {**body, "keys": {**body["keys"], **keys}})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("body", [{}, {"endpoint": 7}, {"keys": []}, [], "x"])
def test_what_is_not_valid_is_a_400(bob: Person, body: Any) -> None:
    assert bob.api.post(URL, body).json()["code"] == "validation_failed"


def test_it_takes_a_sign_in() -> None:
    for call in (Api().get(URL), Api().post(URL, {}), Api().delete(f"{URL}/x")):
        assert call.json() == problem(401, "not_authenticated")
    assert Api().get("/api/push/public-key").status_code == 401


def test_those_of_another_key_make_room(
    bob: Person, service: PushService, settings: LazySettings
) -> None:
    service.browser("old").subscribe(bob)
    settings.VAPID_PRIVATE_KEY = vapid.new_private_key()
    service.browser("new").subscribe(bob)
    assert len(rows(bob)) == 1


def test_staff_who_act_as_somebody_choose_nothing_for_them(
    bob: Person, service: PushService, operator: StaffActor
) -> None:
    seen = impersonate(operator, bob)
    for may_write in (False, True):
        if may_write:
            raise_it(operator, seen)
        assert service.browser().subscribe(seen).status_code == 403
        off = {"push": {"requests": False}}
        assert seen.api.patch("/api/notifications/preferences", off).status_code == 403
    assert rows(bob) == []
