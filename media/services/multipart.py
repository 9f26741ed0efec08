"""Uploads in parts: begun, signed part by part, and given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings

from media import queries
from media.engine.parts import MIN_BYTES, Cut, cut
from media.errors import FileTooLarge, UploadCompleted
from media.models import PENDING, Media, PendingUpload, upload_limit
from media.services.removing import remove_bytes
from media.services.reserving import give_up, reserve
from media.services.starting import check_type, new_pending
from prework import multipart, objects
from prework.changes import retry_stale
from prework.errors import FieldError, NotFound, ValidationFailed
from prework.tenancy import Actor

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class MultipartUpload:
    """An upload that was begun, and how the file is to be cut."""

    file_id: str
    key: str
    upload_id: str
    part_size: int
    part_count: int


@dataclass(frozen=True, kw_only=True)
class SignedPart:
    """Where to put a part, and with which headers: exactly those are in the signature."""

    part_number: int
    url: str
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class SignedParts:
    """The parts that were asked for."""

    parts: list[SignedPart]
    expires_in: int


def start_multipart(
    *,
    actor: Actor,
    file_name: str,
    file_type: str,
    file_size: int,
    entity_type: str,
    entity_id: str,
    checksum_algorithm: str | None = None,
) -> MultipartUpload:
    """Begin an upload in parts, for a file of 100 MB or more; nothing is shown to others yet.

    Its bytes are held in the quotas from here on. With `checksum_algorithm` every part has to be
    signed and put with its SHA-256. Raises `QuotaExceeded`.
    """
    actor.require_writable()
    actor.require("media.upload")
    check_type(file_type)
    parts = _cut(file_size)
    entity = queries.access_writable(actor, entity_type, entity_id)
    pending = new_pending(
        actor, entity, file_name, file_type, seconds=settings.PENDING_MULTIPART_SECONDS
    )
    pending.file_size, pending.part_size = file_size, parts.part_size
    pending.checksum_algorithm = checksum_algorithm
    pending.upload_id = upload_id = multipart.begin(
        pending.s3_key, content_type=file_type, checksum_algorithm=checksum_algorithm
    )
    _keep(actor, pending)
    return MultipartUpload(
        file_id=pending.file_id,
        key=pending.s3_key,
        upload_id=upload_id,
        part_size=parts.part_size,
        part_count=parts.part_count,
    )


def sign_parts(
    *,
    actor: Actor,
    file_id: str,
    part_numbers: Sequence[int],
    checksums: Mapping[int, str] | None = None,
) -> SignedParts:
    """URLs to put these parts to, each bound to its number, its size and, if any, its checksum.

    S3 is not asked. A number may be asked for again: the last body put to it counts.
    """
    actor.require_writable()
    media = queries.access_own_multipart(actor, file_id)
    if media.upload_status != PENDING:
        raise UploadCompleted
    numbers, given = list(dict.fromkeys(part_numbers)), checksums or {}
    _check_numbers(media, part_numbers)
    _check_checksums(media, numbers, given)
    return SignedParts(
        parts=[_signed(media, number, given.get(number)) for number in numbers],
        expires_in=settings.UPLOAD_URL_SECONDS,
    )


@retry_stale
def abort_multipart(*, actor: Actor, file_id: str) -> None:
    """Give up an upload: its parts, its URLs and its record are gone.

    S3 gives it up first, after which nobody can complete it. If somebody just had, and the record
    does not say so yet, then what was put together goes as well.
    """
    actor.require_writable()
    media = queries.find_media(actor, file_id)
    if media is None or media.user_id != actor.user_id or media.upload_id is None:
        raise NotFound
    if media.upload_status != PENDING:
        raise UploadCompleted
    actor.check_match(media.etag)
    objects.abort_upload(media.s3_key, media.upload_id)
    drop(actor, media)


def drop(actor: Actor, media: Media) -> None:
    """Take away the record of an upload that S3 has given up, and what may be at its key."""
    give_up(actor, media)
    remove_bytes(media)  # and parts that were on their way as S3 gave it up


def _keep(actor: Actor, pending: PendingUpload) -> None:
    """Write the record; an upload at S3 that has none is given up at once, or by the sweep."""
    try:
        reserve(actor, pending)
    except Exception:
        try:
            objects.abort_upload(pending.s3_key, str(pending.upload_id))
        except Exception:
            log.exception("multipart_left", key=pending.s3_key)
        raise


def _cut(file_size: int) -> Cut:
    if file_size < MIN_BYTES:
        detail = f"A file of less than {MIN_BYTES} bytes goes by POST /api/media/upload-url."
        raise ValidationFailed([FieldError("fileSize", "min_value", detail)])
    limit = upload_limit(in_parts=True)
    if file_size > limit:
        raise FileTooLarge(limit=limit)
    return cut(file_size)


def cut_of(media: Media) -> Cut:
    """How it was cut when it was begun, whatever the rule is by now."""
    return Cut(int(media.file_size), int(media.part_size))


def _check_numbers(media: Media, part_numbers: Sequence[int]) -> None:
    last = media.part_count
    detail = f"The file has the parts 1 to {last}."
    errors = [
        FieldError(f"partNumbers.{position}", "no_such_part", detail)
        for position, number in enumerate(part_numbers)
        if not 1 <= number <= last
    ]
    if errors:
        raise ValidationFailed(errors)


def _check_checksums(media: Media, numbers: Sequence[int], given: Mapping[int, str]) -> None:
    """S3 wants a checksum with every part or with none, as it was said at the beginning."""
    expected = set(numbers) if media.checksum_algorithm else set()
    errors = [
        FieldError(f"checksums.{number}", "required", "This upload has a checksum for each part.")
        for number in sorted(expected - set(given))
    ] + [
        FieldError(f"checksums.{number}", "unexpected", "No checksum of this part was asked for.")
        for number in sorted(set(given) - expected)
    ]
    if errors:
        raise ValidationFailed(errors)


def _signed(media: Media, number: int, checksum_sha256: str | None) -> SignedPart:
    url, headers = multipart.signed_part(
        media.s3_key,
        str(media.upload_id),
        number,
        size=cut_of(media).size_of(number),
        checksum_sha256=checksum_sha256,
    )
    return SignedPart(part_number=number, url=url, headers=headers)
