"""Reads of files: whoever may read a thing may read its files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from media.errors import NotAnImage, UploadCompleted, UploadGone
from media.models import (
    METADATA,
    PENDING,
    Media,
    Quota,
    entity_key,
    media_key,
    new_quota,
    parts_of_key,
    quota_sort,
    quotas_key,
    user_key,
)
from prework import clock, multipart, objects
from prework.cdn import Opened
from prework.dynamo import Page, StartKey, each, fetch, find, read_page
from prework.entities import Entity, access_entity
from prework.errors import NotFound, PermissionDenied
from prework.multipart import Part
from prework.tenancy import Actor
from teams.errors import TeamArchived
from teams.queries import access_team

REMOVE = "team.update"


def access_media(actor: Actor, file_id: str, *, to_remove: bool = False) -> Media:
    """The file, if the actor may read what it belongs to; a pending one is its owner's alone.

    To remove it takes its uploader, or `team.update` in the organisation or the thing's team.
    """
    media = find_media(actor, file_id)
    if media is None:
        raise NotFound
    is_own = media.user_id == actor.user_id
    if not media.is_completed:
        if not is_own:
            raise NotFound
        return media
    entity = access_entity(actor, media.entity_type, media.entity_id)
    if to_remove and not is_own:
        _require_removal(actor, entity)
    return media


def access_image(actor: Actor, file_id: str) -> Media:
    """The file, if the actor may read it, and it is confirmed and of a type that is rendered."""
    media = access_media(actor, file_id)
    if not media.is_completed:
        raise NotFound
    if not media.is_image:
        raise NotAnImage
    return media


def access_signed_image(actor: Actor, opened: Opened) -> Media:
    """The file that a signed URL names, as long as it has this very version.

    Who has the URL may have it; its key says whose it is, and the actor acts for those.
    """
    media = find_media(actor, parts_of_key(opened.key)[1])
    is_same = media is not None and media.s3_key == opened.key and media.is_completed
    if media is None or not is_same or media.s3_version_id != opened.version_id:
        raise NotFound
    return media


def access_own_upload(actor: Actor, file_id: str) -> Media:
    """An upload that the actor began, if what it is for may still be written to by the actor."""
    media = find_media(actor, file_id)
    if media is None or media.user_id != actor.user_id:
        raise NotFound
    access_writable(actor, media.entity_type, media.entity_id)
    return media


def access_own_multipart(actor: Actor, file_id: str) -> Media:
    """An upload in parts that the actor began, if what it is for may still be written to."""
    media = access_own_upload(actor, file_id)
    if media.upload_id is None:
        raise NotFound
    return media


def each_own_multipart(actor: Actor, *, since: datetime) -> Iterator[Media]:
    """The uploads in parts that the actor began since then and has not completed, newest first.

    By an index, which may lag: whoever goes on with one reads it again.
    """
    begun = each(Media, user_key(actor, actor.user_id), index=1, newest_first=True)
    recent = takewhile(lambda media: clock.from_text(media.created_at) >= since, begun)
    return (media for media in recent if media.upload_id and media.upload_status == PENDING)


@dataclass(frozen=True, kw_only=True)
class FoundParts:
    """The parts that S3 has, in order, and how the file is cut."""

    parts: list[Part]
    part_size: int
    part_count: int


def list_parts(actor: Actor, file_id: str) -> FoundParts:
    """What S3 has of an upload of the actor's own: that need not be put again.

    Raises `UploadCompleted` once they are put together, `UploadGone` when S3 has given them up.
    """
    media = access_own_multipart(actor, file_id)
    if media.upload_status != PENDING:
        raise UploadCompleted
    try:
        found = multipart.list_parts(media.s3_key, str(media.upload_id))
    except multipart.UploadLost:
        is_there = objects.find_object(media.s3_key) is not None
        raise (UploadCompleted if is_there else UploadGone) from None
    return FoundParts(
        parts=list({part.part_number: part for part in found}.values()),
        part_size=int(media.part_size),
        part_count=media.part_count,
    )


def access_writable(actor: Actor, entity_type: str, entity_id: str) -> Entity:
    """The entity, if the actor may add files to it; otherwise it is as if it were not there."""
    actor.require("media.upload")
    try:
        return access_entity(actor, entity_type, entity_id, to_write=True)
    except (PermissionDenied, TeamArchived):
        raise NotFound from None


def find_media(actor: Actor, file_id: str) -> Media | None:
    """The file in the actor's organisation, or `None`. Nobody is authorised by this."""
    media = find(Media, media_key(actor, file_id), METADATA)
    return None if media is None or _is_expired(media) else media


