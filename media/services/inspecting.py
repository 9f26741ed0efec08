"""What is wrong with an uploaded object, if anything."""

from media.engine.sniffing import SNIFFED_BYTES, is_honest
from media.errors import FileTooLarge, UploadMismatch, UploadMissing
from media.models import Media
from prework import objects
from prework.errors import Problem
from prework.objects import Found


def inspect(media: Media, found: Found) -> Problem | None:
    """Why this object cannot become the file: it is not as announced, or over the limit.

    How it begins is read last, for it is a call. Raises `UploadMissing` if it is gone by then, and
    `StorageUnavailable`.
    """
    if not _is_as_announced(media, found):
        return UploadMismatch()
    limit = media.max_bytes
    if found.size > limit:
        return FileTooLarge(limit=limit)
    return None if is_honest(media.mime_type, _start(media, found)) else UploadMismatch()


def _is_as_announced(media: Media, found: Found) -> bool:
    return (
        media.file_size in (None, found.size)
        and media.mime_type == found.content_type
        and media.checksum_sha256 in (None, found.checksum_sha256)
        and not found.content_encoding  # a browser would unpack it: other bytes than we looked at
    )


def _start(media: Media, found: Found) -> bytes:
    wanted = min(found.size, SNIFFED_BYTES)
    if not wanted:
        return b""
    start = objects.read_start(media.s3_key, found.version_id, size=wanted)
    if start is None:
        raise UploadMissing
    return start
