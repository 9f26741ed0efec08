"""Each action of the admin in a browser, at both sizes: what it says and what it leaves behind."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts import services
from prework.staffsite import COOKIE
from tests.accounts.enrolled import enrol
from tests.admin.things import checklist, team
from tests.browser.faults import Faults
from tests.browser.looks import look
from tests.browser.site import Site
from tests.cast import (
    ORIGIN,
    PASSWORD,
    Organization,
    Person,
    appoint,
    found_organization,
    hire,
)
from tests.media.images.pictures import png, quarters
from tests.media.uploads import download, uploaded

__all__ = ["checklist", "team"]
REASON = "They asked for it by telephone"


def suspended(org: Organization, bob: Person) -> None:
    answer = org.admin.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    assert answer.status_code == 200, answer.content


def with_second_factor(org: Organization, bob: Person) -> None:
    enrol(bob)


def of_staff(org: Organization, bob: Person) -> None:
    appoint(bob, "support")


def as_they_are(org: Organization, bob: Person) -> None:
    pass


Before = Callable[[Organization, Person], None]
# What is chosen in the list of users: what is done, what has to be so before.
USER_ACTIONS: dict[str, tuple[str, Before]] = {
    "Suspend": ("USER_SUSPENDED", as_they_are),
    "Reactivate": ("USER_REACTIVATED", suspended),
    "Sign out everywhere": ("USER_SESSIONS_REVOKED", as_they_are),
    "Remove second factor": ("USER_MFA_RESET", with_second_factor),
    "Make support": ("STAFF_ROLE_CHANGED", as_they_are),
    "Make operator": ("STAFF_ROLE_CHANGED", as_they_are),
    "Make superuser": ("STAFF_ROLE_CHANGED", as_they_are),
    "Remove from staff": ("STAFF_ROLE_CHANGED", of_staff),
}


@pytest.fixture(scope="module")
def platform() -> Organization:
    return found_organization("Platform")


@pytest.fixture(scope="module")
def tokens(platform: Organization) -> dict[str, str]:
    """A sign-in of each kind of staff: the form is for the tests of signing in."""
    found = {}
    for role in ("support", "superuser"):
        person = hire(platform, role, role="member")
        appoint(person, role)
        signed_in = services.sign_in_staff(origin=ORIGIN, email=person.email, password=PASSWORD)
        found[role] = signed_in.token
    return found


def sign_in(page: Page, site: Site, token: str) -> Page:
    """Be signed in to the admin."""
    cookie: Any = {"name": COOKIE, "value": token, "url": f"{site.url}/admin/"}
    page.context.add_cookies([cookie])
    return page


@pytest.fixture
def desk(page: Page, site: Site, tokens: dict[str, str]) -> Page:
    """A page of a superuser's."""
    return sign_in(page, site, tokens["superuser"])


def choose(desk: Page, path: str, row: str, action: str) -> None:
    """Choose a row of a list, and what is to be done to it."""
    desk.goto(f"/admin/{path}")
    desk.get_by_label(re.compile(f"Select {row}")).check()
    desk.get_by_label("Action").select_option(label=action)
    desk.get_by_role("button", name="Go").click()


def confirm(desk: Page, row: str) -> None:
    """Say why, and see that it was done."""
    desk.get_by_label("Reason").fill(REASON)
    desk.get_by_role("button", name="Yes, do it").click()
    expect(desk.get_by_role("status")).to_have_text("1 of 1 done.")
    outcome = desk.get_by_role("region", name="Outcomes").get_by_role("row").nth(1)
    expect(outcome).to_contain_text(re.compile(rf"{row}.*yes.*Done\."))


def reasons(org: Organization, action: str) -> list[str]:
    """Why staff did this, as the organisation's admins see it."""
    entries = org.admin.trail(action=action)
    return [one["reason"] for one in entries if one["actorKind"] == "staff"]


@pytest.mark.parametrize("action", USER_ACTIONS)
def test_to_a_user(desk: Page, org: Organization, bob: Person, action: str) -> None:
    code, prepare = USER_ACTIONS[action]
    prepare(org, bob)
    choose(desk, f"accounts/user/?org={org.organization_id}", "Bob", action)
    confirm(desk, "Bob")

    assert reasons(org, code) == [REASON]


def test_a_team_is_archived_and_restored(
    desk: Page, org: Organization, team: dict[str, Any]
) -> None:
    desk.goto(f"/admin/teams/team/{org.organization_id}.{team['teamId']}/change/")
    desk.get_by_role("button", name="Archive").click()
    confirm(desk, "Crew")
    assert reasons(org, "TEAM_ARCHIVED") == [REASON]

    choose(desk, f"teams/team/?org={org.organization_id}&shelf=archived", "Crew", "Restore")
    confirm(desk, "Crew")
    assert reasons(org, "TEAM_RESTORED") == [REASON]


def test_a_file_is_removed(desk: Page, org: Organization, bob: Person) -> None:
    media = uploaded(bob, png(quarters()))
    desk.goto(f"/admin/media/media/?org={org.organization_id}&user={bob.user_id}")
    thumbnail = desk.locator("#result_list img")
    expect(thumbnail).to_have_js_property("naturalWidth", 120)  # cut to its middle
    look(desk, "admin-files")
    desk.get_by_role("link", name="avatar.png").click()
    expect(desk.get_by_role("link", name="Open")).to_be_visible()
    look(desk, "admin-file")
    desk.get_by_role("button", name="Remove").click()
    confirm(desk, "avatar.png")

    assert reasons(org, "FILE_DELETED") == [REASON]
    assert download(media).status_code == 404


