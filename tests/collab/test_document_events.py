"""What happens to a document as a whole: listed, and told to those who have it open."""

from typing import Any

import pytest

from media.models import METADATA
from media.services import scanning
from tests.cast import Person
from tests.clamd import Clamd
from tests.collab.live import CHECKLIST, URL, Live, call, operation
from tests.matching import ANY_ID, ANY_TIME, problem
from tests.media.conftest import by_job_only, clamd, clamd_process
from tests.media.uploads import PNG, asked, confirm, put, uploaded

__all__ = ["by_job_only", "clamd", "clamd_process"]


def event(person: Person, event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventId": ANY_ID,
        "eventType": event_type,
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "userId": person.user_id,
        "data": data,
    }


def test_they_are_listed_newest_first(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    alice.api.delete(URL)
    alice.api.post(f"{URL}/restore")
    bob.api.post(f"{URL}/operations", {"operations": [operation()]})
    answer = bob.api.get(f"{URL}/events")

    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            event(alice, "document.restored", {"teamId": None}),
            event(alice, "document.archived", {"teamId": None}),
            event(alice, "document.created", {"teamId": None}),
        ],
        "nextCursor": None,
    }
    first = bob.api.get(f"{URL}/events?limit=2").json()
    assert len(first["items"]) == 2
    rest = bob.api.get(f"{URL}/events?limit=2&cursor={first['nextCursor']}").json()
    assert first["items"] + rest["items"] == answer.json()["items"]


def test_they_are_for_who_may_read_the_document(
    carol: Person, mallory: Person, checklist: dict[str, Any]
) -> None:
    assert carol.api.get(f"{URL}/events").status_code == 200
    assert mallory.api.get(f"{URL}/events").json() == problem(404, "not_found")


async def test_a_file_is_told_to_who_has_the_document_open(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob).open()
    media = await call(uploaded, alice, entityType="checklist", entityId=CHECKLIST)

    data = {"fileId": media["fileId"], "fileName": "avatar.png", "fileSize": len(PNG)}
    assert await live.next() == event(alice, "file.uploaded", data)
    await live.close()


@pytest.mark.usefixtures("by_job_only")
async def test_one_that_is_scanned_is_told_when_it_was_found_clean(
    alice: Person, bob: Person, checklist: dict[str, Any], clamd: Clamd
) -> None:
    live = await Live(bob).open()
    upload = await call(asked, alice, entityType="checklist", entityId=CHECKLIST)
    await call(put, upload)
    assert (await call(confirm, alice, upload)).json()["uploadStatus"] == "scanning"
    await call(bob.api.post, f"{URL}/operations", {"operations": [operation()]})
    first = await live.next()
    assert first.get("eventType") != "file.uploaded"

    pk = f"ORG#{alice.organization_id}#MEDIA#{upload['fileId']}"
    await call(scanning.attempt, pk, METADATA)

    data = {"fileId": upload["fileId"], "fileName": "avatar.png", "fileSize": len(PNG)}
    assert await live.next() == event(alice, "file.uploaded", data)
    await live.close()
