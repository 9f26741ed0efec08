"""Times as the log needs them: milliseconds that never go back within a document."""

from datetime import UTC, datetime
from functools import lru_cache


def next_timestamp(now_ms: int, last_ms: int) -> int:
    """The time of a document's next log entry: now, but always after its last one.

    Log keys are ordered by time, so this makes their order the order of versions, whatever the
    clocks of the servers say.
    """
    return max(now_ms, last_ms + 1)


@lru_cache(maxsize=1_024)  # a batch has one time, which is told very often
def timestamp_text(at_ms: int) -> str:
    """A time as it goes over the wire: ISO 8601, UTC, milliseconds, Z."""
    seconds, milliseconds = divmod(at_ms, 1000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"
