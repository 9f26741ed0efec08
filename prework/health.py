"""Whether the process lives, and whether what it needs answers."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import Redis

from prework import aws, tables
from prework.clock import now
from prework.dynamo import connection
from prework.http import limits
from prework.http.middleware import origin_of

CHECK_SECONDS = 5.0
MAX_CLOCK_SKEW_SECONDS = 5.0  # sealed audit windows allow for no more
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


def ready(request: HttpRequest) -> HttpResponse:
    """200 when everything the process needs answers, else 503 that names what does not."""
    limits.hit("address", origin_of(request).ip)
    started = {name: CHECKS.submit(check) for name, check in PARTS.items()}
    deadline = time.monotonic() + CHECK_SECONDS
    failed = sorted(name for name, check in started.items() if not _passes(name, check, deadline))
    body = {"status": "unavailable" if failed else "ok", "failed": failed}
    return JsonResponse(body, status=503 if failed else 200)


def _passes(name: str, check: Future[None], deadline: float) -> bool:
    try:
        check.result(timeout=max(0.0, deadline - time.monotonic()))
    except Exception as error:  # any failure at all means not ready
        log.warning("not_ready", part=name, reason=repr(error))
        return False
    return True


def _check_tables() -> None:
    for table in tables.TABLES:
        connection().dispatch(
            "GetItem",
            {"TableName": table.name, "Key": {"PK": {"S": "READY"}, "SK": {"S": "READY"}}},
        )


def _check_bucket() -> None:
    aws.s3().head_bucket(Bucket=settings.MEDIA_BUCKET)


def _check_clock() -> None:
    answer = aws.s3().head_bucket(Bucket=settings.MEDIA_BUCKET)
    store_time = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    skew = abs((store_time - now()).total_seconds())
    if skew > MAX_CLOCK_SKEW_SECONDS:
        raise RuntimeError(f"The clock is {skew:.0f} s off the store's.")


def _check_channel_layer() -> None:
    """Ask Redis, where there is one; within one process the layer is memory."""
    if settings.REDIS_URL:
        _redis().ping()


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


PARTS: dict[str, Callable[[], None]] = {
    "dynamodb": _check_tables,
    "s3": _check_bucket,
    "channelLayer": _check_channel_layer,
    "clock": _check_clock,
}
