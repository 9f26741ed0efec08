"""Confirming an upload: only what S3 really has, only by its owner, only once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from prework import aws, clock
from prework.dynamo import connection
from prework.events import Audience
from prework.history import list_events
from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import ANY_ID, ANY_TIME, Matches, problem
from tests.media.uploads import PNG, asked, confirm, download, put, s3_down, sha256, uploaded

Versions = Callable[[str], list[str]]


def uploads_in_trail(person: Person) -> list[dict[str, Any]]:
    return person.trail(action="FILE_UPLOADED")


def is_still_pending(person: Person, upload: dict[str, Any]) -> bool:
    media = person.api.get(f"/api/media/{upload['fileId']}").json()
    return media["uploadStatus"] == "pending" and media["downloadUrl"] is None


def events_of(person: Person, entity_type: str, entity_id: str) -> list[dict[str, Any]]:
    audience = Audience(entity_type, entity_id)
    events = list_events(person.actor, audience, limit=50, start=None).items
    return [event for event in events if event["eventType"] == "file.uploaded"]


def test_the_file_is_there_for_whoever_may_read_the_team(
    alice: Person, bob: Person, team: str
) -> None:
    upload = asked(
        bob, entityType="team", entityId=team, fileSize=len(PNG), checksumSha256=sha256(PNG)
    )
    put(upload)

    answer = confirm(bob, upload)

    assert answer.status_code == 200
    expected = {
        "fileId": upload["fileId"],
        "userId": bob.user_id,
        "organizationId": bob.organization_id,
        "entityType": "team",
        "entityId": team,
        "fileName": "avatar.png",
        "key": upload["key"],
        "fileSize": len(PNG),
        "mimeType": "image/png",
        "checksumSha256": sha256(PNG),
        "uploadStatus": "completed",
        "createdAt": ANY_TIME,
        "completedAt": ANY_TIME,
        "downloadUrl": Matches(r"http://127\.0\.0\.1:\d+/.+"),
        "thumbnailUrl": Matches(r"http://127\.0\.0\.1:\d+/cdn/.+&sig=.+"),
    }
    assert answer.json() == expected
    assert alice.api.get(f"/api/media/{upload['fileId']}").json() == expected
    assert download(answer.json()).content == PNG


def test_g42_size_and_name_come_from_the_record_and_from_s3(alice: Person) -> None:
    upload = asked(alice)
    put(upload)
    lies = {"fileName": "other.exe", "fileSize": 1, "mimeType": "text/html", "userId": "x"}

    media = confirm(alice, upload, **lies).json()

    assert media["fileName"] == "avatar.png"
    assert media["fileSize"] == len(PNG)
    assert media["mimeType"] == "image/png"
    assert media["userId"] == alice.user_id


def test_the_audit_trail_says_so_once(alice: Person) -> None:
    media = uploaded(alice)
    assert uploads_in_trail(alice) == [
        {
            "auditId": ANY_ID,
            "timestamp": ANY_TIME,
            "organizationId": alice.organization_id,
            "action": "FILE_UPLOADED",
            "userId": alice.user_id,
            "entityType": "user",
            "entityId": alice.user_id,
            "oldValues": {},
            "newValues": {
                "fileId": media["fileId"],
                "fileName": "avatar.png",
                "fileSize": len(PNG),
                "mimeType": "image/png",
                "checksumSha256": None,
                "key": media["key"],
                "userId": alice.user_id,
            },
            "ip": "127.0.0.1",
            "userAgent": "",
            "sessionId": ANY_ID,
            "requestId": Matches(".+"),
            "outcome": "success",
            "actorKind": "user",
            "reason": None,
            "impersonatorId": None,
        }
    ]


def test_the_team_and_the_user_are_told(bob: Person, team: str) -> None:
    media = uploaded(bob, entityType="team", entityId=team)
    event = {
        "eventId": ANY_ID,
        "eventType": "file.uploaded",
        "entityType": "team",
        "entityId": team,
        "timestamp": ANY_TIME,
        "userId": bob.user_id,
        "data": {"fileId": media["fileId"], "fileName": "avatar.png", "fileSize": len(PNG)},
    }
    assert events_of(bob, "team", team) == [event]
    assert events_of(bob, "user", bob.user_id) == [event]


def test_a_second_confirm_answers_the_same_and_records_nothing(
    alice: Person, store_calls: StoreCalls
) -> None:
    upload = asked(alice)
    put(upload)
    first = confirm(alice, upload)
    store_calls.clear()

    second = confirm(alice, upload)

    assert second.status_code == 200
    signed_at_another_moment = {"downloadUrl": first.json()["downloadUrl"]}
    assert {**second.json(), **signed_at_another_moment} == first.json()
    assert store_calls.s3 == []
    assert "TransactWriteItems" not in store_calls.dynamodb
    assert len(uploads_in_trail(alice)) == 1
    assert len(events_of(alice, "user", alice.user_id)) == 1


def test_many_at_once_record_one(bob: Person, alice: Person, team: str) -> None:
    upload = asked(bob, entityType="team", entityId=team)
    put(upload)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: confirm(bob, upload), range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
    unsigned = [{**answer.json(), "downloadUrl": ""} for answer in answers]
    assert unsigned == [unsigned[0]] * 8
    assert len(uploads_in_trail(alice)) == 1
    assert len(events_of(bob, "team", team)) == 1


def test_g41_what_is_put_after_the_confirm_nobody_gets(alice: Person) -> None:
    upload = asked(alice)
    put(upload)
    media = confirm(alice, upload).json()

    assert put(upload, b"something else").status_code == 200  # the URL stays valid for an hour

    assert download(media).content == PNG
    again = confirm(alice, upload).json()
    assert again["fileSize"] == len(PNG)
    assert download(again).content == PNG
    assert download(alice.api.get(f"/api/media/{upload['fileId']}").json()).content == PNG


def test_before_the_upload(alice: Person) -> None:
    upload = asked(alice)
    answer = confirm(alice, upload)
    assert answer.status_code == 409
    assert answer.json() == problem(409, "upload_missing")
    assert is_still_pending(alice, upload)
    assert uploads_in_trail(alice) == []

    put(upload)
    assert confirm(alice, upload).status_code == 200


def test_g42_another_key_than_the_one_handed_out(alice: Person, versions: Versions) -> None:
    theirs = uploaded(alice)
    upload = asked(alice)
    put(upload)
    for key in (theirs["key"], upload["key"] + "x", "../" + upload["key"], "x" * 1024):
        answer = confirm(alice, upload, key=key)
        assert answer.json() == problem(409, "key_mismatch"), key
    assert is_still_pending(alice, upload)
    assert len(versions(upload["key"])) == 1
    assert len(uploads_in_trail(alice)) == 1


def test_g42_somebody_elses_upload_is_not_there(
    alice: Person, bob: Person, mallory: Person, team: str
) -> None:
    upload = asked(bob, entityType="team", entityId=team)
    put(upload)
    for other in (alice, mallory):
        answer = confirm(other, upload)
        assert answer.status_code == 404
        assert answer.json() == problem(404, "not_found")
    assert is_still_pending(bob, upload)

    confirm(bob, upload)
    for other in (alice, mallory):
        assert confirm(other, upload).json() == problem(404, "not_found")


@pytest.mark.parametrize("file_id", ["nothing", "", "#", "x" * 128, "\u202e", "a/b"])
def test_unknown_ids(nora: Person, file_id: str) -> None:
    answer = nora.api.post("/api/media/confirm-upload", {"fileId": file_id, "key": "k"})
    assert answer.status_code == (404 if file_id else 400)
    assert uploads_in_trail(nora) == []


def test_wrong_types_are_named(alice: Person) -> None:
    answer = alice.api.post("/api/media/confirm-upload", {"fileId": 3, "key": ["k"]})
    detail = Matches(".+")
    assert answer.json() == problem(
        400,
        "validation_failed",
        errors=[
            {"field": "fileId", "code": "invalid", "detail": detail},
            {"field": "key", "code": "invalid", "detail": detail},
        ],
    )


def put_past_the_signature(upload: dict[str, Any], body: bytes, content_type: str) -> None:
    """Put an object as only we could, as if S3 had not checked the signature."""
    bucket = urlsplit(upload["uploadUrl"]).path.split("/")[1]
    aws.s3().put_object(Bucket=bucket, Key=upload["key"], Body=body, ContentType=content_type)


SIZE, CHECKSUM = {"fileSize": len(PNG)}, {"checksumSha256": sha256(PNG)}


@pytest.mark.parametrize(  # each by what it is about alone: else another check hides it
    ("announced", "body", "content_type"),
    [
        (SIZE, PNG + b"!", "image/png"),
        (SIZE, PNG[:-1], "image/png"),
        ({}, PNG, "text/html"),
        (CHECKSUM, PNG, "image/png"),
    ],
    ids=["longer", "shorter", "another type", "no checksum"],
)
def test_what_was_not_announced_is_refused_and_removed(
    alice: Person,
    versions: Versions,
    announced: dict[str, Any],
    body: bytes,
    content_type: str,
) -> None:
    upload = asked(alice, **announced)
    put_past_the_signature(upload, body, content_type)

    answer = confirm(alice, upload)

    assert answer.status_code == 409
    assert answer.json() == problem(409, "upload_mismatch")
    assert versions(upload["key"]) == []
    assert is_still_pending(alice, upload)
    assert uploads_in_trail(alice) == []
    put(upload)
    assert confirm(alice, upload).status_code == 200


def test_only_the_version_that_was_wrong_is_removed(alice: Person, versions: Versions) -> None:
    upload = asked(alice, fileSize=len(PNG), checksumSha256=sha256(PNG))
    put(upload)
    put_past_the_signature(upload, b"later", "image/png")

    assert confirm(alice, upload).json() == problem(409, "upload_mismatch")

    assert len(versions(upload["key"])) == 1
    assert download(confirm(alice, upload).json()).content == PNG


def test_g40_over_the_limit_though_no_size_was_announced(
    alice: Person, versions: Versions, settings: Settings
) -> None:
    settings.MAX_UPLOAD_BYTES = 100
    at_the_limit, over_it = asked(alice), asked(alice)
    put(at_the_limit, PNG[:100])
    put(over_it, PNG[:101])

    assert confirm(alice, at_the_limit).status_code == 200
    refused = confirm(alice, over_it)

    assert refused.status_code == 413
    assert refused.json() == problem(413, "file_too_large")
    assert versions(over_it["key"]) == []
    assert is_still_pending(alice, over_it)


def test_g43_the_entity_is_asked_again(alice: Person, bob: Person, private_team: str) -> None:
    upload = asked(bob, entityType="team", entityId=private_team)
    put(upload)
    removed = alice.api.delete(f"/api/teams/{private_team}/members/{bob.user_id}")
    assert removed.status_code == 204, removed.content

    assert confirm(bob, upload).json() == problem(404, "not_found")

    assert is_still_pending(bob, upload)
    assert uploads_in_trail(alice) == []


def test_the_permission_is_asked_again(alice: Person, bob: Person) -> None:
    upload = asked(bob)
    put(upload)
    alice.api.patch(f"/api/users/{bob.user_id}", {"role": "viewer"})
    denied = problem(403, "permission_denied", permission="media.upload")
    assert confirm(bob, upload).json() == denied
    assert is_still_pending(bob, upload)


def test_an_upload_left_for_too_long_is_gone(
    alice: Person, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PENDING_UPLOAD_SECONDS = 30
    upload = asked(alice)
    put(upload)
    later = clock.now() + timedelta(seconds=31)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert confirm(alice, upload).json() == problem(404, "not_found")
    assert alice.api.get(f"/api/media/{upload['fileId']}").status_code == 404
    assert alice.api.get("/api/media").json()["items"] == []


def test_with_s3_down_nothing_changes(alice: Person) -> None:
    upload = asked(alice)
    put(upload)

    with s3_down():
        answer = confirm(alice, upload)

    assert answer.status_code == 503
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert answer.headers["Retry-After"] == "2"
    assert is_still_pending(alice, upload)
    assert uploads_in_trail(alice) == []
    assert confirm(alice, upload).status_code == 200


def test_a_file_that_cannot_be_removed_is_not_called_removed(
    alice: Person, versions: Versions, settings: Settings
) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    upload = asked(alice)
    put(upload)
    with s3_down("DeleteObject"):
        assert confirm(alice, upload).status_code == 503
    assert confirm(alice, upload).status_code == 413
    assert versions(upload["key"]) == []


def test_it_takes_two_reads_one_look_at_the_object_and_one_transaction(
    bob: Person, team: str, store_calls: StoreCalls
) -> None:
    upload = asked(bob, entityType="team", entityId=team)
    put(upload)
    store_calls.clear()

    confirm(bob, upload)

    assert store_calls.after_sign_in() == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert store_calls.s3 == ["HeadObject", "GetObject"]


def test_the_record_expires_no_more_and_is_still_to_be_looked_at_by_the_sweep(
    alice: Person, store_calls: StoreCalls
) -> None:
    upload = asked(alice)
    pending = store_calls.requests[-1]["body"]
    assert b'"GSI3PK"' in (pending if isinstance(pending, bytes) else pending.encode())
    put(upload)
    media = confirm(alice, upload).json()
    stored = aws_item(alice, media["fileId"])
    assert "expiresAt" not in stored
    assert stored["GSI3PK"]["S"].startswith("PENDING#")
    assert stored["s3Key"] == {"S": upload["key"]}
    assert stored["GSI2PK"] == {"S": f"ORG#{alice.organization_id}#ENTITY#user#{alice.user_id}"}


def aws_item(person: Person, file_id: str) -> dict[str, Any]:
    """The record as the table has it."""
    raw: dict[str, Any] = connection().get_item(
        "pre-work-media", f"ORG#{person.organization_id}#MEDIA#{file_id}", range_key="METADATA"
    )["Item"]
    return raw


def test_the_link_names_the_version_and_is_short_lived(alice: Person) -> None:
    query = parse_qs(urlsplit(uploaded(alice)["downloadUrl"]).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["900"]
    assert len(query["versionId"]) == 1
