"""What is wrong with an uploaded object, if anything."""

from media.errors import FileTooLarge, UploadMismatch
from media.models import Media
from prework.errors import Problem
from prework.objects import Found


def inspect(media: Media, found: Found) -> Problem | None:
    """Why this object cannot become the file: it is not as announced, or over the limit."""
    if not _is_as_announced(media, found):
        return UploadMismatch()
    limit = media.max_bytes
    return FileTooLarge(limit=limit) if found.size > limit else None


def _is_as_announced(media: Media, found: Found) -> bool:
    return (
        media.file_size in (None, found.size)
        and media.mime_type == found.content_type
        and media.checksum_sha256 in (None, found.checksum_sha256)
        and not found.content_encoding  # a browser would unpack it: other bytes than we looked at
    )
