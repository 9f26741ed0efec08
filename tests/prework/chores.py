"""Jobs to try the scheduler on: what they did is in the store, for whoever looks.

A process of its own runs them by `tests.prework.chores_settings`; `CHORE` in its environment
keeps the chores of one test from those of another.
"""

import os
import time
from datetime import timedelta

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action

from prework import ledger, tables
from prework.dynamo import Item, each, find
from prework.errors import Conflict
from prework.jobs import Job, Turn
from prework.transactions import Transaction

CHORE = os.environ.get("CHORE", "none")
HOURLY, OFTEN = timedelta(hours=1), timedelta(seconds=0.2)
STEPS = 12


class Note(Item, table=tables.SESSIONS):
    """What was done, as a number."""

    number = NumberAttribute(default=0)


def noted(chore: str) -> dict[str, int]:
    """All that was noted of a chore."""
    return {note.sk: int(note.number) for note in each(Note, _partition(chore))}


def note(chore: str, what: str, by: int = 1) -> None:
    """Add to what is noted of a chore."""
    steps = [Note.kind.set(Note.__name__), Note.number.add(by)]
    ledger.change(Note, _partition(chore), what, steps)


def _partition(chore: str) -> str:
    return f"PLATFORM#CHORES#{chore}"


def _count_up(turn: Turn) -> None:
    """Go on from where the counter is: a step and the counter are written together."""
    for number in turn.steps(range(noted(CHORE).get("counter", 0), STEPS), "steps"):
        transaction = Transaction()
        at = Note.number == number if number else Note.pk.does_not_exist()
        counter: list[Action] = [Note.kind.set(Note.__name__), Note.number.set(number + 1)]
        step: list[Action] = [Note.kind.set(Note.__name__), Note.number.add(1)]
        transaction.update(Note, _partition(CHORE), "counter", counter, at, Conflict)
        for what in (f"step {number:02}", f"by {os.getpid()}"):
            either = Note.pk.exists() | Note.pk.does_not_exist()
            transaction.update(Note, _partition(CHORE), what, step, either)
        ledger.together(transaction, [Note])
        time.sleep(0.1)


def _be_alone(turn: Turn) -> None:
    if not ledger.put(Note(_partition(CHORE), "at work"), Note.pk.does_not_exist()):
        note(CHORE, "not alone")
    time.sleep(0.05)
    ledger.take(Note, _partition(CHORE), "at work")
    note(CHORE, "turns")


def _wait_in_each_step(turn: Turn) -> None:
    for _ in turn.steps(range(3)):
        note(CHORE, f"by {os.getpid()}")
        while find(Note, _partition(CHORE), "go on") is None:
            time.sleep(0.02)


COUNT_UP = Job(name=f"count up {CHORE}", every=HOURLY, work=_count_up)
BE_ALONE = Job(name=f"be alone {CHORE}", every=OFTEN, work=_be_alone)
WAIT = Job(name=f"wait {CHORE}", every=HOURLY, work=_wait_in_each_step)
