"""POST /api/teams/{teamId}/invites: who may invite whom, and what is mailed."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from prework import clock, transactions
from prework.dynamo import fetch
from prework.tenancy import StaffActor
from teams.models.invites import Invite, invite_sort
from teams.models.teams import team_key
from tests.accounts.acting import impersonate, raise_it
from tests.calls import StoreCalls
from tests.cast import Person
from tests.faults import THROTTLED, answer, answering_first
from tests.matching import ANY_ID, ANY_TIME, problem
from tests.outbox.looking import eventually, mails_to
from tests.teams.inviting import invite, somebody, token_for
from tests.teams.making import activity, add, at_once, entries, items, leaving, new_team, url


def refusal(by: Person, team: dict[str, Any], email: str, **body: Any) -> Any:
    """A refusal, which leaves the team as it was and mails nothing."""
    before = len(mails_to(email))
    got = by.api.post(url(team, "invites"), {"email": email, **body}).json()
    assert len(mails_to(email)) == before
    return got


def test_a_stranger(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    assert made == {
        "inviteId": ANY_ID,
        "teamId": team["teamId"],
        "email": email,
        "role": "member",
        "invitedBy": alice.user_id,
        "createdAt": ANY_TIME,
        "sentAt": ANY_TIME,
        "expiresAt": ANY_TIME,
        "isExpired": False,
    }
    kept = clock.from_text(made["expiresAt"]) - clock.from_text(made["sentAt"])
    assert kept == timedelta(days=7)
    assert items(alice, url(team, "invites")) == [made]


def test_what_is_mailed(alice: Person) -> None:
    team, email = new_team(alice, "Night\u2009shift"), somebody()
    invite(alice, team, email)
    (mail,) = eventually(lambda: mails_to(email))
    assert mail.subject == "You are invited to the team Night shift"
    assert "Alice invites you to the team Night\u2009shift of Acme." in mail.body
    assert "within 7 days" in mail.body


def test_of_the_token_a_hash_is_kept(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    token = token_for(email)
    pk = team_key(alice.actor, team["teamId"])
    (stored,) = fetch((Invite, pk, invite_sort(made["inviteId"])))
    secret = token.partition(".")[2]
    assert secret not in str(stored.serialize())
    assert secret not in str(entries(alice, team) + activity(alice, team))


def test_what_is_told(alice: Person, bob: Person, carol: Person) -> None:
    """The team hears of it, the trail has the address, and a colleague is told themself."""
    team = new_team(alice)
    add(alice, team, carol)
    made = invite(alice, team, bob.email, role="team_lead")
    event = activity(carol, team)[0]
    about = {"inviteId": made["inviteId"], "role": "team_lead"}
    assert (event["eventType"], event["data"]) == (
        "team.invite.created",
        {"teamName": "Night shift", "userId": bob.user_id, **about},
    )
    entry = entries(alice, team)[0]
    assert (entry["action"], entry["newValues"]) == (
        "TEAM_INVITE_CREATED",
        {**about, "email": bob.email},
    )


def test_a_member_invites_a_colleague_where_members_may(
    alice: Person, bob: Person, carol: Person, max_: Person
) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    invite(bob, team, carol.email.upper())
    refused = problem(403, "permission_denied", permission="member.invite")
    with leaving(alice, team):
        assert refusal(bob, team, somebody()) == refused
        assert refusal(bob, team, max_.email, role="team_lead") == problem(
            403, "permission_denied", permission="member.invite"
        )
        assert refusal(carol, team, max_.email) == refused
    alice.api.patch(url(team), {"settings": {"allowMemberInvites": False}})
    with leaving(alice, team):
        assert refusal(bob, team, max_.email) == refused


def test_a_member_does_not_learn_who_is_elsewhere(
    alice: Person, bob: Person, mallory: Person
) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    refused = problem(403, "permission_denied", permission="member.invite")
    assert refusal(bob, team, mallory.email) == refused
    assert refusal(bob, team, somebody()) == refused


def test_nobody_gives_what_they_do_not_hold(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob, permissions=["member.invite"])
    with leaving(alice, team):
        assert refusal(bob, team, somebody(), role="team_lead") == problem(
            403, "permission_denied", permission="checklist.assign_team"
        )
    invite(bob, team, somebody())


def test_whom_nobody_invites(alice: Person, bob: Person, carol: Person, mallory: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    alice.api.patch(f"/api/users/{carol.user_id}", {"isActive": False})
    with leaving(alice, team):
        assert refusal(alice, team, mallory.email) == problem(409, "email_taken")
        assert refusal(alice, team, bob.email) == problem(409, "already_member")
        assert refusal(alice, team, carol.email)["errors"][0]["code"] == "suspended"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "nobody"},
        {"email": 7},
        {"email": ["a@example.com"]},
        {"email": "a@example.com\nBcc: b@example.com"},
        {"email": f"{'a' * 300}@example.com"},
        {"email": "a@example.com", "role": "admin"},
        {"email": "a@example.com", "role": None},
    ],
)
def test_what_is_not_valid(alice: Person, body: Any) -> None:
    team = new_team(alice)
    with leaving(alice, team):
        answer = alice.api.post(url(team, "invites"), body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_failed"


def test_one_is_open_for_a_team_and_an_address(alice: Person) -> None:
    team, other, email = new_team(alice), new_team(alice), somebody()
    invite(alice, team, email)
    with leaving(alice, team):
        assert refusal(alice, team, email.upper()) == problem(409, "already_invited")
    invite(alice, other, email)


def test_inviting_at_once_is_one_invitation(alice: Person, max_: Person) -> None:
    team, email = new_team(alice), somebody()
    answers = at_once(
        *[
            lambda who=who: who.api.post(url(team, "invites"), {"email": email})
            for who in (alice, max_)
        ]
        * 2
    )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert len(items(alice, url(team, "invites"))) == 1


def test_an_organization_does_not_mail_strangers_without_end(
    alice: Person, settings: Settings
) -> None:
    settings.INVITATION_MAILS_OF_ORGANIZATION = 2
    team = new_team(alice)
    for _ in range(2):
        invite(alice, team, somebody())
    assert refusal(alice, team, somebody()) == problem(429, "rate_limited", retryAfter=900)


def test_a_mailbox_is_not_flooded(alice: Person) -> None:
    email = somebody()
    for _ in range(5):
        invite(alice, new_team(alice), email)
    team = new_team(alice)
    with leaving(alice, team):
        late = alice.api.post(url(team, "invites"), {"email": email})
    assert late.json() == problem(429, "rate_limited", retryAfter=900)


def test_a_store_that_fails_mails_nothing(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    team, email = new_team(alice), somebody()
    with leaving(alice, team), answering_first("TransactWriteItems", answer(400, THROTTLED), 99):
        assert refusal(alice, team, email) == problem(503, "storage_unavailable", retryAfter=2)
    assert len(items(alice, url(team, "invites"))) == 0
    invite(alice, team, email)  # nothing of the first is in the way


def test_an_archived_team_and_another_organisations(alice: Person, mallory: Person) -> None:
    team, resting = new_team(alice), new_team(alice)
    alice.api.delete(url(resting))
    assert refusal(alice, resting, somebody()) == problem(409, "team_archived")
    with leaving(alice, team):
        assert refusal(mallory, team, somebody()) == problem(404, "not_found")
        assert mallory.api.get(url(team, "invites")).json() == problem(404, "not_found")


def test_nobody_invites_in_the_name_of_somebody_else(
    alice: Person, bob: Person, operator: StaffActor
) -> None:
    """It would be a way to an account; taking one back is none."""
    team = new_team(alice)
    made = invite(alice, team, somebody())
    staff = impersonate(operator, alice)
    raise_it(operator, staff)
    refused = problem(403, "permission_denied")
    with leaving(alice, team):
        assert refusal(staff, team, somebody()) == refused
        path = url(team, "invites", made["inviteId"])
        assert staff.api.post(f"{path}/resend").json() == refused
    assert staff.api.delete(path).status_code == 204


def test_the_same_request_again_mails_once(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    answers = [
        alice.api.post(url(team, "invites"), {"email": email}, Idempotency_Key="once")
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert [one.status_code for one in answers] == [201, 201]
    token_for(email)
    assert len(mails_to(email)) == 1


def test_the_list_is_for_those_who_invite(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    made = [invite(alice, team, somebody()) for _ in range(3)]
    refused = problem(403, "permission_denied", permission="member.invite")
    assert bob.api.get(url(team, "invites")).json() == refused
    page = alice.api.get(url(team, "invites?limit=2")).json()
    rest = alice.api.get(url(team, f"invites?limit=2&cursor={page['nextCursor']}")).json()
    assert page["items"] + rest["items"] == made


def test_what_it_costs(alice: Person, bob: Person, store_calls: StoreCalls) -> None:
    """As docs/teams.md says."""
    team = new_team(alice)
    store_calls.clear()
    invite(alice, team, somebody())
    calls, units = store_calls.until_written()
    read = ["BatchGetItem", "GetItem", "BatchGetItem"]  # team, account, invitation
    first = ["UpdateItem", "UpdateItem"]  # the first mail to an address, or of all, in a while
    assert calls == [*read, *first, *first, "GetItem", "TransactWriteItems"]
    assert units == 12
    store_calls.clear()
    invite(alice, team, bob.email)
    calls, units = store_calls.until_written()
    counted = [*first, "UpdateItem"]
    assert calls == [*read[:2], "BatchGetItem", read[2], *counted, "GetItem", "TransactWriteItems"]
    assert units == 14
