"""Every page: it opens for staff, is sent with its headers, holds nothing inline, reads little."""

import re
from typing import Any

import pytest

from tests.admin.visitors import Visitor, text_of
from tests.calls import StoreCalls
from tests.cast import Organization, Person

INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)
LISTS = (
    "accounts/organization/",
    "accounts/user/",
    "teams/team/",
    "teams/invite/",
    "teams/assignment/",
    "collab/document/",
    "media/media/",
    "media/quota/",
    "audit/entry/",
    "audit/seal/",
)
READS = {"Query", "GetItem", "BatchGetItem"}


@pytest.fixture
def pages(org: Organization, bob: Person, team: Any, invitation: Any, checklist: Any) -> list[str]:
    """The address of a page of each kind."""
    within, here = f"?org={org.organization_id}", org.organization_id
    entry = org.admin.trail()[0]
    objects = (
        f"accounts/organization/{here}",
        f"accounts/user/{here}.{bob.user_id}",
        f"teams/team/{here}.{team['teamId']}",
        f"teams/invite/{here}.{team['teamId']}.{invitation['inviteId']}",
        f"collab/document/{here}.checklist.{checklist['entityId']}",
        f"media/quota/{here}.{here}",
        f"audit/entry/{here}.{entry['timestamp']}_{entry['auditId']}",
    )
    return [
        "",
        "health/",
        "jobs/",
        "verify/",
        "find/?q=nothing",
        "password/",
        "second-factor/",
        "accounts/",
        *LISTS,
        *(f"{one}{within}" for one in LISTS[1:]),
        *(f"{one}/change/" for one in objects),
        *(f"{one}/history/" for one in objects),
        f"accounts/user/{here}.{bob.user_id}/impersonate/",
    ]


def test_every_page_opens_with_nothing_inline(operator: Visitor, pages: list[str]) -> None:
    for path in pages:
        answer = operator.get(path)
        assert answer.status_code == 200, path
        assert not INLINE.search(text_of(answer)), (path, INLINE.search(text_of(answer)))


def test_every_page_is_sent_with_its_headers(operator: Visitor, pages: list[str]) -> None:
    for path in (*pages, "no/such/page/"):
        answer = operator.get(path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy
        assert (answer["X-Frame-Options"], answer["Cache-Control"].count("no-store")) == (
            "DENY",
            1,
        ), path


def test_every_page_asks_who_it_is(pages: list[str]) -> None:
    nobody = Visitor()
    for path in pages:
        assert nobody.get(path)["Location"].startswith("/admin/login/"), path


def test_support_sees_every_page_but_those_to_act(support: Visitor, pages: list[str]) -> None:
    for path in pages:
        expected = 403 if "impersonate" in path else 200
        assert support.get(path).status_code == expected, path


def test_staff_are_listed_for_who_manages_them(
    operator: Visitor, superuser: Visitor, operator_person: Person
) -> None:
    assert operator.get("accounts/staff/").status_code == 403
    page = text_of(superuser.get("accounts/staff/", o="desc"))

    assert "Staff" in page
    assert "accounts/staff/" not in text_of(operator.get(""))
    one = f"accounts/staff/{operator_person.organization_id}.{operator_person.user_id}/change/"
    assert operator_person.email in text_of(superuser.get(one))


def test_every_page_reads_little(
    operator: Visitor, pages: list[str], store_calls: StoreCalls
) -> None:
    for path in pages:
        store_calls.clear()
        operator.get(path)
        reads = [name for name in store_calls.dynamodb if name in READS]
        assert len(reads) <= 16, (path, store_calls.dynamodb)
        assert "Scan" not in store_calls.dynamodb


def test_what_is_not_there_is_a_page_of_the_admin(operator: Visitor) -> None:
    answer = operator.get("no/such/page/")

    assert answer.status_code == 404
    assert "There is no such page" in text_of(answer)
    assert Visitor().get("no/such/page/").status_code == 302


def test_a_store_that_fails_is_a_page_too(operator: Visitor, org: Organization) -> None:
    missing = operator.get(f"accounts/user/{org.organization_id}.nobody/change/")
    assert missing.status_code == 302
    unknown = operator.get("accounts/user/no-such-id/change/")
    assert unknown["Location"] == "/admin/accounts/user/"
