"""Assigning checklists to users and teams, and what becomes of it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import queries as people
from prework import clock
from prework.changes import Change, retry_stale
from prework.entities import access_entities
from prework.errors import (
    FieldError,
    NotFound,
    Problem,
    Stale,
    ValidationFailed,
)
from prework.ids import new_id
from prework.tenancy import Actor
from teams import queries
from teams.errors import InvalidTransition, TeamArchived
from teams.events import AssignmentCreated, AssignmentDeleted, AssignmentUpdated
from teams.models import METADATA, Assignment, assignment_key, assignment_places
from teams.queries import AssignmentAccess

Values = dict[str, Any]
# One transaction: an item, an audit entry and a history row each, of the 100 that there may be.
MAX_AT_ONCE = 33
TRANSITIONS = {
    "assigned": {"in_progress", "cancelled"},
    "in_progress": {"completed", "cancelled"},
}


@dataclass(frozen=True)
class ItemError(FieldError):
    """A field that was wrong in one of many items."""

    index: int


@dataclass(frozen=True)
class Order:
    """What was asked for: one checklist, to one user or one team."""

    checklist_id: str
    team_id: str | None = None
    user_id: str | None = None
    due_date: datetime | None = None
    priority: str = "normal"
    note: str = ""


def create_assignments(*, actor: Actor, assignments: list[Values]) -> list[Assignment]:
    """Assign checklists to users and teams: all of them, or, if one cannot be, none."""
    if len(assignments) > MAX_AT_ONCE:
        detail = f"At most {MAX_AT_ONCE} assignments are made at once."
        raise ValidationFailed([FieldError("assignments", "too_many", detail)])
    orders = [Order(**given) for given in assignments]
    errors: list[FieldError] = list(_errors(actor, orders))
    if errors:
        raise ValidationFailed(errors)
    made = [_new_assignment(actor, order) for order in orders]
    with Change(actor=actor) as change:
        for assignment in made:
            change.put(assignment)
        for event in _events(made):
            change.record(event)
    return made


@retry_stale
def update_assignment(*, actor: Actor, assignment_id: str, changes: Values) -> Assignment:
    """Take an assignment a step further, or change what is asked for and until when."""
    access = queries.access_assignment(actor, assignment_id)
    _check_may_update(access, changes)
    assignment = access.assignment
    actor.check_match(assignment.etag)
    new = {
        name: value
        for name, value in _stored(changes).items()
        if getattr(assignment, name) != value
    }
    if not new:
        return assignment
    if "status" in new and new["status"] not in TRANSITIONS.get(assignment.status, ()):
        raise InvalidTransition(assignment.status, new["status"])
    old = {name: getattr(assignment, name) for name in new}
    values = {**new, "updated_at": clock.to_text(clock.now()), **_places(access, new)}
    with Change(actor=actor) as change:
        change.update(assignment, *[_action(name, value) for name, value in values.items()])
        change.record(AssignmentUpdated(**_about(assignment), old_values=old, new_values=new))
    for name, value in values.items():
        setattr(assignment, name, value)
    assignment.version += 1
    return assignment


@retry_stale
def delete_assignment(*, actor: Actor, assignment_id: str) -> None:
    """Take an assignment back; the audit trail still shows it."""
    access = queries.access_assignment(actor, assignment_id)
    access.require_manager()
    if access.team:
        access.team.require_active()
    assignment = access.assignment
    actor.check_match(assignment.etag)
    with Change(actor=actor) as change:
        change.delete(assignment, Assignment.version == assignment.version, Stale)
        change.record(AssignmentDeleted(**_about(assignment), old_values=_shown(assignment)))


def _errors(actor: Actor, orders: list[Order]) -> Iterator[ItemError]:
    """What is wrong with each; a permission that is missing refuses them all."""
    if any(order.user_id not in (None, actor.user_id) for order in orders):
        actor.require("checklist.assign_team")
    found = {
        "checklist_id": _checklist_refusals(actor, {order.checklist_id for order in orders}),
        "team_id": _team_refusals(actor, {order.team_id for order in orders if order.team_id}),
        "user_id": _user_refusals(actor, {order.user_id for order in orders if order.user_id}),
    }
    for index, order in enumerate(orders):
        if bool(order.team_id) == bool(order.user_id):
            detail = "Give a userId or a teamId, not both."
            yield ItemError("userId", "one_target", detail, index)
        for name, field in (
            ("checklist_id", "checklistId"),
            ("team_id", "teamId"),
            ("user_id", "userId"),
        ):
            refusal = found[name].get(getattr(order, name))
            if refusal:
                yield ItemError(field, *refusal, index)


Refusals = dict[str | None, tuple[str, str]]


def _checklist_refusals(actor: Actor, checklist_ids: set[str]) -> Refusals:
    answers = access_entities(actor, "checklist", checklist_ids)
    return {
        one: (answer.code, answer.detail)
        for one, answer in answers.items()
        if isinstance(answer, Problem)
    }


def _team_refusals(actor: Actor, team_ids: set[str]) -> Refusals:
    loaded = queries.load_teams(actor, team_ids) if team_ids else []
    visible = {access.team.team_id: access for access in loaded if access.is_visible}
    for access in visible.values():
        access.require("checklist.assign_team")
    archived = {one for one, access in visible.items() if not access.team.is_active}
    return {
        **dict.fromkeys(team_ids - set(visible), (NotFound.code, NotFound.default_detail)),
        **dict.fromkeys(archived, (TeamArchived.code, TeamArchived.default_detail)),
    }


def _user_refusals(actor: Actor, user_ids: set[str]) -> Refusals:
    users = people.load_users(actor, user_ids - {actor.user_id})
    refused: Refusals = {
        user.user_id: ("suspended", "This user is suspended.")
        for user in users.values()
        if not user.is_active
    }
    unknown = user_ids - {actor.user_id} - set(users)
    return refused | dict.fromkeys(unknown, (NotFound.code, NotFound.default_detail))


def _new_assignment(actor: Actor, order: Order) -> Assignment:
    assignment_id, now = new_id(), clock.to_text(clock.now())
    due = clock.to_text(order.due_date) if order.due_date else None
    return Assignment(
        assignment_key(actor, assignment_id),
        METADATA,
        assignment_id=assignment_id,
        organization_id=actor.organization_id,
        checklist_id=order.checklist_id,
        team_id=order.team_id or None,
        user_id=order.user_id or None,
        status="assigned",
        due_date=due,
        priority=order.priority,
        note=order.note,
        created_at=now,
        created_by=actor.user_id,
        updated_at=now,
        **assignment_places(
            actor,
            assignment_id=assignment_id,
            user_id=order.user_id,
            team_id=order.team_id,
            status="assigned",
            due=due,
        ),
    )


def _events(made: list[Assignment]) -> Iterator[AssignmentCreated]:
    """One event an assignment; of those to one team or user only the first is told, for all."""
    together: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    for assignment in made:
        together[assignment.team_id, assignment.user_id].append(assignment.assignment_id)
    for assignment in made:
        first, *others = together[assignment.team_id, assignment.user_id]
        is_first = first == assignment.assignment_id
        yield AssignmentCreated(
            **_about(assignment),
            new_values=_shown(assignment),
            told_together=tuple(others) if is_first else (),
            is_told_by_another=not is_first,
        )


def _about(assignment: Assignment) -> Values:
    return {
        "entity_id": assignment.assignment_id,
        "checklist_id": assignment.checklist_id,
        "user_id": assignment.user_id,
        "team_id": assignment.team_id,
    }


def _shown(assignment: Assignment) -> Values:
    names = ("checklist_id", "user_id", "team_id", "status", "due_date", "priority", "note")
    return {name: getattr(assignment, name) for name in names}


def _check_may_update(access: AssignmentAccess, changes: Values) -> None:
    """Those who do the work say how far it is; what the work is, those who assign it say."""
    if set(changes) - {"status"} or not access.is_concerned:
        access.require_manager()
    if access.team:
        access.team.require_active()


def _stored(changes: Values) -> Values:
    due = changes.get("due_date")
    return {**changes, "due_date": clock.to_text(due)} if due else changes


def _places(access: AssignmentAccess, new: Values) -> dict[str, str | None]:
    assignment = access.assignment
    return assignment_places(
        access.actor,
        assignment_id=assignment.assignment_id,
        user_id=assignment.user_id,
        team_id=assignment.team_id,
        status=new.get("status", assignment.status),
        due=new.get("due_date", assignment.due_date),
    )


def _action(name: str, value: str | None) -> Any:
    attribute = getattr(Assignment, name)
    return attribute.remove() if value is None else attribute.set(value)
