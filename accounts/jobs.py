"""What goes on by itself in accounts."""

from datetime import timedelta

from prework import outbox
from prework.jobs import Job, Turn


def _deliver(turn: Turn) -> None:
    outbox.deliver_due(lambda rows: turn.steps(rows, "outbox"))


DELIVER_OUTBOX = Job(name="outbox.deliver", every=timedelta(seconds=30), work=_deliver)
