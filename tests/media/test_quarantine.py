"""Quarantine: nobody gets the bytes, staff look and decide, and one day they are gone."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from media import services
from media.errors import NotInQuarantine
from media.models import METADATA, Media
from media.services import scanning, sweep_uploads
from media.services.quarantine import sequester
from prework import clock
from prework.dynamo import find
from prework.errors import NotFound, PermissionDenied
from prework.events import Audience
from prework.history import list_events
from prework.jobs import Turn
from prework.scanner import EICAR
from prework.tenancy import StaffActor
from tests import faults
from tests.admin.visitors import Visitor, appoint, text_of, visitor
from tests.cast import Organization, Person, found_organization
from tests.clamd import NAME
from tests.matching import problem
from tests.media.uploads import PNG, asked, confirm, download, put, uploaded

pytestmark = pytest.mark.usefixtures("clamd", "by_job_only")
Versions = Callable[[str], list[str]]
Upload = dict[str, Any]


def put_aside(person: Person, **fields: Any) -> Upload:
    """An upload in which the scanner has found something."""
    upload = asked(person, fileName="notes.txt", fileType="text/plain", **fields)
    put(upload, EICAR)
    confirm(person, upload)
    pk = f"ORG#{person.organization_id}#MEDIA#{upload['fileId']}"
    assert scanning.attempt(pk, METADATA)
    assert status(person, upload) == "quarantined"
    return upload


def status(person: Person, upload: Upload) -> str:
    media = person.api.get(f"/api/media/{upload['fileId']}").json()
    return str(media.get("uploadStatus", media.get("code")))


def told(person: Person, entity_type: str, entity_id: str) -> list[str]:
    audience = Audience(entity_type, entity_id)
    events = list_events(person.actor, audience, limit=50, start=None).items
    return [event["eventType"] for event in events if event["eventType"].startswith("file.")]


def used(person: Person) -> int:
    return int(person.api.get("/api/media/usage").json()["user"]["bytes"])


@pytest.fixture
def desk() -> Visitor:
    """Somebody of the staff who may act, at the admin."""
    return visitor(appoint(found_organization("Platform").admin, "operator"))


def test_staff_release_what_was_found_wrongly(
    alice: Person, bob: Person, team: str, operator: StaffActor
) -> None:
    upload = put_aside(bob, entityType="team", entityId=team)
    actor = operator.in_organization(bob.organization_id, reason="our own test file")

    services.release_media(actor=actor, file_id=upload["fileId"])

    media = alice.api.get(f"/api/media/{upload['fileId']}").json()
    assert media["uploadStatus"] == "completed"
    assert download(media).content == EICAR
    path = f"/api/media?entityType=team&entityId={team}"
    assert [one["fileId"] for one in alice.api.get(path).json()["items"]] == [upload["fileId"]]
    assert told(alice, "team", team) == ["file.uploaded"]
    (entry,) = alice.trail(action="FILE_RELEASED")
    assert (entry["actorKind"], entry["reason"]) == ("staff", "our own test file")
    assert entry["oldValues"]["finding"].startswith(NAME)
    assert used(bob) == len(EICAR)
    with pytest.raises(NotInQuarantine):
        services.release_media(actor=actor, file_id=upload["fileId"])


def test_a_picture_that_is_released_takes_no_later_ones_place(
    bob: Person, operator: StaffActor, settings: Settings
) -> None:
    upload = asked(bob)
    put(upload)
    confirm(bob, upload)
    pk = f"ORG#{bob.organization_id}#MEDIA#{upload['fileId']}"
    settings.CLAMD_URL = "unix:///nowhere"
    assert not scanning.attempt(pk, METADATA)
    media = find(Media, pk, METADATA)
    assert media is not None
    sequester(media, "as a scanner says that errs")
    settings.SCANNER = "none"
    url = "https://example.com/later.png"
    bob.api.patch("/api/auth/me", {"profile": {"avatarUrl": url}})

    actor = operator.in_organization(bob.organization_id, reason="it erred")
    services.release_media(actor=actor, file_id=upload["fileId"])

    assert status(bob, upload) == "completed"
    assert bob.api.get("/api/auth/me").json()["profile"]["avatarUrl"] == url


def test_nobody_else_does(
    alice: Person, bob: Person, mallory: Person, operator: StaffActor, support: StaffActor
) -> None:
    upload = put_aside(bob)
    for person in (alice, bob, mallory):
        for act in (services.release_media, services.remove_quarantined):
            with pytest.raises(NotFound):
                act(actor=person.actor, file_id=upload["fileId"])
    with pytest.raises(PermissionDenied):
        actor = support.in_organization(bob.organization_id)
        services.release_media(actor=actor, file_id=upload["fileId"])
    with pytest.raises(NotFound):
        actor = operator.in_organization(mallory.organization_id)
        services.release_media(actor=actor, file_id=upload["fileId"])
    assert alice.api.delete(f"/api/media/{upload['fileId']}").status_code == 404
    assert status(bob, upload) == "quarantined"


def test_staff_remove_it_before_its_time(
    alice: Person, bob: Person, operator: StaffActor, versions: Versions
) -> None:
    upload = put_aside(bob)
    actor = operator.in_organization(bob.organization_id, reason="it is one")
    services.remove_quarantined(actor=actor, file_id=upload["fileId"])
    assert status(bob, upload) == "not_found"
    assert versions(upload["key"]) == []
    assert used(bob) == 0
    (entry,) = alice.trail(action="FILE_QUARANTINE_REMOVED")
    assert (entry["actorKind"], entry["reason"]) == ("staff", "it is one")


def test_its_bytes_are_kept_for_some_days_and_then_swept(
    alice: Person,
    bob: Person,
    versions: Versions,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    settings.QUARANTINE_DAYS = 3
    upload = put_aside(bob)
    put(upload, b"put later")
    real = clock.now

    def sweep_in(ahead: timedelta) -> None:
        def moved() -> datetime:
            return real() + ahead

        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", moved)
            sweep_uploads(Turn())

    sweep_in(timedelta(days=2))
    assert status(bob, upload) == "quarantined"
    assert used(bob) == len(EICAR)
    sweep_in(timedelta(days=3, hours=1))
    assert status(bob, upload) == "not_found"
    assert versions(upload["key"]) == []
    assert used(bob) == 0
    (entry,) = alice.trail(action="FILE_QUARANTINE_REMOVED")
    assert entry["actorKind"] == "system"


def test_one_that_is_released_as_its_time_is_over_stays(
    bob: Person, operator: StaffActor, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep has read the record, and is about to remove it."""
    upload, real = put_aside(bob), clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=31))
    sweeper = threading.Thread(target=sweep_uploads, args=[Turn()])
    with faults.holding("TransactWriteItems") as (is_held, release):
        sweeper.start()
        assert is_held.wait(10)
        monkeypatch.setattr(clock, "now", real)
        actor = operator.in_organization(bob.organization_id, reason="just in time")
        services.release_media(actor=actor, file_id=upload["fileId"])
        release.set()
        sweeper.join(10)
    assert status(bob, upload) == "completed"
    assert len(versions(upload["key"])) == 1
    assert used(bob) == len(EICAR)


