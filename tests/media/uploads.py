"""Uploading as a client does it: ask, PUT to S3, confirm."""

import base64
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError

from prework import aws
from tests import faults
from tests.cast import Answer, Person

TRUST = ssl.create_default_context()  # reading the certificates takes 50 ms, so once
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20


def fetch(method: str, url: str, **options: Any) -> httpx.Response:
    """A request straight to S3, as a browser makes it."""
    return httpx.request(method, url, verify=TRUST, **options)


def sha256(body: bytes) -> str:
    """The checksum as S3 wants it."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def ask(person: Person, **fields: Any) -> Answer:
    """Ask for an upload URL, for a picture in one's own profile unless told otherwise."""
    body = {
        "fileName": "avatar.png",
        "fileType": "image/png",
        "entityType": "user",
        "entityId": person.user_id,
        **fields,
    }
    return person.api.post(
        "/api/media/upload-url", {name: value for name, value in body.items() if value is not None}
    )


def asked(person: Person, **fields: Any) -> dict[str, Any]:
    """The same, where it is granted."""
    answer = ask(person, **fields)
    assert answer.status_code == 200, answer.content
    upload: dict[str, Any] = answer.json()
    return upload


def put(upload: dict[str, Any], body: bytes = PNG, **headers: str) -> httpx.Response:
    """PUT to S3 with the headers handed out (the length as the body has it), changed by name."""
    given = {**upload["headers"], **{name.replace("_", "-"): v for name, v in headers.items()}}
    given.pop("Content-Length", None)
    return fetch("PUT", upload["uploadUrl"], content=body, headers=given)


def confirm(person: Person, upload: dict[str, Any], **fields: Any) -> Answer:
    """Confirm an upload."""
    body = {"fileId": upload["fileId"], "key": upload["key"], **fields}
    return person.api.post("/api/media/confirm-upload", body)


def uploaded(person: Person, body: bytes = PNG, **fields: Any) -> dict[str, Any]:
    """A file, all the way: the media that the confirmation answers."""
    upload = asked(person, **fields)
    assert put(upload, body).status_code == 200
    answer = confirm(person, upload)
    assert answer.status_code == 200, answer.content
    media: dict[str, Any] = answer.json()
    return media


def download(media: dict[str, Any]) -> httpx.Response:
    """What the link in a media gives."""
    return fetch("GET", media["downloadUrl"])


@contextmanager
def s3_down(operation: str = "") -> Iterator[None]:
    """S3 cannot be reached, as botocore sees it; with an operation, by that one only."""

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://s3.invalid")

    events = aws.s3().meta.events
    name = f"before-send.s3.{operation}".rstrip(".")
    events.register(name, fail)
    try:
        yield
    finally:
        events.unregister(name, fail)


@contextmanager
def s3_answering(operation: str, body: str) -> Iterator[None]:
    """S3 answers an operation with this, and a 200."""

    def answer(**_: Any) -> AWSResponse:
        return faults.answer(200, body)

    hook: Any = answer
    events = aws.s3().meta.events
    events.register(f"before-send.s3.{operation}", hook)
    try:
        yield
    finally:
        events.unregister(f"before-send.s3.{operation}", hook)


@contextmanager
def s3_keeping_the_first() -> Iterator[None]:
    """S3 does not let go of what it is first asked to remove, as under a legal hold."""
    refused = "<Error><Key>k</Key><Code>AccessDenied</Code><Message>held</Message></Error>"
    asked_for: list[bytes] = []

    def keep(request: Any, **_: Any) -> AWSResponse | None:
        asked_for.append(request.body)
        is_first = request.body == asked_for[0]
        return faults.answer(200, f"<DeleteResult>{refused}</DeleteResult>") if is_first else None

    hook: Any = keep
    events = aws.s3().meta.events
    events.register("before-send.s3.DeleteObjects", hook)
    try:
        yield
    finally:
        events.unregister("before-send.s3.DeleteObjects", hook)
