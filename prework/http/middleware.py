"""What every request has: an id, an origin, headers that browsers are told, and CORS."""

import ipaddress
import re
import time
from collections.abc import Callable, Iterable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from prework import activity, cdn, logs
from prework.http.problems import REQUEST_ID, as_problem, render_problem
from prework.ids import new_id
from prework.tenancy import Origin

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
ORIGIN = "prework.origin"
LOG_NAMES = "prework.log_names"  # of a response that is still made while it is sent
# Pages take everything from our own host; styles stand in the page, scripts do not.
CONTENT_SECURITY_POLICY = (
    f"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: {cdn.origin()}; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
METHODS = "GET, POST, PATCH, DELETE, OPTIONS"
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-ID"
EXPOSED_HEADERS = "Content-Disposition, ETag, Idempotency-Replayed, Retry-After, X-Request-ID"
log = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]


class RequestContext:
    """Give the request its id and origin, and bind the id to every log line."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if SANE_REQUEST_ID.fullmatch(offered) else new_id()
        request.META[REQUEST_ID] = request_id
        request.META[ORIGIN] = Origin(
            request_id=request_id,
            ip=client_address(
                request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
            ),
            user_agent=request.headers.get("User-Agent", "")[:256],
        )
        response = logs.apart(self._logged, request, request_id=request_id)
        activity.count_request(response.status_code)
        response["X-Request-ID"] = request_id
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Cache-Control", "no-store")
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response

    def _logged(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self._answered(request)
        _log_request(request, response, time.perf_counter() - began)
        if response.streaming:
            setattr(response, LOG_NAMES, logs.names())
        return response

    def _answered(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.answer(request)
        except Exception as error:  # what failed outside a view answers as a view would
            return render_problem(as_problem(error), request.META[REQUEST_ID])


class Cors:
    """Let the allowed origins' pages call the API. It takes no cookie, so none is allowed."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin", "")
        is_preflight = (
            request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        )
        response = HttpResponse(status=204) if is_preflight else self.answer(request)
        if response.get("Access-Control-Allow-Origin") == "*":  # the same for every page
            return response
        response["Vary"] = ", ".join(filter(None, (response.get("Vary"), "Origin")))
        if origin in settings.ALLOWED_ORIGINS or "*" in settings.ALLOWED_ORIGINS:
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
            if is_preflight:
                response["Access-Control-Allow-Methods"] = METHODS
                response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
                response["Access-Control-Max-Age"] = "600"
        return response


def _log_request(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """One line a request. It names the route: an address may hold what is nobody's business."""
    matched = request.resolver_match
    log.info(
        "request",
        method=request.method,
        route=matched.route if matched else None,
        status=response.status_code,
        bytes=None if response.streaming else len(response.content),
        duration_ms=round(seconds * 1000, 1),
    )


def origin_of(request: HttpRequest) -> Origin:
    """Where a request came from."""
    origin: Origin = request.META[ORIGIN]
    return origin


def client_address(peer: str, forwarded_for: str) -> str:
    """The caller's address: the nearest one that is not a proxy of ours."""
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    for address in [peer, *reversed(hops)]:
        if not _is_within(address, settings.TRUSTED_PROXIES):
            return address[:64]
    return (hops[0] if hops else peer)[:64]


def _is_within(address: str, networks: Iterable[str]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
        return any(parsed in ipaddress.ip_network(network, strict=False) for network in networks)
    except ValueError:
        return False