def test_the_admin_lists_what_is_in_quarantine(
    org: Organization, bob: Person, mallory: Person, desk: Visitor
) -> None:
    uploaded_before = asked(bob)
    upload, theirs = put_aside(bob), put_aside(mallory)
    page = text_of(desk.get("media/media/", **{"org": org.organization_id, "in": "quarantined"}))
    assert upload["fileId"] in page and NAME in page
    assert theirs["fileId"] not in page and uploaded_before["fileId"] not in page


def test_the_admin_shows_it_without_its_bytes_and_releases_it(
    org: Organization, bob: Person, desk: Visitor
) -> None:
    upload = put_aside(bob)
    object_id = f"{org.organization_id}.{upload['fileId']}"
    page = text_of(desk.get(f"media/media/{object_id}/change/"))
    assert NAME in page and "X-Amz-Signature" not in page
    assert "Release from quarantine" in page and "Remove from quarantine" in page

    desk.act("media/media/?org=" + org.organization_id, "release", object_id, reason="ours")

    assert status(bob, upload) == "completed"
    page = text_of(desk.get(f"media/media/{object_id}/change/"))
    assert "X-Amz-Signature" in page and "Release from quarantine" not in page
    again = desk.act("media/media/?org=" + org.organization_id, "release", object_id, reason="x y")
    assert status(bob, upload) == "completed", again


def test_the_admin_removes_it(org: Organization, bob: Person, desk: Visitor) -> None:
    upload = put_aside(bob)
    object_id = f"{org.organization_id}.{upload['fileId']}"
    address = "media/media/?org=" + org.organization_id
    desk.act(address, "remove_quarantined", object_id, reason="it is one")
    assert bob.api.get(f"/api/media/{upload['fileId']}").json() == problem(404, "not_found")


def test_the_admin_shows_pictures(
    org: Organization, bob: Person, desk: Visitor, settings: Settings
) -> None:
    settings.SCANNER = "none"
    media = uploaded(bob, PNG)
    answer = desk.get("media/media/", org=org.organization_id, user=bob.user_id)
    assert f'<img src="{settings.PUBLIC_URL}/cdn/{media["key"]}?w=300' in text_of(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert f"img-src 'self' data: {settings.PUBLIC_URL}" in policy