def list_entity_media(
    actor: Actor, entity_type: str, entity_id: str, *, limit: int, start: StartKey
) -> Page:
    """The files of a document, team or user, newest first; none for an unknown id."""
    try:
        access_entity(actor, entity_type, entity_id)
    except NotFound:
        return Page([])
    partition = entity_key(actor, entity_type, entity_id)
    return read_page(Media, partition, index=2, limit=limit, start=start, newest_first=True)


def list_user_media(actor: Actor, user_id: str, *, limit: int, start: StartKey) -> Page:
    """What a user uploaded, newest first, of it what the actor may read.

    One's own list also has the uploads that are not confirmed yet.
    """
    if user_id != actor.user_id:
        access_entity(actor, "user", user_id)
    return read_page(
        Media,
        user_key(actor, user_id),
        index=1,
        limit=limit,
        start=start,
        newest_first=True,
        keep=_reader(actor),
    )


def load_usage(actor: Actor, user_id: str) -> dict[str, Quota]:
    """What a user and the actor's organisation hold, and may hold: `user` and `organization`.

    One read, consistent.
    """
    owners = (user_id, None)
    rows = fetch(*((Quota, quotas_key(actor), quota_sort(owner)) for owner in owners))
    found = [row or new_quota(actor, owner) for row, owner in zip(rows, owners, strict=True)]
    return {quota.owner: quota for quota in found}


def access_quota(actor: Actor, owner_id: str) -> Quota:
    """What a user holds and may hold, or by its own id the organisation. For staff."""
    quota = find_quota(actor, owner_id)
    if quota.user_id and not quota.moves:
        access_entity(actor, "user", owner_id)
    return quota


def find_quota(actor: Actor, owner_id: str) -> Quota:
    """The same, of whomever: who has none yet holds nothing. Nobody is authorised by this."""
    owner = None if owner_id == actor.organization_id else owner_id
    found = find(Quota, quotas_key(actor), quota_sort(owner))
    return found or new_quota(actor, owner)


def count_held(actor: Actor, user_id: str) -> int:
    """How many bytes are held for a user by the records of their files, as the index has them."""
    files = each(Media, user_key(actor, user_id), index=1, attributes=["chargedBytes"])
    return sum(int(media.charged_bytes or 0) for media in files)


def _reader(actor: Actor) -> Callable[[Media], bool]:
    """Whether the actor may read a file; each thing's door is asked once a list."""
    answers: dict[tuple[str, str], bool] = {}

    def may_read(media: Media) -> bool:
        if not media.is_completed:
            return media.user_id == actor.user_id and not _is_expired(media)
        thing = media.entity_type, media.entity_id
        if thing not in answers:
            answers[thing] = _is_readable(actor, *thing)
        return answers[thing]

    return may_read


def _is_readable(actor: Actor, entity_type: str, entity_id: str) -> bool:
    try:
        access_entity(actor, entity_type, entity_id)
    except (NotFound, PermissionDenied):
        return False
    return True


def _is_expired(media: Media) -> bool:
    return media.expires_at is not None and media.expires_at <= clock.to_epoch(clock.now())


def _require_removal(actor: Actor, entity: Entity) -> None:
    if actor.may(REMOVE):
        return
    if entity.team_id is None:
        raise PermissionDenied(REMOVE)
    access_team(actor, entity.team_id, needs=REMOVE)
