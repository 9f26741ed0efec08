"""Uploading in parts as a client does it: begin, have parts signed, PUT them, complete.

What is put is 100 MB, the least that may come in parts. Most tests have S3 itself copy the parts
from one of its objects, which costs no time; a few put them by their URLs.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import httpx
from django.conf import settings

from prework import aws
from tests.cast import Answer, Person
from tests.media.uploads import fetch

SIZE = 100_000_000
PART = 10 * 1024**2
COUNT = 10
LAST = SIZE - 9 * PART
BODY = bytes(range(256)) * (PART // 256)  # of every part, of the last the beginning
SOURCE = "sources-of-tests/part"


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
    return upload


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
    _source()
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


@lru_cache(maxsize=1)
def _source() -> None:
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
