"""POST /api/invites/accept: coming into a team by a mailed token."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from prework import clock, transactions
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person, hire, sign_in
from tests.faults import (
    PATIENCE_SECONDS,
    THROTTLED,
    answer,
    answering_first,
    holding,
    losing_answers,
)
from tests.matching import ANY_ID, ANY_TIME, ANY_TOKEN, problem
from tests.teams.inviting import NEWCOMER, accept, invite, invited, somebody, token_for
from tests.teams.making import activity, add, at_once, entries, items, leaving, new_team, read, url

VOID = problem(400, "invalid_invite_token")


def test_somebody_new(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    answer = accept(invited(alice, team, email), **NEWCOMER)
    assert answer.status_code == 200
    body = answer.json()
    user = body.pop("user")
    assert body == {
        "success": True,
        "status": "joined",
        "teamId": team["teamId"],
        "teamName": "Night shift",
        "organizationId": alice.organization_id,
        "userId": user["userId"],
        "role": "member",
        "isNewUser": True,
        "token": ANY_TOKEN,
        "session": {"sessionId": ANY_ID, "createdAt": ANY_TIME, "expiresAt": ANY_TIME},
    }
    assert (user["email"], user["name"], user["role"], user["grants"]) == (
        email,
        "Nora",
        "member",
        [],
    )
    nora = sign_in(email)
    for api in (nora.api, Api(body["token"])):
        assert api.get(url(team)).json() == {**team, "memberCount": 2, "myRole": "member"}
    assert items(alice, url(team, "invites")) == []


def test_what_is_told_of_somebody_new(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    user_id = accept(token_for(email), **NEWCOMER).json()["userId"]
    joined, accepted = sorted(
        entries(alice, team)[:2], key=lambda entry: entry["action"], reverse=True
    )
    assert [entry["action"] for entry in (joined, accepted)] == [
        "TEAM_MEMBER_ADDED",
        "TEAM_INVITE_ACCEPTED",
    ]
    assert joined["newValues"]["via"] == "invited"
    assert accepted["newValues"] == {
        "inviteId": made["inviteId"],
        "email": email,
        "role": "member",
        "invitedBy": alice.user_id,
        "userId": user_id,
        "isNewUser": True,
    }
    (created,) = alice.trail(entityType="user", entityId=user_id)
    assert created["action"] == "USER_CREATED"
    assert {entry["userId"] for entry in (joined, accepted, created)} == {user_id}
    kinds = {event["eventType"] for event in activity(alice, team)[:2]}
    assert kinds == {"team.member.added", "team.invite.accepted"}


def test_a_colleague_keeps_what_they_have(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    before = bob.api.get("/api/auth/me").json()
    rights = bob.actor.rights_version
    token = invited(alice, team, bob.email, role="team_lead")
    answer = accept(token, name="Robert", password="quite-another-passphrase")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "success": True,
            "status": "joined",
            "teamId": team["teamId"],
            "teamName": "Night shift",
            "organizationId": bob.organization_id,
            "userId": bob.user_id,
            "role": "team_lead",
            "isNewUser": False,
        },
    )
    assert bob.api.get("/api/auth/me").json() == before
    assert sign_in(bob.email).user_id == bob.user_id
    assert bob.actor.rights_version == rights + 1
    assert entries(alice, team)[0]["userId"] == bob.user_id
    assert read(bob, team)["myRole"] == "team_lead"


def test_a_request_of_theirs_is_settled(alice: Person, bob: Person) -> None:
    team = new_team(alice, settings={"requireApprovalForJoin": True})
    bob.api.post(url(team, "join"))
    assert accept(invited(alice, team, bob.email)).status_code == 200
    assert items(alice, url(team, "join-requests")) == []
    assert read(alice, team)["memberCount"] == 2


def test_who_is_new_says_who_they_are(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    token = invited(alice, team, email)
    with leaving(alice, team):
        for body, fields in (
            ({}, ["name", "password"]),
            ({"name": "Nora"}, ["password"]),
            ({"password": PASSWORD}, ["name"]),
            ({"name": "Nora", "password": "short"}, ["password"]),
            ({"name": "No\nra", "password": PASSWORD}, ["name"]),
        ):
            answer = accept(token, **body)
            assert answer.status_code == 400
            assert sorted({one["field"] for one in answer.json()["errors"]}) == fields
    assert accept(token, **NEWCOMER).status_code == 200  # none of that has used it up


def test_it_works_once(alice: Person, bob: Person) -> None:
    team, email = new_team(alice), somebody()
    for token in (invited(alice, team, email), invited(alice, team, bob.email)):
        assert accept(token, **NEWCOMER).status_code == 200
        with leaving(alice, team):
            assert accept(token, **NEWCOMER).json() == VOID


def test_at_once_it_works_once(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    token = invited(alice, team, email)
    answers = at_once(*[partial(accept, token, **NEWCOMER)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert read(alice, team)["memberCount"] == 2
    assert len(alice.trail(action="USER_CREATED")) == 1


def test_what_was_used_while_it_was_looked_at_is_void(alice: Person) -> None:
    """Who reads the invitation before it is used, and the member after, has come too late."""
    token = invited(alice, new_team(alice), somebody())
    with ThreadPoolExecutor(1) as pool, holding("GetItem") as (is_held, release):
        late = pool.submit(accept, token, **NEWCOMER)
        assert is_held.wait(PATIENCE_SECONDS)
        assert accept(token, **NEWCOMER).status_code == 200
        release.set()
        assert late.result().json() == VOID


def test_many_come_at_once(alice: Person) -> None:
    team = new_team(alice)
    tokens = [invited(alice, team, somebody()) for _ in range(6)]
    answers = at_once(*[partial(accept, token, **NEWCOMER) for token in tokens])
    assert {answer.status_code for answer in answers} == {200}
    assert read(alice, team)["memberCount"] == len(items(alice, url(team, "members"))) == 7


def test_an_account_made_meanwhile_is_used(alice: Person, org: Any) -> None:
    team, email = new_team(alice), somebody()
    token = invited(alice, team, email)
    body = {"email": email, "name": "Norah", "role": "viewer", "password": PASSWORD}
    made = alice.api.post("/api/users", body).json()
    answer = accept(token, **NEWCOMER)
    assert (answer.status_code, answer.json()["userId"]) == (200, made["userId"])
    assert sign_in(email).user.role == "viewer"


def test_an_account_made_at_the_same_time(alice: Person) -> None:
    for _ in range(3):
        team, email = new_team(alice), somebody()
        token = invited(alice, team, email)
        body = {"email": email, "name": "Norah", "role": "viewer", "password": PASSWORD}
        accepted, made = at_once(
            partial(accept, token, **NEWCOMER), partial(alice.api.post, "/api/users", body)
        )
        assert (accepted.status_code, made.status_code) in ((200, 201), (200, 409))
        assert accepted.json()["isNewUser"] == (made.status_code == 409)
        assert read(alice, team)["memberCount"] == 2


def test_an_account_made_elsewhere_meanwhile(alice: Person) -> None:
    team, email = new_team(alice), somebody()
    token = invited(alice, team, email)
    body = {"organizationName": "Other", "name": "N", "email": email, "password": PASSWORD}
    assert Api().post("/api/auth/register", body).status_code == 201
    with leaving(alice, team):
        assert accept(token, **NEWCOMER).json() == problem(409, "email_taken")


def test_a_member_by_now(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    token = invited(alice, team, bob.email)
    bob.api.post(url(team, "join"))
    with leaving(alice, team):
        assert accept(token).json() == problem(409, "already_member")


def test_who_is_removed_has_no_way_back(alice: Person, bob: Person) -> None:
    """Nor by an invitation from before."""
    team = new_team(alice)
    made = invite(alice, team, bob.email)
    token = token_for(bob.email)
    add(alice, team, bob)
    alice.api.delete(url(team, "members", bob.user_id))
    actions = [entry["action"] for entry in entries(alice, team)[:2]]
    assert sorted(actions) == ["TEAM_INVITE_REVOKED", "TEAM_MEMBER_REMOVED"]
    with leaving(alice, team):
        assert accept(token).json() == VOID
    assert made not in items(alice, url(team, "invites"))


def test_suspended(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    token = invited(alice, team, bob.email)
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    with leaving(alice, team):
        assert accept(token).json() == problem(403, "permission_denied")


def test_too_old(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    team, email = new_team(alice), somebody()
    made = invite(alice, team, email)
    token = token_for(email)
    ends = clock.from_text(made["expiresAt"])
    monkeypatch.setattr(clock, "now", lambda: ends)
    assert accept(token, **NEWCOMER).json() == VOID
    alice = sign_in(alice.email)
    assert [one["isExpired"] for one in items(alice, url(team, "invites"))] == [True]
    again = invite(alice, team, email)
    assert again["inviteId"] != made["inviteId"]
    assert [one["inviteId"] for one in items(alice, url(team, "invites"))] == [again["inviteId"]]


def test_private_meanwhile(alice: Person, bob: Person) -> None:
    """An invitation is the way into a private team."""
    team = new_team(alice)
    token = invited(alice, team, bob.email)
    alice.api.patch(url(team), {"settings": {"visibility": "private"}})
    assert accept(token).status_code == 200
    assert read(bob, team)["myRole"] == "member"


def test_archived_meanwhile_and_restored(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    token = invited(alice, team, bob.email)
    alice.api.delete(url(team))
    with leaving(alice, team):
        assert accept(token).json() == problem(409, "team_archived")
    alice.api.post(url(team, "restore"))
    assert accept(token).status_code == 200


def suspend(alice: Person, team: Any, inviter: Person) -> None:
    alice.api.patch(f"/api/users/{inviter.user_id}", {"isActive": False})


def demote(alice: Person, team: Any, inviter: Person) -> None:
    alice.api.patch(url(team, "members", inviter.user_id), {"role": "member"})


def remove(alice: Person, team: Any, inviter: Person) -> None:
    alice.api.delete(url(team, "members", inviter.user_id))


@pytest.mark.parametrize("loss", [suspend, demote, remove])
@pytest.mark.parametrize("role", ["member", "team_lead"])
def test_who_may_invite_no_more_lets_nobody_in(
    alice: Person, bob: Person, loss: Any, role: str
) -> None:
    team, email = new_team(alice), somebody()
    add(alice, team, bob, role="team_lead")
    invite(bob, team, email, role=role)
    token = token_for(email)
    loss(alice, team, bob)
    with leaving(alice, team):
        assert accept(token, **NEWCOMER).json() == VOID
    (open_one,) = items(alice, url(team, "invites"))
    alice.api.post(url(team, "invites", open_one["inviteId"], "resend"))
    assert accept(token_for(email, 2), **NEWCOMER).status_code == 200


def test_members_may_invite_no_more(alice: Person, bob: Person, carol: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    token = invited(bob, team, carol.email)
    alice.api.patch(url(team), {"settings": {"allowMemberInvites": False}})
    with leaving(alice, team):
        assert accept(token).json() == VOID
    alice.api.patch(url(team), {"settings": {"allowMemberInvites": True}})
    assert accept(token).status_code == 200


def test_what_is_no_token(alice: Person, bob: Person, mallory: Person) -> None:
    team = new_team(alice)
    token = invited(alice, team, bob.email)
    public, _, secret = token.partition(".")
    other = invited(mallory, new_team(mallory), somebody())
    with leaving(alice, team):
        for text in (
            f"{public}.{secret[:-1]}",
            f"{public}.",
            f"{other.partition('.')[0]}.{secret}",
            secret,
            bob.token,
            "pwi_.x",
            "é",
        ):
            assert accept(text, **NEWCOMER).json() == VOID
        for odd in (None, 7, "", "x" * 600, [token], {"a": 1}):
            assert accept(odd, **NEWCOMER).json()["code"] == "validation_failed"


def test_a_session_makes_no_difference(alice: Person, bob: Person, mallory: Person) -> None:
    """Whoever opens the link, it is the address that comes in."""
    team = new_team(alice)
    token = invited(alice, team, bob.email)
    answer = mallory.api.post("/api/invites/accept", {"token": token})
    assert (answer.status_code, answer.json()["userId"]) == (200, bob.user_id)


def test_all_or_nothing(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    team, email = new_team(alice), somebody()
    token = invited(alice, team, email)
    with monkeypatch.context() as patched:
        patched.setattr(transactions, "DEADLINE_SECONDS", 0.1)
        with (
            leaving(alice, team),
            answering_first("TransactWriteItems", answer(400, THROTTLED), 99),
        ):
            refused = accept(token, **NEWCOMER)
    assert refused.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert alice.trail(action="USER_CREATED") == []
    with losing_answers("TransactWriteItems", 1):
        assert accept(token, **NEWCOMER).status_code == 200
    assert read(alice, team)["memberCount"] == 2


def test_what_it_costs(alice: Person, bob: Person, store_calls: StoreCalls) -> None:
    """As docs/teams.md says."""
    team = new_team(alice)
    read_first = ["BatchGetItem", "GetItem", "GetItem", "BatchGetItem", "BatchGetItem"]
    for token, cost in (
        (invited(alice, team, somebody()), 34),
        (invited(alice, team, bob.email), 26),
    ):
        store_calls.clear()
        assert accept(token, **NEWCOMER).status_code == 200
        calls, units = store_calls.until_written(signed_in=False)
        assert (calls, units) == ([*read_first, "TransactWriteItems"], cost)


def test_the_last_lead_may_be_invited_by_a_manager(alice: Person, org: Any) -> None:
    """Whoever holds it in the organisation gives it in a team that they are not in."""
    team = new_team(alice)
    max_ = hire(org, "max", role="manager")
    email = somebody()
    invite(max_, team, email, role="team_lead")
    assert accept(token_for(email), **NEWCOMER).json()["role"] == "team_lead"
