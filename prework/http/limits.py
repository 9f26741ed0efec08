"""Rate limits per user, organisation and address; the arithmetic is the `limits` package's."""

import math
import time
from functools import lru_cache

import structlog
from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

from prework.errors import Throttled
from prework.tenancy import Actor

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def _limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(storage_from_string(settings.REDIS_URL or "memory://"))


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
    try:
        if _limiter().hit(rate, scope, *identifiers):
            return
        reset_at = _limiter().get_window_stats(rate, scope, *identifiers).reset_time
    except RedisError:
        log.warning("rate_limits_unavailable", exc_info=True)
        return
    raise Throttled(retry_after=max(1, math.ceil(reset_at - time.time())))
