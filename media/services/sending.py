"""Sending a file of this machine, as somebody would: in one piece, or in parts by threads."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings

from media import queries
from media.engine.parts import MIN_BYTES, Cut, composite_etag, cut
from media.errors import UploadCompleted, UploadGone
from media.models import Media
from media.services.completing import complete_multipart
from media.services.confirming import confirm_upload
from media.services.multipart import cut_of, sign_parts, start_multipart
from media.services.removing import delete_media
from media.services.starting import Upload, start_upload
from prework import clock, objects
from prework.errors import NotFound
from prework.stretches import LocalFile, Unsent
from prework.tenancy import Actor

Etags = dict[int, str]


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What is sent, and for what."""

    file_name: str
    file_type: str
    entity_type: str
    entity_id: str


def send_file(*, actor: Actor, local: LocalFile, sending: Sending, threads: int) -> Media:
    """The file as it became one of prework's.

    From 100 MB on it goes in parts, and what of them was sent before and is as it is in the file
    now is not sent again. Raises `Unsent`, whereupon the same goes on; and what any upload does.
    """
    if local.size < MIN_BYTES:
        return _send_whole(actor, local, sending)
    return _send_in_parts(actor, local, sending, threads)


def _send_whole(actor: Actor, local: LocalFile, sending: Sending) -> Media:
    upload: Upload = start_upload(actor=actor, file_size=local.size, **vars(sending))
    local.put(lambda: (upload.upload_url, upload.headers), 0, local.size)
    _check_unchanged(actor, local, upload.file_id)
    return confirm_upload(actor=actor, file_id=upload.file_id, key=upload.key)


def _send_in_parts(actor: Actor, local: LocalFile, sending: Sending, threads: int) -> Media:
    file_id, parts, etags = _begun(actor, local, sending) or _begin(actor, local, sending)
    missing = [number for number in range(1, parts.part_count + 1) if number not in etags]
    with ThreadPoolExecutor(threads) as pool:
        jobs = {
            pool.submit(_send_part, actor, local, file_id, parts, number): number
            for number in missing
        }
        try:
            for job in as_completed(jobs):
                etags[jobs[job]] = job.result()
        except BaseException:  # a part that is not taken, or Ctrl-C: what runs is to end, too
            local.stop()
            pool.shutdown(cancel_futures=True)
            raise
    _check_unchanged(actor, local, file_id)
    named = [{"part_number": number, "etag": etag} for number, etag in etags.items()]
    return complete_multipart(actor=actor, file_id=file_id, parts=named)


def _begin(actor: Actor, local: LocalFile, sending: Sending) -> tuple[str, Cut, Etags]:
    upload = start_multipart(actor=actor, file_size=local.size, **vars(sending))
    return upload.file_id, cut(local.size), {}


def _begun(actor: Actor, local: LocalFile, sending: Sending) -> tuple[str, Cut, Etags] | None:
    """One's own upload of this very file, with the parts of it that S3 has.

    One of which S3 has any other part is of another file, or of what this one was before.
    """
    since = clock.now() - timedelta(seconds=settings.PENDING_MULTIPART_SECONDS)
    wanted = {**vars(sending), "file_size": local.size}
    wanted["mime_type"] = wanted.pop("file_type")
    for media in queries.each_own_multipart(actor, since=since):
        if not _is_of(media, wanted):
            continue
        parts = cut_of(media)
        etags = _same_parts(actor, local, media, parts)
        if etags is not None:
            return media.file_id, parts, etags
    return None


def _is_of(media: Media, wanted: Mapping[str, Any]) -> bool:
    return not media.checksum_algorithm and all(
        getattr(media, name) == value for name, value in wanted.items()
    )


def _same_parts(actor: Actor, local: LocalFile, media: Media, parts: Cut) -> Etags | None:
    try:
        found = queries.list_parts(actor, media.file_id).parts
    except UploadCompleted:  # S3 has put them together, and whoever had it do so has died
        return _same_object(local, media, parts)
    except (NotFound, UploadGone):  # the index lags
        return None
    etags = {part.part_number: part.etag for part in found}
    done = 0
    for number, etag in etags.items():
        done += parts.size_of(number)
        if etag.strip('"') != _md5(local, parts, number):
            local.show(-done)
            return None
    return etags


def _same_object(local: LocalFile, media: Media, parts: Cut) -> Etags | None:
    found = objects.find_object(media.s3_key)
    md5s = {number: _md5(local, parts, number) for number in range(1, parts.part_count + 1)}
    if found and found.etag == composite_etag(list(md5s.values())):
        return md5s
    local.show(-local.size)
    return None


def _md5(local: LocalFile, parts: Cut, number: int) -> str:
    return local.md5((number - 1) * parts.part_size, parts.size_of(number))


def _send_part(actor: Actor, local: LocalFile, file_id: str, parts: Cut, number: int) -> str:
    sign = partial(_signed, actor, file_id, number)
    return local.put(sign, (number - 1) * parts.part_size, parts.size_of(number))


def _signed(actor: Actor, file_id: str, number: int) -> tuple[str, Mapping[str, str]]:
    (part,) = sign_parts(actor=actor, file_id=file_id, part_numbers=[number]).parts
    return part.url, part.headers


def _check_unchanged(actor: Actor, local: LocalFile, file_id: str) -> None:
    if local.has_changed:
        delete_media(actor=actor, file_id=file_id)
        raise Unsent("the file was written to while it was sent")
