"""Objects in the media bucket: signed links to them, what they are, and their removal."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import ClientError
from django.conf import settings
from django.utils.http import content_disposition_header

from prework import aws
from prework.errors import NotFound, NotRemoved, StorageUnavailable
from prework.filenames import shown_name

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

# The version is not there, is a delete marker, or (416) has no bytes.
GONE = {404, 405, 416}
READ_AT_ONCE = 64 * 1024
MAX_REMOVED_AT_ONCE = 1000  # DeleteObjects takes no more
# What a browser may show in its window. Nothing here can run a script: no SVG, no HTML, no XML.
INLINE_TYPES = frozenset(
    {
        "application/pdf",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/webm",
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
        "video/mp4",
        "video/ogg",
        "video/webm",
    }
)
# SVG, HTML, XML of all sorts (not Office's, whose names have it too), and scripts.
RUN_BY_BROWSERS = re.compile(r"html|[/+]xml|xsl|script")


@dataclass(frozen=True, kw_only=True)
class Found:
    """An object as S3 has it now."""

    version_id: str
    size: int
    content_type: str
    checksum_sha256: str | None
    content_encoding: str | None = None
    etag: str = ""


def signed_put(
    key: str, *, content_type: str, size: int | None = None, checksum_sha256: str | None = None
) -> tuple[str, dict[str, str]]:
    """A URL to PUT one object to, and the headers that are in its signature.

    S3 refuses a request that leaves one of them out or sends another value.
    """
    bound: list[tuple[str, str, Any]] = [
        ("Content-Type", "ContentType", content_type),
        ("Content-Length", "ContentLength", size),
        ("x-amz-checksum-sha256", "ChecksumSHA256", checksum_sha256),
    ]
    given = [entry for entry in bound if entry[2] is not None]
    url = aws.s3().generate_presigned_url(
        "put_object",
        Params={"Bucket": settings.MEDIA_BUCKET, "Key": key, **{n: v for _, n, v in given}},
        ExpiresIn=settings.UPLOAD_URL_SECONDS,
        HttpMethod="PUT",
    )
    return url, {header: str(value) for header, _, value in given}


def signed_get(key: str, *, version_id: str, file_name: str, content_type: str) -> str:
    """A short-lived URL of one version of an object, whatever was put to its key later.

    Only what cannot run a script is shown in the browser, the rest is saved (RFC 6266). S3 sends
    no `nosniff`; so what a browser would run does not come under its own type, either.
    """
    essence = content_type.partition(";")[0].strip().lower()
    disposition = content_disposition_header(essence not in INLINE_TYPES, shown_name(file_name))
    params: dict[str, Any] = {
        "Bucket": settings.MEDIA_BUCKET,
        "Key": key,
        "VersionId": version_id,
        "ResponseContentDisposition": disposition,
        "ResponseCacheControl": "private",  # whoever put it may have said otherwise
    }
    if RUN_BY_BROWSERS.search(essence):
        params["ResponseContentType"] = "application/octet-stream"
    return aws.s3().generate_presigned_url(
        "get_object", Params=params, ExpiresIn=settings.DOWNLOAD_URL_SECONDS
    )


def find_object(key: str) -> Found | None:
    """What is at this key now, or `None`. Raises `StorageUnavailable`."""
    try:
        with aws.answering():
            head = aws.s3().head_object(
                Bucket=settings.MEDIA_BUCKET, Key=key, ChecksumMode="ENABLED"
            )
    except ClientError as error:
        if _is_missing(error):
            return None
        raise
    return Found(
        version_id=head["VersionId"],
        size=head["ContentLength"],
        content_type=head["ContentType"],
        checksum_sha256=head.get("ChecksumSHA256"),
        content_encoding=head.get("ContentEncoding"),
        etag=head["ETag"],
    )


def read_start(key: str, version_id: str, *, size: int) -> bytes | None:
    """The first bytes of one version, so many and no fewer; `None` if it is gone.

    Raises `StorageUnavailable`, also when the answer breaks off.
    """
    try:
        with aws.answering():
            answer = aws.s3().get_object(
                Bucket=settings.MEDIA_BUCKET,
                Key=key,
                VersionId=version_id,
                Range=f"bytes=0-{size - 1}",
            )
            with closing(answer["Body"]) as body:
                start = body.read(size)
    except ClientError as error:
        if _is_missing(error):
            return None
        raise
    if len(start) < size:
        raise StorageUnavailable
    return start


def read_object(key: str, *, limit: int) -> bytes | None:
    """What is at this key, or `None`; nothing that is larger than it may be, either.

    Raises `StorageUnavailable`.
    """
    try:
        with aws.answering():
            answer = aws.s3().get_object(Bucket=settings.MEDIA_BUCKET, Key=key)
            with closing(answer["Body"]) as body:
                return body.read() if answer["ContentLength"] <= limit else None
    except ClientError as error:
        if _is_missing(error):
            return None
        raise


@contextmanager
def reading(key: str, version_id: str) -> Iterator[BinaryIO]:
    """One version of an object, as a file to read once.

    Raises `NotFound` if it is gone; reading raises `StorageUnavailable`.
    """
    try:
        with aws.answering():
            answer = aws.s3().get_object(
                Bucket=settings.MEDIA_BUCKET, Key=key, VersionId=version_id
            )
    except ClientError as error:
        if _is_missing(error):
            raise NotFound from None
        raise
    with closing(answer["Body"]) as body:
        yield BufferedReader(_Body(body), READ_AT_ONCE)


class _Body(RawIOBase):
    """A body of S3's whose breaking off is the store's not answering."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with aws.answering():
            read = self._body.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


