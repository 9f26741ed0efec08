"""Alive, and ready: the second says which part is not."""

import asyncio
import threading
import time
from concurrent.futures import wait
from datetime import timedelta
from unittest.mock import ANY

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings as django_settings

from prework import aws, clock, health
from prework.health import Checked
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


def test_each_check_is_told_with_how_long_it_took_and_what_it_saw() -> None:
    seen = health.look()
    assert seen == [
        Checked("dynamodb", True, ANY, "8 tables answer."),
        Checked("s3", True, ANY, f"The bucket {django_settings.MEDIA_BUCKET} answers."),
        Checked("channelLayer", True, ANY, "It is this process's memory: there is no Redis."),
        Checked("clock", True, ANY, ANY),
    ]
    assert all(0 <= one.milliseconds < health.CHECK_SECONDS * 1000 for one in seen)
    assert "the store's, to a second." in seen[-1].detail


def test_a_check_that_fails_says_why_and_the_others_are_told() -> None:
    gone = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    with faults.raising("GetItem", gone):
        store, *others = health.look()
    assert (store.name, store.ok) == ("dynamodb", False)
    assert store.detail == str(gone)
    assert [one.ok for one in others] == [True, True, True]


def test_a_check_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(health, "PARTS", {"s3": lambda: str(release.wait(10))})
    assert health.look() == [Checked("s3", False, 50, ANY)]
    release.set()


@pytest.mark.parametrize(("seconds", "side"), [(60, "ahead of"), (-60, "behind")])
def test_a_clock_that_is_off_says_in_which_direction(
    seconds: int, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = clock.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: wrong)
    *_, checked = health.look()
    assert not checked.ok
    assert checked.detail.endswith(f" s {side} the store's.")
    assert aws.clock_skew_seconds() == pytest.approx(seconds, abs=3)
