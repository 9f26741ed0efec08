"""Many write one trail while two seal it, with windows of a second: nothing may be found wrong."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings

from audit import services
from audit.events import StaffViewed
from audit.services.windows import closed_until
from prework import clock, transactions
from prework.changes import Change
from prework.errors import StorageUnavailable
from prework.jobs import Turn
from prework.tenancy import Actor

SEALERS = 2
WINDOW_SECONDS = 1
# As in earnest, it is longer than an entry is ever under way: its last attempt begins within half
# a second, and its answer takes four at the most.
GRACE_SECONDS = 5
LAST_ATTEMPT = timedelta(seconds=0.5)


@dataclass(frozen=True)
class Outcome:
    """What was written, what was sealed of it meanwhile, and what is found afterwards."""

    acknowledged: int
    refused: int
    digests_meanwhile: int
    digests: int
    seconds: float
    found: services.Verified


def write_while_sealing(actor: Actor, *, entries: int, writers: int, pause: float = 0) -> Outcome:
    """So many entries by so many at once; then seal the rest, and check all of it."""
    with _hurried():
        began, over = time.monotonic(), threading.Event()
        with ThreadPoolExecutor(writers + SEALERS) as pool:
            sealing = [pool.submit(_seal_on, actor, over) for _ in range(SEALERS)]
            share = partial(_write, actor, entries // writers, pause)
            acknowledged = sum(pool.map(lambda _: share(), range(writers)))
            over.set()
            meanwhile = sum(one.result() for one in sealing)
        seconds = time.monotonic() - began
        later = clock.now() + timedelta(seconds=2 * (GRACE_SECONDS + WINDOW_SECONDS))
        rest = _seal(actor, closed_until(later))
        found = services.verify_trail(actor=actor, now=later)
    refused = entries // writers * writers - acknowledged
    return Outcome(acknowledged, refused, meanwhile, meanwhile + rest, seconds, found)


@contextmanager
def _hurried() -> Iterator[None]:
    """The seal's times, all of them a few seconds."""
    before = settings.AUDIT_WINDOW_SECONDS, settings.AUDIT_GRACE_SECONDS
    settings.AUDIT_WINDOW_SECONDS, settings.AUDIT_GRACE_SECONDS = WINDOW_SECONDS, GRACE_SECONDS
    last_attempt, transactions.LAST_ATTEMPT = transactions.LAST_ATTEMPT, LAST_ATTEMPT
    try:
        yield
    finally:
        settings.AUDIT_WINDOW_SECONDS, settings.AUDIT_GRACE_SECONDS = before
        transactions.LAST_ATTEMPT = last_attempt


def _write(actor: Actor, entries: int, pause: float) -> int:
    acknowledged = 0
    for number in range(entries):
        try:
            with Change(actor=actor) as change:
                change.record(StaffViewed(thing_type="box", entity_id=f"box-{number}"))
        except StorageUnavailable:
            continue
        acknowledged += 1
        time.sleep(pause)
    return acknowledged


def _seal_on(actor: Actor, over: threading.Event) -> int:
    made = 0
    while not over.wait(0.3):
        made += _seal(actor, closed_until(clock.now()))
    return made


def _seal(actor: Actor, until: str) -> int:
    return services.seal_organization(actor=actor, until=until, turn=Turn())
