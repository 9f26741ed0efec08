"""Sending an invitation again, and taking it back."""

from functools import partial
from typing import Any

import pytest

from prework import clock
from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import ANY_TIME, problem
from tests.outbox.looking import mails_to
from tests.teams.inviting import NEWCOMER, accept, invite, somebody, token_for
from tests.teams.making import activity, add, at_once, entries, items, leaving, new_team, url

VOID = problem(400, "invalid_invite_token")


def resend(by: Person, team: dict[str, Any], made: dict[str, Any]) -> Any:
    return by.api.post(url(team, "invites", made["inviteId"], "resend"))


def revoke(by: Person, team: dict[str, Any], made: dict[str, Any]) -> Any:
    return by.api.delete(url(team, "invites", made["inviteId"]))


def test_sent_again(alice: Person, max_: Person) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    old = token_for(email)
    answer = resend(max_, team, made)
    assert (answer.status_code, answer.json()) == (
        200,
        {**made, "sentAt": ANY_TIME, "expiresAt": ANY_TIME, "invitedBy": max_.user_id},
    )
    assert answer.json()["expiresAt"] > made["expiresAt"]
    assert items(alice, url(team, "invites")) == [answer.json()]
    new = token_for(email, 2)
    with leaving(alice, team):
        assert accept(old, **NEWCOMER).json() == VOID
    assert accept(new, **NEWCOMER).status_code == 200
    assert [entry["action"] for entry in entries(alice, team)][-2:] == [
        "TEAM_INVITE_CREATED",
        "TEAM_CREATED",
    ]
    (told,) = [e for e in activity(alice, team) if e["eventType"] == "team.invite.resent"]
    assert told["data"] == {
        "teamName": "Night shift",
        "inviteId": made["inviteId"],
        "role": "member",
    }


def test_one_that_is_too_old_is_good_again(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    ends = clock.from_text(made["expiresAt"])
    with monkeypatch.context() as later:
        later.setattr("teams.models.invites.clock", FixedClock(ends))
        assert resend(alice, team, made).status_code == 200
    assert accept(token_for(email, 2), **NEWCOMER).status_code == 200


class FixedClock:
    """The time that models see: that of the day when an invitation is too old."""

    from_text = staticmethod(clock.from_text)

    def __init__(self, moment: Any) -> None:
        self.now = lambda: moment


def test_taken_back(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    token = token_for(email)
    answer = revoke(alice, team, made)
    assert (answer.status_code, answer.content) == (204, b"")
    assert items(alice, url(team, "invites")) == []
    entry = entries(alice, team)[0]
    about = {"inviteId": made["inviteId"], "email": email, "role": "member"}
    assert (entry["action"], entry["oldValues"]) == ("TEAM_INVITE_REVOKED", about)
    assert activity(alice, team)[0]["eventType"] == "team.invite.revoked"
    with leaving(alice, team):
        assert accept(token, **NEWCOMER).json() == VOID
        for deed in (resend, revoke):
            assert deed(alice, team, made).json() == problem(404, "not_found")
    assert accept(invited_again(alice, team, email), **NEWCOMER).status_code == 200


def invited_again(alice: Person, team: dict[str, Any], email: str) -> str:
    invite(alice, team, email)
    return token_for(email, 2)


def test_taken_back_and_accepted_at_once(alice: Person) -> None:
    for _ in range(3):
        team, email = new_team(alice), somebody()
        made = invite(alice, team, email)
        token = token_for(email)
        accepted, revoked = at_once(
            partial(accept, token, **NEWCOMER), partial(revoke, alice, team, made)
        )
        assert (accepted.status_code, revoked.status_code) in ((200, 404), (400, 204))
        is_in = accepted.status_code == 200
        assert len(items(alice, url(team, "members"))) == 1 + is_in
        assert items(alice, url(team, "invites")) == []


def test_sent_twice_at_once_leaves_one_link(alice: Person, max_: Person) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    answers = at_once(partial(resend, alice, team, made), partial(resend, max_, team, made))
    assert {answer.status_code for answer in answers} == {200}
    token_for(email, 3)
    good = [token for token in every_token(email) if accept(token, **NEWCOMER).status_code == 200]
    assert len(good) == 1


def every_token(email: str) -> list[str]:
    return [mail.body.partition("token=")[2].split()[0] for mail in mails_to(email)]


def test_in_an_archived_team_one_can_be_taken_back(alice: Person) -> None:
    team = new_team(alice)
    made = invite(alice, team, somebody())
    alice.api.delete(url(team))
    assert resend(alice, team, made).json() == problem(409, "team_archived")
    assert revoke(alice, team, made).status_code == 204


def test_who_may_not(alice: Person, bob: Person, carol: Person, mallory: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    made = invite(bob, team, carol.email)
    with leaving(alice, team):
        for deed in (resend, revoke):
            refused = problem(403, "permission_denied", permission="member.invite")
            assert deed(bob, team, made).json() == refused
            assert deed(mallory, team, made).json() == problem(404, "not_found")


def test_sending_a_leads_again_is_giving_it(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob, permissions=["member.invite"])
    made = invite(alice, team, somebody(), role="team_lead")
    with leaving(alice, team):
        assert resend(bob, team, made).json() == problem(
            403, "permission_denied", permission="checklist.assign_team"
        )
    assert revoke(bob, team, made).status_code == 204


def test_another_teams_invitation(alice: Person) -> None:
    team, other = new_team(alice), new_team(alice)
    made = invite(alice, team, somebody())
    with leaving(alice, team):
        for deed in (resend, revoke):
            assert deed(alice, other, made).json() == problem(404, "not_found")


def test_what_it_costs(alice: Person, store_calls: StoreCalls) -> None:
    """As docs/teams.md says."""
    team = new_team(alice)
    made = invite(alice, team, somebody())
    store_calls.clear()
    resend(alice, team, made)
    twice = ["BatchGetItem", "BatchGetItem"]  # the team, the invitation
    assert store_calls.until_written() == (
        [*twice, "UpdateItem", "UpdateItem", "GetItem", "TransactWriteItems"],
        12,
    )
    store_calls.clear()
    revoke(alice, team, made)
    assert store_calls.until_written() == ([*twice, "TransactWriteItems"], 8)
