"""The store or S3 failing at any one call of a picture: a clear no, and nothing is left of it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.core.files.storage import storages

from media.models import RenditionRow, rendition_key
from media.services.leases import LEASE_SECONDS
from prework import aws, clock, ledger
from prework.dynamo import connection, each
from tests import faults
from tests.cast import Api, Person
from tests.matching import problem
from tests.media.images.pictures import jpeg, path_of, photo, plain

# The record, what is kept, who is at it, the lease, what is kept by now, the original.
BEFORE_IT_IS_DRAWN = 6
DRAWN = ["PutObject", "GetItem", "DeleteItem"]  # kept, is there still a record, the lease


@contextmanager
def failing(number: int) -> Iterator[list[str]]:
    """Fail the call of this number, to whichever of them, and each time that it is tried again;
    those that there were, by name.
    """
    seen: list[str] = []

    def count(model: Any, **_: Any) -> None:
        is_again = len(seen) == number and seen[-1] == model.name
        if not is_again:
            seen.append(model.name)
        if len(seen) == number:
            raise EndpointConnectionError(endpoint_url="http://aws.invalid")

    renditions: Any = storages["renditions"]
    clients = connection().client, aws.s3(), renditions.bucket.meta.client
    for client in clients:
        client.meta.events.register("before-call", count)
    try:
        yield seen
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", count)


def leases(person: Person, media: dict[str, Any]) -> list[RenditionRow]:
    return list(each(RenditionRow, rendition_key(person.actor, media["fileId"])))


def kept(media: dict[str, Any]) -> list[Any]:
    folder = f"renditions/{media['organizationId']}/{media['fileId']}/"
    found: list[Any] = (
        aws.s3()
        .list_object_versions(Bucket=settings.MEDIA_BUCKET, Prefix=folder)
        .get("Versions", [])
    )
    return found


@pytest.fixture
def media(alice: Person) -> dict[str, Any]:
    return photo(alice, jpeg(plain(64, 48)))


@pytest.mark.parametrize("number", range(1, BEFORE_IT_IS_DRAWN + 1))
def test_before_it_is_drawn_there_is_none_and_the_next_has_it(
    alice: Person, media: dict[str, Any], number: int
) -> None:
    path = path_of(media["thumbnailUrl"])
    with failing(number):
        answer = Api().get(path)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert answer.headers["Cache-Control"] == "no-store"
    assert kept(media) == []
    assert leases(alice, media) == []
    assert Api().get(path).status_code == 200


@pytest.mark.parametrize("operation", DRAWN)
def test_when_it_is_drawn_it_is_kept_or_shown_and_no_lease_is_long(
    alice: Person, media: dict[str, Any], operation: str
) -> None:
    path = path_of(media["thumbnailUrl"])
    with failing(BEFORE_IT_IS_DRAWN + 1 + DRAWN.index(operation)) as seen:
        answer = Api().get(path)
    assert seen[BEFORE_IT_IS_DRAWN:][: DRAWN.index(operation) + 1][-1] == operation
    assert answer.status_code == (503 if operation == "GetItem" else 200)
    assert len(kept(media)) == (0 if operation == "PutObject" else 1)
    left = leases(alice, media)
    assert len(left) == (operation == "DeleteItem")
    for lease in left:
        assert lease.until / 1000 <= clock.now().timestamp() + LEASE_SECONDS
        ledger.take(RenditionRow, lease.pk, lease.sk)
    assert Api().get(path).status_code == 200


def test_what_was_kept_and_could_not_be_looked_after_goes_with_its_file(
    alice: Person, media: dict[str, Any]
) -> None:
    with failing(BEFORE_IT_IS_DRAWN + 2):
        assert Api().get(path_of(media["thumbnailUrl"])).status_code == 503
    assert len(kept(media)) == 1
    assert alice.api.delete(f"/api/media/{media['fileId']}").status_code == 204
    assert kept(media) == []


def test_with_no_room_on_the_disk_it_is_busy(
    alice: Person, media: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = path_of(media["thumbnailUrl"])
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        answer = Api().get(path)
    assert answer.json() == problem(503, "image_busy", retryAfter=2)
    assert leases(alice, media) == []
    assert Api().get(path).status_code == 200


def test_an_original_that_breaks_off_is_no_broken_image(
    alice: Person, media: dict[str, Any]
) -> None:
    path = path_of(media["thumbnailUrl"])
    others = iter(range(2))  # whether it is kept, and whether it is by now

    def break_off(**_: Any) -> AWSResponse | None:
        if next(others, None) is not None:
            return None
        response = faults.answer(200, "half of it")
        response.headers["content-length"] = "2000"
        return response

    hook: Any = break_off
    events = aws.s3().meta.events
    events.register("before-send.s3.GetObject", hook)
    try:
        answer = Api().get(path)
    finally:
        events.unregister("before-send.s3.GetObject", hook)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert leases(alice, media) == []
    assert Api().get(path).status_code == 200