def abort_upload(key: str, upload_id: str) -> None:
    """End an upload in parts, and remove its parts; one that has ended by itself is none.

    Raises `StorageUnavailable`.
    """
    try:
        with aws.answering():
            aws.s3().abort_multipart_upload(
                Bucket=settings.MEDIA_BUCKET, Key=key, UploadId=upload_id
            )
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise


def remove_folder(prefix: str) -> None:
    """Remove every version of all whose keys begin so, for good. Raises `StorageUnavailable`."""
    with aws.answering():
        _remove(list(_versions_below(prefix)))


def remove_version(key: str, version_id: str) -> None:
    """Remove one version of an object for good. Raises `StorageUnavailable`."""
    with aws.answering():
        aws.s3().delete_object(Bucket=settings.MEDIA_BUCKET, Key=key, VersionId=version_id)


def remove_object(key: str) -> None:
    """Remove every version of an object for good. Raises `StorageUnavailable`."""
    _remove_versions(key, keep="")


def remove_other_versions(key: str, version_id: str) -> None:
    """Remove every version of an object but this one for good. Raises `StorageUnavailable`."""
    _remove_versions(key, keep=version_id)


def _remove_versions(key: str, *, keep: str) -> None:
    with aws.answering():
        # a prefix also finds longer keys
        versions = [one for one in _versions_below(key) if one["Key"] == key]
        _remove([one for one in versions if one.get("VersionId") != keep])


def _remove(versions: "list[ObjectIdentifierTypeDef]") -> None:
    for first in range(0, len(versions), MAX_REMOVED_AT_ONCE):
        batch = versions[first : first + MAX_REMOVED_AT_ONCE]
        answer = aws.s3().delete_objects(
            Bucket=settings.MEDIA_BUCKET, Delete={"Objects": batch, "Quiet": True}
        )
        if answer.get("Errors"):  # said beside a 200
            raise NotRemoved


def _versions_below(prefix: str) -> "Iterator[ObjectIdentifierTypeDef]":
    pages = aws.s3().get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=settings.MEDIA_BUCKET, Prefix=prefix):
        for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            yield {"Key": entry["Key"], "VersionId": entry["VersionId"]}


def _is_missing(error: ClientError) -> bool:
    return error.response["ResponseMetadata"]["HTTPStatusCode"] in GONE
