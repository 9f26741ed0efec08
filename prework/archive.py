"""The audit archive: a bucket whose objects are put once and, by Object Lock, stay.

A key that is put again or deleted keeps the versions it had, and that something was done to it is
to be seen.
"""

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import IO, Any

from botocore.exceptions import ClientError
from django.conf import settings

from prework import aws

CHUNK = 256 * 1024
MISSING = {"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"}
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}


@dataclass(frozen=True)
class Kept:
    """What there is under a key: its versions, the oldest first, and if a delete hides them."""

    key: str
    versions: tuple[str, ...]
    is_touched: bool  # whether anything was done to it after it was put
    is_deleted: bool


def put_once(key: str, body: bytes | IO[bytes], *, sha256: str) -> bool:
    """Keep this under a key that has nothing yet; `False` if there is something.

    Of several at once one is told `True`. Raises `StorageUnavailable`.
    """
    try:
        _put(key, body, sha256, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in TAKEN:
            return False
        raise
    return True


def put(key: str, file: bytes | IO[bytes], *, sha256: str) -> None:
    """Keep this under a key, whatever is there. Raises `StorageUnavailable`."""
    _put(key, file, sha256)


def _put(key: str, body: bytes | IO[bytes], sha256: str, **more: Any) -> None:
    """Object Lock asks for a checksum; S3 compares it."""
    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    with aws.answering():
        aws.s3().put_object(
            Bucket=settings.AUDIT_BUCKET, Key=key, Body=body, ChecksumSHA256=checksum, **more
        )


def read(key: str, version_id: str | None = None) -> bytes | None:
    """The first 256 KiB of what is kept under a key, or `None`. Raises `StorageUnavailable`."""
    with opened(key, version_id) as chunks:
        return None if chunks is None else next(chunks, b"")


@contextmanager
def opened(key: str, version_id: str | None = None) -> Iterator[Iterator[bytes] | None]:
    """What is kept under a key in pieces, or `None`. Raises `StorageUnavailable`."""
    version: Any = {"VersionId": version_id} if version_id else {}
    with aws.answering():
        try:
            answer = aws.s3().get_object(Bucket=settings.AUDIT_BUCKET, Key=key, **version)
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                yield None
                return
            raise
        with closing(answer["Body"]) as body:
            yield body.iter_chunks(CHUNK)


def kept(prefix: str, *, after: str = "") -> Iterator[Kept]:
    """Every key with this prefix that ever was, in order. Raises `StorageUnavailable`."""
    pages = aws.s3().get_paginator("list_object_versions")
    start: Any = {"KeyMarker": after} if after else {}
    listed = pages.paginate(Bucket=settings.AUDIT_BUCKET, Prefix=prefix, **start)
    with aws.answering():
        for key, entries in groupby(_in_order(listed), key=lambda entry: entry["Key"]):
            yield _kept(key, list(entries))


def folders(prefix: str) -> Iterator[str]:
    """What stands between this prefix and the next `/` in keys that ever were, each once."""
    pages = aws.s3().get_paginator("list_object_versions")
    with aws.answering():
        for page in pages.paginate(Bucket=settings.AUDIT_BUCKET, Prefix=prefix, Delimiter="/"):
            for folder in page.get("CommonPrefixes", []):
                yield folder["Prefix"].removeprefix(prefix).removesuffix("/")


def find_kept(key: str) -> Kept | None:
    """What there is under this very key. Raises `StorageUnavailable`."""
    return next((one for one in kept(key) if one.key == key), None)


def _in_order(pages: Any) -> Iterator[dict[str, Any]]:
    """Versions and delete markers, which a page lists apart, together by key; the newest first."""
    for page in pages:
        markers = [{**one, "is_marker": True} for one in page.get("DeleteMarkers", [])]
        yield from sorted([*page.get("Versions", []), *markers], key=lambda entry: entry["Key"])


def _kept(key: str, entries: list[dict[str, Any]]) -> Kept:
    versions = tuple(one["VersionId"] for one in reversed(entries) if "is_marker" not in one)
    is_deleted = any("is_marker" in entry and entry["IsLatest"] for entry in entries)
    return Kept(key, versions, len(entries) > 1, is_deleted)
