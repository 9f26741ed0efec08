"""Metrics follow from what happened: one telling."""

from typing import Any

import pytest

from tests.calls import StoreCalls
from tests.cast import Person
from tests.figures import Figures, beside
from tests.prework.crates import crate, somebody
from tests.prework.test_change import make


def test_an_event_is_counted_by_how_it_ended(figures: Figures) -> None:
    actor = somebody()
    make(actor)
    [event] = figures.of("Events")
    assert event.dimensions == (("Outcome", "success"),)
    assert beside(event) == {
        "Outcome": "success",
        "Action": "CRATE_MOVED",
        "EntityId": "c1",
        "OrganizationId": actor.organization_id,
    }


def test_a_follower_that_fails_costs_nobody_anything(
    monkeypatch: pytest.MonkeyPatch, store_calls: StoreCalls
) -> None:
    """G63: metrics must not fail the request that they measure."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("prework.metrics.find", broken)
    actor = somebody()
    make(actor)
    assert "TransactWriteItems" in store_calls.dynamodb
    assert crate(actor).pk.startswith("ORG#")


def test_an_assignment_is_measured_with_its_priority(alice: Person, figures: Figures) -> None:
    team_id = alice.api.post("/api/teams", {"name": "Team"}).json()["teamId"]
    content = {"title": "List", "items": {}}
    made = alice.api.post("/api/documents", {"entityType": "checklist", "content": content})
    about = {"checklistId": made.json()["entityId"], "priority": "urgent"}
    assignments = [{**about, "teamId": team_id}, {**about, "userId": alice.user_id}]
    answer = alice.api.post("/api/assignments", {"assignments": assignments})
    assert answer.status_code == 201, answer.content
    to_team, to_alice = figures.of("TeamAssignmentCreated")
    assert to_team.dimensions == to_alice.dimensions == (("Priority", "urgent"),)
    assert beside(to_team)["TeamId"] == team_id
    assert "TeamId" not in beside(to_alice)


@pytest.mark.parametrize(("password", "outcome"), [("right", "success"), ("wrong", "failed")])
def test_a_sign_in_is_measured(
    alice: Person, figures: Figures, password: str, outcome: str, known: dict[str, Any]
) -> None:
    body = {"email": alice.email, "password": known[password]}
    alice.api.post("/api/auth/login", body)
    [sign_in] = figures.of("SignIns")
    assert dict(sign_in.dimensions) == {"Outcome": outcome, "Site": "api"}


@pytest.fixture
def known() -> dict[str, str]:
    return {"right": "a-long-enough-passphrase", "wrong": "something else"}
