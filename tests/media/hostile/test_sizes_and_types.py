"""How large, and of what type: at the edges, over them, and in disguise."""

import pytest
from pytest_django import Settings

from tests.cast import Organization, Person
from tests.matching import problem
from tests.media.hostile.clients import refused_at_confirm, refused_by_s3, send
from tests.media.hostile.world import nothing_comes_of_it
from tests.media.uploads import PNG, ask, asked, confirm, download, sha256

LIMIT = 64
TEXT = {"fileName": "notes.txt", "fileType": "text/plain"}


@pytest.fixture
def limited(settings: Settings) -> None:
    """The limit is small here."""
    settings.MAX_UPLOAD_BYTES = LIMIT


@pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT])
@pytest.mark.parametrize("is_announced", [True, False])
def test_up_to_the_limit(limited: None, wendy: Person, size: int, is_announced: bool) -> None:
    body = b"x" * size
    announced = {"fileSize": size, "checksumSha256": sha256(body)} if is_announced else {}
    upload = asked(wendy, **TEXT, **announced)
    assert send(upload, body).status_code == 200
    media = confirm(wendy, upload).json()
    assert (media["fileSize"], media["uploadStatus"]) == (size, "completed")
    assert download(media).content == body


def test_one_over_the_limit(limited: None, org: Organization, alice: Person) -> None:
    with nothing_comes_of_it(org):
        asking = ask(alice, **TEXT, fileSize=LIMIT + 1)
        assert asking.json() == problem(413, "file_too_large")
    upload = asked(alice, **TEXT)
    refused = refused_at_confirm(org, alice, upload, body=b"x" * (LIMIT + 1))
    assert refused.json() == problem(413, "file_too_large")
    refused_by_s3(org, alice, asked(alice, **TEXT, fileSize=LIMIT), {"body": b"x" * (LIMIT + 1)})


def test_sizes_that_are_none(org: Organization, alice: Person) -> None:
    with nothing_comes_of_it(org):
        for size in (-1, 1.5, "64", True, None, 2**63, [64]):
            body = {**TEXT, "entityType": "user", "entityId": alice.user_id, "fileSize": size}
            answer = alice.api.post("/api/media/upload-url", body)
            assert answer.status_code in (400, 413), size
            assert answer.json()["code"] in ("validation_failed", "file_too_large")


NOT_TAKEN = [
    "text/html",
    "TEXT/HTML",
    "application/xhtml+xml",
    "application/javascript",
    "image/png, text/html",
    "image/png\r\nX-Amz-Acl: public-read",
    "image/png\nx: y",
    "image/png\x00",
    "image/png;\u0130=1",
    "image/",
    "/png",
    "image",
    "*/*",
    'image/png;a="b\r\nc"',
    "image/png" + "; a=b" * 60,
    "../image/png",
    " image/png",
    "",
]


def test_types_that_are_not_taken(org: Organization, alice: Person) -> None:
    with nothing_comes_of_it(org):
        for media_type in NOT_TAKEN:
            answer = ask(alice, fileType=media_type)
            assert answer.status_code in (400, 415), media_type
            assert answer.json()["code"] in ("unsupported_media_type", "validation_failed")


@pytest.mark.parametrize(
    "media_type", ["text/plain; charset=utf-8", 'TEXT/Plain;charset="utf-8"', "text/plain;a=b,c"]
)
def test_types_in_other_clothes(wendy: Person, media_type: str) -> None:
    upload = asked(wendy, **{**TEXT, "fileType": media_type})
    assert send(upload, b"hello").status_code == 200
    media = confirm(wendy, upload).json()
    assert media["mimeType"] == media_type
    given = download(media)
    assert given.headers["Content-Type"] == media_type
    assert given.headers["Content-Disposition"].startswith("inline")


def test_a_picture_that_can_run_scripts_is_saved_and_not_shown(wendy: Person) -> None:
    body = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for media_type in ("image/svg+xml", "image/SVG+xml; charset=utf-8"):
        upload = asked(wendy, fileName="drawing.svg", fileType=media_type)
        assert send(upload, body).status_code == 200
        given = download(confirm(wendy, upload).json())
        assert given.headers["Content-Disposition"] == 'attachment; filename="drawing.svg"'


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("image/png", b"<!doctype html><script>alert(1)</script>"),
        ("image/png", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 50),
        ("image/jpeg", b"%PDF-1.7\n1 0 obj\n"),
        ("application/pdf", PNG),
        ("video/mp4", PNG),
    ],
)
def test_bytes_of_another_type_than_announced(
    org: Organization, alice: Person, media_type: str, body: bytes
) -> None:
    upload = asked(alice, fileType=media_type, fileSize=len(body), checksumSha256=sha256(body))
    refused = refused_at_confirm(org, alice, upload, body=body)
    assert refused.json() == problem(409, "upload_mismatch")


def test_more_than_there_is_room_for(org: Organization, alice: Person, settings: Settings) -> None:
    settings.USER_QUOTA_BYTES = LIMIT
    with nothing_comes_of_it(org):
        announced = ask(alice, **TEXT, fileSize=LIMIT + 1)
        assert (announced.status_code, announced.json()["code"]) == (413, "quota_exceeded")
        upload = asked(alice, **TEXT)
        assert send(upload, b"x" * (LIMIT + 1)).status_code == 200
        answer = confirm(alice, upload)
        assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
