"""What becomes of an assignment: its status, what is asked for, its removal."""

from datetime import datetime
from typing import Any

from prework import clock
from prework.changes import Change, retry_stale
from prework.errors import Stale, ValidationFailed
from prework.tenancy import Actor
from teams import queries
from teams.errors import InvalidTransition
from teams.events.assignments import AssignmentDeleted, AssignmentUpdated
from teams.models.assignments import OPEN, Assignment, assignment_places
from teams.queries import AssignmentAccess
from teams.services.counting import move
from teams.services.due_dates import NO_DATE, DueDates, Unclear
from teams.services.orders import Values, about, shown

TRANSITIONS = {
    "assigned": {"in_progress", "cancelled"},
    "in_progress": {"completed", "cancelled"},
}


@retry_stale
def update_assignment(*, actor: Actor, assignment_id: str, changes: Values) -> Assignment:
    """Take an assignment a step further, or change what is asked for and until when."""
    access = queries.access_assignment(actor, assignment_id)
    _check_may_update(access, changes)
    assignment = access.assignment
    actor.check_match(assignment.etag)
    new = {
        name: value
        for name, value in _stored(actor, assignment, changes).items()
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
        move(change, assignment.team_id, _moved(assignment, values), beside=assignment_id)
        change.record(AssignmentUpdated(**about(assignment), old_values=old, new_values=new))
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
    moved = {assignment.status: -1, "overdue": -1 if assignment.overdue_at else 0}
    with Change(actor=actor) as change:
        change.delete(assignment, Assignment.version == assignment.version, Stale)
        move(change, assignment.team_id, moved, beside=assignment_id)
        change.record(AssignmentDeleted(**about(assignment), old_values=shown(assignment)))


def _check_may_update(access: AssignmentAccess, changes: Values) -> None:
    """Those who do the work say how far it is; what the work is, those who assign it say."""
    if set(changes) - {"status"} or not access.is_concerned:
        access.require_manager()
    if access.team:
        access.team.require_active()


def _stored(actor: Actor, assignment: Assignment, changes: Values) -> Values:
    """The changes as they are stored. A time zone alone says where the due date is meant."""
    try:
        if "due_date" in changes:
            due: datetime | None = changes["due_date"]
            settled = DueDates(actor).settle(due, changes.get("due_timezone"))
            return {**changes, "due_date": settled[0], "due_timezone": settled[1]}
        if changes.get("due_timezone") and assignment.due_date is None:
            raise Unclear(NO_DATE)
    except Unclear as unclear:
        raise ValidationFailed([unclear.error]) from None
    return changes


def _places(access: AssignmentAccess, new: Values) -> dict[str, str | None]:
    """Where it stands from now on; its being marked overdue ends with its being so."""
    assignment = access.assignment
    status = new.get("status", assignment.status)
    due = new.get("due_date", assignment.due_date)
    is_past = due is not None and due < clock.to_text(clock.now())
    overdue_at = assignment.overdue_at if is_past and status in OPEN else None
    places = assignment_places(
        access.actor,
        assignment_id=assignment.assignment_id,
        user_id=assignment.user_id,
        team_id=assignment.team_id,
        status=status,
        due=due,
        is_marked=overdue_at is not None,
    )
    return places | {"overdue_at": overdue_at}


def _moved(assignment: Assignment, values: Values) -> dict[str, int]:
    """What this change adds to the counts."""
    moved = {"overdue": -1 if assignment.overdue_at and not values["overdue_at"] else 0}
    if "status" in values:
        moved |= {assignment.status: -1, values["status"]: 1}
    return moved


def _action(name: str, value: str | None) -> Any:
    attribute = getattr(Assignment, name)
    return attribute.remove() if value is None else attribute.set(value)
