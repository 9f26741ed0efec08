"""What a notice says to one person."""

from typing import Any

import orjson
import pytest

from notices.engine.words import MAX_PAYLOAD, moment_text, push_payload

MOMENT = "2026-07-01T22:30:00.000Z"


@pytest.mark.parametrize(
    ("timezone", "locale", "expected"),
    [
        ("UTC", "en", "July 1, 2026, 10:30 p.m. (UTC)"),
        ("America/New_York", "en-US", "July 1, 2026, 6:30 p.m. (America/New_York)"),
        ("Europe/Zurich", "de-CH", "2. Juli 2026 00:30 (Europe/Zurich)"),
        ("Asia/Tokyo", "ja", "2026年7月2日7:30 (Asia/Tokyo)"),
        ("Europe/Paris", "tlh", "July 2, 2026, 12:30 a.m. (Europe/Paris)"),
        ("Europe/Atlantis", "en", "July 1, 2026, 10:30 p.m. (UTC)"),
        ("../etc/passwd", "../../x", "July 1, 2026, 10:30 p.m. (UTC)"),
    ],
)
def test_moments_are_by_ones_own_clock(timezone: str, locale: str, expected: str) -> None:
    assert moment_text(MOMENT, timezone, locale) == expected


@pytest.mark.parametrize(
    ("text", "timezone"),
    [
        ("9999-12-31T23:59:00.000Z", "Pacific/Kiritimati"),
        ("0001-01-01T00:00:00.000Z", "America/New_York"),
    ],
)
def test_a_moment_that_a_clock_never_shows_is_told_in_utc(text: str, timezone: str) -> None:
    assert moment_text(text, timezone, "en").endswith(" (UTC)")


@pytest.mark.parametrize("text", ["x" * 1000, "😀" * 1000, '"' * 1000, "\u0001" * 1000])
def test_a_push_fits_whatever_it_says(text: str) -> None:
    notice: dict[str, Any] = {
        "event_id": "e",
        "by_name": "Bob",
        "title": "😀" * 120,
        "body": text,
        "link": "/",
        "moments": [["Due", MOMENT]],
    }
    raw = push_payload(notice, timezone="UTC", locale="en")
    assert len(raw) <= MAX_PAYLOAD
    assert text.startswith(orjson.loads(raw)["body"][:100])
