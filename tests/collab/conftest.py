"""What the tests of documents share: the guide's checklist, and teams."""

import pytest

from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT


@pytest.fixture
def checklist(alice: Person) -> dict[str, object]:
    """The guide's checklist, of no team."""
    made = alice.api.post(
        "/api/documents",
        {"entityType": "checklist", "entityId": CHECKLIST, "content": CONTENT},
    )
    assert made.status_code == 201, made.content
    body: dict[str, object] = made.json()
    return body


def found_team(alice: Person, member: Person, visibility: str) -> str:
    made = alice.api.post("/api/teams", {"name": "Crew", "settings": {"visibility": visibility}})
    assert made.status_code == 201, made.content
    team_id = str(made.json()["teamId"])
    added = alice.api.post(f"/api/teams/{team_id}/members", {"userId": member.user_id})
    assert added.status_code == 201, added.content
    return team_id


@pytest.fixture
def team(alice: Person, bob: Person) -> str:
    """A team that everybody may see: alice and bob are in it."""
    return found_team(alice, bob, "organization")


@pytest.fixture
def private_team(alice: Person, bob: Person) -> str:
    """A team that only its members may see: alice and bob."""
    return found_team(alice, bob, "private")
