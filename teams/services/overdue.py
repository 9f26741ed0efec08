"""What the passing of time does to assignments: they fall due, and people are reminded before."""

from datetime import datetime, timedelta

from prework import clock, ledger
from prework.changes import Change, retry_stale
from prework.errors import Stale
from prework.tenancy import Actor
from teams.events.assignments import AssignmentDueSoon, AssignmentOverdue
from teams.models.assignments import DUE_MARKS, OPEN, Assignment, DueMark
from teams.queries import batches as queries
from teams.services.counting import move
from teams.services.orders import about


@retry_stale
def mark_overdue(*, actor: Actor, assignment_id: str, now: datetime) -> bool:
    """Mark an assignment overdue, count it and tell those concerned, if it is and was not marked.

    `False` if it is not there yet: then it is to be looked at again.
    """
    assignment = queries.find_assignment(actor, assignment_id)
    if assignment is None:
        return not queries.load_assignments(actor, [assignment_id])
    if assignment.overdue_at or not _is_due(assignment, now):
        return True
    with Change(actor=actor) as change:
        change.update(
            assignment,
            Assignment.overdue_at.set(clock.to_text(now)),
            Assignment.gsi4pk.remove(),
            Assignment.gsi4sk.remove(),
        )
        move(change, assignment.team_id, {"overdue": 1}, beside=assignment_id)
        due = {"due_date": assignment.due_date, "status": assignment.status}
        change.record(AssignmentOverdue(**about(assignment), new_values=due))
    return True


@retry_stale
def remind_of(*, actor: Actor, assignment_id: str, now: datetime, before: timedelta) -> bool:
    """Tell those concerned that an assignment is due soon, once for each due date.

    `False` if it is not there yet: then it is to be looked at again.
    """
    assignment = queries.find_assignment(actor, assignment_id)
    if assignment is None:
        return not queries.load_assignments(actor, [assignment_id])
    is_told = assignment.reminded_for == assignment.due_date
    if is_told or _is_due(assignment, now) or not _is_due(assignment, now + before):
        return True
    is_as_read = Assignment.version == assignment.version
    is_untold = Assignment.reminded_for.does_not_exist() | (
        Assignment.reminded_for != assignment.due_date
    )
    with Change(actor=actor) as change:
        # `version` stays: what people edit is as it was
        change.adjust(
            Assignment,
            assignment.pk,
            assignment.sk,
            Assignment.reminded_for.set(assignment.due_date),
            condition=is_as_read & is_untold,
            otherwise=Stale,
        )
        due = {"due_date": assignment.due_date, "status": assignment.status}
        change.record(AssignmentDueSoon(**about(assignment), new_values=due))
    return True


def reach(*, job: str, hour: datetime) -> None:
    """Note how far a job has come; never back."""
    text = clock.to_text(hour)
    is_further = DueMark.pk.does_not_exist() | (DueMark.reached <= text)
    ledger.put(DueMark(DUE_MARKS, job, reached=text), is_further, is_repeatable=True)


def _is_due(assignment: Assignment, moment: datetime) -> bool:
    due = assignment.due_date
    return bool(due) and assignment.status in OPEN and due < clock.to_text(moment)
