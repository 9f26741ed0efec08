"""Forms: what may be changed is, if it still is as it was shown."""

import re
from typing import Any

import pytest

from tests.admin.visitors import Visitor, text_of
from tests.cast import Organization

REASON = "They asked for it by telephone"
VERSION = re.compile(r'name="_version" value="([^"]*)"')


@pytest.fixture
def page(org: Organization, team: Any) -> str:
    return f"teams/team/{org.organization_id}.{team['teamId']}/change/"


def form(operator: Visitor, page: str, **changes: str) -> dict[str, str]:
    found = VERSION.search(text_of(operator.get(page)))
    assert found
    filled = {"name": "Renamed", "description": "", "reason": REASON}
    return {"_version": found[1], **filled, **changes}


def test_a_change_is_stored_and_told(
    operator: Visitor, org: Organization, team: Any, page: str
) -> None:
    answer = operator.post(page, form(operator, page))

    assert answer.status_code == 302
    assert "was changed" in text_of(operator.get(page))
    assert org.admin.api.get(f"/api/teams/{team['teamId']}").json()["name"] == "Renamed"
    [entry] = org.admin.trail(action="TEAM_UPDATED")
    assert (entry["actorKind"], entry["reason"]) == ("staff", REASON)
    assert entry["newValues"] == {"name": "Renamed"}


def test_somebody_else_was_first(
    operator: Visitor, org: Organization, team: Any, page: str
) -> None:
    data = form(operator, page)
    data["csrfmiddlewaretoken"] = operator.token(page)
    org.admin.api.patch(f"/api/teams/{team['teamId']}", {"name": "By its admin"})

    for _ in range(2):  # a second try is no more right than the first
        assert "Somebody has changed it" in text_of(operator.client.post(f"/admin/{page}", data))
    assert org.admin.api.get(f"/api/teams/{team['teamId']}").json()["name"] == "By its admin"


def test_what_is_not_valid_is_said(operator: Visitor, org: Organization, page: str) -> None:
    shown = text_of(operator.post(page, form(operator, page, name="")))

    assert "This field is required" in shown
    assert org.admin.trail(action="TEAM_UPDATED") == []


def test_nothing_changed_is_nothing_stored(
    operator: Visitor, org: Organization, team: Any, page: str
) -> None:
    data = form(operator, page, name=team["name"], description=team["description"])

    assert operator.post(page, data).status_code == 302
    assert org.admin.trail(action="TEAM_UPDATED") == []


def test_support_has_no_form(support: Visitor, org: Organization, page: str) -> None:
    assert "_version" not in text_of(support.get(page))
    answer = support.post(page, {"_version": "1", "name": "Renamed", "reason": REASON})
    assert answer.status_code == 403

    assert org.admin.trail(action="TEAM_UPDATED") == []


def test_it_takes_a_reason(operator: Visitor, org: Organization, page: str) -> None:
    shown = text_of(operator.post(page, form(operator, page, reason="")))

    assert "This field is required" in shown
    assert org.admin.trail(action="TEAM_UPDATED") == []


def test_an_organisation_can_be_renamed_and_says_itself_whom_it_lets_in(
    operator: Visitor, org: Organization
) -> None:
    org.admin.api.patch("/api/organization", {"supportAccess": False})
    page = f"accounts/organization/{org.organization_id}/change/"
    found = VERSION.search(text_of(operator.get(page)))
    assert found
    data = {"_version": found[1], "name": "Acme Works", "support_access": "on", "reason": REASON}
    operator.post(page, data)

    shown = org.admin.api.get("/api/organization").json()
    assert (shown["name"], shown["supportAccess"]) == ("Acme Works", False)


def test_history_is_the_audit_trail(
    operator: Visitor, org: Organization, team: Any, page: str
) -> None:
    org.admin.api.patch(f"/api/teams/{team['teamId']}", {"name": "By its admin"})
    shown = text_of(operator.get(page.replace("change", "history")))

    assert "TEAM_UPDATED" in shown
    assert "TEAM_CREATED" in shown
    assert "By its admin" in shown


def test_the_rules_of_the_api_hold_here_too(
    operator: Visitor, org: Organization, team: Any, page: str
) -> None:
    long = "n" * 150
    org.admin.api.patch(f"/api/teams/{team['teamId']}", {"name": long, "description": "a\nb"})
    refused = text_of(operator.post(page, form(operator, page, name="bell \x07")))
    assert "A name is one line" in refused

    data = form(operator, page, name=long, description="a\r\nb")
    assert operator.post(page, data).status_code == 302
    shown = org.admin.api.get(f"/api/teams/{team['teamId']}").json()
    assert (shown["name"], shown["description"]) == (long, "a\nb")
    assert len(org.admin.trail(action="TEAM_UPDATED")) == 1
