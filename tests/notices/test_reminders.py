"""What falls due is mailed: from the assignment over the two jobs and the outbox to the mail."""

from datetime import timedelta

import pytest

from prework import clock
from prework.jobs import Turn
from teams import jobs, services
from teams.queries import due
from tests.cast import Person
from tests.notices.test_preferences import URL as PREFERENCES
from tests.outbox.looking import drain, mails_to
from tests.teams.making import Body, add, assign, new_checklist, new_team

PAST, FUTURE = "2024-08-16T12:00:00Z", "2099-12-24T09:00:00Z"
OVERDUE, DUE_SOON = "Your assignment is overdue", "Your assignment is due soon"
TEAMS_DUE_SOON = "Your team's assignment is due soon"


@pytest.fixture(autouse=True)
def lately(monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs ran an hour ago, and not for the first time; an hour before is soon."""
    monkeypatch.setattr("django.conf.settings.DUE_SOON_HOURS", 1)
    for name in (jobs.OVERDUE, jobs.REMINDERS):
        services.reach(job=name, hour=due.hour_of(clock.now()) - due.HOUR)


@pytest.fixture
def to_bob(alice: Person, bob: Person) -> Body:
    return {"checklistId": new_checklist(alice), "userId": bob.user_id}


def soon() -> str:
    return clock.to_text(clock.now() + timedelta(minutes=30))


def run_jobs() -> None:
    for job in (jobs.MARK_OVERDUE, jobs.REMIND_DUE):
        job.work(Turn())


def reminders(person: Person) -> list[str]:
    """The subjects of those that somebody got."""
    drain()
    subjects = sorted(one.subject for one in mails_to(person.email))
    return [one for one in subjects if one in (OVERDUE, DUE_SOON, TEAMS_DUE_SOON)]


def test_each_is_mailed_once(alice: Person, bob: Person, to_bob: Body) -> None:
    late, near, *_ = assign(
        alice,
        {**to_bob, "dueDate": PAST},
        {**to_bob, "dueDate": soon()},
        {**to_bob, "dueDate": FUTURE},
        to_bob,
    )
    for _ in range(2):
        run_jobs()
    assert reminders(bob) == [DUE_SOON, OVERDUE]
    assert reminders(alice) == []
    mails = {one.subject: one.body for one in mails_to(bob.email)}
    assert f"/assignments/{late['assignmentId']}" in mails[OVERDUE]
    assert "Due: Aug. 16, 2024, noon (UTC)" in mails[OVERDUE]
    assert f"/assignments/{near['assignmentId']}" in mails[DUE_SOON]


def test_a_teams_members_are_reminded_unless_they_will_not(
    alice: Person, bob: Person, carol: Person, max_: Person, to_bob: Body
) -> None:
    team = new_team(alice)
    for who in (bob, carol):
        add(alice, team, who)
    carol.api.patch(PREFERENCES, {"email": {"reminders": False}})
    wanted = {"checklistId": to_bob["checklistId"], "teamId": team["teamId"]}
    assign(alice, {**wanted, "dueDate": soon()})
    run_jobs()
    assert reminders(bob) == reminders(alice) == [TEAMS_DUE_SOON]  # who leads it, too
    assert reminders(carol) == reminders(max_) == []


def test_what_is_done_in_time_is_not_mailed(alice: Person, bob: Person, to_bob: Body) -> None:
    (made,) = assign(alice, {**to_bob, "dueDate": soon()})
    run_jobs()
    bob.api.patch(f"/api/assignments/{made['assignmentId']}", {"status": "in_progress"})
    bob.api.patch(f"/api/assignments/{made['assignmentId']}", {"status": "completed"})
    (other,) = assign(alice, {**to_bob, "dueDate": PAST})
    alice.api.delete(f"/api/assignments/{other['assignmentId']}")
    run_jobs()
    assert reminders(bob) == [DUE_SOON]
