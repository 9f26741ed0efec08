"""Push messages, as a real browser and a real push service get them."""

import time

import pytest
from django.conf import LazySettings

from notices.engine import vapid
from prework import outbox
from tests.accounts.conftest import Wait
from tests.cast import Person, sign_in
from tests.figures import Figures
from tests.notices.browsers import Browser, PushService, seconds_ahead
from tests.notices.test_preferences import URL as PREFERENCES
from tests.notices.test_push_subscriptions import listed, rows
from tests.outbox.looking import all_waiting, drain
from tests.teams.making import activity, add, new_team

TITLE = "You are in the team Night shift"


def told(browser: Browser, service: PushService) -> list[str]:
    """The titles that a browser was shown, once all is sent."""
    drain()
    path = browser.endpoint.partition(service.host)[2]
    return [browser.read(one.body)["title"] for one in service.pushed if one.path == path]


def test_only_the_browser_can_read_it(
    alice: Person, bob: Person, service: PushService, figures: Figures
) -> None:
    browser = service.browser()
    browser.subscribe(bob)
    team = new_team(alice)
    add(alice, team, bob)
    drain()
    assert {"Outcome": "success"} in figures.dimensions("PushSent")
    [pushed] = service.pushed
    message = browser.read(pushed.body)
    event_id = message.pop("eventId")
    assert message == {
        "title": TITLE,
        "body": "You were made a member.\nFrom: Alice",
        "link": f"/teams/{team['teamId']}",
    }
    assert event_id == activity(alice, team)[0]["eventId"]
    assert b"Night shift" not in pushed.body
    assert len(pushed.body) < 4096
    with pytest.raises(Exception, match="."):
        service.browser().read(pushed.body)


def test_the_service_knows_the_server(alice: Person, bob: Person, service: PushService) -> None:
    service.browser().subscribe(bob)
    add(alice, new_team(alice), bob)
    drain()
    [pushed] = service.pushed
    claims = pushed.claims()
    assert claims["aud"] == f"https://{service.host}"
    assert claims["sub"] == "mailto:no-reply@prework.test"
    assert 0 < seconds_ahead(claims["exp"]) <= 24 * 3600
    assert pushed.server_key == bob.api.get("/api/push/public-key").json()["publicKey"]
    assert pushed.headers["content-encoding"] == "aes128gcm"
    assert (pushed.headers["ttl"], pushed.headers["urgency"]) == ("86400", "normal")
    assert len(pushed.headers["topic"]) == 32


def test_every_browser_of_theirs_is_told(
    alice: Person, bob: Person, carol: Person, service: PushService
) -> None:
    browsers = [service.browser(name) for name in ("desk", "phone")]
    for browser in browsers:
        browser.subscribe(bob)
    other = service.browser("other")
    other.subscribe(carol)
    add(alice, new_team(alice), bob)
    assert [told(browser, service) for browser in browsers] == [[TITLE], [TITLE]]
    assert told(other, service) == []


def test_what_is_turned_off_is_not_pushed(
    alice: Person, bob: Person, service: PushService
) -> None:
    browser = service.browser()
    browser.subscribe(bob)
    bob.api.patch(PREFERENCES, {"push": {"membership": False}})
    add(alice, new_team(alice), bob)
    assert told(browser, service) == []


def test_long_texts_are_cut_to_fit(alice: Person, bob: Person, service: PushService) -> None:
    browser = service.browser()
    browser.subscribe(bob)
    add(alice, new_team(alice, name="😀" * 190), bob)
    [title] = told(browser, service)
    assert len(title) == 120
    assert len(service.pushed[0].body) < 4096


def test_after_signing_out_nothing_comes(alice: Person, bob: Person, service: PushService) -> None:
    browser = service.browser()
    browser.subscribe(bob)
    bob.api.post("/api/auth/logout")
    add(alice, new_team(alice), bob)
    assert told(browser, service) == []
    assert rows(sign_in(bob.email)) == []
    [entry] = alice.trail(action="USER_PUSH_UNSUBSCRIBED")
    assert (entry["userId"], entry["newValues"]["reason"]) == ("system", "signed_out")


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    alice: Person, bob: Person, service: PushService, status: int, figures: Figures
) -> None:
    service.browser().subscribe(bob)
    service.status = status
    add(alice, new_team(alice), bob)
    drain()
    assert {"Outcome": "gone"} in figures.dimensions("PushSent")
    assert (listed(bob), rows(bob)) == ([], [])
    [entry] = alice.trail(action="USER_PUSH_UNSUBSCRIBED")
    assert (entry["entityId"], entry["newValues"]["reason"]) == (bob.user_id, "gone")
    pushes = [row.content for row in all_waiting() if row.what == "push"]  # of other tests, too
    assert bob.organization_id not in [content["organization_id"] for content in pushes]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_down_is_asked_again(
    alice: Person, bob: Person, service: PushService, wait: Wait, status: int
) -> None:
    browser = service.browser()
    browser.subscribe(bob)
    service.status = status
    add(alice, new_team(alice), bob)
    drain()
    service.status = 201
    wait(seconds=31)
    outbox.deliver_due()
    assert told(browser, service) == [TITLE, TITLE]
    assert (
        len({one.headers["topic"] for one in service.pushed}) == 1
    )  # one takes the other's place
    assert len(listed(bob)) == 1
    wait(minutes=10)
    outbox.deliver_due()
    assert len(service.pushed) == 2


@pytest.mark.parametrize("status", [400, 403, 413])
def test_what_a_service_refuses_is_not_sent_again(
    alice: Person, bob: Person, service: PushService, wait: Wait, status: int
) -> None:
    service.browser().subscribe(bob)
    service.status = status
    add(alice, new_team(alice), bob)
    drain()
    wait(hours=2)
    outbox.deliver_due()
    assert len(service.pushed) == 1
    assert len(listed(bob)) == 1


def test_a_redirect_is_not_followed(
    alice: Person, bob: Person, service: PushService, wait: Wait
) -> None:
    service.browser().subscribe(bob)
    service.status, service.location = 307, f"https://{service.host}/internal"
    add(alice, new_team(alice), bob)
    drain()
    wait(hours=2)
    outbox.deliver_due()
    assert [one.path for one in service.pushed] == ["/push/one"]


def test_a_service_that_is_trusted_no_more_is_not_asked(
    alice: Person, bob: Person, service: PushService, settings: LazySettings
) -> None:
    service.browser().subscribe(bob)
    settings.PUSH_HOSTS = []
    add(alice, new_team(alice), bob)
    drain()
    assert service.pushed == []


def test_a_browser_that_knows_another_key_is_not_asked(
    alice: Person, bob: Person, service: PushService, settings: LazySettings
) -> None:
    browser = service.browser()
    browser.subscribe(bob)
    settings.VAPID_PRIVATE_KEY = vapid.new_private_key()
    add(alice, new_team(alice), bob)
    assert told(browser, service) == []
    browser.subscribe(bob)
    add(alice, new_team(alice), bob)
    assert told(browser, service) == [TITLE]


def test_a_slow_service_holds_up_no_request(
    alice: Person, bob: Person, service: PushService
) -> None:
    service.may_answer.clear()
    service.browser().subscribe(bob)
    add(alice, new_team(alice), bob)
    deadline = time.monotonic() + 10
    while not service.pushed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(service.pushed) == 1  # it was answered 201 before the service answered at all
    service.may_answer.set()
    drain()
