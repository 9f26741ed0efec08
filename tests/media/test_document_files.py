"""Files of checklists and submissions: their own door, key and audience."""

from typing import Any

import pytest

from prework.events import Audience
from prework.history import list_events
from tests.cast import Organization, Person, hire
from tests.matching import ANY_ID, ANY_TIME, Matches, problem
from tests.media.bodies import JPEG
from tests.media.uploads import PNG, ask, asked, confirm, download, put, uploaded


def write_checklist(person: Person, **fields: Any) -> str:
    """A checklist of this person's; its id."""
    body = {
        "entityType": "checklist",
        "content": {"title": "Site", "items": {"item-1": {"text": "Helmet", "checked": False}}},
        **fields,
    }
    answer = person.api.post("/api/documents", body)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["entityId"])


@pytest.fixture
def checklist(alice: Person) -> str:
    """A checklist of the whole organisation."""
    return write_checklist(alice)


@pytest.fixture
def submission(bob: Person, checklist: str) -> str:
    """bob's answer to it."""
    body = {"entityType": "submission", "checklistId": checklist}
    answer = bob.api.post("/api/documents", body)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["entityId"])


def test_the_guides_own_three_steps(bob: Person, submission: str) -> None:
    upload = bob.api.post(
        "/api/media/upload-url",
        {
            "fileName": "inspection-photo.jpg",
            "fileType": "image/jpeg",
            "submissionId": submission,
            "entityType": "submission",
        },
    ).json()
    assert upload["key"] == Matches(
        rf"{bob.organization_id}/submissions/{submission}/{bob.user_id}/"
        rf"{upload['fileId']}-inspection-photo\.jpg"
    )
    assert put({**upload, "headers": {"Content-Type": "image/jpeg"}}, JPEG).status_code == 200
    media = confirm(bob, upload).json()
    assert (media["entityType"], media["entityId"]) == ("submission", submission)
    assert download(media).content == JPEG


def test_who_has_the_document_open_is_told(alice: Person, bob: Person, checklist: str) -> None:
    media = uploaded(bob, entityType="checklist", entityId=checklist)
    audience = Audience("checklist", checklist)
    told = list_events(alice.actor, audience, limit=1, start=None).items[0]
    assert told == {
        "eventId": ANY_ID,
        "eventType": "file.uploaded",
        "entityType": "checklist",
        "entityId": checklist,
        "timestamp": ANY_TIME,
        "userId": bob.user_id,
        "data": {"fileId": media["fileId"], "fileName": "avatar.png", "fileSize": len(PNG)},
    }
    entry = alice.trail(entityType="checklist", entityId=checklist, action="FILE_UPLOADED")[0]
    assert entry["newValues"]["fileId"] == media["fileId"]


def test_a_viewer_reads_and_cannot_add(
    org: Organization, bob: Person, carol: Person, checklist: str
) -> None:
    media = uploaded(bob, entityType="checklist", entityId=checklist)
    listed = carol.api.get(f"/api/media?entityType=checklist&entityId={checklist}").json()
    assert [item["fileId"] for item in listed["items"]] == [media["fileId"]]

    uploader = hire(org, "uma", role="viewer", grants=("media.upload",))
    answer = ask(uploader, entityType="checklist", entityId=checklist)
    assert answer.json() == problem(404, "not_found")


def test_a_teams_document_is_its_teams(
    org: Organization, alice: Person, bob: Person, private_team: str
) -> None:
    checklist = write_checklist(alice, teamId=private_team)
    media = uploaded(bob, entityType="checklist", entityId=checklist)
    dave = hire(org, "dave", role="member")
    hidden = problem(404, "not_found")
    assert dave.api.get(f"/api/media/{media['fileId']}").json() == hidden
    assert ask(dave, entityType="checklist", entityId=checklist).json() == hidden
    lead = hire(org, "lena", role="member")
    member = {"userId": lead.user_id, "role": "team_lead"}
    alice.api.post(f"/api/teams/{private_team}/members", member)
    assert lead.api.delete(f"/api/media/{media['fileId']}").status_code == 204


def test_an_archived_document_takes_no_files_and_shows_none(
    alice: Person, bob: Person, checklist: str
) -> None:
    media = uploaded(bob, entityType="checklist", entityId=checklist)
    upload = asked(bob, entityType="checklist", entityId=checklist)
    put(upload)
    archived = alice.api.delete(f"/api/documents/checklist/{checklist}")
    assert archived.status_code == 204, archived.content

    gone = problem(404, "not_found")
    assert ask(bob, entityType="checklist", entityId=checklist).json() == gone
    assert confirm(bob, upload).json() == gone
    assert bob.api.get(f"/api/media/{media['fileId']}").json() == gone

    alice.api.post(f"/api/documents/checklist/{checklist}/restore")
    assert confirm(bob, upload).status_code == 200
    assert bob.api.get(f"/api/media/{media['fileId']}").status_code == 200


def test_another_organisation_may_have_a_checklist_of_the_same_id(
    alice: Person, mallory: Person
) -> None:
    for person in (alice, mallory):
        write_checklist(person, entityId="checklist-123")
    media = uploaded(alice, entityType="checklist", entityId="checklist-123")

    path = "/api/media?entityType=checklist&entityId=checklist-123"
    assert mallory.api.get(path).json() == {"items": [], "nextCursor": None}
    assert mallory.api.get(f"/api/media/{media['fileId']}").json() == problem(404, "not_found")
    assert uploaded(mallory, entityType="checklist", entityId="checklist-123")["key"].startswith(
        mallory.organization_id
    )
