"""Completing an upload in parts: only what is all there, once, wherever an attempt has died."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from pytest_django import Settings

from prework import aws, transactions
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Answer, Person
from tests.matching import ANY_TIME, Matches, problem
from tests.media.parts import (
    BODY,
    COUNT,
    LAST,
    SIZE,
    all_parts,
    begun,
    complete,
    composite,
    copy_parts,
    etag,
    found,
    held,
    is_as_never_begun,
    meanwhile,
    part_body,
    path,
    put,
    s3_losing_answers,
    sign,
    signed,
    uploaded_events,
    versions,
)
from tests.media.uploads import asked, download, s3_answering, s3_down, sha256


def is_one_file(person: Person, upload: dict[str, Any]) -> bool:
    """Whether the upload became one file: a version, a record, an event, held once."""
    media = person.api.get(f"/api/media/{upload['fileId']}").json()
    return (
        media["uploadStatus"] == "completed"
        and len(versions(upload)) == 1
        and len(person.trail(action="FILE_UPLOADED")) == 1
        and len(uploaded_events(person)) == 1
        and held(person) == SIZE
    )


def is_still_open(person: Person, upload: dict[str, Any]) -> bool:
    media = person.api.get(f"/api/media/{upload['fileId']}").json()
    return (
        media["uploadStatus"] == "pending"
        and versions(upload) == []
        and person.trail(action="FILE_UPLOADED") == []
        and held(person) == SIZE
    )


def test_the_parts_become_the_file(alice: Person, bob: Person, team: str) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    copy_parts(upload, range(2, COUNT))
    tags = [put(signed(bob, upload, number)).headers["ETag"] for number in (1, COUNT)]
    assert tags == [etag(1), etag(COUNT)]

    answer = complete(bob, upload)

    assert answer.status_code == 200
    expected = {
        "fileId": upload["fileId"],
        "userId": bob.user_id,
        "organizationId": bob.organization_id,
        "entityType": "team",
        "entityId": team,
        "fileName": "film.mp4",
        "key": upload["key"],
        "fileSize": SIZE,
        "mimeType": "video/mp4",
        "checksumSha256": None,
        "uploadStatus": "completed",
        "createdAt": ANY_TIME,
        "completedAt": ANY_TIME,
        "downloadUrl": Matches(r"http://127\.0\.0\.1:\d+/.+"),
        "thumbnailUrl": None,
    }
    assert answer.json() == expected
    assert alice.api.get(f"/api/media/{upload['fileId']}").json() == expected
    assert download(answer.json()).content == BODY * (COUNT - 1) + BODY[:LAST]
    assert len(alice.trail(action="FILE_UPLOADED")) == 1
    assert held(bob) == SIZE


def test_with_checksums_their_checksum_is_the_files(alice: Person) -> None:
    upload = begun(alice, checksumAlgorithm="sha256")
    whole, last = sha256(BODY), sha256(BODY[:LAST])
    checksums = {str(number): whole for number in range(1, COUNT)} | {str(COUNT): last}
    parts = sign(alice, upload, list(range(1, COUNT + 1)), checksums=checksums).json()["parts"]
    for part in parts:
        assert put(part).status_code == 200

    named = [
        {**part, "checksumSha256": checksums[str(part["partNumber"])]} for part in all_parts()
    ]
    wrong = [{**named[0], "checksumSha256": last}, *named[1:]]
    refused = problem(409, "part_mismatch", partNumbers=[1])
    assert complete(alice, upload, wrong).json() == refused
    answer = complete(alice, upload, named)

    digests = [hashlib.sha256(part_body(number)).digest() for number in range(1, COUNT + 1)]
    assert answer.json()["checksumSha256"] == composite(digests)
    assert is_one_file(alice, upload)


def test_parts_without_a_checksum_where_each_has_one(alice: Person) -> None:
    upload = begun(alice, checksumAlgorithm="sha256")
    checksum = sha256(BODY[:LAST])
    copy_parts(upload, range(1, COUNT))
    assert put(signed(alice, upload, COUNT, checksums={str(COUNT): checksum})).status_code == 200
    listed = {part["partNumber"]: part["checksumSha256"] for part in found(alice, upload)}
    assert listed == {**dict.fromkeys(range(1, COUNT)), COUNT: checksum}  # past what was signed

    answer = complete(alice, upload)

    refused = problem(409, "part_mismatch", partNumbers=[*range(1, COUNT)])
    assert answer.json() == refused
    assert is_still_open(alice, upload)


def test_an_object_of_another_checksum_leaves_nothing(alice: Person) -> None:
    upload = begun(alice, checksumAlgorithm="sha256")
    whole, last = sha256(BODY), sha256(BODY[:LAST])
    checksums = {str(number): whole for number in range(1, COUNT)} | {str(COUNT): last}
    parts = sign(alice, upload, list(range(1, COUNT + 1)), checksums=checksums).json()["parts"]
    for part in parts:
        assert put(part).status_code == 200

    def lie(parsed: dict[str, Any], **_: Any) -> None:
        parsed["ChecksumSHA256"] = f"{last}-{COUNT}"

    aws.s3().meta.events.register("after-call.s3.HeadObject", lie)
    try:
        answer = complete(alice, upload)
    finally:
        aws.s3().meta.events.unregister("after-call.s3.HeadObject", lie)
    assert answer.json() == problem(409, "upload_mismatch")
    assert is_as_never_begun(alice, upload)


def test_an_attempt_that_comes_too_late_removes_no_other_ones_file(alice: Person) -> None:
    """It named another body of a part than the one that was put together just before."""
    upload = begun(alice, checksumAlgorithm="sha256")
    whole, last, other = sha256(BODY), sha256(BODY[:LAST]), b"x" * LAST
    checksums = {str(number): whole for number in range(1, COUNT)} | {str(COUNT): last}
    for part in sign(alice, upload, list(range(1, COUNT + 1)), checksums=checksums).json()[
        "parts"
    ]:
        put(part)
    anew = signed(alice, upload, COUNT, checksums={str(COUNT): sha256(other)})

    def with_the_other() -> Answer:
        tag = put(anew, other).headers["ETag"]
        return complete(alice, upload, [*all_parts()[:-1], {"partNumber": COUNT, "etag": tag}])

    with meanwhile("CompleteMultipartUpload", with_the_other) as quicker:
        answer = complete(alice, upload)
    assert (answer.status_code, quicker[0].status_code) == (200, 200)
    assert is_one_file(alice, upload)


def test_a_second_time_it_answers_the_same_and_records_nothing(
    alice: Person, store_calls: StoreCalls
) -> None:
    upload = begun(alice)
    copy_parts(upload)
    first = complete(alice, upload).json()
    store_calls.clear()

    second = complete(alice, upload)

    assert {**second.json(), "downloadUrl": first["downloadUrl"]} == first
    assert store_calls.s3 == []
    assert "TransactWriteItems" not in store_calls.dynamodb
    assert is_one_file(alice, upload)


def test_many_at_once_make_one_file(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: complete(alice, upload), range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert is_one_file(alice, upload)


def test_two_of_which_one_is_between_s3_and_the_record(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    with meanwhile("HeadObject", lambda: complete(alice, upload)) as other:
        answer = complete(alice, upload)
    assert (answer.status_code, other[0].status_code) == (200, 200)
    assert is_one_file(alice, upload)


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        ([], list(range(1, 11))),
        (all_parts()[:-1], [10]),
        (all_parts()[1:], [1]),
        ([{"partNumber": 1, "etag": etag(COUNT)}, *all_parts()[1:]], [1]),
        ([{"partNumber": 1, "etag": "no such"}, *all_parts()[1:]], [1]),
        ([*all_parts(), {"partNumber": 11, "etag": etag(1)}], [11]),
        ([*all_parts(), all_parts()[0]], []),
    ],
)
def test_parts_that_are_not_those_of_the_file(
    alice: Person, parts: list[dict[str, Any]], wrong: list[int]
) -> None:
    upload = begun(alice)
    copy_parts(upload)

    answer = complete(alice, upload, parts)

    assert answer.status_code == 409
    assert answer.json() == problem(409, "part_mismatch", partNumbers=wrong)
    assert is_still_open(alice, upload)
    assert len(found(alice, upload)) == COUNT


def test_a_part_that_is_not_there(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload, [*range(1, 5), *range(6, COUNT + 1)])
    refused = problem(409, "part_mismatch", partNumbers=[5])
    assert complete(alice, upload).json() == refused
    assert is_still_open(alice, upload)
    copy_parts(upload, [5])
    assert complete(alice, upload).status_code == 200


def test_an_etag_may_come_without_its_quotes_and_in_any_order(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    parts = [{**part, "etag": part["etag"].strip('"')} for part in reversed(all_parts())]
    assert complete(alice, upload, parts).status_code == 200


def test_a_part_of_another_size_past_the_signature(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    answer = aws.s3().upload_part(
        Bucket=settings.MEDIA_BUCKET,
        Key=upload["key"],
        UploadId=upload["uploadId"],
        PartNumber=2,
        Body=b"short",
    )
    parts = [*all_parts()]
    parts[1] = {"partNumber": 2, "etag": answer["ETag"]}
    refused = problem(409, "part_mismatch", partNumbers=[2])
    assert complete(alice, upload, parts).json() == refused
    assert is_still_open(alice, upload)


def test_a_part_put_anew_between_the_list_and_the_end(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    part = signed(alice, upload, COUNT)
    with meanwhile("CompleteMultipartUpload", lambda: put(part, b"x" * LAST)):
        answer = complete(alice, upload)
    assert answer.json() == problem(409, "part_mismatch")
    assert is_still_open(alice, upload)
    copy_parts(upload, [COUNT])
    assert complete(alice, upload).status_code == 200


@pytest.mark.parametrize(
    ("parts", "field", "code"),
    [
        (None, "parts", "null"),
        ({}, "parts", "not_a_list"),
        ([3], "parts.0", "invalid"),
        ([{"partNumber": 1}], "parts.0.etag", "required"),
        ([{"etag": "x"}], "parts.0.partNumber", "required"),
        ([{"partNumber": "1", "etag": "x"}], "parts.0.partNumber", "invalid"),
        ([{"partNumber": 10_001, "etag": "x"}], "parts.0.partNumber", "max_value"),
        ([{"partNumber": 1, "etag": "x" * 101}], "parts.0.etag", "max_length"),
        ([{"partNumber": 1, "etag": 7}], "parts.0.etag", "invalid"),
        (
            [{"partNumber": 1, "etag": "x", "checksumSha256": "y"}],
            "parts.0.checksumSha256",
            "checksum",
        ),
        ([{"partNumber": 1, "etag": "x"}] * 10_001, "parts", "max_length"),
        ([{}] * 10_001, "parts", "max_length"),
    ],
)
def test_wrong_fields_are_named(nora: Person, parts: Any, field: str, code: str) -> None:
    answer = nora.api.post(path({"fileId": "nothing"}, "/complete"), {"parts": parts})
    assert answer.status_code == 400
    assert answer.json() == problem(
        400, "validation_failed", errors=[{"field": field, "code": code, "detail": Matches(".+")}]
    )


def test_it_is_its_owners_alone(alice: Person, bob: Person, mallory: Person, team: str) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    copy_parts(upload)
    for other in (alice, mallory):
        assert complete(other, upload).json() == problem(404, "not_found")
    for unknown in (asked(bob), {"fileId": "nothing"}):
        assert complete(bob, unknown).json() == problem(404, "not_found")
    assert versions(upload) == []
    assert alice.trail(action="FILE_UPLOADED") == []
    assert len(found(bob, upload)) == COUNT


def test_who_may_write_no_more_completes_nothing(alice: Person, bob: Person, team: str) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    copy_parts(upload)
    alice.api.delete(f"/api/teams/{team}/members/{bob.user_id}")
    assert complete(bob, upload).json() == problem(404, "not_found")
    assert versions(upload) == []


@pytest.mark.parametrize(
    "step", ["ListParts", "CompleteMultipartUpload", "HeadObject", "GetObject"]
)
def test_with_s3_down_at_a_step_another_attempt_goes_on(alice: Person, step: str) -> None:
    upload = begun(alice)
    copy_parts(upload)
    with s3_down(step):
        answer = complete(alice, upload)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert answer.headers["Retry-After"] == "2"
    assert alice.trail(action="FILE_UPLOADED") == []
    assert complete(alice, upload).status_code == 200
    assert is_one_file(alice, upload)


def test_with_s3_failing_after_its_200_another_attempt_goes_on(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    failed = "<Error><Code>InternalError</Code><Message>We encountered an error.</Message></Error>"
    with s3_answering("CompleteMultipartUpload", failed):
        assert complete(alice, upload).status_code == 503
    assert is_still_open(alice, upload)
    assert complete(alice, upload).status_code == 200


def test_with_s3s_answer_lost_another_attempt_goes_on(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    with s3_losing_answers("CompleteMultipartUpload"):
        assert complete(alice, upload).status_code == 503
    assert len(versions(upload)) == 1
    assert complete(alice, upload).status_code == 200
    assert is_one_file(alice, upload)


def test_with_the_store_down_another_attempt_goes_on(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    upload = begun(alice)
    copy_parts(upload)
    error = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")
    with faults.raising("TransactWriteItems", error):
        assert complete(alice, upload).status_code == 503
    assert alice.api.get(f"/api/media/{upload['fileId']}").json()["downloadUrl"] is None
    assert complete(alice, upload).status_code == 200
    assert is_one_file(alice, upload)


def test_an_object_of_another_size_leaves_nothing(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload, [1])
    aws.s3().complete_multipart_upload(  # as only we could, past the look at the parts
        Bucket=settings.MEDIA_BUCKET,
        Key=upload["key"],
        UploadId=upload["uploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag(1)}]},
    )
    assert complete(alice, upload).json() == problem(409, "upload_mismatch")
    assert is_as_never_begun(alice, upload)
    assert alice.trail(action="FILE_UPLOADED") == []


def test_over_a_limit_that_was_lowered_meanwhile_nothing_is_left(
    alice: Person, settings: Settings
) -> None:
    upload = begun(alice)
    copy_parts(upload)
    settings.MAX_MULTIPART_BYTES = SIZE - 1
    answer = complete(alice, upload)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert is_as_never_begun(alice, upload)


def test_it_takes_two_reads_three_calls_of_s3_and_one_transaction(
    bob: Person, team: str, store_calls: StoreCalls
) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    copy_parts(upload)
    store_calls.clear()

    complete(bob, upload)

    calls, _ = store_calls.until_written()
    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert store_calls.s3[:3] == ["ListParts", "CompleteMultipartUpload", "HeadObject"]
