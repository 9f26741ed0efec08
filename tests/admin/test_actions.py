"""What staff do to people and things: confirmed, with a reason, and seen by the organisation."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from prework import transactions
from tests import faults
from tests.admin.visitors import Visitor, appoint, text_of
from tests.cast import Organization, Person, hire, sign_in

DOWN = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")
REASON = "They asked for it by telephone"
USERS = "accounts/user/"


def id_of(person: Person) -> str:
    return f"{person.organization_id}.{person.user_id}"


def users_of(org: Organization) -> str:
    return f"{USERS}?org={org.organization_id}"


def test_it_is_asked_before_it_is_done(operator: Visitor, org: Organization, bob: Person) -> None:
    page = text_of(operator.act(users_of(org), "suspend", id_of(bob)))

    assert "Yes, do it" in page
    assert bob.email in page
    assert len(org.admin.trail(action="STAFF_VIEWED")) == 2  # the list, and this page
    assert bob.api.get("/api/auth/me").status_code == 200
    assert org.admin.trail(action="USER_SUSPENDED") == []


def test_it_takes_a_reason(operator: Visitor, org: Organization, bob: Person) -> None:
    page = text_of(operator.act(users_of(org), "suspend", id_of(bob), reason=""))

    assert "This field is required" in page
    assert org.admin.trail(action="USER_SUSPENDED") == []


def test_suspending_and_letting_in_again(
    operator: Visitor, operator_person: Person, org: Organization, bob: Person
) -> None:
    done = text_of(operator.act(users_of(org), "suspend", id_of(bob), reason=REASON))
    assert "1 of 1 done" in done
    assert bob.api.get("/api/auth/me").status_code == 401
    [entry] = org.admin.trail(action="USER_SUSPENDED")
    assert (entry["userId"], entry["actorKind"], entry["reason"], entry["entityId"]) == (
        operator_person.user_id,
        "staff",
        REASON,
        bob.user_id,
    )

    operator.act(users_of(org), "reactivate", id_of(bob), reason=REASON)
    assert sign_in(bob.email).api.get("/api/auth/me").status_code == 200


def test_each_row_has_its_own_result(
    operator: Visitor, org: Organization, alice: Person, bob: Person
) -> None:
    ids = [id_of(alice), id_of(bob), f"{org.organization_id}.nobody"]
    page = text_of(operator.act(users_of(org), "suspend", *ids, reason=REASON))

    assert "1 of 3 done" in page
    assert "last admin" in page.lower()
    assert "not there any more" in page
    assert alice.api.get("/api/auth/me").status_code == 200


def test_signing_somebody_out(operator: Visitor, org: Organization, bob: Person) -> None:
    operator.act(users_of(org), "revoke_sessions", id_of(bob), reason=REASON)

    assert bob.api.get("/api/auth/me").status_code == 401
    [entry] = org.admin.trail(action="USER_SESSIONS_REVOKED")
    assert entry["reason"] == REASON


@pytest.mark.parametrize("action", ["suspend", "revoke_sessions", "reset_mfa", "staff_superuser"])
def test_support_does_nothing(
    support: Visitor, org: Organization, bob: Person, action: str
) -> None:
    before = org.admin.trail()
    support.act(users_of(org), action, id_of(bob), reason=REASON)

    assert bob.api.get("/api/auth/me").status_code == 200
    new = org.admin.trail()[: -len(before)]
    assert {entry["action"] for entry in new} == {"STAFF_VIEWED"}


def test_only_a_superuser_appoints_staff(
    operator: Visitor, superuser: Visitor, org: Organization, bob: Person
) -> None:
    operator.act(users_of(org), "staff_support", id_of(bob), reason=REASON)
    assert Visitor().sign_in(bob.email).status_code == 200

    superuser.act(users_of(org), "staff_support", id_of(bob), reason=REASON)
    assert Visitor().sign_in(bob.email).status_code == 302
    [entry] = org.admin.trail(action="STAFF_ROLE_CHANGED", entityId=bob.user_id)
    assert entry["reason"] == REASON


def test_archiving_a_team_and_back(operator: Visitor, org: Organization, team: Any) -> None:
    team_id = f"{org.organization_id}.{team['teamId']}"
    path = f"teams/team/?org={org.organization_id}"
    operator.act(path, "archive", team_id, reason=REASON)
    [entry] = org.admin.trail(action="TEAM_ARCHIVED")
    assert entry["reason"] == REASON

    operator.act(f"{path}&shelf=archived", "restore", team_id, reason=REASON)
    shown = org.admin.api.get(f"/api/teams/{team['teamId']}").json()
    assert shown["isActive"] is True


def test_ending_live_sessions(operator: Visitor, org: Organization, checklist: Any) -> None:
    document_id = f"{org.organization_id}.checklist.{checklist['entityId']}"
    path = f"collab/document/?org={org.organization_id}"
    operator.act(path, "end_sessions", document_id, reason=REASON)

    [entry] = org.admin.trail(action="DOCUMENT_SESSIONS_ENDED")
    assert entry["reason"] == REASON


def test_from_the_page_of_one_too(operator: Visitor, org: Organization, bob: Person) -> None:
    page = f"{USERS}{id_of(bob)}/change/"
    asked = text_of(operator.post(page, {"action": "suspend"}))
    assert "Yes, do it" in asked

    data = {"action": "suspend", "confirmed": "yes", "reason": REASON}
    assert "1 of 1 done" in text_of(operator.post(page, data))


def test_a_look_at_a_page_of_people_does(
    operator: Visitor, org: Organization, bob: Person
) -> None:
    operator.get(users_of(org))
    operator.get(users_of(org), q=bob.email)

    entries = org.admin.trail(action="STAFF_VIEWED")
    assert [(one["entityType"], one["entityId"]) for one in entries] == [
        ("user_list", org.organization_id)
    ] * 2


def test_a_look_leaves_an_entry(operator: Visitor, org: Organization, bob: Person) -> None:
    operator.get(f"{USERS}{id_of(bob)}/change/")

    [entry] = org.admin.trail(action="STAFF_VIEWED")
    assert (entry["entityType"], entry["entityId"]) == ("user", bob.user_id)


def test_an_operator_shuts_out_nobody_of_the_staff(
    operator: Visitor, superuser: Visitor, platform: Organization, operator_person: Person
) -> None:
    other = appoint(hire(platform, "otto", role="member"), "support")
    for action in ("suspend", "revoke_sessions"):
        page = text_of(operator.act(users_of(platform), action, id_of(other), reason=REASON))
        assert "0 of 1 done" in page
    page = text_of(
        operator.act(users_of(platform), "suspend", id_of(operator_person), reason=REASON)
    )
    assert "0 of 1 done" in page

    page = text_of(superuser.act(users_of(platform), "suspend", id_of(other), reason=REASON))
    assert "1 of 1 done" in page


def test_a_store_that_fails_half_way_is_told_row_by_row(
    operator: Visitor, org: Organization, bob: Person, carol: Person, monkeypatch: Any
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    ids = [id_of(bob), id_of(carol)]
    data = {"action": "suspend", "_selected_action": ids, "confirmed": "yes", "reason": REASON}
    data["csrfmiddlewaretoken"] = operator.token(users_of(org))
    with faults.raising("TransactWriteItems", DOWN):
        page = text_of(operator.client.post(f"/admin/{users_of(org)}", data))

    assert "0 of 2 done" in page
    assert "Not tried" in page


def test_what_staff_did_last_is_on_their_first_page(
    operator: Visitor, org: Organization, bob: Person
) -> None:
    operator.act(users_of(org), "suspend", id_of(bob), reason=REASON)

    assert f"USER_SUSPENDED {bob.user_id}" in text_of(operator.get())
