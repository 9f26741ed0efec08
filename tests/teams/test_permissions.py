"""docs/permissions.md against the API: each role before each team, whatever is done with it."""

from functools import partial
from itertools import product
from typing import Any

import pytest

from tests.cast import Organization, found_organization, hire
from tests.teams.making import at_once, new_checklist, url
from tests.teams.matrix import expected, sections, stage

ROLES = ("admin", "manager", "member", "viewer")
PLACES = list(product(("organization", "private"), ("none", "member", "team_lead")))
TITLES = {title for title, (head, *_) in sections() if head[0] == "role"}


@pytest.fixture(autouse=True)
def many_mails(settings: Any) -> None:
    settings.INVITATION_MAILS_ALLOWED = settings.INVITATION_MAILS_OF_ORGANIZATION = 10_000
    settings.CHANGE_CLOSERS = []  # nobody is to be told of what is done a hundred times


@pytest.fixture(scope="module")
def company() -> Organization:
    return found_organization("Acme")


@pytest.fixture(scope="module")
def actors(company: Organization) -> dict[str, Any]:
    """One of each role in the organisation."""
    return {role: hire(company, role, role=role) for role in ROLES}


@pytest.fixture(scope="module")
def others(company: Organization) -> dict[str, Any]:
    """Those who set the stage, and those whom it is done to."""
    names = ("heir", "guest", "ann", "ben")
    heir, guest, *askers = [hire(company, name, role="viewer") for name in names]
    alice = company.admin
    checklist_id = new_checklist(alice)
    return {
        "alice": alice,
        "heir": heir,
        "guest": guest,
        "askers": askers,
        "checklist_id": checklist_id,
    }


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_every_answer_is_that_of_the_page(
    place: tuple[str, str], actors: Any, others: Any
) -> None:
    """The roles at the same time, each before a team of its own."""

    def walk(role: str) -> tuple[dict[str, str], set[str]]:
        scene = stage(actors[role], place, **others)
        assert set(scene.deeds()) == TITLES
        answers = scene.do_all()
        scene.alice.api.patch(url(scene.team), {"settings": {"allowMemberInvites": False}})
        return answers, scene.invite_user()

    walked = at_once(*[partial(walk, role) for role in ROLES])
    for role, (answers, invited) in zip(ROLES, walked, strict=True):
        assert (role, answers) == (role, expected(role, place, is_allowed=True))
        refused = expected(role, place, is_allowed=False)
        assert (role, invited) == (role, {refused["invite a colleague as member"]})


@pytest.mark.parametrize(
    "permission", ["checklist.assign_team", "member.invite", "member.manage", "team.update"]
)
def test_what_a_default_permission_opens(permission: str, actors: Any, others: Any) -> None:
    scene = stage(actors["viewer"], ("organization", "member"), **others)
    settings = {"allowMemberInvites": False, "defaultPermissions": [permission]}
    scene.alice.api.patch(url(scene.team), {"settings": settings})
    (table,) = [rows for _, rows in sections() if rows[0][0] == "permission"]
    (named,) = [cells[1] for cells in table if cells[0] == f"`{permission}`"]
    always = {"see it and its members", "read its activity and documents", "join"}
    done = {title for title, answer in scene.do_all().items() if answer == "yes"}
    assert sorted(done - always) == sorted(
        title for title in TITLES if title in named and title not in always
    )
