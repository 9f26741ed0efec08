"""Why the engine says no: stable codes, and the exceptions that carry them."""

from enum import StrEnum


class Code(StrEnum):
    """The codes of a rejected operation, as on the wire."""

    INVALID_OPERATION = "invalid_operation"
    TOO_LARGE = "too_large"
    INVALID_BASE_VERSION = "invalid_base_version"
    CONFLICT = "conflict"
    NOT_FOUND_IN_DOCUMENT = "not_found_in_document"
    ALREADY_EXISTS = "already_exists"
    OPERATION_ID_REUSED = "operation_id_reused"
    HISTORY_EXPIRED = "history_expired"
    RATE_LIMITED = "rate_limited"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    INVALID_CONTENT = "invalid_content"


class Refused(Exception):
    """An operation or a content that cannot be taken, with a stable code and the reason in words.

    `operation_id` is there when it could be read, so that the refusal can name what it refuses;
    `retry_after` (seconds) when the same may be taken then.
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        operation_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.operation_id = operation_id
        self.retry_after = retry_after


class LogGap(Exception):
    """Operations are missing between what is known and what came: read them from the store."""


class StaleBatch(Exception):
    """The replica moved while a batch was being committed: settle its operations again."""


class ReplicaDiverged(Exception):
    """A committed operation does not fit what is here: drop the replica and load it again."""
