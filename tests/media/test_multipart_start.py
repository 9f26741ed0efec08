"""Beginning an upload in parts: who may, for what, and that nothing is kept when refused."""

from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import EndpointConnectionError
from pytest_django import Settings

from prework import aws, transactions
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.matching import ANY_ID, ANY_TIME, Matches, problem
from tests.media.parts import (
    COUNT,
    PART,
    SIZE,
    abort,
    begin,
    begun,
    held,
    is_as_never_begun,
    uploads_of_s3,
)
from tests.media.uploads import s3_down

TIB = 1024**4


def nothing_begun(person: Person) -> bool:
    listed = person.api.get("/api/media").json()["items"]
    return listed == [] and uploads_of_s3(person) == [] and held(person) == 0


def test_the_answer_says_how_to_cut_the_file(alice: Person) -> None:
    answer = begin(alice)

    assert answer.status_code == 200
    assert answer.json() == {
        "fileId": ANY_ID,
        "key": Matches(
            rf"{alice.organization_id}/users/{alice.user_id}/profile/[0-9a-f-]{{36}}-film\.mp4"
        ),
        "uploadId": Matches(".+"),
        "partSize": PART,
        "partCount": COUNT,
    }


def test_it_is_pending_its_owners_alone_and_held(alice: Person, bob: Person) -> None:
    upload = begun(alice)

    assert alice.api.get(f"/api/media/{upload['fileId']}").json() == {
        "fileId": upload["fileId"],
        "userId": alice.user_id,
        "organizationId": alice.organization_id,
        "entityType": "user",
        "entityId": alice.user_id,
        "fileName": "film.mp4",
        "key": upload["key"],
        "fileSize": SIZE,
        "mimeType": "video/mp4",
        "checksumSha256": None,
        "uploadStatus": "pending",
        "createdAt": ANY_TIME,
        "completedAt": None,
        "downloadUrl": None,
        "thumbnailUrl": None,
    }
    assert bob.api.get(f"/api/media/{upload['fileId']}").status_code == 404
    assert held(alice) == SIZE
    assert alice.trail(action="FILE_UPLOADED") == []


def test_s3_is_told_the_type_and_nothing_of_the_user(alice: Person) -> None:
    sent: list[dict[str, Any]] = []

    def look(params: dict[str, Any], **_: Any) -> None:
        sent.append(params)

    aws.s3().meta.events.register("before-call.s3.CreateMultipartUpload", look)
    try:
        begun(alice, fileName="Привет, мир ‮.mp4", fileType="video/mp4; codecs=avc1")
    finally:
        aws.s3().meta.events.unregister("before-call.s3.CreateMultipartUpload", look)
    assert sent[0]["headers"]["Content-Type"] == "video/mp4; codecs=avc1"
    assert not [name for name in sent[0]["headers"] if name.lower().startswith("x-amz-meta")]
    assert quote("Привет") not in str(sent[0])


def test_the_same_idempotency_key_begins_one(alice: Person) -> None:
    body = {
        "fileName": "film.mp4",
        "fileType": "video/mp4",
        "fileSize": SIZE,
        "entityType": "user",
        "entityId": alice.user_id,
    }
    first, again = (
        alice.api.post("/api/media/multipart", body, Idempotency_Key="k-1") for _ in range(2)
    )
    assert again.json() == first.json()
    assert len(uploads_of_s3(alice)) == 1
    assert held(alice) == SIZE


