"""A picture is rendered once, kept, and gone with its file."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.core.files.storage import storages

from media.engine.variants import Variant
from media.engine.workers import POOL
from media.models import QUARANTINED, RenditionRow, rendition_key
from media.services.leases import Lease
from prework import aws, cdn, clock, ledger
from prework.dynamo import each
from prework.localaws import LocalAws
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.figures import Figures
from tests.matching import problem
from tests.media.images.pictures import (
    decoded,
    jpeg,
    path_of,
    path_to,
    photo,
    placed,
    plain,
    shown,
    size,
    version_of,
)
from tests.media.images.servers import servers
from tests.media.uploads import s3_down

Versions = Callable[[str], list[str]]


@pytest.fixture
def media(alice: Person) -> dict[str, Any]:
    return photo(alice, jpeg(plain(64, 48)))


def folder(media: dict[str, Any]) -> str:
    return f"renditions/{media['organizationId']}/{media['fileId']}/"


def rows(person: Person, media: dict[str, Any]) -> list[RenditionRow]:
    return list(each(RenditionRow, rendition_key(person.actor, media["fileId"])))


def test_what_the_first_costs_and_what_the_next(
    media: dict[str, Any], store_calls: StoreCalls, versions: Versions
) -> None:
    path = path_of(media["thumbnailUrl"])
    store_calls.clear()
    first = Api().get(path)
    # the record, who is at it, the lease; the record again, the lease given back
    assert store_calls.dynamodb == ["GetItem", "BatchGetItem", "PutItem", "GetItem", "DeleteItem"]
    # is it there, is it there by now, the original; the PutObject is django-storages'
    assert store_calls.s3 == ["GetObject", "GetObject", "GetObject"]
    assert len(versions(folder(media))) == 1
    store_calls.clear()

    next_ = Api().get(path)

    assert next_.content == first.content
    assert next_.headers["ETag"] == first.headers["ETag"]
    assert (store_calls.dynamodb, store_calls.s3) == (["GetItem"], ["GetObject"])


def test_many_at_once_in_one_process_render_once(
    media: dict[str, Any], versions: Versions, figures: Figures
) -> None:
    path = path_of(media["thumbnailUrl"])
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(Api().get, [path] * 32))
    assert [answer.status_code for answer in answers] == [200] * 32
    assert len({answer.content for answer in answers}) == 1
    assert figures.dimensions("ImagesRendered") == [{"Outcome": "made"}]
    assert len(versions(folder(media))) == 1


def test_who_comes_meanwhile_asks_the_store_for_nothing(
    media: dict[str, Any], store_calls: StoreCalls
) -> None:
    path = path_of(media["thumbnailUrl"])
    with faults.holding("PutItem") as (is_held, release), ThreadPoolExecutor(2) as pool:
        first = pool.submit(Api().get, path)
        assert is_held.wait(10)
        store_calls.clear()
        second = pool.submit(Api().get, path)
        while not store_calls.s3:  # it looks whether the picture is kept
            time.sleep(0.01)
        time.sleep(0.2)
        assert (store_calls.dynamodb, store_calls.s3) == (["GetItem"], ["GetObject"])
        release.set()
        assert first.result(20).content == second.result(20).content
    assert store_calls.dynamodb.count("PutItem") == 0  # the one that was held was seen before


@pytest.mark.usefixtures("any_record")
def test_many_at_once_are_refused_once(alice: Person, figures: Figures) -> None:
    path = path_to({"key": placed(alice.actor, b"no image").s3_key})
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(Api().get, [path] * 32))
    assert [answer.status_code for answer in answers] == [415] * 32
    assert figures.dimensions("ImagesRendered") == [{"Outcome": "refused"}]


def test_many_at_once_in_two_processes_render_once(
    engine: LocalAws, media: dict[str, Any], alice: Person, versions: Versions
) -> None:
    path = path_of(media["thumbnailUrl"])
    with servers(engine, 2) as both, ThreadPoolExecutor(12) as pool:
        urls = [server.url + path for server in both] * 6
        answers = list(pool.map(partial(httpx.get, timeout=30), urls))
    assert [answer.status_code for answer in answers] == [200] * 12
    assert len({answer.content for answer in answers}) == 1
    assert len(versions(folder(media))) == 1
    assert rows(alice, media) == []


def test_who_died_at_it_holds_nobody_up_for_long(alice: Person, media: dict[str, Any]) -> None:
    lease_of_another(alice, media, seconds=1.5)
    assert size(decoded(Api().get(path_of(media["thumbnailUrl"])))) == (48, 48)
    assert rows(alice, media) == []


def lease_of_another(person: Person, media: dict[str, Any], *, seconds: float) -> RenditionRow:
    """Let somebody else render the thumbnail."""
    version = hashlib.sha256(version_of(media).encode()).hexdigest()[:16]
    until = int((clock.now() + timedelta(seconds=seconds)).timestamp() * 1000)
    row = RenditionRow(
        rendition_key(person.actor, media["fileId"]),
        f"{version}#1-w300-h300-crop-q80.webp",
        held_by="somebody else",
        until=until,
        expires_at=until // 1000,
    )
    ledger.put(row)
    return row


@pytest.mark.usefixtures("any_record")
def test_of_two_that_both_saw_it_free_one_has_it(alice: Person) -> None:
    media = placed(alice.actor, jpeg(plain(64, 48)))
    variant = Variant(width=9, height=None, fit="crop", format="webp", quality=None)
    one, other = (Lease(alice.actor, media, variant) for _ in range(2))
    with faults.holding("PutItem") as (is_held, release), ThreadPoolExecutor(1) as pool:
        late = pool.submit(one.take)
        assert is_held.wait(10)
        assert other.take()
        release.set()
        assert not late.result(20)
    one.give_back()  # which is not its own
    assert not one.take()
    other.give_back()
    assert one.take()


def test_what_another_process_renders_is_waited_for(
    alice: Person, media: dict[str, Any], figures: Figures
) -> None:
    version, _, name = lease_of_another(alice, media, seconds=60).sk.partition("#")

    def put_it_there() -> None:
        time.sleep(0.3)
        aws.s3().put_object(
            Bucket=settings.MEDIA_BUCKET, Key=f"{folder(media)}{version}/{name}", Body=b"theirs"
        )

    other = threading.Thread(target=put_it_there)
    other.start()
    answer = Api().get(path_of(media["thumbnailUrl"]))
    other.join()
    assert answer.content == b"theirs"
    assert figures.of("ImagesRendered") == []


def test_an_image_that_was_refused_is_not_tried_again_at_once(
    alice: Person, store_calls: StoreCalls, figures: Figures
) -> None:
    whole = jpeg(plain(640, 480))
    media = photo(alice, whole[: len(whole) // 2])
    assert shown(media, width=10).status_code == 422
    store_calls.clear()

    for width in (10, 11):
        assert shown(media, width=width).json() == problem(422, "image_unreadable")

    assert len(figures.of("ImagesRendered")) == 1
    assert "PutItem" not in store_calls.dynamodb


@pytest.mark.usefixtures("any_record")
def test_later_it_is(alice: Person, monkeypatch: pytest.MonkeyPatch, figures: Figures) -> None:
    media = {"key": placed(alice.actor, b"no image").s3_key}
    path = path_to(media)
    assert Api().get(path).status_code == 415
    later = clock.now() + timedelta(seconds=301)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert Api().get(path).status_code in (403, 415)  # by midnight it is another URL
    assert Api().get(path_to(media)).status_code == 415
    assert len(figures.of("ImagesRendered")) == 2


def test_a_picture_that_cannot_be_kept_is_shown_all_the_same(
    media: dict[str, Any], monkeypatch: pytest.MonkeyPatch, versions: Versions
) -> None:
    path = path_to(media, width=20)
    with no_writing():
        assert size(decoded(Api().get(path))) == (20, 15)
    assert versions(folder(media)) == []
    assert Api().get(path).status_code == 200
    assert len(versions(folder(media))) == 1


@contextmanager
def no_writing() -> Iterator[None]:
    """S3 takes nothing that the server writes."""
    storage: Any = storages["renditions"]
    events = storage.connection.meta.client.meta.events

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://s3.invalid")

    events.register("before-send.s3.PutObject", fail)
    try:
        yield
    finally:
        events.unregister("before-send.s3.PutObject", fail)


def test_with_the_file_its_pictures_are_gone(
    alice: Person, media: dict[str, Any], versions: Versions
) -> None:
    paths = [path_to(media, width=width) for width in (10, 20)]
    for path in paths:
        assert Api().get(path).status_code == 200
    assert len(versions(folder(media))) == 2

    assert alice.api.delete(f"/api/media/{media['fileId']}").status_code == 204

    assert versions(folder(media)) == []
    tag = '"whatever"'
    for path in paths:
        assert Api().get(path, If_None_Match=tag).json() == problem(404, "not_found")


def test_a_picture_that_is_done_after_its_file_was_removed_is_not_shown_nor_left(
    alice: Person, media: dict[str, Any], versions: Versions
) -> None:
    path = path_of(media["thumbnailUrl"])
    # it is rendered and kept, and about to look whether the file is still there
    with faults.holding("GetItem", after=1) as (is_held, release), ThreadPoolExecutor(1) as pool:
        rendering = pool.submit(Api().get, path)
        assert is_held.wait(10)
        assert len(versions(folder(media))) == 1
        assert alice.api.delete(f"/api/media/{media['fileId']}").status_code == 204
        aws.s3().put_object(  # as if it had come later still
            Bucket=settings.MEDIA_BUCKET, Key=f"{folder(media)}late.webp", Body=b"late"
        )
        release.set()
        answer = rendering.result(20)
    assert answer.json() == problem(404, "not_found")
    assert versions(folder(media)) == []


@pytest.mark.usefixtures("any_record")
def test_nor_one_of_a_file_that_is_quarantined_meanwhile(
    alice: Person, versions: Versions
) -> None:
    media = placed(alice.actor, jpeg(plain(64, 48)))
    path = path_of(cdn.image_url(media.s3_key, str(media.s3_version_id)))
    with faults.holding("GetItem", after=1) as (is_held, release), ThreadPoolExecutor(1) as pool:
        rendering = pool.submit(Api().get, path)
        assert is_held.wait(10)
        media.upload_status = QUARANTINED
        ledger.put(media)
        release.set()
        answer = rendering.result(20)
    assert answer.json() == problem(404, "not_found")
    assert versions(f"renditions/{media.organization_id}/{media.file_id}/") == []


def test_pictures_that_cannot_be_removed_do_not_keep_the_file(
    alice: Person, media: dict[str, Any]
) -> None:
    path = path_of(media["thumbnailUrl"])
    assert Api().get(path).status_code == 200
    with s3_down("ListObjectVersions"):
        assert alice.api.delete(f"/api/media/{media['fileId']}").status_code == 204
    assert Api().get(path).json() == problem(404, "not_found")


def test_workers_are_few(media: dict[str, Any]) -> None:
    paths = [path_to(media, width=width) for width in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(Api().get, paths)} == {200}
    assert 1 <= len(POOL.pids()) <= settings.IMAGE_WORKERS
