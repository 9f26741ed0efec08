"""What was put is looked into before it becomes a file: a lie is refused, and leaves nothing."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ReadTimeoutError

from prework import aws
from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import problem
from tests.media.bodies import EXE, HTML, JPEG, PHP, SVG
from tests.media.uploads import PNG, asked, confirm, download, put, s3_answering, s3_down, uploaded

Versions = Callable[[str], list[str]]


def is_still_pending(person: Person, upload: dict[str, str]) -> bool:
    answer = person.api.get(f"/api/media/{upload['fileId']}").json()
    return bool(answer["uploadStatus"] == "pending")


@pytest.mark.parametrize(
    "body", [HTML, EXE, PHP, SVG, JPEG], ids=["html", "exe", "php", "svg", "jpeg"]
)
def test_what_is_no_png_is_refused_and_removed(
    alice: Person, versions: Versions, body: bytes
) -> None:
    upload = asked(alice)
    put(upload, body)

    answer = confirm(alice, upload)

    assert answer.status_code == 409
    assert answer.json() == problem(409, "upload_mismatch")
    assert versions(upload["key"]) == []
    assert is_still_pending(alice, upload)
    assert alice.trail(action="FILE_UPLOADED") == []
    put(upload)
    assert confirm(alice, upload).status_code == 200


def test_html_is_no_text(alice: Person) -> None:
    upload = asked(alice, fileName="notes.txt", fileType="text/plain")
    put(upload, HTML)
    assert confirm(alice, upload).json() == problem(409, "upload_mismatch")


def test_of_a_large_one_only_the_start_is_read(alice: Person, store_calls: StoreCalls) -> None:
    body = PNG + b"\0" * 100_000
    read: list[str] = []
    events = aws.s3().meta.events
    hook = lambda params, **_: read.append(params["headers"]["Range"])  # noqa: E731
    events.register("before-call.s3.GetObject", hook)
    try:
        media = uploaded(alice, body)
    finally:
        events.unregister("before-call.s3.GetObject", hook)
    assert read == ["bytes=0-8191"]
    assert download(media).content == body


def test_an_empty_one_is_not_read(alice: Person, store_calls: StoreCalls) -> None:
    upload = asked(alice, fileSize=0)
    put(upload, b"")
    store_calls.clear()
    assert confirm(alice, upload).json()["fileSize"] == 0
    assert store_calls.s3 == ["HeadObject"]


def test_what_is_looked_into_is_what_is_pinned(alice: Person) -> None:
    """Another version that comes just then changes nothing: it is not the one that is served."""
    upload = asked(alice)
    put(upload)
    events = aws.s3().meta.events

    def swap(**_: object) -> None:
        events.unregister("before-call.s3.GetObject", swap)
        put(upload, HTML)

    events.register("before-call.s3.GetObject", swap)
    media = confirm(alice, upload).json()
    assert download(media).content == PNG


def test_one_that_goes_just_then_is_missing(alice: Person) -> None:
    upload = asked(alice)
    put(upload)
    events = aws.s3().meta.events

    def remove(**_: object) -> None:
        events.unregister("before-call.s3.GetObject", remove)
        version = aws.s3().head_object(Bucket=bucket(), Key=upload["key"])["VersionId"]
        aws.s3().delete_object(Bucket=bucket(), Key=upload["key"], VersionId=version)

    events.register("before-call.s3.GetObject", remove)
    assert confirm(alice, upload).json() == problem(409, "upload_missing")
    assert is_still_pending(alice, upload)


def bucket() -> str:
    return "pre-work-media-uploads"


def test_with_s3_silent_nothing_changes(alice: Person, versions: Versions) -> None:
    upload = asked(alice)
    put(upload)
    with s3_down("GetObject"):
        answer = confirm(alice, upload)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert is_still_pending(alice, upload)
    assert len(versions(upload["key"])) == 1
    assert confirm(alice, upload).status_code == 200


def test_an_answer_that_breaks_off_is_none(alice: Person, versions: Versions) -> None:
    upload = asked(alice)
    put(upload)
    with s3_answering("GetObject", "\x89PNG"):
        assert confirm(alice, upload).status_code == 503
    assert len(versions(upload["key"])) == 1


def test_nor_is_one_that_stops(
    alice: Person, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = asked(alice)
    put(upload)

    def stop(*_: object) -> bytes:
        raise ReadTimeoutError(endpoint_url="http://s3.invalid")

    with monkeypatch.context() as patch:
        patch.setattr("botocore.response.StreamingBody.read", stop)
        assert confirm(alice, upload).status_code == 503
    assert len(versions(upload["key"])) == 1
    assert confirm(alice, upload).status_code == 200
