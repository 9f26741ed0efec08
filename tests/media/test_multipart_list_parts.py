"""What S3 has of an upload: all of it, for its owner, and a word when there is nothing to list."""

from typing import Any

from prework import aws
from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import problem
from tests.media.parts import (
    COUNT,
    LAST,
    PART,
    abort,
    all_parts,
    begun,
    complete,
    copy_parts,
    etag,
    found,
    path,
)
from tests.media.uploads import asked, s3_down


def test_nothing_yet_and_how_the_file_is_cut(alice: Person) -> None:
    answer = alice.api.get(path(begun(alice), "/parts"))
    assert answer.json() == {"parts": [], "partSize": PART, "partCount": COUNT}


def test_what_is_there_is_told_in_order(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload, [COUNT, 2])
    assert found(alice, upload) == [
        {"partNumber": 2, "etag": etag(2), "size": PART, "checksumSha256": None},
        {"partNumber": COUNT, "etag": etag(COUNT), "size": LAST, "checksumSha256": None},
    ]


def test_all_of_it_however_many_s3_tells_at_once(alice: Person, store_calls: StoreCalls) -> None:
    upload = begun(alice)
    copy_parts(upload)

    def fewer(params: dict[str, Any], **_: Any) -> None:
        params["MaxParts"] = 4

    store_calls.clear()
    aws.s3().meta.events.register("provide-client-params.s3.ListParts", fewer)
    try:
        numbers = [part["partNumber"] for part in found(alice, upload)]
    finally:
        aws.s3().meta.events.unregister("provide-client-params.s3.ListParts", fewer)
    assert numbers == list(range(1, COUNT + 1))
    assert store_calls.s3 == ["ListParts"] * 3
    assert store_calls.after_sign_in() == ["GetItem", "BatchGetItem"]


def test_it_is_its_owners_alone(alice: Person, bob: Person, mallory: Person, team: str) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    for other in (alice, mallory):
        assert other.api.get(path(upload, "/parts")).json() == problem(404, "not_found")
    for unknown in (asked(bob), {"fileId": "nothing"}):
        assert bob.api.get(path(unknown, "/parts")).json() == problem(404, "not_found")


def test_of_a_complete_one_there_is_none(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    assert complete(alice, upload).status_code == 200
    for answer in (
        alice.api.get(path(upload, "/parts")),
        alice.api.post(path(upload, "/parts"), {"partNumbers": [1]}),
    ):
        assert answer.json() == problem(409, "upload_completed")


def test_of_one_that_s3_put_together_before_the_record_said_so(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    aws.s3().complete_multipart_upload(
        Bucket="pre-work-media-uploads",
        Key=upload["key"],
        UploadId=upload["uploadId"],
        MultipartUpload={
            "Parts": [
                {"PartNumber": part["partNumber"], "ETag": part["etag"]} for part in all_parts()
            ]
        },
    )
    assert alice.api.get(path(upload, "/parts")).json() == problem(409, "upload_completed")
    assert complete(alice, upload, []).status_code == 200  # nothing is left to compare


def test_of_one_that_s3_gave_up(alice: Person) -> None:
    upload = begun(alice)
    aws.s3().abort_multipart_upload(
        Bucket="pre-work-media-uploads", Key=upload["key"], UploadId=upload["uploadId"]
    )
    assert alice.api.get(path(upload, "/parts")).json() == problem(409, "upload_gone")
    assert complete(alice, upload).json() == problem(409, "upload_gone")
    assert abort(alice, upload).status_code == 204


def test_with_s3_down(alice: Person) -> None:
    upload = begun(alice)
    with s3_down():
        answer = alice.api.get(path(upload, "/parts"))
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert found(alice, upload) == []
