"""What is in the media bucket, a page at a time: for sweeps, never for a request."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError
from django.conf import settings

from prework import aws
from prework.errors import NotRemoved

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

T = TypeVar("T")
PAGE_SIZE = 1000
GONE = "NoSuchUpload"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of an object, or a mark (of no size) that it was deleted."""

    key: str
    version_id: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """An upload in parts that was begun, and neither completed nor aborted."""

    key: str
    upload_id: str
    begun_at: datetime


def each_page_of_versions() -> Iterator[list[Version]]:
    """Every version of every object, by key, up to 1,000 at a time.

    A page may be removed when one has it. Raises `StorageUnavailable`.
    """
    pages = aws.s3().get_paginator("list_object_versions")
    with aws.answering():
        for page in _ahead(
            pages.paginate(Bucket=settings.MEDIA_BUCKET, PaginationConfig={"PageSize": PAGE_SIZE})
        ):
            sized = [(one, one["Size"]) for one in page.get("Versions", [])]
            marks = [(one, 0) for one in page.get("DeleteMarkers", [])]
            yield [
                Version(
                    key=one["Key"],
                    version_id=one["VersionId"],
                    size=size,
                    modified_at=one["LastModified"],
                )
                for one, size in [*sized, *marks]
            ]


def each_page_of_unfinished() -> Iterator[list[Unfinished]]:
    """Every unfinished upload in parts, up to 1,000 at a time. Raises `StorageUnavailable`."""
    pages = aws.s3().get_paginator("list_multipart_uploads")
    with aws.answering():
        for page in _ahead(
            pages.paginate(Bucket=settings.MEDIA_BUCKET, PaginationConfig={"PageSize": PAGE_SIZE})
        ):
            yield [
                Unfinished(key=one["Key"], upload_id=one["UploadId"], begun_at=one["Initiated"])
                for one in page.get("Uploads", [])
            ]


def _ahead(pages: Iterable[T]) -> Iterator[T]:
    """Each when the next is there already: S3 is asked for what follows the last of a page, and a
    version that is gone by then has no place that it would go on from.
    """
    for page, _ in pairwise(chain(pages, [None])):
        yield page  # type: ignore[misc]  # the last is nobody's first


def size_of_parts(key: str, upload_id: str) -> int:
    """How many bytes the parts of an unfinished upload have. Raises `StorageUnavailable`."""
    pages = (
        aws.s3()
        .get_paginator("list_parts")
        .paginate(Bucket=settings.MEDIA_BUCKET, Key=key, UploadId=upload_id)
    )
    try:
        with aws.answering():
            return sum(part["Size"] for page in pages for part in page.get("Parts", []))
    except ClientError as error:
        if error.response["Error"]["Code"] == GONE:
            return 0
        raise


def remove_versions(versions: Sequence[tuple[str, str]]) -> None:
    """Remove up to 1,000 versions, each a key and its version id, for good: those that are there.

    Raises `StorageUnavailable`; then some may be gone.
    """
    entries: list[ObjectIdentifierTypeDef] = [
        {"Key": key, "VersionId": version_id} for key, version_id in versions
    ]
    with aws.answering():
        answer = aws.s3().delete_objects(
            Bucket=settings.MEDIA_BUCKET, Delete={"Objects": entries, "Quiet": True}
        )
    if answer.get("Errors"):  # said beside a 200
        raise NotRemoved
