"""Times of the log."""

from collab.engine.timestamps import next_timestamp, timestamp_text


def test_the_next_is_always_later() -> None:
    assert next_timestamp(5, 0) == 5
    assert next_timestamp(5, 5) == 6
    assert next_timestamp(5, 9) == 10


def test_the_text_has_milliseconds_and_sorts() -> None:
    assert timestamp_text(1_795_356_191_042) == "2026-11-22T14:03:11.042Z"
    assert timestamp_text(1_795_356_191_000) == "2026-11-22T14:03:11.000Z"
