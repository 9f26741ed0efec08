"""Objects of the media bucket that come in parts: begun, signed part by part, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from django.conf import settings

from prework import aws

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

LOST = "NoSuchUpload"
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
REFUSALS = {"BadDigest", "EntityTooSmall", "InvalidPart", "InvalidPartOrder", "InvalidRequest"}


class UploadLost(Exception):
    """S3 does not know the upload (any more): it was put together, or aborted."""


class PartsRefused(Exception):
    """S3 does not put these parts together; the text is its code for why."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part as S3 has it now."""

    part_number: int
    etag: str
    size: int
    checksum_sha256: str | None


def begin(key: str, *, content_type: str, checksum_algorithm: str | None) -> str:
    """The id of a new upload. With an algorithm, S3 takes no part without such a checksum.

    Raises `StorageUnavailable`.
    """
    more = {"ChecksumAlgorithm": checksum_algorithm.upper()} if checksum_algorithm else {}
    with aws.answering():
        answer = aws.s3().create_multipart_upload(
            Bucket=settings.MEDIA_BUCKET,
            Key=key,
            ContentType=content_type,
            **more,  # type: ignore[arg-type]  # a literal, made from our own choice of them
        )
    return answer["UploadId"]


def signed_part(
    key: str, upload_id: str, number: int, *, size: int, checksum_sha256: str | None = None
) -> tuple[str, dict[str, str]]:
    """A URL to PUT one part to, and the headers that are in its signature, as `signed_put`."""
    checksum = {"ChecksumSHA256": checksum_sha256} if checksum_sha256 else {}
    url = aws.s3().generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": settings.MEDIA_BUCKET,
            "Key": key,
            "UploadId": upload_id,
            "PartNumber": number,
            "ContentLength": size,
            **checksum,
        },
        ExpiresIn=settings.UPLOAD_URL_SECONDS,
        HttpMethod="PUT",
    )
    headers = {"Content-Length": str(size)}
    if checksum_sha256:
        headers["x-amz-checksum-sha256"] = checksum_sha256
    return url, headers


def list_parts(key: str, upload_id: str) -> list[Part]:
    """Every part that S3 has, in order: a call per 1,000.

    Raises `UploadLost`, and `StorageUnavailable`.
    """
    pages = aws.s3().get_paginator("list_parts")
    try:
        with aws.answering():
            return [
                _shown(part)
                for page in pages.paginate(
                    Bucket=settings.MEDIA_BUCKET, Key=key, UploadId=upload_id
                )
                for part in page.get("Parts", [])
            ]
    except ClientError as error:
        if _code(error) == LOST:
            raise UploadLost from error
        raise


def complete(key: str, upload_id: str, parts: Sequence[Part], *, size: int) -> None:
    """Have S3 put these parts together to an object of this size; some S3s check that, too.

    Raises `UploadLost`, `PartsRefused`, and `StorageUnavailable`, whereupon it may be done or not.
    """
    try:
        with aws.answering():
            aws.s3().complete_multipart_upload(
                Bucket=settings.MEDIA_BUCKET,
                Key=key,
                UploadId=upload_id,
                MpuObjectSize=size,
                MultipartUpload={"Parts": [_named(part) for part in parts]},
            )
    except ClientError as error:
        if _code(error) == LOST:
            raise UploadLost from error
        if _code(error) in REFUSALS:
            raise PartsRefused(_code(error)) from error
        raise


def _shown(part: "PartTypeDef") -> Part:
    return Part(
        part_number=part["PartNumber"],
        etag=part["ETag"],
        size=part["Size"],
        checksum_sha256=part.get("ChecksumSHA256"),
    )


def _named(part: Part) -> "CompletedPartTypeDef":
    named: CompletedPartTypeDef = {"PartNumber": part.part_number, "ETag": part.etag}
    if part.checksum_sha256:  # of all parts or of none
        named["ChecksumSHA256"] = part.checksum_sha256
    return named


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
