"""Assignments by when they are due, across the organisations: for the jobs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prework import clock
from prework.dynamo import each, find
from prework.tenancy import Actor, key
from teams.models.assignments import (
    DUE_MARKS,
    DUE_SHARDS,
    OPEN,
    STATUS_ORDER,
    Assignment,
    DueMark,
    due_key,
)

HOUR = timedelta(hours=1)


def each_due(hour: datetime) -> Iterator[Assignment]:
    """The open assignments that are due within the hour, from an index that may lag."""
    for shard in range(DUE_SHARDS):
        yield from each(Assignment, due_key(_name(hour), shard), index=4)


def each_unmarked(actor: Actor, since: datetime) -> Iterator[Assignment]:
    """The organisation's assignments that have been overdue since then, and are not marked so."""
    moment = clock.to_text(since)
    for status in map(STATUS_ORDER.__getitem__, OPEN):
        sort = Assignment.gsi3sk.between(key(status), key(status, moment))
        for assignment in each(Assignment, actor.key(), index=3, sort=sort):
            if not assignment.overdue_at and assignment.updated_at < moment:
                yield assignment


def reached(job: str) -> datetime | None:
    """The hour that this job is to look at next, if it ever ran."""
    mark = find(DueMark, DUE_MARKS, job)
    return clock.from_text(mark.reached) if mark else None


def hour_of(moment: datetime) -> datetime:
    """The hour that a moment is in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def hours(first: datetime, last: datetime) -> Iterator[datetime]:
    """The hours from one to another, both of them too."""
    while first <= last:
        yield first
        first += HOUR


def _name(hour: datetime) -> str:
    return clock.to_text(hour)[:13].replace("T", "-")
