"""Alive, and ready: the second says which part is not."""

import asyncio
import time
from concurrent.futures import wait
from unittest.mock import ANY

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings as django_settings

from prework import health
from prework.threads import REQUESTS
from tests import faults
from tests.cast import Api
from tests.prework.asgi import serving


async def test_alive_though_every_request_thread_is_held() -> None:
    held = [REQUESTS.submit(time.sleep, 1) for _ in range(django_settings.THREADS)]
    async with serving() as client:
        answer = await asyncio.wait_for(client.get("/healthz"), 0.9)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert not all(one.done() for one in held)
    await asyncio.to_thread(wait, held)


def test_ready(anonymous: Api) -> None:
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "failed": []})


def test_not_ready_names_the_store_that_does_not_answer(anonymous: Api) -> None:
    gone = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    with faults.raising("GetItem", gone):
        answer = anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "failed": ["dynamodb"]}


def test_not_ready_without_the_bucket(anonymous: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "MEDIA_BUCKET", "no-such-bucket")
    answer = anonymous.get("/readyz")
    assert answer.json() == {"status": "unavailable", "failed": ANY}
    assert "s3" in answer.json()["failed"]


def test_not_ready_without_the_redis_that_is_named(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    health._redis.cache_clear()
    answer = anonymous.get("/readyz")
    health._redis.cache_clear()
    assert (answer.status_code, answer.json()["failed"]) == (503, ["channelLayer"])