@pytest.mark.parametrize(
    ("size", "part_size", "part_count"),
    [
        (SIZE + 1, PART, COUNT),
        (100 * 1024**2, PART, 10),
        (100 * 1024**2 + 1, PART, 11),
        (10_000 * PART, PART, 10_000),
        (10_000 * PART + 1, 11 * 1024**2, 9091),
        (5 * TIB, 525 * 1024**2, 9987),
    ],
)
def test_parts_grow_so_that_ten_thousand_are_enough(
    wendy: Person, size: int, part_size: int, part_count: int
) -> None:
    upload = begun(wendy, fileSize=size)
    assert (upload["partSize"], upload["partCount"]) == (part_size, part_count)
    assert abort(wendy, upload).status_code == 204


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"fileSize": SIZE - 1}, "fileSize", "min_value"),
        ({"fileSize": 0}, "fileSize", "min_value"),
        ({"fileSize": -1}, "fileSize", "min_value"),
        ({"fileSize": None}, "fileSize", "required"),
        ({"fileSize": str(SIZE)}, "fileSize", "invalid"),
        ({"fileSize": float(SIZE)}, "fileSize", "invalid"),
        ({"fileSize": True}, "fileSize", "invalid"),
        ({"fileName": None}, "fileName", "required"),
        ({"fileName": "x" * 256}, "fileName", "max_length"),
        ({"fileType": 3}, "fileType", "invalid"),
        ({"entityType": "organization"}, "entityType", "invalid_choice"),
        ({"entityId": None}, "entityId", "required"),
        ({"checksumAlgorithm": "md5"}, "checksumAlgorithm", "invalid_choice"),
        ({"checksumAlgorithm": ["sha256"]}, "checksumAlgorithm", "invalid_choice"),
    ],
)
def test_wrong_fields_are_named(
    nora: Person, fields: dict[str, Any], field: str, code: str
) -> None:
    answer = begin(nora, **fields)
    assert answer.status_code == 400
    assert answer.json() == problem(
        400, "validation_failed", errors=[{"field": field, "code": code, "detail": Matches(".+")}]
    )
    assert nothing_begun(nora)


def test_a_small_file_is_sent_elsewhere(nora: Person) -> None:
    (error,) = begin(nora, fileSize=SIZE - 1).json()["errors"]
    assert "POST /api/media/upload-url" in error["detail"]


def test_the_limit_holds_to_the_byte(alice: Person, settings: Settings) -> None:
    settings.MAX_MULTIPART_BYTES = SIZE + 5
    assert begin(alice, fileSize=SIZE + 6).json() == problem(413, "file_too_large")
    assert begin(alice, fileSize=2**63 - 1).status_code == 413
    assert nothing_begun(alice)
    assert begin(alice, fileSize=SIZE + 5).status_code == 200


def test_a_full_quota_leaves_nothing(alice: Person, settings: Settings) -> None:
    settings.USER_QUOTA_BYTES = SIZE - 1
    answer = begin(alice)
    assert answer.status_code == 413
    assert answer.json()["code"] == "quota_exceeded"
    assert nothing_begun(alice)


@pytest.mark.parametrize("file_type", ["text/html", "", "image/png\r\nX: 1"])
def test_other_types_are_refused(nora: Person, file_type: str) -> None:
    assert begin(nora, fileType=file_type).json() == problem(415, "unsupported_media_type")
    assert nothing_begun(nora)


def test_one_has_to_be_signed_in_and_may_upload(carol: Person, anonymous: Api) -> None:
    denied = problem(403, "permission_denied", permission="media.upload")
    assert begin(carol).json() == denied
    assert anonymous.post("/api/media/multipart", {}).json() == problem(401, "not_authenticated")
    assert nothing_begun(carol)


def test_the_thing_has_to_be_there_and_writable(
    mallory: Person, alice: Person, bob: Person, team: str
) -> None:
    for person, kind, thing in (
        (mallory, "user", alice.user_id),
        (mallory, "team", team),
        (bob, "user", alice.user_id),
        (alice, "team", "no-such-team"),
        (alice, "submission", "no-such-submission"),
    ):
        answer = begin(person, entityType=kind, entityId=thing)
        assert answer.json() == problem(404, "not_found"), (kind, thing)
        assert nothing_begun(person)


def test_with_s3_down_nothing_is_kept(alice: Person) -> None:
    with s3_down():
        answer = begin(alice)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert nothing_begun(alice)


def test_with_the_store_down_s3_keeps_no_upload(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    error = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")
    with faults.raising("TransactWriteItems", error):
        answer = begin(alice)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert nothing_begun(alice)


def test_with_both_down_the_refusal_is_the_same(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    error = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")
    with (
        s3_down("AbortMultipartUpload"),
        faults.raising("TransactWriteItems", error),
    ):
        answer = begin(alice)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert len(uploads_of_s3(alice)) == 1  # which the sweep finds, and S3's own rule


def test_it_takes_one_read_one_write_and_one_call_of_s3(
    bob: Person, team: str, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    begun(bob, entityType="team", entityId=team)
    calls, units = store_calls.until_written()
    assert calls == ["BatchGetItem", "TransactWriteItems"]
    assert store_calls.s3 == ["CreateMultipartUpload"]
    assert units == 6  # the record, the user's quota and the organisation's


def test_given_up_at_once_it_is_as_if_it_had_never_been(alice: Person) -> None:
    upload = begun(alice)
    assert abort(alice, upload).status_code == 204
    assert is_as_never_begun(alice, upload)
