"""The scanner's gate: nobody gets what was not found clean, whatever dies on the way."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from pytest_django import Settings

from media.models import METADATA
from media.services import confirm_upload, scan_uploads, scanning, sweep_uploads
from prework import aws, clock, scanner
from prework.dynamo import connection
from prework.events import Audience
from prework.history import list_events
from prework.jobs import Turn
from prework.scanner import EICAR
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Person
from tests.clamd import NAME, STREAM_BYTES, Clamd
from tests.matching import problem
from tests.media.uploads import (
    PNG,
    ask,
    asked,
    confirm,
    download,
    put,
    s3_down,
    sha256,
    uploaded,
)
from tests.outbox.looking import eventually

pytestmark = pytest.mark.usefixtures("clamd")
Versions = Callable[[str], list[str]]
Upload = dict[str, Any]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Run the job when every lease is over that there is by now."""
    real, runs = clock.now, count(1)

    def run() -> None:
        ahead = next(runs) * (scanning.LEASE + timedelta(seconds=2))

        def moved() -> datetime:
            return real() + ahead

        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", moved)
            scan_uploads(Turn())

    return run


def status(person: Person, upload: Upload) -> str:
    media = person.api.get(f"/api/media/{upload['fileId']}").json()
    assert (media["downloadUrl"] is not None) == (media["uploadStatus"] == "completed")
    assert media["thumbnailUrl"] is None or media["uploadStatus"] == "completed"
    return str(media["uploadStatus"])


def told(person: Person, entity_type: str, entity_id: str) -> list[str]:
    audience = Audience(entity_type, entity_id)
    events = list_events(person.actor, audience, limit=50, start=None).items
    return [event["eventType"] for event in events if event["eventType"].startswith("file.")]


def put_eicar(person: Person, **fields: Any) -> Upload:
    """The test file, put and confirmed as a text."""
    upload = asked(person, fileName="notes.txt", fileType="text/plain", **fields)
    put(upload, EICAR)
    assert confirm(person, upload).json()["uploadStatus"] == "scanning"
    return upload


def put_clean(person: Person, body: bytes = PNG, **fields: Any) -> Upload:
    upload = asked(person, **fields)
    put(upload, body)
    assert confirm(person, upload).json()["uploadStatus"] == "scanning"
    return upload


def record(person: Person, upload: Upload) -> dict[str, Any]:
    raw: dict[str, Any] = connection().get_item(
        "pre-work-media",
        f"ORG#{person.organization_id}#MEDIA#{upload['fileId']}",
        range_key=METADATA,
    )["Item"]
    return raw


def test_a_clean_one_is_a_file_at_once(alice: Person, bob: Person, team: str) -> None:
    upload = put_clean(bob, entityType="team", entityId=team)
    assert eventually(lambda: status(bob, upload), lambda it: it == "completed") == "completed"
    media = alice.api.get(f"/api/media/{upload['fileId']}").json()
    assert download(media).content == PNG
    assert told(alice, "team", team) == ["file.uploaded"]


@pytest.mark.usefixtures("by_job_only")
def test_until_it_was_scanned_it_is_its_owners_alone(
    alice: Person, bob: Person, team: str, later: Callable[[], None]
) -> None:
    upload = put_clean(bob, entityType="team", entityId=team)
    path = f"/api/media?entityType=team&entityId={team}"

    assert status(bob, upload) == "scanning"
    assert [one["fileId"] for one in bob.api.get("/api/media").json()["items"]] == [
        upload["fileId"]
    ]
    assert bob.api.get(path).json()["items"] == []
    assert alice.api.get(f"/api/media/{upload['fileId']}").json() == problem(404, "not_found")
    assert alice.api.get(f"/api/users/{bob.user_id}/media").json()["items"] == []
    assert told(alice, "team", team) == []
    assert alice.trail(action="FILE_UPLOADED") == []

    later()

    assert [one["fileId"] for one in alice.api.get(path).json()["items"]] == [upload["fileId"]]
    assert told(alice, "team", team) == ["file.uploaded"]
    assert told(alice, "user", bob.user_id) == ["file.uploaded"]


@pytest.mark.usefixtures("by_job_only")
def test_the_trail_has_it_as_if_there_were_no_scanner(
    bob: Person, alice: Person, later: Callable[[], None], settings: Settings
) -> None:
    upload = put_clean(bob, fileSize=len(PNG), checksumSha256=sha256(PNG))
    later()
    settings.SCANNER = "none"
    other = uploaded(bob, fileSize=len(PNG), checksumSha256=sha256(PNG))

    plain, scanned = alice.trail(action="FILE_UPLOADED")

    changing = ("auditId", "timestamp", "requestId", "newValues")
    assert {**scanned, **{name: plain[name] for name in changing}} == plain
    assert scanned["newValues"] == {
        **plain["newValues"],
        "fileId": upload["fileId"],
        "key": upload["key"],
    }
    assert {"confirmedBy", "confirmedAt", "scanTries"}.isdisjoint(record(bob, upload))
    assert record(bob, upload).keys() == record(bob, other).keys()


