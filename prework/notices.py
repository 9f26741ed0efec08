"""Notices: what a change tells to those who are not here, as one row in the outbox.

Whom it reaches, and how, is found out when it is delivered: the change pays for one item of its
transaction, and nothing where nothing is to be noticed.
"""

from functools import partial
from typing import Any

from prework import ledger
from prework.changes import Change
from prework.events import Audience, Notice
from prework.outbox.delivery import deliver_soon
from prework.outbox.rows import new_row

MAX_TITLE, MAX_BODY = 120, 1000


def add_row(change: Change) -> None:
    """Write what is to be noticed along with what it is about: a `CHANGE_CLOSERS` entry.

    A change that fills its transaction is not refused for it: the row is written right after.
    """
    told = _told(change)
    if told:
        content = {
            "organization_id": change.actor.organization_id,
            "by": change.actor.user_id,
            "by_name": change.actor.name if change.actor.kind == "user" else "",
            "notices": told,
        }
        row = new_row("notice", content)
        if change.has_room:
            change.put(row)
        else:
            change.afterwards(partial(ledger.put, row))
        change.afterwards(partial(deliver_soon, row))


def _told(change: Change) -> list[dict[str, Any]]:
    """Each notice once, however many it is for: of many events in one change they are alike."""
    found: dict[Notice, tuple[str, dict[Audience, None]]] = {}
    oneself = Audience("user", change.actor.user_id)
    for recorded in change.recorded:
        notice = recorded.event.notice()
        audiences = [one for one in recorded.event.notified() if one != oneself]
        if notice is not None and audiences:
            _, known = found.setdefault(notice, (recorded.event_id, {}))
            known.update(dict.fromkeys(audiences))
    return [_plain(notice, *told) for notice, told in found.items()]


def _plain(notice: Notice, event_id: str, audiences: dict[Audience, None]) -> dict[str, Any]:
    return {
        **vars(notice),
        "title": _cut(notice.title, MAX_TITLE),
        "body": _cut(notice.body, MAX_BODY),
        "event_id": event_id,
        "to": [list(audience) for audience in audiences],
    }


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
