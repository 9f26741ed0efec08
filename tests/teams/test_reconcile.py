"""`manage.py reconcile`: counters that are not the number of their rows, named and mended."""

import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.queries import each_organization_id
from prework.reconciling import differences
from teams.models.teams import Team, team_key
from teams.services.reconciling import TEAMS
from tests.cast import Organization, Person, hire
from tests.matching import problem
from tests.teams.making import add, entries, items, new_team, read, url
from tests.teams.reconciling import reconcile, reconciled_badly, spoil


def spoil_team(by: Person, team: dict[str, Any], **counters: int) -> None:
    spoil(team_key(by.actor, team["teamId"]), Team.Meta.table_name, **counters)


def test_all_is_as_it_should_be(org: Organization, alice: Person, bob: Person) -> None:
    team, resting = new_team(alice), new_team(alice, settings={"visibility": "private"})
    add(alice, team, bob, role="team_lead")
    alice.api.post(url(team, "hand-over"), {"userId": bob.user_id})
    bob.api.patch(url(team), {"managerId": alice.user_id})
    alice.api.delete(url(resting))
    assert reconcile(org) == "3 compared, 0 wrong, 0 mended\n"  # the admins and two teams


def test_a_difference_is_named(org: Organization, alice: Person) -> None:
    team, other = new_team(alice), new_team(alice)
    spoil_team(alice, team, memberCount=7)
    alice.api.delete(url(other))
    spoil_team(alice, other, memberCount=0, leadCount=2)
    before = entries(alice, team)
    assert set(reconciled_badly(org).splitlines()) == {
        f"{org.organization_id} team {team['teamId']}: memberCount is 7, there are 1",
        f"{org.organization_id} team {other['teamId']}: "
        "memberCount is 0, there are 1, leadCount is 2, there are 1",
        "3 compared, 2 wrong, 0 mended",
    }
    assert read(alice, team)["memberCount"] == 7
    assert entries(alice, team) == before


def test_it_is_mended(org: Organization, alice: Person) -> None:
    team = new_team(alice)
    spoil_team(alice, team, memberCount=7, leadCount=3)
    assert reconcile(org, "--fix").endswith(": mended\n2 compared, 1 wrong, 1 mended\n")
    assert reconcile(org) == "2 compared, 0 wrong, 0 mended\n"
    assert read(alice, team) == team
    path = url(team, "members", alice.user_id)
    assert alice.api.delete(path).json() == problem(409, "last_team_lead")
    entry = entries(alice, team)[0]
    assert (entry["action"], entry["userId"], entry["requestId"]) == (
        "TEAM_COUNTS_MENDED",
        "system",
        "manage.py reconcile",
    )
    assert entry["oldValues"] == {"memberCount": 7, "leadCount": 3}
    assert entry["newValues"] == {"memberCount": 1, "leadCount": 1}


def test_the_number_of_admins(org: Organization, alice: Person, bob: Person) -> None:
    hire(org, "ada", role="admin")
    gone = hire(org, "art", role="admin")
    alice.api.patch(f"/api/users/{gone.user_id}", {"isActive": False})
    assert reconcile(org) == "1 compared, 0 wrong, 0 mended\n"
    pk = f"ORG#{org.organization_id}"
    spoil(pk, "pre-work-users", admins=1)
    named = f"{org.organization_id} organisation {org.organization_id}: admins is 1, there are 2"
    assert reconciled_badly(org).startswith(f"{named}\n")
    assert reconcile(org, "--fix").startswith(f"{named}: mended\n")
    assert reconcile(org) == "1 compared, 0 wrong, 0 mended\n"
    assert alice.trail(action="ORGANIZATION_ADMINS_MENDED")[0]["newValues"] == {"admins": 2}


def test_one_that_there_is_not() -> None:
    with pytest.raises(CommandError, match="there is no organisation nowhere"):
        call_command("reconcile", "--organization", "nowhere")


NAMED: list[str] = []


def named() -> list[str]:
    """An `EVERY_ORGANIZATION` that knows those of one test: of the suite there are too many."""
    return NAMED


def test_every_organisation(
    org: Organization, other_org: Organization, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {org.organization_id, other_org.organization_id}
    assert ids <= set(each_organization_id())
    monkeypatch.setattr(f"{__name__}.NAMED", sorted(ids))
    settings.EVERY_ORGANIZATION = f"{__name__}.named"
    said = StringIO()
    call_command("reconcile", "--pause", "0", stdout=said)
    assert said.getvalue() == "2 compared, 0 wrong, 0 mended\n"


def test_mending_while_people_come_and_go(org: Organization, alice: Person) -> None:
    """However often it mends beside them, no move of theirs is lost."""
    team = new_team(alice)
    people = [hire(org, f"p{number}", role="viewer") for number in range(4)]
    is_done = threading.Event()

    def come_and_go(who: Person) -> None:
        for _ in range(6):
            assert who.api.post(url(team, "join")).status_code == 200
            assert who.api.delete(url(team, "members", who.user_id)).status_code == 204
        assert who.api.post(url(team, "join")).status_code == 200

    def mend() -> None:
        while not is_done.is_set():
            spoil_lead_count()
            list(differences(alice.actor, TEAMS, is_fixing=True, pause_seconds=0))

    def spoil_lead_count() -> None:
        spoil_team(alice, team, leadCount=4)

    mender = threading.Thread(target=mend)
    mender.start()
    walkers = [threading.Thread(target=come_and_go, args=(who,)) for who in people]
    for walker in walkers:
        walker.start()
    for walker in walkers:
        walker.join()
    is_done.set()
    mender.join()
    list(differences(alice.actor, TEAMS, is_fixing=True, pause_seconds=0))
    assert reconcile(org) == "2 compared, 0 wrong, 0 mended\n"
    members = items(alice, url(team, "members"))
    assert read(alice, team)["memberCount"] == len(members) == 5


def test_what_is_never_at_rest_is_not_mended(org: Organization, alice: Person) -> None:
    """A count under which a row moved is not believed."""
    team = new_team(alice)
    spoil_team(alice, team, memberCount=3)
    moves = iter(range(1, 100))
    told: list[str] = []

    def look(actor: Any, team_id: str) -> Any:
        spoil_team(alice, team, countMoves=next(moves))
        return TEAMS.look(actor, team_id)

    restless = type(TEAMS)(name="team", things=TEAMS.things, look=look, mend=TEAMS.mend)
    for found in differences(alice.actor, restless, is_fixing=True, pause_seconds=0):
        assert found is not None
        told.append(found.detail)
        assert not found.is_mended
    assert told == ["it is never at rest"]
    assert read(alice, team)["memberCount"] == 3