@pytest.mark.usefixtures("by_job_only")
def test_staff_who_act_as_a_user_are_named_all_the_same(
    bob: Person, alice: Person, later: Callable[[], None]
) -> None:
    upload = asked(bob)
    put(upload)
    actor = replace(bob.actor, impersonator_id="staff-1", reason="they asked for it")
    confirm_upload(actor=actor, file_id=upload["fileId"], key=upload["key"])
    later()
    (entry,) = alice.trail(action="FILE_UPLOADED")
    assert (entry["userId"], entry["impersonatorId"]) == (bob.user_id, "staff-1")
    assert entry["reason"] == "they asked for it"


@pytest.mark.usefixtures("by_job_only")
def test_a_second_confirm_answers_the_same(bob: Person, store_calls: StoreCalls) -> None:
    upload = asked(bob)
    put(upload)
    first = confirm(bob, upload)
    store_calls.clear()
    second = confirm(bob, upload)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert store_calls.s3 == []
    assert not {"UpdateItem", "TransactWriteItems"} & set(store_calls.dynamodb)


@pytest.mark.usefixtures("by_job_only")
def test_many_confirms_at_once_are_one(
    bob: Person, later: Callable[[], None], alice: Person
) -> None:
    upload = asked(bob)
    put(upload)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: confirm(bob, upload), range(6)))
    assert [answer.json()["uploadStatus"] for answer in answers] == ["scanning"] * 6
    later()
    assert len(alice.trail(action="FILE_UPLOADED")) == 1
    usage = bob.api.get("/api/media/usage").json()
    assert usage["user"]["bytes"] == len(PNG)


@pytest.mark.usefixtures("by_job_only")
def test_what_is_scanned_is_what_was_confirmed(bob: Person, later: Callable[[], None]) -> None:
    upload = put_clean(bob)
    put(upload, EICAR)
    later()
    media = bob.api.get(f"/api/media/{upload['fileId']}").json()
    assert media["uploadStatus"] == "completed"
    assert download(media).content == PNG


@pytest.mark.usefixtures("by_job_only")
def test_what_comes_to_its_key_besides_is_swept_when_nothing_more_can(
    bob: Person, later: Callable[[], None], versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, real = put_clean(bob), clock.now
    later()

    def sweep_in(ahead: timedelta) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda: real() + ahead)
            sweep_uploads(Turn())

    sweep_in(timedelta(minutes=30))
    put(upload, EICAR)  # the URL is good for an hour
    sweep_in(timedelta(days=1, minutes=11))
    assert len(versions(upload["key"])) == 1
    assert download(bob.api.get(f"/api/media/{upload['fileId']}").json()).content == PNG


def test_what_is_found_is_put_in_quarantine(
    alice: Person, bob: Person, team: str, versions: Versions
) -> None:
    upload = put_eicar(bob, entityType="team", entityId=team)

    assert eventually(lambda: status(bob, upload), lambda it: it == "quarantined") == "quarantined"

    assert alice.api.get(f"/api/media/{upload['fileId']}").json() == problem(404, "not_found")
    assert bob.api.get(f"/api/media?entityType=team&entityId={team}").json()["items"] == []
    assert confirm(bob, upload).json()["uploadStatus"] == "quarantined"
    assert len(versions(upload["key"])) == 1
    (entry,) = alice.trail(action="FILE_QUARANTINED")
    assert (entry["actorKind"], entry["entityId"]) == ("system", upload["fileId"])
    assert entry["newValues"]["finding"].startswith(NAME)
    assert alice.trail(action="FILE_UPLOADED") == []
    assert told(alice, "team", team) == []
    assert told(alice, "user", bob.user_id) == ["file.quarantined"]


@pytest.mark.usefixtures("by_job_only")
def test_its_uploader_may_remove_it(
    bob: Person, alice: Person, later: Callable[[], None], versions: Versions
) -> None:
    upload = put_eicar(bob)
    later()
    assert bob.api.delete(f"/api/media/{upload['fileId']}").status_code == 204
    assert bob.api.get(f"/api/media/{upload['fileId']}").status_code == 404
    assert versions(upload["key"]) == []
    assert len(alice.trail(action="FILE_QUARANTINE_REMOVED")) == 1
    assert alice.trail(action="FILE_DELETED") == []
    assert bob.api.get("/api/media/usage").json()["user"]["bytes"] == 0


