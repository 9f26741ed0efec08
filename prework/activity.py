"""What happens on the whole platform, across its processes: figures for people, kept eight days.

| question | key in sessions | function |
|---|---|---|
| what happened in five minutes | `PLATFORM#ACTIVITY#<yyyy-mm-dd>` / `<HH:MM>` | `activity` |

Counting is an addition in memory. A server adds up every `METRICS_SECONDS` (`processes`): what it
has counted since, if anything, goes by one UpdateItem into the bucket of that moment. What the
realtime engine counts comes by way of its tallies, up to as much later. Counts whose answer is
lost are added again, and those of a process that is killed are lost: nothing is decided by these.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from pynamodb.attributes import NumberAttribute

from prework import clock, ledger, tables
from prework.dynamo import Item, each
from prework.events import Recorded
from prework.tenancy import PLATFORM, key

BUCKET = timedelta(minutes=5)
KEPT = timedelta(days=8)
BUCKETS_HELD = 24  # while the store does not answer: two hours of it are remembered


class ActivityBucket(Item, table=tables.SESSIONS):
    """What happened on the platform in five minutes: sums, for people to look at."""

    sign_ins = NumberAttribute(default=0)
    refused_sign_ins = NumberAttribute(default=0)
    operations = NumberAttribute(default=0)
    uploads = NumberAttribute(default=0)
    failures = NumberAttribute(default=0)
    requests = NumberAttribute(default=0)
    expires_at = NumberAttribute()


@dataclass(frozen=True)
class Bucket:
    """What happened in the five minutes from `starts_at` on."""

    starts_at: datetime
    sign_ins: int = 0
    refused_sign_ins: int = 0  # also those that were only asked for their one-time password
    operations: int = 0  # that were stored
    uploads: int = 0  # that were confirmed
    failures: int = 0  # answers of 5xx, and operations that the store did not take
    requests: int = 0  # that came as far as Django: static files and `/healthz` do not


COUNTERS = tuple(field.name for field in fields(Bucket) if field.name != "starts_at")


class Counts:
    """What happened here and is not stored yet. Any thread may count; one adds up."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._held: dict[datetime, Counter[str]] = {}

    def add(self, counter: str, by: int = 1) -> None:
        """Count something."""
        with self._turn:
            self._counts[counter] += by

    def add_up(self) -> None:
        """Add to the store what was counted. What it does not take is held for the next time.

        Raises `StorageUnavailable`.
        """
        with self._turn:
            counted, self._counts = self._counts, Counter()
        if counted:
            self._held.setdefault(_start_of(clock.now()), Counter()).update(counted)
        for start in sorted(self._held)[:-BUCKETS_HELD]:
            del self._held[start]
        for start in sorted(self._held):
            _store(start, self._held[start])
            del self._held[start]


here = Counts()


def count_request(status: int) -> None:
    """Count a request, by how it was answered."""
    here.add("requests")
    if status >= 500:
        here.add("failures")


def count_event(recorded: Recorded) -> None:
    """Count an event that `ACTIVITY` names: a `CHANGE_FOLLOWERS` entry."""
    counter = settings.ACTIVITY.get(recorded.event.code)
    if counter is not None:
        here.add(counter)


def count_figures(figures: Mapping[str, Any]) -> None:
    """Count those metrics of a tally that `ACTIVITY` names: a `TALLY_FOLLOWERS` entry."""
    for name in settings.ACTIVITY.keys() & figures.keys():
        here.add(settings.ACTIVITY[name], figures[name])


def activity(hours: int) -> list[Bucket]:
    """What happened in the last hours: every bucket, the oldest first and the present one last.

    It takes a Query a day. Raises `ValueError` for more hours than are kept.
    """
    count = timedelta(hours=hours) // BUCKET
    if not 0 < count <= KEPT // BUCKET:
        raise ValueError(f"Activity is kept for {KEPT.days} days, not for {hours} hours.")
    newest = _start_of(clock.now())
    starts = [newest - n * BUCKET for n in reversed(range(count))]
    return [
        bucket
        for day, starts_of_day in groupby(starts, key=datetime.date)
        for bucket in _buckets(day, list(starts_of_day))
    ]


def _buckets(day: date, starts: list[datetime]) -> Iterator[Bucket]:
    since = ActivityBucket.sk >= _time_key(starts[0])
    stored = {one.sk: one for one in each(ActivityBucket, _day_key(day), sort=since)}
    for start in starts:
        sums = stored.get(_time_key(start))
        yield Bucket(start, **{name: int(getattr(sums, name, 0)) for name in COUNTERS})


def _store(start: datetime, counts: Mapping[str, int]) -> None:
    steps = [getattr(ActivityBucket, counter).add(by) for counter, by in counts.items()]
    steps.append(ActivityBucket.kind.set(ActivityBucket.__name__))
    steps.append(ActivityBucket.expires_at.set(clock.to_epoch(start + KEPT)))
    ledger.change(ActivityBucket, _day_key(start.date()), _time_key(start), steps)


def _start_of(moment: datetime) -> datetime:
    past = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
    return moment - past % BUCKET


def _day_key(day: date) -> str:
    return key(PLATFORM, "ACTIVITY", day.isoformat())


def _time_key(start: datetime) -> str:
    return f"{start:%H:%M}"
