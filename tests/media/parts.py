"""Uploading in parts as a client does it: begin, have parts signed, PUT them, complete.

What is put is 100 MB, the least that may come in parts. Most tests have S3 itself copy the parts
from one of its objects, which costs no time; a few put them by their URLs.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import httpx
from botocore.exceptions import ConnectionClosedError
from django.conf import settings

from media import queries
from prework import aws, objects
from prework.events import Audience
from prework.history import list_events
from tests.cast import Answer, Person
from tests.media.uploads import fetch

SIZE = 100_000_000
PART = 10 * 1024**2
COUNT = 10
LAST = SIZE - 9 * PART
# A film begins so; the rest is whatever it is.
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
BODY = FILM + bytes(range(24, 256)) + bytes(range(256)) * (PART // 256 - 1)  # of every part
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SOURCE = "sources-of-tests/part"
BEGUN: list[dict[str, Any]] = []  # since `clear`


def begin(person: Person, **fields: Any) -> Answer:
    """Ask for an upload in parts, of a film in one's own profile unless told otherwise."""
    body = {
        "fileName": "film.mp4",
        "fileType": "video/mp4",
        "fileSize": SIZE,
        "entityType": "user",
        "entityId": person.user_id,
        **fields,
    }
    return person.api.post(
        "/api/media/multipart", {name: value for name, value in body.items() if value is not None}
    )


def begun(person: Person, **fields: Any) -> dict[str, Any]:
    """The same, where it is granted."""
    answer = begin(person, **fields)
    assert answer.status_code == 200, answer.content
    upload: dict[str, Any] = answer.json()
    BEGUN.append(upload)
    return upload


def clear() -> None:
    """Take what was begun out of S3, which here keeps all of it in memory."""
    for upload in BEGUN:
        objects.abort_upload(upload["key"], upload["uploadId"])
        objects.remove_object(upload["key"])
    BEGUN.clear()


def path(upload: dict[str, Any], rest: str = "") -> str:
    """Where a call about this upload goes."""
    return f"/api/media/multipart/{upload['fileId']}{rest}"


def sign(person: Person, upload: dict[str, Any], numbers: Sequence[Any], **more: Any) -> Answer:
    """Ask for the URLs of parts."""
    return person.api.post(path(upload, "/parts"), {"partNumbers": numbers, **more})


def signed(person: Person, upload: dict[str, Any], number: int, **more: Any) -> dict[str, Any]:
    """The URL of one part."""
    answer = sign(person, upload, [number], **more)
    assert answer.status_code == 200, answer.content
    part: dict[str, Any] = answer.json()["parts"][0]
    return part


def put(part: dict[str, Any], body: bytes | None = None, **headers: str) -> httpx.Response:
    """PUT a part with the headers handed out (the length as the body has it)."""
    given = {**part["headers"], **{name.replace("_", "-"): v for name, v in headers.items()}}
    size = int(given.pop("Content-Length"))
    return fetch("PUT", part["url"], content=BODY[:size] if body is None else body, headers=given)


