"""Reads of files: whoever may read a thing may read its files."""

from collections.abc import Callable

from media.errors import NotAnImage
from media.models import METADATA, Media, entity_key, media_key, parts_of_key, user_key
from prework import clock
from prework.cdn import Opened
from prework.dynamo import Page, StartKey, find, read_page
from prework.entities import Entity, access_entity
from prework.errors import NotFound, PermissionDenied
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