def test_with_the_scanner_down_it_waits_and_goes_on(
    bob: Person, clamd: Clamd, later: Callable[[], None]
) -> None:
    clamd.kill()
    upload = put_clean(bob)
    scanning.HANDS.waiting.join()
    later()
    assert status(bob, upload) == "scanning"
    clamd.start()
    later()
    assert status(bob, upload) == "completed"


@pytest.mark.usefixtures("by_job_only")
def test_with_only_its_socket_there_nothing_is_put_aside(
    bob: Person,
    clamd: Clamd,
    later: Callable[[], None],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """systemd holds it: it takes connections for a clamd that is dead, or reads its signatures."""
    upload = put_clean(bob)
    monkeypatch.setattr(scanner, "ANSWER_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as held:
        settings.CLAMD_URL = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        for _ in range(scanning.TRIES + 1):
            later()
            assert status(bob, upload) == "scanning"
    settings.CLAMD_URL = clamd.url
    later()
    assert status(bob, upload) == "completed"


@pytest.mark.usefixtures("by_job_only")
def test_one_that_is_killed_in_the_middle_has_said_nothing(
    bob: Person, clamd: Clamd, later: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = put_clean(bob, PNG + b"\0" * 200_000)
    with monkeypatch.context() as patch:
        kill_at_the_first_read(patch, clamd)
        later()
    assert status(bob, upload) == "scanning"
    clamd.start()
    later()
    assert status(bob, upload) == "completed"


def kill_at_the_first_read(patch: pytest.MonkeyPatch, clamd: Clamd) -> None:
    from botocore.response import StreamingBody  # noqa: PLC0415  it is patched here alone

    real = StreamingBody.read

    def read(self: Any, amt: int | None = None) -> bytes:
        clamd.kill()
        return bytes(real(self, amt))

    patch.setattr(StreamingBody, "read", read)


@pytest.mark.usefixtures("by_job_only")
def test_with_the_store_failing_it_is_tried_again(bob: Person, later: Callable[[], None]) -> None:
    upload = put_clean(bob)
    with s3_down("GetObject"):
        later()
    assert status(bob, upload) == "scanning"
    with faults.raising("TransactWriteItems", ConnectionError("gone")):
        later()
    assert status(bob, upload) == "scanning"
    later()
    assert status(bob, upload) == "completed"


def test_with_the_store_failing_nothing_is_held(bob: Person) -> None:
    upload = asked(bob)
    put(upload)
    with faults.raising("TransactWriteItems", ConnectionError("gone")):
        assert confirm(bob, upload).status_code >= 500
    assert status(bob, upload) == "pending"
    assert confirm(bob, upload).status_code == 200


@pytest.mark.usefixtures("by_job_only")
def test_a_lost_answer_holds_it_once(bob: Person, later: Callable[[], None]) -> None:
    upload = asked(bob)
    put(upload)
    with faults.losing_answers("TransactWriteItems", times=1):
        assert confirm(bob, upload).json()["uploadStatus"] == "scanning"
    with faults.losing_answers("TransactWriteItems", times=1):
        later()
    assert status(bob, upload) == "completed"
    assert bob.api.get("/api/media/usage").json()["user"]["bytes"] == len(PNG)


@pytest.mark.usefixtures("by_job_only")
def test_two_at_once_write_it_once(bob: Person, alice: Person) -> None:
    uploads = [put_clean(bob), put_eicar(bob)]
    with ThreadPoolExecutor(4) as pool:
        keys = [record(bob, upload)["PK"]["S"] for upload in uploads]
        assert all(pool.map(lambda pk: scanning.attempt(pk, METADATA), keys * 4))
    assert [status(bob, upload) for upload in uploads] == ["completed", "quarantined"]
    assert len(alice.trail(action="FILE_UPLOADED")) == 1
    assert len(alice.trail(action="FILE_QUARANTINED")) == 1


@pytest.mark.usefixtures("by_job_only")
def test_nobody_takes_what_another_has(bob: Person, store_calls: StoreCalls) -> None:
    upload = put_clean(bob)
    scan_uploads(Turn())
    assert status(bob, upload) == "scanning"


@pytest.mark.usefixtures("by_job_only")
def test_what_is_longer_than_the_scanner_takes_is_put_aside_after_some_tries(
    bob: Person, later: Callable[[], None], alice: Person
) -> None:
    upload = put_clean(bob, PNG + b"\0" * STREAM_BYTES)
    for _ in range(scanning.TRIES - 1):
        later()
        assert status(bob, upload) == "scanning"
    later()
    assert status(bob, upload) == "quarantined"
    (entry,) = alice.trail(action="FILE_QUARANTINED")
    assert entry["newValues"]["finding"] == "not scanned: larger than its StreamMaxLength"


@pytest.mark.usefixtures("by_job_only")
def test_one_whose_bytes_are_gone_is_put_aside(bob: Person, later: Callable[[], None]) -> None:
    upload = put_clean(bob)
    version = record(bob, upload)["s3VersionId"]["S"]
    aws.s3().delete_object(Bucket="pre-work-media-uploads", Key=upload["key"], VersionId=version)
    for _ in range(scanning.TRIES):
        later()
    assert status(bob, upload) == "quarantined"


@pytest.mark.usefixtures("by_job_only")
@pytest.mark.parametrize("body", [PNG, EICAR], ids=["clean", "found"])
def test_one_may_be_deleted_while_it_is_scanned(
    bob: Person, alice: Person, versions: Versions, body: bytes
) -> None:
    upload = put_clean(bob) if body is PNG else put_eicar(bob)
    pk = record(bob, upload)["PK"]["S"]
    is_read, go_on = threading.Event(), threading.Event()

    def wait(**_: Any) -> None:
        is_read.set()
        go_on.wait(10)

    events = aws.s3().meta.events
    events.register("before-call.s3.GetObject", wait)
    scan = threading.Thread(target=scanning.attempt, args=(pk, METADATA))
    try:
        scan.start()
        assert is_read.wait(10)
        assert bob.api.delete(f"/api/media/{upload['fileId']}").status_code == 204
    finally:
        go_on.set()
        events.unregister("before-call.s3.GetObject", wait)
        scan.join(10)
    assert bob.api.get(f"/api/media/{upload['fileId']}").status_code == 404
    assert versions(upload["key"]) == []
    assert [one for one in alice.trail() if one["action"].startswith("FILE")] == []
    assert bob.api.get("/api/media/usage").json()["user"]["bytes"] == 0


@pytest.mark.usefixtures("by_job_only")
def test_one_that_is_deleted_as_it_is_put_off_stays_deleted(
    bob: Person, settings: Settings, clamd: Clamd
) -> None:
    upload = put_clean(bob)
    pk = record(bob, upload)["PK"]["S"]
    settings.CLAMD_URL = "unix:///nowhere"
    with faults.holding("UpdateItem") as (is_held, release):
        scan = threading.Thread(target=scanning.attempt, args=(pk, METADATA))
        scan.start()
        assert is_held.wait(10)
        assert bob.api.delete(f"/api/media/{upload['fileId']}").status_code == 204
        release.set()
        scan.join(10)
    assert "Item" not in connection().get_item("pre-work-media", pk, range_key=METADATA)


@pytest.mark.usefixtures("by_job_only")
def test_one_that_is_given_up_as_it_is_confirmed_gives_back_what_it_holds_by_then(
    bob: Person, versions: Versions
) -> None:
    upload = asked(bob)  # it announces no size: as it was read it holds nothing
    put(upload)
    path = f"/api/media/{upload['fileId']}"
    with (
        ThreadPoolExecutor(1) as pool,
        faults.holding("TransactWriteItems") as (is_held, release),
    ):
        deleting = pool.submit(bob.api.delete, path)
        assert is_held.wait(10)
        assert confirm(bob, upload).json()["uploadStatus"] == "scanning"
        release.set()
        assert deleting.result().status_code == 204
    assert bob.api.get(path).status_code == 404
    assert versions(upload["key"]) == []
    assert bob.api.get("/api/media/usage").json()["user"]["bytes"] == 0


def test_its_limit_is_that_of_uploads(bob: Person, settings: Settings, versions: Versions) -> None:
    settings.SCAN_MAX_BYTES = 200
    assert ask(bob, fileSize=201).json() == problem(413, "file_too_large")
    assert ask(bob, fileSize=200).status_code == 200
    upload = asked(bob)
    put(upload, PNG + b"\0" * 200)
    assert confirm(bob, upload).json() == problem(413, "file_too_large")
    assert versions(upload["key"]) == []
    settings.SCANNER = "none"
    assert ask(bob, fileSize=201).status_code == 200


@pytest.mark.usefixtures("by_job_only")
def test_when_there_is_no_scanner_any_more_what_waits_is_a_file(
    bob: Person, later: Callable[[], None], settings: Settings
) -> None:
    upload = put_clean(bob)
    settings.SCANNER = "none"
    later()
    assert status(bob, upload) == "completed"


@pytest.mark.usefixtures("by_job_only")
def test_it_takes_one_transaction_to_hold_and_one_to_complete(
    bob: Person, team: str, store_calls: StoreCalls
) -> None:
    upload = asked(bob, entityType="team", entityId=team, fileSize=len(PNG))
    put(upload)
    store_calls.clear()
    confirm(bob, upload)
    assert store_calls.after_sign_in() == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert store_calls.s3 == ["HeadObject", "GetObject"]
    pk = record(bob, upload)["PK"]["S"]
    store_calls.clear()
    scanning.attempt(pk, METADATA)
    assert store_calls.dynamodb == ["GetItem", "GetItem", "TransactWriteItems"]
    assert store_calls.s3 == ["GetObject"]
