"""Objects in the media bucket: signed links to them, what they are, and their removal."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from django.conf import settings
from django.utils.http import content_disposition_header

from prework import aws
from prework.errors import StorageUnavailable
from prework.filenames import shown_name

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

MAX_REMOVED_AT_ONCE = 1000  # DeleteObjects takes no more
PIECE_BYTES = 256 * 1024
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


@dataclass(frozen=True, kw_only=True)
class Found:
    """An object as S3 has it now."""

    version_id: str
    size: int
    content_type: str
    checksum_sha256: str | None


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

    Only what cannot run a script is shown in the browser, the rest is saved (RFC 6266).
    """
    essence = content_type.partition(";")[0].strip().lower()
    disposition = content_disposition_header(essence not in INLINE_TYPES, shown_name(file_name))
    return aws.s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.MEDIA_BUCKET,
            "Key": key,
            "VersionId": version_id,
            "ResponseContentDisposition": disposition,
        },
        ExpiresIn=settings.DOWNLOAD_URL_SECONDS,
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
    )


def read_object(key: str, *, limit: int) -> bytes | None:
    """What is at this key, or `None`; nothing that is larger than it may be, either.

    Raises `StorageUnavailable`.
    """
    try:
        with aws.answering():
            answer = aws.s3().get_object(Bucket=settings.MEDIA_BUCKET, Key=key)
            with closing(answer["Body"]) as body:
                read = body.read() if answer["ContentLength"] <= limit else None
    except ClientError as error:
        if _is_missing(error):
            return None
        raise
    return read


def copy_version(key: str, version_id: str, file: IO[bytes], *, limit: int) -> bool:
    """Write one version of an object to this file, a little at a time; `False` if it is gone.

    Raises `StorageUnavailable`, and `ValueError` for one that is larger than it may be.
    """
    try:
        with aws.answering():
            answer = aws.s3().get_object(
                Bucket=settings.MEDIA_BUCKET, Key=key, VersionId=version_id
            )
            with closing(answer["Body"]) as body:
                if answer["ContentLength"] > limit:
                    raise ValueError("The object is larger than it may be.")
                for piece in body.iter_chunks(PIECE_BYTES):
                    file.write(piece)
    except ClientError as error:
        if _is_missing(error):
            return False
        raise
    file.flush()
    return True


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
            raise StorageUnavailable


def _versions_below(prefix: str) -> "Iterator[ObjectIdentifierTypeDef]":
    pages = aws.s3().get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=settings.MEDIA_BUCKET, Prefix=prefix):
        for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            yield {"Key": entry["Key"], "VersionId": entry["VersionId"]}


def _is_missing(error: ClientError) -> bool:
    return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 404)
