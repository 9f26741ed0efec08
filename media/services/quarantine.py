"""Files in which something was found: nobody gets them, and staff decide what becomes of them."""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings

from media import queries
from media.errors import NotInQuarantine
from media.events import FileQuarantined, FileReleased
from media.models import (
    QUARANTINED,
    Media,
    pending_keys,
    quarantine_key,
    sort_key,
)
from media.services.finishing import finish, sweep_later, write
from media.services.removing import remove_bytes, remove_sequestered
from prework import clock
from prework.changes import Change, retry_stale
from prework.errors import NotFound, Stale
from prework.tenancy import Actor, system_actor

LONGEST_FINDING = 200


def sequester(media: Media, finding: str) -> None:
    """Put a scanned upload aside, for as long as the settings say, and tell its uploader."""
    actor = system_actor(media.organization_id)
    ends_at = clock.to_epoch(clock.now() + timedelta(days=settings.QUARANTINE_DAYS))
    gsi3pk, gsi3sk = pending_keys(media.file_id, ends_at)
    values = {
        "kind": Media.__name__,
        "upload_status": QUARANTINED,
        "finding": finding[:LONGEST_FINDING],
        "confirmed_at": media.confirmed_at,
        "gsi2pk": quarantine_key(actor),
        "gsi2sk": sort_key(media.file_id),
        "gsi3pk": gsi3pk,
        "gsi3sk": gsi3sk,
    }
    with Change(actor=actor) as change:
        write(change, media, values)
        change.record(
            FileQuarantined(
                entity_id=media.file_id,
                user_id=media.user_id,
                new_values={**media.facts, "finding": values["finding"]},
            )
        )


@retry_stale
def release_media(*, actor: Actor, file_id: str) -> None:
    """Let a file out of quarantine, of which staff know that nothing is wrong with it.

    Raises `NotInQuarantine`.
    """
    media = _access_quarantined(actor, file_id)
    with Change(actor=actor) as change:
        _, uploaded = finish(change, media, sweep_later(media))
        change.record(
            FileReleased(
                entity_id=media.file_id,
                user_id=media.user_id,
                old_values={**media.facts, "finding": media.finding},
            )
        )
        change.tell(uploaded)


@retry_stale
def remove_quarantined(*, actor: Actor, file_id: str) -> None:
    """Remove a file that is in quarantine before its time. Raises `NotInQuarantine`."""
    media = _access_quarantined(actor, file_id)
    remove_sequestered(actor, media)
    remove_bytes(media)


def expire(seen: Media) -> None:
    """Remove one whose time is over: the sweep found it, and the record decides."""
    actor = system_actor(seen.organization_id)
    media = queries.find_media(actor, seen.file_id)
    is_over = (
        media is not None and media.upload_status == QUARANTINED and media.gsi3sk == seen.gsi3sk
    )
    if media is not None and is_over:
        with suppress(Stale):  # somebody else has decided just now
            remove_sequestered(actor, media)
            remove_bytes(media)


def _access_quarantined(actor: Actor, file_id: str) -> Media:
    """One that staff may decide on."""
    if actor.kind != "staff":
        raise NotFound
    actor.require_writable()
    media = queries.find_media(actor, file_id)
    if media is None:
        raise NotFound
    actor.check_match(media.etag)
    if media.upload_status != QUARANTINED:
        raise NotInQuarantine
    return media
