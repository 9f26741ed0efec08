"""The admin in a browser: every page and action, on a desk and on a phone, by sight and by axe."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from prework.tenancy import system_actor
from tests.admin.things import checklist, invitation, team
from tests.admin.visitors import appoint
from tests.audit.seal.trail import delete_raw, raw_entries, seal, write
from tests.browser.faults import Faults
from tests.browser.looks import look
from tests.cast import PASSWORD, Organization, Person, found_organization, hire
from tests.media.uploads import asked

__all__ = ["checklist", "invitation", "team"]
REASON = "They asked for it by telephone"


@pytest.fixture
def superuser() -> Person:
    return appoint(hire(found_organization("Platform"), "susi", role="member"), "superuser")


@pytest.fixture
def desk(page: Page, superuser: Person) -> Iterator[Page]:
    """A page of somebody who is signed in to the admin."""
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill(superuser.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.wait_for_load_state()
    yield page


def test_signing_in(page: Page, superuser: Person) -> None:
    page.goto("/admin/")
    look(page, "admin-sign-in")
    page.get_by_label("E-mail address").fill(superuser.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page, "admin-sign-in-refused")


def test_the_overview_and_health(desk: Page) -> None:
    expect(desk.get_by_text("Documents live")).to_be_visible()
    expect(desk.get_by_role("img", name="Operations")).to_be_visible()
    look(desk, "admin-overview")
    desk.get_by_role("link", name="Health").click()
    expect(desk.get_by_role("heading", name="Health")).to_be_visible()
    look(desk, "admin-health")


def test_the_jobs(desk: Page) -> None:
    desk.get_by_role("link", name="Jobs").click()
    expect(desk.get_by_role("heading", name="Jobs").first).to_be_visible()
    look(desk, "admin-jobs")


def test_granting_more_room(desk: Page, org: Organization, bob: Person) -> None:
    asked(bob, fileSize=3 * 1024**3)
    desk.goto(f"/admin/media/quota/?org={org.organization_id}")
    expect(desk.get_by_text("10.0 TB")).to_be_visible()
    look(desk, "admin-quotas")
    desk.get_by_role("link", name=bob.user_id).click()
    desk.get_by_label("Granted").fill("1024")
    desk.get_by_label("Reason").fill(REASON)
    look(desk, "admin-quota")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("was changed")).to_be_visible()
    expect(desk.get_by_text("11.0 TB")).to_be_visible()


def test_seals_and_whether_they_still_fit(desk: Page, org: Organization) -> None:
    actor = system_actor(org.organization_id).holding({"audit.view"})
    for minutes in (0, 10):
        write(actor, minutes)
    seal(actor)
    desk.goto(f"/admin/audit/seal/?org={org.organization_id}")
    look(desk, "admin-seals")
    desk.get_by_role("link", name="2", exact=True).click()
    expect(desk.get_by_text("good")).to_be_visible()
    look(desk, "admin-seal")
    delete_raw(raw_entries(actor)[1])
    desk.get_by_role("link", name="Verify").last.click()
    expect(desk.get_by_text("1 not as sealed")).to_be_visible()
    look(desk, "admin-verify-broken")
    desk.get_by_label("From").fill("yesterday")
    desk.get_by_role("button", name="Verify").click()
    expect(desk.get_by_text("Write it as")).to_be_visible()
    look(desk, "admin-verify-refused")


def test_an_organisation_and_its_people(desk: Page, org: Organization, bob: Person) -> None:
    desk.goto(f"/admin/accounts/organization/?q={org.organization_id}")
    look(desk, "admin-organisations")
    desk.get_by_role("link", name="Acme").click()
    look(desk, "admin-organisation")
    desk.get_by_role("link", name="Users", exact=True).last.click()
    expect(desk.get_by_role("link", name=re.compile("Bob"))).to_be_visible()
    look(desk, "admin-users")
    desk.get_by_role("link", name=re.compile("Bob")).click()
    expect(desk.get_by_role("heading", name="Sign-ins")).to_be_visible()
    look(desk, "admin-user")
    desk.get_by_role("link", name="History").click()
    expect(desk.get_by_text("USER_CREATED")).to_be_visible()
    look(desk, "admin-user-history")


def test_suspending_from_the_list(desk: Page, org: Organization, bob: Person) -> None:
    desk.goto(f"/admin/accounts/user/?org={org.organization_id}")
    desk.get_by_label(re.compile("Select Bob")).check()
    expect(desk.get_by_text("1 of 2 selected")).to_be_visible()
    desk.get_by_label("Action").select_option("suspend")
    desk.get_by_role("button", name="Go").click()
    look(desk, "admin-confirm")
    desk.get_by_label("Reason").fill(REASON)
    desk.get_by_role("button", name="Yes, do it").click()
    expect(desk.get_by_role("status")).to_have_text("1 of 1 done.")
    look(desk, "admin-done")
    assert bob.api.get("/api/auth/me").status_code == 401


def test_a_team_is_edited(desk: Page, org: Organization, team: dict[str, Any]) -> None:
    desk.goto(f"/admin/teams/team/?org={org.organization_id}")
    look(desk, "admin-teams")
    desk.get_by_role("link", name="Crew").click()
    look(desk, "admin-team")
    desk.get_by_role("textbox", name="Name:").fill("Night crew")
    desk.get_by_role("textbox", name="Reason:").fill(REASON)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("was changed")).to_be_visible()


def test_an_invitation(desk: Page, org: Organization, invitation: dict[str, Any]) -> None:
    desk.goto(f"/admin/teams/team/{org.organization_id}.{invitation['teamId']}/change/")
    desk.get_by_role("link", name=invitation["email"]).click()
    look(desk, "admin-invitation")
    desk.goto(f"/admin/teams/invite/?org={org.organization_id}")
    look(desk, "admin-invitations")


def test_the_other_lists(desk: Page, org: Organization, checklist: dict[str, Any]) -> None:
    for kind in ("teams/assignment", "media/media", "collab/document", "audit/entry"):
        desk.goto(f"/admin/{kind}/?org={org.organization_id}")
        look(desk, f"admin-{kind.replace('/', '-')}")
    desk.goto(f"/admin/collab/document/?org={org.organization_id}")
    desk.get_by_role("link", name=checklist["entityId"]).click()
    expect(desk.get_by_text("Opening round")).to_be_visible()
    look(desk, "admin-document")


def test_the_audit_trail(desk: Page, org: Organization, team: dict[str, Any]) -> None:
    desk.goto(f"/admin/audit/entry/?org={org.organization_id}&action=TEAM_CREATED")
    desk.locator("#result_list").get_by_role("link").first.click()
    expect(desk.get_by_role("heading", name="What changed")).to_be_visible()
    look(desk, "admin-entry")


def test_acting_in_somebodys_name(desk: Page, org: Organization, bob: Person) -> None:
    desk.goto(f"/admin/accounts/user/{org.organization_id}.{bob.user_id}/change/")
    desk.get_by_role("link", name="Act in their name").click()
    look(desk, "admin-impersonate")
    desk.get_by_label("Reason").fill(REASON)
    desk.get_by_role("button", name="Begin").click()
    expect(desk.get_by_text("shown this once")).to_be_visible()
    look(desk, "admin-impersonation")
    desk.get_by_role("button", name="End it").click()
    expect(desk.get_by_role("heading", name="Overview")).to_be_visible()


def test_the_palette_by_keyboard(desk: Page, org: Organization, bob: Person) -> None:
    desk.keyboard.press("Control+k")
    expect(desk.get_by_role("dialog")).to_be_visible()
    desk.keyboard.type(bob.email)
    expect(desk.locator("#palette-hits a")).to_have_count(1)
    look(desk, "admin-palette")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name=re.compile("Bob"))).to_be_visible()


def test_own_pages(desk: Page) -> None:
    desk.goto("/admin/second-factor/")
    desk.get_by_role("button", name="Set up one-time codes").click()
    expect(desk.get_by_text("Scan this")).to_be_visible()
    look(desk, "admin-second-factor")
    desk.goto("/admin/password/")
    look(desk, "admin-password")
    desk.get_by_role("button", name="Log out", exact=True).click()
    expect(desk.get_by_role("button", name="Sign in")).to_be_visible()


def test_what_is_not_there(desk: Page, faults: Faults) -> None:
    desk.goto("/admin/accounts/user/no-such-id/change/")
    expect(desk.get_by_text("There is no user")).to_be_visible()
    look(desk, "admin-not-there")


def test_in_the_dark(desk: Page, org: Organization) -> None:
    desk.emulate_media(color_scheme="dark")
    desk.goto("/admin/")
    look(desk, "admin-overview-dark")
    desk.goto(f"/admin/audit/entry/?org={org.organization_id}")
    look(desk, "admin-audit-dark")
