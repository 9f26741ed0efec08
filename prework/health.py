"""Whether the process lives, and whether what it needs answers."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import Redis

from prework import aws, tables
from prework.dynamo import connection
from prework.http import limits
from prework.http.middleware import origin_of

CHECK_SECONDS = 5.0
CHECKS = ThreadPoolExecutor(8, thread_name_prefix="readyz")
log = structlog.get_logger(__name__)


class Alive:
    """An ASGI application that answers `/healthz` itself, before anything that may be busy.

    A store that hangs holds every request thread; the process lives all the same, and a probe
    that waited for a thread would have it killed.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/healthz":
            headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"status": "ok"}'})
        else:
            await self.application(scope, receive, send)


@dataclass(frozen=True)
class Checked:
    """What one check came to: in words why it failed, or what it saw."""

    name: str
    ok: bool
    milliseconds: float
    detail: str


def ready(request: HttpRequest) -> HttpResponse:
    """200 when everything the process needs answers, else 503 that names what does not."""
    limits.hit("address", origin_of(request).ip)
    failed = sorted(one.name for one in look() if not one.ok)
    body = {"status": "unavailable" if failed else "ok", "failed": failed}
    return JsonResponse(body, status=503 if failed else 200)


def look() -> list[Checked]:
    """Try everything the process needs, side by side; it takes no longer than `CHECK_SECONDS`."""
    started = {name: CHECKS.submit(_try, name, check) for name, check in PARTS.items()}
    deadline = time.monotonic() + CHECK_SECONDS
    return [_await(name, trial, deadline) for name, trial in started.items()]


def _try(name: str, check: Callable[[], str]) -> Checked:
    began = time.perf_counter()
    try:
        detail, ok = check(), True
    except Exception as error:  # any failure at all means not ready
        log.warning("not_ready", part=name, reason=repr(error))
        detail, ok = str(error.__cause__ or error) or repr(error), False
    return Checked(name, ok, round((time.perf_counter() - began) * 1000, 1), detail)


def _await(name: str, trial: Future[Checked], deadline: float) -> Checked:
    try:
        return trial.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        log.warning("not_ready", part=name, reason="no answer")
        detail = f"There was no answer within {CHECK_SECONDS:.0f} s."
        return Checked(name, False, CHECK_SECONDS * 1000, detail)


def _check_tables() -> str:
    for table in tables.TABLES:
        connection().dispatch(
            "GetItem",
            {"TableName": table.name, "Key": {"PK": {"S": "READY"}, "SK": {"S": "READY"}}},
        )
    return f"{len(tables.TABLES)} tables answer."


def _check_bucket() -> str:
    aws.s3().head_bucket(Bucket=settings.MEDIA_BUCKET)
    return f"The bucket {settings.MEDIA_BUCKET} answers."


def _check_clock() -> str:
    skew = aws.clock_skew_seconds()
    side = "ahead of" if skew > 0 else "behind"
    if abs(skew) > aws.MAX_CLOCK_SKEW_SECONDS:
        raise RuntimeError(f"The clock is {abs(skew):.0f} s {side} the store's.")
    return f"The clock is {abs(skew):.1f} s {side} the store's, to a second."


def _check_channel_layer() -> str:
    """Ask Redis, where there is one; within one process the layer is memory."""
    if not settings.REDIS_URL:
        return "It is this process's memory: there is no Redis."
    _redis().ping()
    return "Redis answers."


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


PARTS: dict[str, Callable[[], str]] = {
    "dynamodb": _check_tables,
    "s3": _check_bucket,
    "channelLayer": _check_channel_layer,
    "clock": _check_clock,
}
