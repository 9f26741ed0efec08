"""What is asked for when work is assigned, and the assignments that are made of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prework import clock
from prework.tenancy import Actor
from teams.events.assignments import AssignmentCreated
from teams.models.assignments import Assignment, assignment_key, assignment_places
from teams.models.teams import METADATA

Values = dict[str, Any]
SHOWN = (
    "checklist_id",
    "user_id",
    "team_id",
    "status",
    "due_date",
    "due_timezone",
    "priority",
    "note",
)


@dataclass(frozen=True)
class Order:
    """One checklist, for one user or one team; the due date as it is stored."""

    checklist_id: str
    team_id: str | None = None
    user_id: str | None = None
    due_date: str | None = None
    due_timezone: str | None = None
    priority: str = "normal"
    note: str = ""

    @property
    def target(self) -> tuple[str, str]:
        """Whom it is for: `team` or `user`, and the id."""
        return ("team", self.team_id) if self.team_id else ("user", self.user_id or "")


def targets_of(orders: list[Order]) -> dict[tuple[str, str], list[int]]:
    """Whom the orders are for, and the numbers of those for each."""
    targets: dict[tuple[str, str], list[int]] = {}
    for number, order in enumerate(orders):
        targets.setdefault(order.target, []).append(number)
    return targets


def new_assignment(
    actor: Actor, order: Order, assignment_id: str, made_at: str = ""
) -> Assignment:
    """The assignment that carries out an order."""
    made_at = made_at or clock.to_text(clock.now())
    return Assignment(
        assignment_key(actor, assignment_id),
        METADATA,
        assignment_id=assignment_id,
        organization_id=actor.organization_id,
        checklist_id=order.checklist_id,
        team_id=order.team_id or None,
        user_id=order.user_id or None,
        status="assigned",
        due_date=order.due_date,
        due_timezone=order.due_timezone,
        priority=order.priority,
        note=order.note,
        created_at=made_at,
        created_by=actor.user_id,
        updated_at=made_at,
        **assignment_places(
            actor,
            assignment_id=assignment_id,
            user_id=order.user_id,
            team_id=order.team_id,
            status="assigned",
            due=order.due_date,
        ),
    )


def creations(made: list[Assignment]) -> Iterator[AssignmentCreated]:
    """One event an assignment; of those for one team or user the first is told, for all."""
    together: dict[tuple[str | None, str | None], list[str]] = {}
    for assignment in made:
        target = assignment.team_id, assignment.user_id
        together.setdefault(target, []).append(assignment.assignment_id)
    for assignment in made:
        first, *others = together[assignment.team_id, assignment.user_id]
        is_first = first == assignment.assignment_id
        yield creation(assignment, others if is_first else None)


def creation(
    assignment: Assignment, told_together: list[str] | None, **more: str
) -> AssignmentCreated:
    """That an assignment was made. It tells of others, too, or (`None`) nobody at all."""
    return AssignmentCreated(
        **about(assignment),
        new_values={**shown(assignment), **more},
        told_together=tuple(told_together or ()),
        is_told_by_another=told_together is None,
    )


def about(assignment: Assignment) -> Values:
    """What every event about an assignment says of it."""
    return {
        "entity_id": assignment.assignment_id,
        "checklist_id": assignment.checklist_id,
        "user_id": assignment.user_id,
        "team_id": assignment.team_id,
    }


def shown(assignment: Assignment) -> Values:
    """What the audit trail shows of an assignment that comes or goes."""
    return {name: getattr(assignment, name) for name in SHOWN}
