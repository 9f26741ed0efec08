"""The store and the bucket tried for real, under a key of the doctor's own, and tidied up."""

from collections.abc import Iterator
from datetime import timedelta

import urllib3
from django.conf import settings
from pynamodb.attributes import NumberAttribute

from prework import clock, ids, ledger, objects, tables
from prework.doctor.findings import Finding, fail, ok, reason
from prework.dynamo import Item, find
from prework.errors import StorageUnavailable
from prework.tenancy import PLATFORM, key

RIGHTS = "Look at the rights of this role on tables and bucket."
PLACE = key(PLATFORM, "DOCTOR")
TRIED = b"The doctor was here."


class DoctorNote(Item, table=tables.SESSIONS):
    """What the doctor writes to see whether it can be written."""

    expires_at = NumberAttribute()


def check_writing() -> Iterator[Finding]:
    """Whether an item can be written, read and removed, and a condition is heeded."""
    note = DoctorNote(
        PLACE, ids.new_id(), expires_at=clock.to_epoch(clock.now() + timedelta(hours=1))
    )
    is_new = DoctorNote.pk.does_not_exist()
    try:
        ledger.put(note)
        is_read = find(DoctorNote, note.pk, note.sk) is not None
        is_twice = ledger.put(note, is_new, is_repeatable=False)
        is_taken = ledger.take(DoctorNote, note.pk, note.sk) is not None
    except StorageUnavailable as error:
        yield fail("writing", reason(error), "Look at the network, and at the store's health.")
        return
    if not (is_read and is_taken) or is_twice:
        yield fail("writing", "What was written is not what is there.", "Is it a DynamoDB at all?")
    else:
        yield ok("writing", "Written, read, and removed; a condition that failed was heeded.")


def check_uploading() -> Iterator[Finding]:
    """Whether a signed link takes a file and gives it, and nobody gets it without one."""
    name = f"doctor/{ids.new_id()}"
    url, headers = objects.signed_put(name, content_type="text/plain", size=len(TRIED))
    try:
        put = urllib3.request("PUT", url, body=TRIED, headers=headers, timeout=5, retries=False)
        if put.status != 200:
            yield fail("uploading", f"S3 answered {put.status} to a signed PUT.", RIGHTS)
            return
        try:
            yield _had(name)
        finally:
            objects.remove_object(name)
    except urllib3.exceptions.HTTPError as error:
        advice = "This machine, and browsers, must reach S3 by that address."
        yield fail("uploading", reason(error), advice)


def _had(name: str) -> Finding:
    found = objects.find_object(name)
    version = found.version_id if found else ""
    link = objects.signed_get(
        name, version_id=version, file_name="doctor.txt", content_type="text/plain"
    )
    got = urllib3.request("GET", link, timeout=5, retries=False)
    bare = urllib3.request("GET", link.partition("?")[0], timeout=5, retries=False)
    if got.data != TRIED:
        return fail("uploading", f"S3 answered {got.status} to a signed GET.", RIGHTS)
    if bare.status == 200:
        return fail(
            "uploading",
            f"Anybody can read {settings.MEDIA_BUCKET}, without a signed link.",
            "Remove the bucket policy that allows it, and block public access.",
        )
    return ok("uploading", "Put and had by signed links, and refused without one.")
