"""What goes on by itself with assignments. Each step is whole, and done once however often begun.

Two jobs walk the hours in which assignments are due, and note the hour from which they go on.
They stay some hours behind, because an index lags and a write may still be under way; and before
an hour in which something is not there yet, its batch being written.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from prework import clock
from prework.jobs import Job, Turn
from prework.tenancy import system_actor
from teams import services
from teams.models.assignments import Assignment
from teams.queries import batches, due

OVERDUE, REMINDERS = "overdue", "reminders"
LAG = timedelta(hours=1)
LOOKS_BACK = timedelta(days=31)  # the first time that it runs


def finish_batches(turn: Turn) -> None:
    """Complete or undo the assignments made at once that a dead process left behind."""
    for organization_id, batch_id in turn.steps(batches.each_open_batch(), "batches"):
        actor = system_actor(organization_id)
        services.finish_batch(actor=actor, batch_id=batch_id, now=clock.now())


def mark_overdue(turn: Turn) -> None:
    """Mark what has fallen due and is not done, count it, and tell those concerned."""
    now = clock.now()

    def mark(one: Assignment) -> bool:
        actor = system_actor(one.organization_id)
        return services.mark_overdue(actor=actor, assignment_id=one.assignment_id, now=now)

    _walk(turn, OVERDUE, until=now, visit=mark)


def remind_due(turn: Turn) -> None:
    """Tell people what is due soon."""
    now, before = clock.now(), timedelta(hours=settings.DUE_SOON_HOURS)

    def remind(one: Assignment) -> bool:
        actor = system_actor(one.organization_id)
        return services.remind_of(
            actor=actor, assignment_id=one.assignment_id, now=now, before=before
        )

    _walk(turn, REMINDERS, until=now + before, visit=remind)


def _walk(turn: Turn, name: str, *, until: datetime, visit: Callable[[Assignment], bool]) -> None:
    """Visit what is due in the hours from where this job had come, up to a moment."""
    first = due.reached(name) or due.hour_of(until - LOOKS_BACK)
    is_clear, until_text = True, clock.to_text(until)
    for hour in turn.steps(list(due.hours(first, due.hour_of(until))), name):
        for one in due.each_due(hour):
            turn.check()
            if one.due_date < until_text:
                is_clear &= visit(one)
        if is_clear and hour + due.HOUR + LAG <= until:
            services.reach(job=name, hour=hour + due.HOUR)


FINISH_BATCHES = Job(
    name="assignments.finish_batches", every=timedelta(minutes=1), work=finish_batches
)
MARK_OVERDUE = Job(name="assignments.overdue", every=timedelta(minutes=1), work=mark_overdue)
REMIND_DUE = Job(name="assignments.due_soon", every=timedelta(minutes=5), work=remind_due)
