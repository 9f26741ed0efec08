"""What can go wrong, as the caller sees it: a code, a status and words (RFC 9457).

    Problem
    ├── ValidationFailed 400      ├── Throttled 429
    ├── NotFound 404              ├── StorageUnavailable 503
    ├── PermissionDenied 403      └── each domain's own, in its `errors.py`
    └── NotAuthenticated 401

`Stale` is no problem but a signal inside: what was read has changed, read it again.
"""

from dataclasses import dataclass
from typing import Any, ClassVar


class Problem(Exception):
    """One kind of refusal. A subclass names it by `code`, and never changes that code."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request was refused"
    default_detail: ClassVar[str] = "The request could not be carried out."
    catalogue: ClassVar[dict[str, type["Problem"]]] = {}

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        self.detail = detail or self.default_detail
        self.extra = extra
        super().__init__(self.detail)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.catalogue.setdefault(cls.code, cls)

    @property
    def headers(self) -> dict[str, str]:
        """Headers that go with the answer, such as `Retry-After`."""
        seconds = self.extra.get("retry_after")
        return {} if seconds is None else {"Retry-After": str(seconds)}


@dataclass(frozen=True)
class FieldError:
    """One field that was wrong: its path on the wire, a code, and what to do."""

    field: str
    code: str
    detail: str


class ValidationFailed(Problem):
    code = "validation_failed"
    title = "Some fields are not valid"
    default_detail = "See errors for each field that is not valid."

    def __init__(self, errors: list[FieldError], detail: str | None = None) -> None:
        super().__init__(detail, errors=[vars(error) for error in errors])


class MalformedJson(Problem):
    code = "malformed_json"
    title = "The body is not JSON that this API reads"
    default_detail = "Send JSON (RFC 8259) in UTF-8, nested 16 deep at most."


class BadRequest(Problem):
    code = "bad_request"
    title = "The request is not one that this server takes"
    default_detail = "Its host, its headers or the number of its parameters are not acceptable."


class InvalidLimit(Problem):
    code = "invalid_limit"
    title = "limit is not valid"
    default_detail = "limit is a whole number from 1 to 100."


class InvalidCursor(Problem):
    code = "invalid_cursor"
    title = "The cursor is not valid"
    default_detail = "The cursor does not belong to this list. Ask again without one."


class NotAuthenticated(Problem):
    code = "not_authenticated"
    status = 401
    title = "Not signed in"
    default_detail = "Sign in, and send the token as Authorization: Bearer pws_…"


class PermissionDenied(Problem):
    code = "permission_denied"
    status = 403
    title = "Not permitted"
    default_detail = "Ask an admin for the permission that is named, or for the thing itself."

    def __init__(self, permission: str | None = None, detail: str | None = None) -> None:
        words = detail or (f"This needs the permission {permission}." if permission else None)
        super().__init__(words, **({"permission": permission} if permission else {}))


class NotFound(Problem):
    code = "not_found"
    status = 404
    title = "Not found"
    default_detail = "There is no such thing here."


class MethodNotAllowed(Problem):
    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"
    default_detail = "This URL does not take this method; Allow names those that it takes."


class PreconditionFailed(Problem):
    code = "precondition_failed"
    status = 412
    title = "It has changed since you read it"
    default_detail = "The ETag in If-Match is not the current one. Read it again and retry."


class BodyTooLarge(Problem):
    code = "body_too_large"
    status = 413
    title = "The body is too large"
    default_detail = "A body is at most 1 MiB."


class UnsupportedContentType(Problem):
    code = "unsupported_content_type"
    status = 415
    title = "The content type is not supported"
    default_detail = "Send the body as application/json."


class IdempotencyKeyReused(Problem):
    code = "idempotency_key_reused"
    status = 422
    title = "The Idempotency-Key was used for another request"
    default_detail = "This Idempotency-Key was sent with another body. Make a new key."


class IdempotencyInProgress(Problem):
    code = "idempotency_in_progress"
    status = 409
    title = "The same request is still running"
    default_detail = "A request with this Idempotency-Key is running. Retry in a moment."


class IdempotencyAnswerLost(Problem):
    code = "idempotency_answer_lost"
    status = 409
    title = "The first request was carried out, but its answer was lost"
    default_detail = "It was carried out, once. Its answer is not known: look for what it made."


class Throttled(Problem):
    code = "rate_limited"
    status = 429
    title = "Too many requests"
    default_detail = "Too many requests. Retry after the seconds that Retry-After names."


class Conflict(Problem):
    code = "conflict"
    status = 409
    title = "Somebody else is changing the same thing"
    default_detail = "It was changed by others again and again meanwhile. Retry."


class InternalError(Problem):
    code = "internal_error"
    status = 500
    title = "Something went wrong on our side"
    default_detail = "Something went wrong on our side. Report the request id."


class StorageUnavailable(Problem):
    code = "storage_unavailable"
    status = 503
    title = "The store does not answer"
    default_detail = (
        "The store does not answer now. It was done as a whole or not at all: look, or retry."
    )

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, retry_after=2)


class NotRemoved(StorageUnavailable):
    """S3 answers and keeps some of what was to go: by a legal hold, say, or for now."""


class Stale(Exception):
    """What a Change was based on has moved; the service is to read it again and retry."""
