"""What is to leave the house: written with what it tells of, and sent when that is stored."""

from prework.outbox.delivery import deliver_due, deliver_now
from prework.outbox.letters import Letter, post
from prework.outbox.rows import OutboxRow, Undeliverable, later

__all__ = [
    "Letter",
    "OutboxRow",
    "Undeliverable",
    "deliver_due",
    "deliver_now",
    "later",
    "post",
]
