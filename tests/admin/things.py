"""Things of an organisation for staff to look at."""

from typing import Any

import pytest

from prework.ids import new_id
from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT


@pytest.fixture
def checklist(alice: Person) -> dict[str, Any]:
    """The guide's checklist."""
    body = {"entityType": "checklist", "entityId": CHECKLIST, "content": CONTENT}
    made: dict[str, Any] = alice.api.post("/api/documents", body).json()
    return made


@pytest.fixture
def team(alice: Person, bob: Person) -> dict[str, Any]:
    """A team with two in it."""
    made: dict[str, Any] = alice.api.post("/api/teams", {"name": "Crew"}).json()
    alice.api.post(f"/api/teams/{made['teamId']}/members", {"userId": bob.user_id})
    return made


@pytest.fixture
def invitation(alice: Person, team: dict[str, Any]) -> dict[str, Any]:
    """Somebody who is invited to the team."""
    body = {"email": f"nora-{new_id()}@example.com"}
    made: dict[str, Any] = alice.api.post(f"/api/teams/{team['teamId']}/invites", body).json()
    return made
