"""What makes an upload a file, in whichever change: once it is confirmed, scanned or released."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from accounts import services as accounts
from media.events import FileUploaded
from media.models import COMPLETED, Media, entity_key, pending_keys, sort_key
from prework import clock
from prework.changes import Change

# What only an upload has, or one that is scanned or in quarantine.
PASSING = ("expires_at", "confirmed_by", "confirmed_at", "scan_tries", "finding")
Values = dict[str, Any]


def finish(change: Change, media: Media, more: Values) -> tuple[Values, FileUploaded]:
    """Make it a file of what it belongs to; what it holds then, and what has happened.

    A picture of somebody's own is what they look like from here on.
    """
    values = {
        "kind": Media.__name__,
        "upload_status": COMPLETED,
        "completed_at": clock.to_text(clock.now()),
        "gsi2pk": entity_key(change.actor, media.entity_type, media.entity_id),
        "gsi2sk": sort_key(media.file_id),
        **more,
    }
    write(change, media, values)  # first: who is too late hears of that, and not of quotas
    if media.is_portrait and values.get("file_size", media.file_size):
        accounts.set_avatar(
            change=change,
            user_id=media.user_id,
            file_id=media.file_id,
            key=media.s3_key,
            version_id=str(values.get("s3_version_id", media.s3_version_id)),
            chosen_at=media.confirmed_at or values["completed_at"],
        )
    event = FileUploaded(
        owner_type=media.entity_type,
        entity_id=media.entity_id,
        user_id=media.user_id,
        new_values={name: values.get(name, was) for name, was in media.facts.items()},
    )
    return values, event


def sweep_later(media: Media) -> Values:
    """Where the sweep finds one that was held back: once nothing more can be put to its key."""
    last = clock.from_text(media.created_at) + timedelta(seconds=settings.PENDING_UPLOAD_SECONDS)
    due = clock.to_epoch(max(last, clock.now()))
    gsi3pk, gsi3sk = pending_keys(media.file_id, due)
    return {"gsi3pk": gsi3pk, "gsi3sk": gsi3sk}


def write(change: Change, media: Media, values: Values) -> None:
    """Write these into the record, if it is as it was read, and what has passed out of it."""
    actions = [getattr(Media, name).set(value) for name, value in values.items()]
    passed = [name for name in PASSING if name not in values and getattr(media, name) is not None]
    change.update(media, *actions, *(getattr(Media, name).remove() for name in passed))


def keep(media: Media, values: Values) -> None:
    """The record as it is stored now, without its being read again."""
    passed = dict.fromkeys(PASSING)
    for name, value in {**passed, **values, "version": media.version + 1}.items():
        setattr(media, name, value)