def found(person: Person, upload: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts that S3 has, as the API tells."""
    answer = person.api.get(path(upload, "/parts"))
    assert answer.status_code == 200, answer.content
    parts: list[dict[str, Any]] = answer.json()["parts"]
    return parts


def copy_parts(upload: dict[str, Any], numbers: Sequence[int] = range(1, COUNT + 1)) -> None:
    """Have S3 take these parts from an object of its own."""
    _source(str(aws.s3_endpoint_url()))
    for number in numbers:
        size = LAST if number == COUNT else PART
        aws.s3().upload_part_copy(
            Bucket=settings.MEDIA_BUCKET,
            Key=upload["key"],
            UploadId=upload["uploadId"],
            PartNumber=number,
            CopySource={"Bucket": settings.MEDIA_BUCKET, "Key": SOURCE},
            CopySourceRange=f"bytes=0-{size - 1}",
        )


@lru_cache
def _source(endpoint_url: str) -> None:
    aws.s3().put_object(Bucket=settings.MEDIA_BUCKET, Key=SOURCE, Body=BODY)


def etag(number: int) -> str:
    """The ETag of a part as S3 answers it."""
    return f'"{hashlib.md5(part_body(number), usedforsecurity=False).hexdigest()}"'


def part_body(number: int) -> bytes:
    """What is in a part."""
    return BODY[:LAST] if number == COUNT else BODY


@lru_cache(maxsize=1)
def all_parts() -> list[dict[str, Any]]:
    """The parts of the whole file, as a client names them at the end."""
    whole, last = etag(1), etag(COUNT)
    return [
        {"partNumber": number, "etag": last if number == COUNT else whole}
        for number in range(1, COUNT + 1)
    ]


def complete(
    person: Person, upload: dict[str, Any], parts: Sequence[dict[str, Any]] | None = None
) -> Answer:
    """Complete an upload, with all its parts unless told otherwise."""
    given = all_parts() if parts is None else list(parts)
    return person.api.post(path(upload, "/complete"), {"parts": given})


def abort(person: Person, upload: dict[str, Any]) -> Answer:
    """Give up an upload."""
    return person.api.delete(path(upload))


def composite(digests: Sequence[bytes]) -> str:
    """What S3 says is the checksum of an object in parts, reckoned here once more."""
    whole = hashlib.sha256(b"".join(digests)).digest()
    return f"{base64.b64encode(whole).decode()}-{len(digests)}"


def versions(upload: dict[str, Any]) -> list[str]:
    """The versions that S3 has of what was put together."""
    answer = aws.s3().list_object_versions(Bucket=settings.MEDIA_BUCKET, Prefix=upload["key"])
    return [entry["VersionId"] for entry in answer.get("Versions", [])]


def is_open(upload: dict[str, Any]) -> bool:
    """Whether S3 still takes parts of the upload."""
    answer = aws.s3().list_multipart_uploads(Bucket=settings.MEDIA_BUCKET, Prefix=upload["key"])
    return any(entry["UploadId"] == upload["uploadId"] for entry in answer.get("Uploads", []))


def held(person: Person) -> int:
    """What the quotas hold for somebody."""
    return int(queries.load_usage(person.actor, person.user_id)["user"].held_bytes)


def uploaded_events(person: Person) -> list[dict[str, Any]]:
    """What somebody was told of their own uploads."""
    audience = Audience("user", person.user_id)
    events = list_events(person.actor, audience, limit=50, start=None).items
    return [event for event in events if event["eventType"] == "file.uploaded"]


def is_as_never_begun(person: Person, upload: dict[str, Any]) -> bool:
    """Whether nothing is left of an upload: no record, no object, no parts, no bytes held."""
    is_gone = person.api.get(f"/api/media/{upload['fileId']}").status_code == 404
    return is_gone and not versions(upload) and not is_open(upload) and held(person) == 0


def uploads_of_s3(person: Person) -> list[Any]:
    """The uploads in parts that S3 has of somebody's organisation."""
    answer = aws.s3().list_multipart_uploads(
        Bucket=settings.MEDIA_BUCKET, Prefix=person.organization_id
    )
    return list(answer.get("Uploads", []))


@contextmanager
def s3_hooked(operation: str, hook: Callable[[Any], None]) -> Iterator[None]:
    """Do this just before each request of an operation is sent to S3."""

    def listen(request: Any, **_: Any) -> None:
        hook(request)

    events = aws.s3().meta.events
    events.register(f"before-send.s3.{operation}", listen)
    try:
        yield
    finally:
        events.unregister(f"before-send.s3.{operation}", listen)


@contextmanager
def s3_losing_answers(operation: str) -> Iterator[None]:
    """Let S3 do its work, and lose its answer on the way back."""
    session = aws.s3()._endpoint.http_session  # type: ignore[attr-defined]

    def lose(request: Any) -> None:
        session.send(request)
        raise ConnectionClosedError(endpoint_url=request.url)

    with s3_hooked(operation, lose):
        yield


@contextmanager
def meanwhile(operation: str, call: Callable[[], Any]) -> Iterator[list[Any]]:
    """Do this once, when a request of an operation is about to be sent; what came of it."""
    outcomes: list[Any] = []
    begun: list[bool] = []

    def once(_: Any) -> None:
        if not begun:
            begun.append(True)
            outcomes.append(call())

    with s3_hooked(operation, once):
        yield outcomes
