"""Giving up an upload in parts: nothing is left of it, whoever completes it meanwhile."""

from functools import partial
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from prework import transactions
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import problem
from tests.media.parts import (
    abort,
    begun,
    complete,
    copy_parts,
    found,
    held,
    is_as_never_begun,
    is_open,
    meanwhile,
    path,
    versions,
)
from tests.media.uploads import asked, download, s3_down


def test_nothing_is_left(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload, [1, 2])

    answer = abort(alice, upload)

    assert (answer.status_code, answer.content) == (204, b"")
    assert is_as_never_begun(alice, upload)
    assert alice.trail(action="FILE_DELETED") == []


def test_done_again_there_is_nothing_to_do(alice: Person) -> None:
    upload = begun(alice)
    assert abort(alice, upload).status_code == 204
    assert abort(alice, upload).json() == problem(404, "not_found")


def test_only_as_it_was_seen_if_one_says_so(alice: Person) -> None:
    upload = begun(alice)
    seen = alice.api.get(f"/api/media/{upload['fileId']}").headers["ETag"]
    refused = alice.api.delete(path(upload), If_Match='"77"')
    assert refused.json() == problem(412, "precondition_failed")
    assert found(alice, upload) == []
    assert alice.api.delete(path(upload), If_Match=seen).status_code == 204


def test_a_file_is_not_given_up(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    media = complete(alice, upload).json()

    assert abort(alice, upload).json() == problem(409, "upload_completed")

    assert download(media).status_code == 200


def test_it_is_its_owners_alone(alice: Person, bob: Person, mallory: Person, team: str) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    for other in (alice, mallory):
        assert abort(other, upload).json() == problem(404, "not_found")
    assert found(bob, upload) == []
    for unknown in (asked(bob), {"fileId": "nothing"}):
        assert abort(bob, unknown).json() == problem(404, "not_found")


def test_who_may_write_no_more_may_still_give_up(alice: Person, bob: Person, team: str) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    alice.api.delete(f"/api/teams/{team}/members/{bob.user_id}")
    assert abort(bob, upload).status_code == 204
    assert is_as_never_begun(bob, upload)


def test_with_s3_down_nothing_changes(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload, [1])
    with s3_down():
        answer = abort(alice, upload)
    assert answer.json() == problem(503, "storage_unavailable", retryAfter=2)
    assert len(found(alice, upload)) == 1
    assert abort(alice, upload).status_code == 204
    assert is_as_never_begun(alice, upload)


def test_with_s3_down_after_it_is_given_up(alice: Person) -> None:
    upload = begun(alice)
    with s3_down("ListObjectVersions"):
        assert abort(alice, upload).status_code == 204
    assert is_as_never_begun(alice, upload)


def test_with_the_store_down_it_can_be_done_again(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    upload = begun(alice)
    error = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")
    with faults.raising("TransactWriteItems", error):
        assert abort(alice, upload).status_code == 503
    assert not is_open(upload)
    assert abort(alice, upload).status_code == 204
    assert is_as_never_begun(alice, upload)


def test_one_that_somebody_is_about_to_complete(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    with meanwhile("CompleteMultipartUpload", partial(abort, alice, upload)) as aborted:
        answer = complete(alice, upload)
    assert aborted[0].status_code == 204
    assert answer.json() == problem(409, "upload_gone")
    assert is_as_never_begun(alice, upload)


def test_one_that_s3_has_put_together_just_now(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    with meanwhile("HeadObject", partial(abort, alice, upload)) as aborted:
        answer = complete(alice, upload)
    assert aborted[0].status_code == 204
    assert answer.json() == problem(409, "upload_gone")
    assert is_as_never_begun(alice, upload)


def test_one_whose_record_is_about_to_say_so(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    aborted: list[int] = []

    def once(**_: Any) -> None:
        if not aborted:
            aborted.append(0)
            aborted[0] = abort(alice, upload).status_code

    with faults.hooked("before-send.dynamodb.TransactWriteItems", once):
        answer = complete(alice, upload)
    assert aborted == [204]
    assert answer.json() == problem(404, "not_found")
    assert is_as_never_begun(alice, upload)
    assert alice.trail(action="FILE_UPLOADED") == []


def test_one_that_became_a_file_just_now(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload)
    with meanwhile("AbortMultipartUpload", partial(complete, alice, upload)) as completed:
        answer = abort(alice, upload)
    assert completed[0].status_code == 200
    assert answer.json() == problem(409, "upload_completed")
    assert len(versions(upload)) == 1
    assert held(alice) == completed[0].json()["fileSize"]


def test_it_takes_one_read_one_write_and_three_calls_of_s3(
    alice: Person, store_calls: StoreCalls
) -> None:
    upload = begun(alice)
    store_calls.clear()
    abort(alice, upload)
    calls, units = store_calls.until_written()
    assert (calls, units) == (["GetItem", "TransactWriteItems"], 6)
    abort_upload = "AbortMultipartUpload"
    assert store_calls.s3 == [abort_upload, abort_upload, "ListObjectVersions"]
