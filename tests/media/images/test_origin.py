"""The origin `/cdn/`: who has a URL has the picture, and nobody without one anything."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from media.models import PENDING, QUARANTINED, SCANNING
from media.services import rendering
from prework import cdn, ledger
from prework.threads import IMAGES
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.figures import Figures
from tests.matching import Matches, problem
from tests.media.images.pictures import (
    decoded,
    jpeg,
    path_of,
    path_to,
    photo,
    placed,
    plain,
    png,
    shown,
    size,
    version_of,
)
from tests.media.uploads import s3_down
from tests.prework.asgi import serving

PICTURE = jpeg(plain(64, 48))


@pytest.fixture
def media(alice: Person) -> dict[str, Any]:
    return photo(alice, PICTURE, name="Am Meer.jpg")


@contextmanager
def every_seat_taken() -> Iterator[None]:
    seats = iter(lambda: rendering.SEATS.acquire(blocking=False), False)
    taken = list(seats)
    try:
        yield
    finally:
        for _ in taken:
            rendering.SEATS.release()


def test_a_picture_and_what_a_cdn_and_a_page_are_told(media: dict[str, Any]) -> None:
    answer = Api().get(path_of(media["thumbnailUrl"]), Origin="https://anywhere.example.com")
    assert answer.status_code == 200
    told = dict(answer.headers)
    seconds = int(told["Cache-Control"].split("=")[1].partition(",")[0])
    assert told["Cache-Control"] == f"public, max-age={seconds}, immutable"
    assert 24 * 3600 <= seconds <= 48 * 3600
    expected = {
        "Content-Type": "image/webp",
        "Content-Length": str(len(answer.content)),
        "Content-Disposition": 'inline; filename="Am Meer.webp"',
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
        "ETag": Matches(r'"[0-9a-f]{16}-1-w300-h300-crop-q80\.webp"'),
    }
    assert {name: told[name] for name in expected} == expected
    assert "Vary" not in told


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "https://anywhere.example.com"])
def test_every_page_is_told_the_same_for_it_is_cached(media: dict[str, Any], origin: str) -> None:
    answer = Api().get(path_of(media["thumbnailUrl"]), Origin=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_head(media: dict[str, Any]) -> None:
    path = path_of(media["thumbnailUrl"])
    seen, looked = Api().get(path), Api().call("HEAD", path)
    assert looked.status_code == 200
    for name in ("ETag", "Content-Type", "Content-Length"):
        assert looked.headers[name] == seen.headers[name]


def test_who_has_it_is_told_so_before_s3_is_asked(
    media: dict[str, Any], store_calls: StoreCalls
) -> None:
    path = path_to(media, width=32)
    tag = Api().get(path).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        store_calls.clear()
        answer = Api().get(path, If_None_Match=known)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert "max-age" in answer.headers["Cache-Control"]
        assert store_calls.dynamodb == ["GetItem"]
        assert store_calls.s3 == []
    for other in ('"other"', "nonsense", '"' * 5000):
        assert Api().get(path, If_None_Match=other).status_code == 200


def test_each_picture_has_a_tag_of_its_own(media: dict[str, Any]) -> None:
    asked: list[dict[str, Any]] = [
        {"width": 32},
        {"width": 32, "quality": 50},
        {"width": 32, "height": 32},
        {"width": 32, "height": 32, "fit": "contain"},
        {"width": 32, "format": "png"},
    ]
    tags = {shown(media, **one).headers["ETag"] for one in asked}
    assert len(tags) == len(asked)
    same = shown(media, width=32, fit="contain", quality=80)
    assert same.headers["ETag"] == shown(media, width=32).headers["ETag"]


@pytest.mark.parametrize(
    "alter",
    [
        lambda path: path.partition("?")[0],
        lambda path: path.partition("&sig=")[0],
        lambda path: path.replace("w=300", "w=4000"),
        lambda path: path.replace("fit=crop", "fit=contain"),
        lambda path: path.replace("w=300&h=300", "h=300&w=300"),
        lambda path: path + "&x=1",
        lambda path: path + "&w=300",
        lambda path: path.replace("/profile/", "/profile/x"),
        lambda path: path.replace("photo", "photo%00%ED%A0%80"),
        lambda path: path.replace("sig=", "sig=%ED%A0%80"),
    ],
)
def test_what_was_not_handed_out(alice: Person, alter: Any, store_calls: StoreCalls) -> None:
    path = alter(path_of(photo(alice, PICTURE)["thumbnailUrl"]))
    store_calls.clear()

    answer = Api().get(path)

    assert answer.json() == problem(403, "invalid_signature")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (store_calls.dynamodb, store_calls.s3) == ([], [])


def test_a_sign_in_opens_nothing(alice: Person, media: dict[str, Any]) -> None:
    path = path_of(media["thumbnailUrl"]).replace("w=300", "w=301")
    assert alice.api.get(path).json() == problem(403, "invalid_signature")


def test_a_version_that_is_not_the_one_that_is_served(media: dict[str, Any]) -> None:
    for version in ("null", "other", version_of(media) + "x"):
        path = path_of(cdn.image_url(media["key"], version))
        assert Api().get(path).json() == problem(404, "not_found")


@pytest.mark.parametrize("status", [PENDING, SCANNING, QUARANTINED])
@pytest.mark.usefixtures("any_record")
def test_a_version_that_nobody_is_to_have(alice: Person, status: str) -> None:
    """Whether it was shown before or not, and to who has it as well."""
    media = placed(alice.actor, PICTURE)
    path = path_of(cdn.image_url(media.s3_key, str(media.s3_version_id)))
    tag = Api().get(path).headers["ETag"]
    media.upload_status = status
    ledger.put(media)
    for headers in ({}, {"If_None_Match": tag}):
        assert Api().get(path, **headers).json() == problem(404, "not_found")


def test_keys_that_are_none_of_ours(media: dict[str, Any], other_org: Any) -> None:
    key, version = media["key"], version_of(media)
    organization, _, rest = key.partition("/")
    for other in (
        f"{other_org.organization_id}/{rest}",
        f"{organization}/teams/x/shared/{key.rpartition('/')[2]}",
        f"{organization}/{key.rpartition('/')[2]}",
        key + ".webp",
        f"renditions/{key}",
        "x",
        "/",
        "a" * 1500,
        "#/%/é",
    ):
        answer = Api().get(path_of(cdn.image_url(other, version)))
        assert answer.json() == problem(404, "not_found"), other


@pytest.mark.usefixtures("any_record")
def test_what_is_no_image_whatever_it_is_called(alice: Person, figures: Figures) -> None:
    media = placed(alice.actor, b"<html>hello</html>")
    answer = shown({"key": media.s3_key})
    assert answer.json() == problem(415, "not_an_image")
    assert answer.headers["Cache-Control"] == "no-store"
    assert figures.dimensions("ImagesRendered") == [{"Outcome": "refused"}]


def test_what_is_broken(alice: Person) -> None:
    whole = jpeg(plain(640, 480))
    assert shown(photo(alice, whole[: len(whole) // 2])).json() == problem(422, "image_unreadable")


def test_more_pixels_than_may_be(alice: Person, settings: Settings) -> None:
    settings.IMAGE_MAX_PIXELS = 100 * 100
    at_the_limit = photo(alice, png(plain(100, 100)), name="a.png")
    over_it = photo(alice, png(plain(100, 101)), name="b.png")
    assert size(decoded(shown(at_the_limit))) == (100, 100)
    assert shown(over_it, width=1).json() == problem(422, "image_too_large")


@pytest.mark.parametrize(
    ("name", "options", "pixels"),
    [
        ("a.jpg", {}, 10_000),
        ("a.jpg", {"interlace": True}, 5_000),
        ("a.png", {"interlace": True}, 5_000),
        ("a.gif", {}, 2_500),
        ("a.webp", {}, 2_500),
        ("a.avif", {"compression": "av1"}, 2_500),
        ("a.tif", {}, 10_000),
    ],
    ids=lambda value: str(value),
)
def test_fewer_of_what_is_decoded_whole(
    alice: Person, settings: Settings, name: str, options: dict[str, Any], pixels: int
) -> None:
    settings.IMAGE_MAX_PIXELS = 10_000
    for height, status in ((pixels // 100, 200), (pixels // 100 + 1, 422)):
        body = bytes(plain(100, height).write_to_buffer(name[1:], **options))
        assert shown(photo(alice, body, name=name), width=1).status_code == status


def test_more_bytes_than_may_be(alice: Person, settings: Settings) -> None:
    settings.IMAGE_MAX_BYTES = len(PICTURE)
    assert shown(photo(alice, PICTURE)).status_code == 200
    settings.IMAGE_MAX_BYTES = len(PICTURE) - 1
    assert shown(photo(alice, PICTURE)).json() == problem(422, "image_too_large")


def test_where_all_seats_are_taken_it_says_when_to_come_back(
    media: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "SEAT_SECONDS", 0.01)
    kept = path_to(media, width=10)
    assert Api().get(kept).status_code == 200
    with every_seat_taken():
        answer = shown(media, width=11)
        assert Api().get(kept).status_code == 200  # what S3 has takes no seat
    assert answer.json() == problem(503, "image_busy", retryAfter=2)
    assert answer.headers["Retry-After"] == "2"
    assert shown(media, width=11).status_code == 200


def test_more_than_there_are_seats_for_wait_for_one(media: dict[str, Any]) -> None:
    paths = [path_to(media, width=width) for width in range(20, 50)]
    with ThreadPoolExecutor(len(paths)) as pool:
        assert {answer.status_code for answer in pool.map(Api().get, paths)} == {200}


async def test_images_keep_nobody_from_the_api(alice: Person, media: dict[str, Any]) -> None:
    """As where S3 hangs, and every request of an image with it."""
    release = threading.Event()
    held = [IMAGES.submit(release.wait, 20) for _ in range(django_settings.THREADS)]
    token = {"Authorization": f"Bearer {alice.token}"}
    try:
        async with serving() as client:
            image = asyncio.create_task(client.get(path_of(media["thumbnailUrl"])))
            answer = await client.get("/api/auth/me", headers=token)
            assert answer.status_code == 200
            assert not any(one.done() for one in held)
            assert not image.done()
            release.set()
            assert (await image).status_code == 200
    finally:
        release.set()


@pytest.mark.parametrize("operation", ["GetObject", ""])
def test_with_s3_down(media: dict[str, Any], operation: str) -> None:
    path = path_of(media["thumbnailUrl"])
    with s3_down(operation):
        answer = Api().get(path)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert Api().get(path).status_code == 200


def test_with_the_store_failing_at_each_of_its_calls(media: dict[str, Any]) -> None:
    for width, operation in enumerate(("GetItem", "BatchGetItem", "PutItem"), start=1):
        with faults.answering_first(operation, faults.answer(400, faults.THROTTLED), times=99):
            answer = shown(media, width=width)
        assert answer.json() == problem(503, "storage_unavailable", retryAfter=2), operation
        assert shown(media, width=width).status_code == 200


def test_names_that_are_tricks_are_none_in_a_header(alice: Person) -> None:
    media = photo(alice, PICTURE, name='a"; x=ü\u202egnp.jpg')
    told = shown(media).headers["Content-Disposition"]
    assert told == "inline; filename*=utf-8''a%22%3B%20x%3D%C3%BCgnp.webp"
