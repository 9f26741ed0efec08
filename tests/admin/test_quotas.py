"""Quotas: staff see what is held and may be, and grant more or less, with a reason."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from pytest_django import Settings

from media import services
from prework.errors import PermissionDenied
from tests import faults
from tests.admin.visitors import Visitor, text_of
from tests.cast import Organization, Person, staff_person
from tests.media.uploads import ask, asked

GIB = 1024**3
REASON = "They asked for it by telephone"
VERSION = re.compile(r'name="_version" value="([^"]*)"')


@pytest.fixture(autouse=True)
def small(settings: Settings) -> None:
    settings.ORGANIZATION_QUOTA_BYTES, settings.USER_QUOTA_BYTES = 3 * GIB, GIB
    settings.MAX_UPLOAD_BYTES = 10 * GIB


def grant(operator: Visitor, org: Organization, owner_id: str, gib: int) -> Any:
    page = f"media/quota/{org.organization_id}.{owner_id}/change/"
    found = VERSION.search(text_of(operator.get(page)))
    assert found
    return operator.post(page, {"_version": found[1], "granted_gib": gib, "reason": REASON})


def limits(person: Person) -> tuple[int, int]:
    told = person.api.get("/api/media/usage").json()
    return told["user"]["limitBytes"] // GIB, told["organization"]["limitBytes"] // GIB


def test_what_is_held_and_may_be_is_listed(
    operator: Visitor, org: Organization, bob: Person
) -> None:
    asked(bob, fileSize=GIB // 2)
    page = text_of(operator.get(f"media/quota/?org={org.organization_id}"))
    assert page.count("512.0\xa0MB") == 2
    assert "1.0\xa0GB" in page and "3.0\xa0GB" in page


def test_more_is_granted_and_less(
    operator: Visitor, org: Organization, alice: Person, bob: Person
) -> None:
    asked(bob, fileSize=GIB)
    assert ask(bob, fileSize=1).status_code == 413

    assert grant(operator, org, bob.user_id, 1).status_code == 302

    assert limits(bob) == (2, 3)
    asked(bob, fileSize=GIB)
    assert ask(bob, fileSize=1).json()["leftBytes"] == 0
    assert grant(operator, org, org.organization_id, -2).status_code == 302
    assert limits(alice) == (1, 1)
    assert ask(alice, fileSize=1).json()["quota"] == "organization"
    assert alice.api.get("/api/media/usage").json()["organization"]["bytes"] == 2 * GIB
    first, second = alice.trail(action="QUOTA_GRANTED")
    assert (second["entityType"], second["entityId"]) == ("quota", bob.user_id)
    assert (second["actorKind"], second["reason"]) == ("staff", REASON)
    assert (second["oldValues"], second["newValues"]) == (
        {"grantedBytes": 0},
        {"grantedBytes": GIB},
    )
    assert first["newValues"] == {"grantedBytes": -2 * GIB}


def test_to_who_has_never_uploaded_anything_and_then_another(
    operator: Visitor, org: Organization, bob: Person
) -> None:
    for gib in (4, -1, 0, 2):
        assert grant(operator, org, bob.user_id, gib).status_code == 302
        assert limits(bob) == (max(0, 1 + gib), 3)
    asked(bob, fileSize=3 * GIB)


def test_to_nobody(operator: Visitor, org: Organization, other_org: Organization) -> None:
    for owner_id in ("unknown", other_org.organization_id, other_org.admin.user_id):
        page = f"media/quota/{org.organization_id}.{owner_id}/change/"
        assert operator.get(page).status_code == 302
    assert org.admin.trail(action="QUOTA_GRANTED") == []


def test_somebody_else_was_first(operator: Visitor, org: Organization, alice: Person) -> None:
    page = f"media/quota/{org.organization_id}.{alice.user_id}/change/"
    stale = {"_version": "77", "granted_gib": 5, "reason": REASON}
    assert "Somebody has changed it" in text_of(operator.post(page, stale))
    assert limits(alice) == (1, 3)


@pytest.mark.parametrize("gib", ["", "many", "1.5", str(11 * 1024**2)])
def test_what_is_no_number_is_refused(
    operator: Visitor, org: Organization, alice: Person, gib: str
) -> None:
    page = f"media/quota/{org.organization_id}.{alice.user_id}/change/"
    sent = {"_version": "0", "granted_gib": gib, "reason": REASON}
    assert operator.post(page, sent).status_code == 200
    assert limits(alice) == (1, 3)


def test_support_looks_and_an_organisation_grants_itself_nothing(
    support: Visitor, org: Organization, alice: Person
) -> None:
    page = f"media/quota/{org.organization_id}.{alice.user_id}/change/"
    assert "_version" not in text_of(support.get(page))
    sent = {"_version": "0", "granted_gib": 5, "reason": REASON}
    assert support.post(page, sent).status_code == 403
    with pytest.raises(PermissionDenied):
        services.grant_quota(actor=alice.actor, owner_id=alice.user_id, granted_bytes=GIB)
    assert limits(alice) == (1, 3)


def test_two_at_once_grant_one_after_the_other(
    operator: Visitor, org: Organization, bob: Person
) -> None:
    asked(bob, fileSize=GIB)
    staff = staff_person("operator").in_organization(org.organization_id, reason=REASON)
    with (
        ThreadPoolExecutor(1) as pool,
        faults.holding("TransactWriteItems") as (is_held, release),
    ):
        grants = partial(services.grant_quota, actor=staff, owner_id=bob.user_id)
        slow = pool.submit(grants, granted_bytes=GIB)
        assert is_held.wait(10)
        grants(granted_bytes=2 * GIB)
        release.set()
        assert slow.result().granted_bytes == GIB
    asked(bob, fileSize=GIB)
    assert ask(bob, fileSize=1).json()["leftBytes"] == 0
