"""Pictures of images: as S3 has them, or rendered from the version that was confirmed."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryFile

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from media import queries
from media.engine import workers
from media.engine.flights import Flights
from media.engine.variants import Variant
from media.errors import ImageBusy
from media.meters import IMAGES_RENDERED
from media.models import Media, rendition_folder, version_digest
from media.services.leases import Lease
from prework import aws, objects
from prework.errors import NotFound, StorageUnavailable
from prework.metrics import log_business_metric
from prework.tenancy import Actor

MAX_FRAMES = 2_000
MAX_PICTURE_BYTES = 16 * 1024**2
PATIENCE_SECONDS = 20.0  # with another process that renders the same
LOOK_SECONDS, LOOKS = 0.2, 5
FLIGHTS = Flights()
# Whoever waits for a picture holds a thread of the images': half of them at the most, and what is
# kept is shown meanwhile. A page full of new images is not refused for that: they wait a little.
SEAT_SECONDS = 2.0
SEATS = threading.BoundedSemaphore(max(2, settings.THREADS // 2))
log = structlog.get_logger(__name__)


def render_image(*, actor: Actor, media: Media, variant: Variant) -> bytes:
    """A picture of this image, rendered once however many ask for it.

    Raises `NotAnImage`, `ImageUnreadable`, `ImageTooLarge`, `ImageBusy`; `NotFound` if the file
    was removed meanwhile.
    """
    kept = _kept(media, variant)
    if kept is not None:
        return kept
    flight = media.pk, media.s3_version_id, variant.name
    with _seat() as has_waited:
        kept = _kept(media, variant) if has_waited else None  # by who had the seat
        return kept or FLIGHTS.once(flight, partial(_rendered_by_one, actor, media, variant))


def remove_pictures(media: Media) -> None:
    """Remove all that was rendered of a file. Raises `StorageUnavailable`."""
    objects.remove_folder(rendition_folder(media))


@contextmanager
def _seat() -> Iterator[bool]:
    """A seat, and whether it had to be waited for."""
    has_waited = not SEATS.acquire(blocking=False)
    if has_waited and not SEATS.acquire(timeout=SEAT_SECONDS):
        raise ImageBusy
    try:
        yield has_waited
    finally:
        SEATS.release()


def _rendered_by_one(actor: Actor, media: Media, variant: Variant) -> bytes:
    """The picture by whoever has the lease, which may be another process."""
    lease = Lease(actor, media, variant)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if lease.take():
            try:
                # who had it before may have just put it there
                return _kept(media, variant) or _rendered(actor, media, variant, lease)
            finally:
                lease.give_back()
        kept = _awaited(media, variant)
        if kept is not None:
            return kept
    raise ImageBusy


def _awaited(media: Media, variant: Variant) -> bytes | None:
    for _ in range(LOOKS):
        time.sleep(LOOK_SECONDS)
        kept = _kept(media, variant)
        if kept is not None:
            return kept
    return None


def _rendered(actor: Actor, media: Media, variant: Variant, lease: Lease) -> bytes:
    began = time.perf_counter()
    outcome = "failed"
    try:
        picture = _drawn(media, variant)
        _keep(actor, media, variant, picture)
        outcome = "made"
    except workers.Refused as refused:
        outcome = "refused"
        log.info("image_refused", file_id=media.file_id, code=refused.code, reason=str(refused))
        raise lease.refuse(refused.code, whole_image=refused.is_of_image) from None
    except workers.Busy:
        raise ImageBusy from None
    finally:
        seconds = time.perf_counter() - began
        log_business_metric(IMAGES_RENDERED.name, seconds, {"Outcome": outcome})
    return picture


def _drawn(media: Media, variant: Variant) -> bytes:
    """The picture by a worker, from a file that is here for as long."""
    limits = {"frames": MAX_FRAMES, "bytes": MAX_PICTURE_BYTES}
    if int(media.file_size or 0) > settings.IMAGE_MAX_BYTES:
        raise workers.Refused("too_large", f"{media.file_size} bytes")
    try:
        with TemporaryFile() as original:
            with objects.reading(media.s3_key, str(media.s3_version_id)) as read:
                shutil.copyfileobj(read, original)
            original.flush()
            return workers.POOL.render(original.fileno(), {**variant.asked, **limits})
    except OSError:  # no room on the disk, no descriptor
        log.exception("image_not_held", file_id=media.file_id)
        raise workers.Busy from None


def _kept(media: Media, variant: Variant) -> bytes | None:
    return objects.read_object(_place(media, variant), limit=MAX_PICTURE_BYTES)


def _keep(actor: Actor, media: Media, variant: Variant, picture: bytes) -> None:
    """Keep it for the next who asks; but no picture of a file that was removed meanwhile.

    Who removes a file takes its record first, and its pictures last: either they find this one
    or we find no record.
    """
    try:
        with aws.answering():
            storages["renditions"].save(_place(media, variant), ContentFile(picture))
    except StorageUnavailable:
        log.info("picture_not_kept", file_id=media.file_id)
    now = queries.find_media(actor, media.file_id)
    if now is None or not now.is_completed or now.s3_version_id != media.s3_version_id:
        remove_pictures(media)
        raise NotFound


def _place(media: Media, variant: Variant) -> str:
    return f"{rendition_folder(media)}{version_digest(media)}/{variant.name}"
