"""Due dates as people say them, with or without a time zone, and as they are stored."""

from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from accounts import queries as people
from prework import clock
from prework.errors import FieldError, NotFound
from prework.tenancy import Actor

Due = tuple[str | None, str | None]  # the moment in UTC, the time zone it was said in
IMPOSSIBLE = FieldError("dueDate", "invalid", "There is no such moment in UTC.")
NO_DATE = FieldError("dueTimezone", "without_due_date", "A time zone needs a dueDate.")


class Unclear(Exception):
    """A due date that is none; `error` says what is wrong."""

    def __init__(self, error: FieldError) -> None:
        super().__init__(error.detail)
        self.error = error


class DueDates:
    """Reads the due dates of one request; the caller's own time zone is read at most once."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def settle(self, due: datetime | None, timezone: str | None) -> Due:
        """The due date as it is stored. A local one is in that time zone, else in the caller's.

        An hour that a change of clocks skips is an hour later, of one that comes twice it is the
        first (RFC 5545 §3.3.5). Raises `Unclear`.
        """
        if due is None:
            if timezone is not None:
                raise Unclear(NO_DATE)
            return None, None
        if due.tzinfo is None:
            timezone = timezone or self._own_timezone
            due = due.replace(tzinfo=ZoneInfo(timezone))
        try:
            return clock.to_text(due), timezone
        except OverflowError:
            raise Unclear(IMPOSSIBLE) from None

    @cached_property
    def _own_timezone(self) -> str:
        try:
            user = people.access_user(self._actor, self._actor.user_id)
        except NotFound:  # the system, or staff
            return "UTC"
        return str(user.profile.timezone)
