"""Secrets stay where they are: none is in the trail, a history, a log or the admin."""

import logging
import string
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from audit.queries import Filters, walk_entries
from prework import catalogue, events, history, secrecy
from prework.dynamo import Item
from prework.events import Audience, Event
from prework.staffsite import site
from tests.accounts.bodies import STAFF, log_in
from tests.accounts.enrolled import Phone, enrol
from tests.accounts.test_password_reset import ask
from tests.cast import PASSWORD, Api, Person
from tests.house.treasures import bury

WRONG, NEW, NEWEST = "a-wrong-passphrase", "another-long-passphrase", "the-newest-passphrase"


def items(base: type[Item] = Item) -> Iterator[type[Item]]:
    for one in base.__subclasses__():
        yield one
        yield from items(one)


def our_events() -> list[type[Event]]:
    catalogue.pages()  # every app has named its events then
    return [one for one in events.CATALOGUE.values() if not one.__module__.startswith("tests.")]


@pytest.mark.parametrize("model", sorted(set(items()), key=str), ids=lambda m: m.__name__)
def test_an_attribute_with_a_secrets_name_is_marked(model: type[Item]) -> None:
    names = [name for name in model.get_attributes() if secrecy.says_so(name)]
    assert [name for name in names if not secrecy.is_marked(name)] == []


@pytest.mark.parametrize("event", our_events(), ids=lambda e: e.code)
def test_a_sentence_says_no_secret(event: type[Event]) -> None:
    said = [name for _, name, _, _ in string.Formatter().parse(event.sentence) if name]
    assert [name for name in said if secrecy.is_secret(name)] == []


@pytest.mark.parametrize("admin", list(site.admins), ids=lambda a: a.opts.label)
def test_the_admin_shows_none(admin: Any) -> None:
    shown = {*admin.list_display, *admin.export_columns}
    shown |= {name for _, names in admin.fieldsets for name in names}
    assert len(shown) > 1
    assert [name for name in shown if secrecy.is_secret(name)] == []


def test_nothing_that_was_secret_is_in_the_trail_the_histories_or_the_logs(
    org: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="prework")
    alice = org.admin
    planted = use_every_secret(alice, org)
    assert len(planted) > 15
    said = {
        "trail": everything_in_trails(alice),
        "histories": everything_in_histories(alice, org),
        "logs": "".join([caplog.text, *capfd.readouterr()]),
    }
    assert all(len(text) > 1_000 for text in said.values())
    found = [(where, name) for where, text in said.items() for name, v in planted if v in text]
    assert found == []


def use_every_secret(alice: Person, org: Any) -> list[tuple[str, str]]:
    """Do whatever takes or gives one; each by its name."""
    planted = [("password", PASSWORD), ("wrong", WRONG), ("new", NEW), ("newest", NEWEST)]
    planted.append(("token", alice.token))
    bury(org)
    phone = enrol(alice)
    planted += _of_phone(phone)
    log_in(alice.email, WRONG)
    log_in(f"{WRONG}@example.com", WRONG)
    log_in(alice.email, otp="000000")
    signed_in = phone.log_in(phone.recovery_codes[0]).json()
    planted.append(("second token", signed_in["token"]))
    api = Api(signed_in["token"])
    planted.append(("ticket", api.post("/api/auth/ws-ticket").json()["ticket"]))
    api.post("/api/auth/password", {"currentPassword": WRONG, "newPassword": NEW})
    changed = api.post("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": NEW})
    assert changed.status_code == 204
    reset = ask(alice)
    planted.append(("reset", reset))
    body = {"token": reset, "newPassword": NEWEST}
    assert Api().post("/api/auth/password-reset/confirm", body).status_code in (200, 202, 204)
    body = {"email": f"new-{alice.email}", "name": "N", "role": "member", "password": NEWEST}
    api = Api(log_in(alice.email, NEWEST, otp=phone.recovery_codes[1]).json()["token"])
    assert api.post("/api/users", body).status_code == 201
    alice.token = api.token
    planted.append(("third token", api.token))
    return planted


def _of_phone(phone: Phone) -> list[tuple[str, str]]:
    codes = [("recovery code", code) for code in phone.recovery_codes]
    return [("TOTP secret", phone.secret), *codes]


def everything_in_trails(alice: Person) -> str:
    own: str = alice.api.get("/api/audit/export").getvalue().decode()
    nobodys = walk_entries(STAFF, filters=Filters())
    return own + "".join(str(one.attribute_values) for one in nobodys if one)


def everything_in_histories(alice: Person, org: Any) -> str:
    audiences = {Audience("user", person.user_id) for person in org.people}
    audiences |= {
        Audience(entry["entityType"], entry["entityId"])
        for entry in map(orjson.loads, alice.api.get("/api/audit/export").getvalue().splitlines())
    }
    pages = [history.list_events(alice.actor, one, limit=100, start=None) for one in audiences]
    return orjson.dumps([page.items for page in pages]).decode()
