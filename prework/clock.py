"""The time, in one place: aware UTC datetimes inside, RFC 3339 with milliseconds on the wire."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, to the millisecond, as everything that is stored has it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def to_text(moment: datetime) -> str:
    """`2026-11-22T14:03:11.042Z`: of equal length always, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_text(moment: datetime | None) -> str | None:
    """The same, and nothing for no moment."""
    return None if moment is None else to_text(moment)


def from_text(text: str) -> datetime:
    """The moment that a text in the wire's form names. Raises `ValueError` for any other text."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_epoch(moment: datetime) -> int:
    """Whole seconds since 1970, as DynamoDB's time to live wants them."""
    return int(moment.timestamp())