def test_live_sessions_are_ended(desk: Page, org: Organization, checklist: dict[str, Any]) -> None:
    page = f"collab/document/?org={org.organization_id}"
    choose(desk, page, f"checklist {checklist['entityId']}", "End live sessions")
    confirm(desk, checklist["entityId"])

    assert reasons(org, "DOCUMENT_SESSIONS_ENDED") == [REASON]


def test_writing_in_somebodys_name(desk: Page, org: Organization, bob: Person) -> None:
    desk.goto(f"/admin/accounts/user/{org.organization_id}.{bob.user_id}/impersonate/")
    desk.get_by_label("Reason").fill(REASON)
    desk.get_by_role("button", name="Begin").click()
    desk.get_by_role("link", name="May write").click()
    look(desk, "admin-impersonation-raise")
    desk.get_by_label("Reason").fill(f"{REASON} again")
    desk.get_by_role("button", name="Write in the name of").click()
    expect(desk.get_by_text("and may write")).to_be_visible()
    look(desk, "admin-impersonation-raised")

    assert reasons(org, "IMPERSONATION_STARTED") == [REASON]
    assert reasons(org, "IMPERSONATION_RAISED") == [f"{REASON} again"]
    desk.get_by_role("button", name="End it").click()
    expect(desk.get_by_text("in the name of")).to_have_count(0)


def test_nothing_without_a_reason(desk: Page, org: Organization, bob: Person) -> None:
    choose(desk, f"accounts/user/?org={org.organization_id}", "Bob", "Suspend")
    desk.get_by_role("button", name="Yes, do it").click()
    expect(desk.get_by_text("This field is required")).to_be_visible()
    look(desk, "admin-confirm-refused")

    assert reasons(org, "USER_SUSPENDED") == []


def test_a_row_that_is_refused_says_why(desk: Page, org: Organization) -> None:
    choose(desk, f"accounts/user/?org={org.organization_id}", "Alice", "Suspend")
    desk.get_by_label("Reason").fill(REASON)
    desk.get_by_role("button", name="Yes, do it").click()
    expect(desk.get_by_role("status")).to_have_text("0 of 1 done.")
    expect(desk.get_by_role("region", name="Outcomes")).to_contain_text("last admin")
    look(desk, "admin-refused")


def test_the_staff(desk: Page, tokens: dict[str, str]) -> None:
    desk.goto("/admin/accounts/staff/?o=desc")
    expect(desk.locator("#result_list")).to_be_visible()
    look(desk, "admin-staff")
    desk.locator("#result_list tbody").get_by_role("link").first.click()
    look(desk, "admin-staff-person")


def test_an_organisation_is_chosen(desk: Page, org: Organization) -> None:
    desk.goto("/admin/accounts/user/")
    look(desk, "admin-choose")
    desk.get_by_label("Organisation", exact=True).fill(org.organization_id)
    desk.get_by_role("button", name="Look up").click()
    look(desk, "admin-choose-found")
    desk.get_by_role("link", name=re.compile(f"Acme.*{org.organization_id}")).click()
    expect(desk.get_by_role("link", name="Choose another")).to_be_visible()


def test_filters_are_narrowed(desk: Page, org: Organization, bob: Person) -> None:
    desk.goto(f"/admin/accounts/user/?org={org.organization_id}")
    desk.get_by_role("link", name="member", exact=True).click()
    expect(desk.locator("#result_list tbody tr")).to_have_count(1)
    look(desk, "admin-users-narrowed")
    desk.goto(f"/admin/audit/entry/?org={org.organization_id}")
    desk.get_by_label("action", exact=True).fill("USER_CREATED")
    desk.get_by_label("action", exact=True).press("Enter")
    expect(desk.locator("#result_list tbody tr").first).to_contain_text("USER_CREATED")
    desk.get_by_role("navigation", name="Dates").get_by_role("link").first.click()
    look(desk, "admin-audit-narrowed")


def test_what_was_changed(desk: Page, org: Organization, team: dict[str, Any]) -> None:
    org.admin.api.patch(f"/api/teams/{team['teamId']}", {"name": "Night crew"})
    desk.goto(f"/admin/audit/entry/?org={org.organization_id}&action=TEAM_UPDATED")
    desk.locator("#result_list tbody").get_by_role("link").first.click()
    expect(desk.get_by_role("deletion").filter(has_text="Crew")).to_be_visible()
    expect(desk.get_by_role("insertion").filter(has_text="Night crew")).to_be_visible()
    look(desk, "admin-difference")
    desk.goto(f"/admin/teams/team/{org.organization_id}.{team['teamId']}/history/")
    expect(desk.get_by_text("TEAM_UPDATED")).to_be_visible()
    look(desk, "admin-team-history")


def test_the_page_to_find(desk: Page) -> None:
    desk.goto("/admin/find/?q=s")
    expect(desk.get_by_role("link", name="Users", exact=True).last).to_be_visible()
    look(desk, "admin-find")
    desk.goto("/admin/find/?q=nobody+has+this+name")
    expect(desk.get_by_text("Nothing is called")).to_be_visible()
    look(desk, "admin-find-nothing")


def test_what_is_not_permitted_and_what_is_not_there(
    page: Page, site: Site, tokens: dict[str, str], faults: Faults
) -> None:
    faults.expect("answered 403: .*/admin/accounts/staff/")
    faults.expect("answered 404: .*/admin/no/such/page/")
    sign_in(page, site, tokens["support"])
    page.goto("/admin/accounts/staff/")
    expect(page.get_by_role("heading", name="Not permitted")).to_be_visible()
    look(page, "admin-not-permitted")
    page.goto("/admin/no/such/page/")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    look(page, "admin-not-found")
