"""Alive, and ready: the second says which part is not."""

from unittest.mock import ANY

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings as django_settings

from tests import faults
from tests.cast import Api


def test_alive(anonymous: Api) -> None:
    answer = anonymous.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


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
