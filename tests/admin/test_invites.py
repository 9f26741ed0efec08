"""Invitations in the admin: seen on the team and by themselves, sent again, taken back."""

from typing import Any

import pytest

from tests.admin.visitors import Visitor, text_of
from tests.cast import Organization, Person
from tests.teams.inviting import NEWCOMER, accept, token_for

REASON = "They asked for it by telephone"


@pytest.fixture
def listed(org: Organization) -> str:
    return f"teams/invite/?org={org.organization_id}"


@pytest.fixture
def object_id(org: Organization, invitation: dict[str, Any]) -> str:
    return f"{org.organization_id}.{invitation['teamId']}.{invitation['inviteId']}"


def test_they_are_shown(
    support: Visitor, org: Organization, invitation: dict[str, Any], listed: str, object_id: str
) -> None:
    team = f"teams/team/{org.organization_id}.{invitation['teamId']}/change/"
    for path in (team, listed, f"teams/invite/{object_id}/change/"):
        assert invitation["email"] in text_of(support.get(path)), path
    assert "TEAM_INVITE_CREATED" in text_of(support.get(f"teams/invite/{object_id}/history/"))


def test_what_who_asks_says(
    support: Visitor, org: Organization, alice: Person, carol: Person
) -> None:
    body = {"name": "Crew", "settings": {"requireApprovalForJoin": True}}
    team = alice.api.post("/api/teams", body).json()
    carol.api.post(f"/api/teams/{team['teamId']}/join", {"note": "It is <me>."})
    page = text_of(support.get(f"teams/team/{org.organization_id}.{team['teamId']}/change/"))
    assert "It is &lt;me&gt;." in page


def test_sent_again(
    operator: Visitor,
    org: Organization,
    alice: Person,
    invitation: dict[str, Any],
    listed: str,
    object_id: str,
) -> None:
    """In the name of who invited, so that it still hangs on what they may do."""
    old = token_for(invitation["email"])
    assert "1 of 1 done" in text_of(operator.act(listed, "resend", object_id, reason=REASON))
    (entry,) = org.admin.trail(action="TEAM_INVITE_RESENT")
    assert (entry["actorKind"], entry["reason"]) == ("staff", REASON)
    new = token_for(invitation["email"], 2)
    assert accept(old, **NEWCOMER).status_code == 400
    assert accept(new, **NEWCOMER).status_code == 200
    (accepted,) = org.admin.trail(action="TEAM_INVITE_ACCEPTED")
    assert accepted["newValues"]["invitedBy"] == alice.user_id


def test_taken_back(
    operator: Visitor,
    support: Visitor,
    org: Organization,
    invitation: dict[str, Any],
    listed: str,
    object_id: str,
) -> None:
    token = token_for(invitation["email"])
    support.act(listed, "revoke", object_id, reason=REASON)
    assert org.admin.trail(action="TEAM_INVITE_REVOKED") == []
    operator.act(listed, "revoke", object_id, reason=REASON)
    assert accept(token, **NEWCOMER).status_code == 400
    (entry,) = org.admin.trail(action="TEAM_INVITE_REVOKED")
    assert (entry["actorKind"], entry["reason"]) == ("staff", REASON)
