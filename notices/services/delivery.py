"""From a notice to mails and push messages: who sends a `notice` and a `push` in `OUTBOX`."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings

from accounts import queries as people
from notices import queries
from notices.engine import push, vapid, words
from notices.errors import PushUnavailable
from notices.roles import EMAIL, PUSH
from notices.services import subscriptions
from notices.services.preferences import unsubscribe_url
from prework.errors import NotFound
from prework.outbox import Letter, OutboxRow, Undeliverable
from prework.outbox.delivery import deliver_soon
from prework.outbox.rows import new_row, split
from prework.tenancy import Actor, system_actor
from prework.wiring import resolve

if TYPE_CHECKING:
    from accounts.models import User
    from notices.models import PushSubscription

MOST_TOLD = 1000  # people of one notice: a larger team has other ways
Values = dict[str, Any]
log = structlog.get_logger(__name__)


def deliver(row: OutboxRow, content: Values) -> None:
    """Put a mail, and a message for each browser, into the outbox for each person who wants it.

    Each person's are written together with how far this has come: after a kill it goes on from
    there, and nobody is told twice.
    """
    actor = system_actor(content["organization_id"])
    if not people.access_organization(actor).is_active:
        return
    for index, notice in enumerate(content["notices"]):
        for user_id in _people(actor, notice["to"]):
            step = f"{index:04}#{user_id}"
            if user_id == content["by"] or step <= (row.done_until or ""):
                continue
            parts = list(_parts(actor, user_id, {**notice, "by_name": content["by_name"]}))
            if parts:
                split(row, step, parts)
            for part in parts:
                deliver_soon(part)


def push_one(row: OutboxRow, content: Values) -> None:
    """Send one message to one browser; one that takes no more is forgotten."""
    actor = system_actor(content["organization_id"])
    user_id, subscription_id = content["user_id"], content["subscription_id"]
    found = queries.find_subscription(actor, user_id, subscription_id)
    if found is None:
        return
    try:
        info = subscriptions.info_of(found)
        push.send(info, content["payload"].encode(), event_id=content["event_id"])
    except push.Gone:
        subscriptions.forget(actor, user_id, found, subscriptions.GONE)
    except (PushUnavailable, ValueError) as error:
        raise Undeliverable("the key is gone") from error


def _people(actor: Actor, audiences: Iterable[tuple[str, str]]) -> list[str]:
    """The people whom a notice concerns, in an order that stays."""
    found: set[str] = set()
    for kind, name in audiences:
        if kind == "user":
            found.add(name)
        else:
            found.update(resolve(settings.NOTICE_AUDIENCES[kind])(actor, name, limit=MOST_TOLD))
    if len(found) > MOST_TOLD:
        log.warning("notice_cut", people=len(found))
    return sorted(found)[:MOST_TOLD]


def _parts(actor: Actor, user_id: str, notice: Values) -> Iterator[OutboxRow]:
    try:
        user = people.access_user(actor, user_id)
    except NotFound:
        return
    preferences = queries.access_preferences(actor, user_id)
    if user.is_active and preferences.has(EMAIL, notice["topic"]):
        yield new_row("letter", asdict(_letter(user, notice)))
    if user.is_active and preferences.has(PUSH, notice["topic"]):
        yield from _pushes(actor, user, notice)


def _letter(user: "User", notice: Values) -> Letter:
    url = unsubscribe_url(user.organization_id, user.user_id, notice["topic"])
    body = words.mail_body(notice, **_habits(user), unsubscribe_url=url)
    headers = {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
    }
    return Letter(to=user.email, subject=notice["title"], body=body, headers=headers)


def _pushes(actor: Actor, user: "User", notice: Values) -> Iterator[OutboxRow]:
    payload = words.push_payload(notice, **_habits(user)).decode()
    for subscription in _reachable(actor, user.user_id):
        content = {
            "organization_id": actor.organization_id,
            "user_id": user.user_id,
            "subscription_id": subscription.subscription_id,
            "event_id": notice["event_id"],
            "payload": payload,
        }
        yield new_row("push", content)


def _reachable(actor: Actor, user_id: str) -> list["PushSubscription"]:
    """The browsers that take a push of this server's; those signed out are forgotten."""
    found = queries.load_subscriptions(actor, user_id)
    signed_in = people.load_sign_ins(actor, user_id, {one.session_id for one in found})
    live = [one for one in found if queries.is_live(one, signed_in)]
    for one in found:
        if one not in live:
            subscriptions.forget(actor, user_id, one, subscriptions.SIGNED_OUT)
    return [one for one in live[: queries.MOST_SUBSCRIPTIONS] if one.server_key == _server_key()]


def _server_key() -> str | None:
    try:
        return vapid.server_key()
    except PushUnavailable:
        return None


def _habits(user: "User") -> dict[str, str]:
    return {"timezone": user.profile.timezone, "locale": user.profile.locale}
