"""What the bucket has that belongs to no file: found page by page, and taken away.

The keys of uploads name the organisation and the file, so the records are read by their keys,
after the listing. A record is there before anything can be put to its key, and an id is never
used again: where there is none now, there will never be one. What is removed is the very version
that was judged, so that nothing that is put meanwhile goes with it; what a pending upload has
is left to the sweep of uploads, and what the server writes itself under other keys stays. So does
what is of an organisation that is not in our tables: then these are not the bucket's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from accounts.queries import access_organization
from media.models import METADATA, PENDING, Media, media_key
from prework import clock, contents, objects
from prework.contents import Unfinished, Version
from prework.dynamo import fetch
from prework.errors import NotFound, NotRemoved
from prework.jobs import Turn
from prework.tenancy import system_actor

GRACE = timedelta(days=1)
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
UPLOADED = re.compile(rf"({ID})/[^/]+/[^/]+/[^/]+/({ID})-[^/]+")  # as `object_key` makes them
RENDERED = re.compile(rf"renditions/({ID})/({ID})/.+")
Owner = tuple[str, str]  # the ids of an organisation and of its file
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """A version of an object, or an unfinished upload in parts, that belongs to no file."""

    what: str
    key: str
    size: int
    version_id: str = ""
    upload_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A page of the bucket: how much of it was looked at or is not ours, and what may go."""

    seen: int
    foreign: int
    orphans: list[Orphan] = field(default_factory=list)


def sweep_orphans(turn: Turn) -> None:
    """Remove what belongs to no file and is older than a day.

    Each page is whole by itself, and done again does nothing. Raises `StorageUnavailable`; of what
    S3 does not let go `NotRemoved`, after all the others.
    """
    kept = None
    for page in turn.steps(each_page(GRACE), "pages of the bucket"):
        try:
            remove_orphans(page.orphans)
        except NotRemoved as error:
            log.warning("objects_kept", first=page.orphans[0].key)
            kept = error
            continue
        if page.orphans:
            size = sum(orphan.size for orphan in page.orphans)
            log.info("orphans_removed", objects=len(page.orphans), bytes=size)
    if kept is not None:
        raise kept


def each_page(grace: timedelta) -> Iterator[Looked]:
    """All of the bucket a page at a time, with what is older than the grace and of no file."""
    for versions in contents.each_page_of_versions():
        yield _look_at_versions(versions, grace)
    for unfinished in contents.each_page_of_unfinished():
        yield _look_at_unfinished(unfinished, grace)


def remove_orphans(orphans: Iterable[Orphan]) -> None:
    """Take these of one page away; those that are gone already are no trouble."""
    versions = [(one.key, one.version_id) for one in orphans if one.version_id]
    if versions:
        contents.remove_versions(versions)
    for one in orphans:
        if one.upload_id:
            objects.abort_upload(one.key, one.upload_id)


def _look_at_versions(versions: list[Version], grace: timedelta) -> Looked:
    before = clock.now() - grace
    ours = [one for one in versions if _owner(one.key) is not None]
    old = [one for one in ours if one.modified_at < before]
    records = _records(one.key for one in old)
    judged = [(one, _judge(one, records.get(one.key))) for one in old]
    orphans = [
        Orphan(what=what, key=one.key, size=one.size, version_id=one.version_id)
        for one, what in judged
        if what
    ]
    return _looked(len(versions), len(ours), orphans)


def _judge(version: Version, media: Media | None) -> str:
    """What of no file it is; nothing if it is of one, or may yet be."""
    if RENDERED.fullmatch(version.key):
        return "" if media else "rendition"
    if media is None:
        return "object"
    is_settled = media.upload_status != PENDING and media.s3_version_id
    is_pinned = media.s3_key != version.key or media.s3_version_id == version.version_id
    return "version" if is_settled and not is_pinned else ""


def _look_at_unfinished(unfinished: list[Unfinished], grace: timedelta) -> Looked:
    before = clock.now() - grace
    ours = [one for one in unfinished if _owner(one.key) is not None]
    old = [one for one in ours if one.begun_at < before]
    records = _records(one.key for one in old)
    orphans = [
        Orphan(
            what="parts",
            key=one.key,
            size=contents.size_of_parts(one.key, one.upload_id),
            upload_id=one.upload_id,
        )
        for one in old
        if not _is_under_way(one, records.get(one.key))
    ]
    return _looked(len(unfinished), len(ours), orphans)


def _is_under_way(unfinished: Unfinished, media: Media | None) -> bool:
    return (
        media is not None
        and media.upload_status == PENDING
        and media.upload_id == unfinished.upload_id
    )


def _records(keys: Iterable[str]) -> dict[str, Media | None]:
    """The record of the file that each key names."""
    owners = {key: owner for key in keys if (owner := _owner(key)) is not None}
    wanted = [
        (Media, media_key(system_actor(org), file), METADATA) for org, file in owners.values()
    ]
    return dict(zip(owners, fetch(*wanted), strict=True)) if wanted else {}


def _looked(seen: int, ours: int, orphans: list[Orphan]) -> Looked:
    """Only what is of organisations that there are: with the tables of another installation, or
    with empty ones, every file would be one without a record.
    """
    named = {one.key: one.key.removeprefix("renditions/").partition("/")[0] for one in orphans}
    known = {org for org in set(named.values()) if _is_known(org)}
    kept = [one for one in orphans if named[one.key] in known]
    return Looked(seen=seen, foreign=seen - ours + len(orphans) - len(kept), orphans=kept)


def _is_known(organization_id: str) -> bool:
    try:
        access_organization(system_actor(organization_id))
    except NotFound:
        return False
    return True


def _owner(key: str) -> Owner | None:
    matched = UPLOADED.fullmatch(key) or RENDERED.fullmatch(key)
    return (matched[1], matched[2]) if matched else None
