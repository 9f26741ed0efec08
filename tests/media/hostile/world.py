"""What there is of an organisation's files, and that a refusal changes nothing of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from audit.queries import Filters, list_entries
from media.queries import list_user_media, load_usage
from prework import aws
from prework.events import Audience
from prework.history import list_events
from prework.tenancy import Actor
from tests.cast import Organization


@dataclass(frozen=True)
class World:
    """All that an upload could leave behind anywhere."""

    versions: set[tuple[str, str]]
    unfinished: set[tuple[str, str]]
    records: dict[str, str]
    entries: set[str]
    events: set[str]
    usage: list[Any]


def world(org: Organization) -> World:
    """As it is now, of everybody in the organisation."""
    actors = [person.actor for person in org.people]
    return World(
        versions=_versions(org.organization_id),
        unfinished=_unfinished(org.organization_id),
        records={one.file_id: one.upload_status for who in actors for one in _records(who)},
        entries={entry.audit_id for entry in _entries(actors[0])},
        events={event_id for who in actors for event_id in _events(who)},
        usage=[_usage(who) for who in actors],
    )


@contextmanager
def nothing_comes_of_it(org: Organization) -> Iterator[None]:
    """What is done meanwhile leaves no object, no version of one and no part, completes no record,
    is in nobody's trail or history as an upload, and holds none of a quota."""
    before = world(org)
    yield
    assert asdict(world(org)) == asdict(before)


def _versions(organization_id: str) -> set[tuple[str, str]]:
    pages = aws.s3().get_paginator("list_object_versions")
    found = pages.paginate(Bucket=settings.MEDIA_BUCKET, Prefix=f"{organization_id}/")
    return {
        (one["Key"], one["VersionId"])
        for page in found
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    }


def _unfinished(organization_id: str) -> set[tuple[str, str]]:
    answer = aws.s3().list_multipart_uploads(
        Bucket=settings.MEDIA_BUCKET, Prefix=f"{organization_id}/"
    )
    return {(one["Key"], one["UploadId"]) for one in answer.get("Uploads", [])}


def _records(actor: Actor) -> list[Any]:
    return list_user_media(actor, actor.user_id, limit=100, start=None).items


def _entries(actor: Actor) -> list[Any]:
    filters = Filters(action="FILE_UPLOADED")
    return list_entries(actor, filters=filters, limit=100, start=None).items


def _events(actor: Actor) -> list[str]:
    events = list_events(actor, Audience("user", actor.user_id), limit=100, start=None).items
    return [event["eventId"] for event in events if event["eventType"] == "file.uploaded"]


def _usage(actor: Actor) -> dict[str, tuple[int, int]]:
    usage = load_usage(actor, actor.user_id)
    return {name: (int(one.held_bytes), int(one.charged_bytes)) for name, one in usage.items()}
