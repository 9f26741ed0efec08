"""Every refusal and failure as `application/problem+json` (RFC 9457), with the request id."""

from typing import Any

import orjson
import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from prework.aws import is_transient
from prework.errors import (
    BadRequest,
    BodyTooLarge,
    InternalError,
    MalformedJson,
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Problem,
    StorageUnavailable,
    UnsupportedContentType,
)
from prework.wording import camel_keys

REQUEST_ID = "prework.request_id"
TYPE_PREFIX = "/docs/errors#"
KNOWN: list[tuple[type[BaseException] | tuple[type[BaseException], ...], type[Problem]]] = [
    ((Http404, exceptions.NotFound), NotFound),
    (exceptions.MethodNotAllowed, MethodNotAllowed),
    ((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), NotAuthenticated),
    (exceptions.PermissionDenied, PermissionDenied),
    (exceptions.UnsupportedMediaType, UnsupportedContentType),
    (RequestDataTooBig, BodyTooLarge),
    (SuspiciousOperation, BadRequest),
    (exceptions.ParseError, MalformedJson),
]
log = structlog.get_logger(__name__)


def answer_problem(error: BaseException, context: dict[str, Any]) -> HttpResponse:
    """The answer to whatever a view raised: DRF's exception handler."""
    request = context.get("request")
    return render_problem(as_problem(error), request.META.get(REQUEST_ID, "") if request else "")


def as_problem(error: BaseException) -> Problem:
    """The problem that an exception means to the caller. An unknown one is logged: it is a bug."""
    if isinstance(error, Problem):
        return error
    for kinds, problem in KNOWN:
        if isinstance(error, kinds):
            return problem()
    if is_transient(error) or is_transient(getattr(error, "cause", None)):
        return StorageUnavailable()
    log.error("unexpected_error", exc_info=error)
    return InternalError()


def body_of(problem: Problem, request_id: str) -> dict[str, Any]:
    """The members of a problem, as the contract names them."""
    return {
        "type": TYPE_PREFIX + problem.code,
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "requestId": request_id,
        **camel_keys(problem.extra),
    }


def render_problem(problem: Problem, request_id: str) -> HttpResponse:
    """The HTTP answer for a problem."""
    response = HttpResponse(
        orjson.dumps(body_of(problem, request_id)),
        status=problem.status,
        content_type="application/problem+json",
    )
    for name, value in problem.headers.items():
        response[name] = value
    if problem.status == NotAuthenticated.status:
        response["WWW-Authenticate"] = 'Bearer realm="prework"'
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 404 for a URL that names nothing."""
    return render_problem(NotFound(), request.META.get(REQUEST_ID, ""))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 400, such as a host that is not allowed."""
    return render_problem(BadRequest(), request.META.get(REQUEST_ID, ""))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500, for what failed outside of a view."""
    return render_problem(InternalError(), request.META.get(REQUEST_ID, ""))
