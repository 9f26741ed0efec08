"""Completing an upload in parts: they are compared, put together by S3, and become the file."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from media import queries
from media.engine.parts import composite
from media.errors import PartMismatch, UploadGone, UploadMissing
from media.models import PENDING, Media
from media.services.multipart import cut_of
from media.services.settling import settle
from prework import multipart
from prework.changes import retry_stale
from prework.multipart import Part
from prework.tenancy import Actor

SHOWN = 20  # part numbers in a refusal


@retry_stale
def complete_multipart(*, actor: Actor, file_id: str, parts: Sequence[Mapping[str, Any]]) -> Media:
    """Make the parts one file, for everybody who may read what it belongs to.

    Wherever an attempt has died, another one goes on: S3 puts the parts together once, and once
    it has, what is at the key is settled. Done again it changes nothing, and answers the file.
    """
    actor.require_writable()
    media = queries.access_own_multipart(actor, file_id)
    if media.upload_status != PENDING:
        return media
    with suppress(multipart.UploadLost):  # put together already, maybe by an attempt that died
        _put_together(media, parts)
    try:
        return settle(actor, media)
    except UploadMissing:
        raise UploadGone from None


def _put_together(media: Media, parts: Sequence[Mapping[str, Any]]) -> None:
    upload_id = str(media.upload_id)
    found = _meant(multipart.list_parts(media.s3_key, upload_id), parts)
    if media.checksum_algorithm and not any(part.checksum_sha256 for part in found):
        found = _with_named_checksums(found, parts)
    _compare(media, found, parts)
    try:
        multipart.complete(media.s3_key, upload_id, found, size=int(media.file_size))
    except multipart.PartsRefused:  # one was put anew since they were listed
        raise PartMismatch from None
    # Of what these parts have become `settle` wants S3 to have this, too. Where another attempt
    # was quicker it was with its own parts, and its file would be taken for a wrong one.
    checksums = [part.checksum_sha256 for part in found if part.checksum_sha256]
    if media.checksum_algorithm:
        media.checksum_sha256 = composite(checksums)


def _meant(found: Sequence[Part], parts: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Of each number the part that is named. S3 has one; SeaweedFS lists all that were put."""
    named = {(part["part_number"], part["etag"].strip('"')) for part in parts}
    there: dict[int, Part] = {}
    for part in found:
        if part.part_number not in there or (part.part_number, part.etag.strip('"')) in named:
            there[part.part_number] = part
    return list(there.values())


def _with_named_checksums(found: Sequence[Part], parts: Sequence[Mapping[str, Any]]) -> list[Part]:
    """SeaweedFS compares checksums as S3 does when it puts parts together, but lists none."""
    named = {part["part_number"]: part.get("checksum_sha256") for part in parts}
    return [replace(part, checksum_sha256=named.get(part.part_number)) for part in found]


def _compare(media: Media, found: Sequence[Part], parts: Sequence[Mapping[str, Any]]) -> None:
    """Refuse parts that are not all there, each once, as S3 has them, and of the size it takes."""
    cut = cut_of(media)
    there = {part.part_number: part for part in found}
    named = {part["part_number"]: part for part in parts}
    wrong = [
        number
        for number in range(1, cut.part_count + 1)
        if number not in there
        or number not in named
        or not _is_same(there[number], named[number])
        or there[number].size != cut.size_of(number)
        or bool(there[number].checksum_sha256) != bool(media.checksum_algorithm)
    ]
    wrong += sorted((named.keys() | there.keys()) - set(range(1, cut.part_count + 1)))
    if wrong or len(named) != len(parts):
        raise PartMismatch(partNumbers=wrong[:SHOWN])


def _is_same(found: Part, named: Mapping[str, Any]) -> bool:
    return found.etag.strip('"') == named["etag"].strip('"') and (
        named.get("checksum_sha256") in (None, found.checksum_sha256)
    )
