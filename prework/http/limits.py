"""Rate limits per user, organisation and address; the arithmetic is the `limits` package's."""

import math
import threading
import time
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from prework.errors import Throttled
from prework.tenancy import Actor

log = structlog.get_logger(__name__)
# A Redis that hangs is to cost a request next to nothing: it is asked once, and then left alone.
ANSWER_SECONDS = 0.25
PAUSE_SECONDS = 5.0


class Limiter:
    """Counts requests, in Redis or in memory."""

    def __init__(self, redis_url: str) -> None:
        impatient: dict[str, Any] = {
            "socket_timeout": ANSWER_SECONDS,
            "socket_connect_timeout": ANSWER_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        }
        options = impatient if redis_url else {}
        storage = storage_from_string(redis_url or "memory://", **options)
        self._windows = FixedWindowRateLimiter(storage)
        # In memory, two threads at once would start its one timer twice (alisaifee/limits#26).
        self._turn = nullcontext() if redis_url else threading.Lock()
        self._paused_until = 0.0

    def reset_at(self, rate: RateLimitItem, *identifiers: str) -> float | None:
        """Count one; if it is too many, the moment at which there is room again."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            with self._turn:
                if self._windows.hit(rate, *identifiers):
                    return None
            return self._windows.get_window_stats(rate, *identifiers).reset_time
        except RedisError:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            log.warning("rate_limits_unavailable", exc_info=True)
            return None


@lru_cache(maxsize=1)
def _limiter() -> Limiter:
    return Limiter(settings.REDIS_URL)


@lru_cache(maxsize=16)
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)


def check_actor(actor: Actor) -> None:
    """Count a request of this actor. Raises `Throttled` with the seconds to wait."""
    hit("user", actor.organization_id, actor.user_id)
    hit("organization", actor.organization_id)


def hit(scope: str, *identifiers: str) -> None:
    """Count one request in a scope of `RATE_LIMITS`. Raises `Throttled`.

    Without Redis each process counts alone. A Redis that fails limits nobody.
    """
    rate = _parsed(settings.RATE_LIMITS[scope])
    reset_at = _limiter().reset_at(rate, scope, *identifiers)
    if reset_at is not None:
        raise Throttled(retry_after=max(1, math.ceil(reset_at - time.time())))
