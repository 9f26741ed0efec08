"""What a notice says, to one person: by their own clock, and with the way to hear no more."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

from notices.roles import TOPICS
from prework import clock

MAX_PAYLOAD = 3000  # bytes, of the 3,993 that are left of a push message's 4,096
MAIL = """{body}
{facts}
{url}

--
You are told of {topic}. To get no more mails about that:
{unsubscribe_url}
"""


def mail_body(
    notice: Mapping[str, Any], *, timezone: str, locale: str, unsubscribe_url: str
) -> str:
    """The text of a mail."""
    facts = [f"{fact}\n" for fact in _facts(notice, timezone, locale)]
    return MAIL.format(
        body=notice["body"],
        facts="".join(["\n", *facts]) if facts else "",
        url=f"{settings.PUBLIC_URL}{notice['link']}",
        topic=TOPICS[notice["topic"]],
        unsubscribe_url=unsubscribe_url,
    )


def push_payload(notice: Mapping[str, Any], *, timezone: str, locale: str) -> bytes:
    """The JSON of a push message, cut so that it fits into one."""
    payload = {
        "eventId": notice["event_id"],
        "title": notice["title"],
        "body": "\n".join([notice["body"], *_facts(notice, timezone, locale)]),
        "link": notice["link"],
    }
    while len(raw := orjson.dumps(payload)) > MAX_PAYLOAD:
        payload["body"] = payload["body"][: len(payload["body"]) * 3 // 4]
    return raw


def _facts(notice: Mapping[str, Any], timezone: str, locale: str) -> list[str]:
    by = [f"From: {notice['by_name']}"] if notice["by_name"] else []
    moments = notice["moments"]
    return [*by, *(f"{label}: {moment_text(it, timezone, locale)}" for label, it in moments)]


def moment_text(text: str, timezone: str, locale: str) -> str:
    """A moment as somebody there writes it, with the name of the time zone."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone, timezone = UTC, "UTC"  # type: ignore[assignment]
    language = locale if translation.check_for_language(locale) else "en"
    moment = clock.from_text(text)
    try:
        moment = moment.astimezone(zone)
    except OverflowError:  # the first or last day that there is, and not by this clock
        timezone = "UTC"
    with translation.override(language):
        return f"{date_format(moment, 'DATETIME_FORMAT')} ({timezone})"
