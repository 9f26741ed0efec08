"""Having parts signed: of one's own upload, each bound to its number, size and checksum."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import Matches, problem
from tests.media.parts import (
    BODY,
    COUNT,
    LAST,
    PART,
    abort,
    begun,
    copy_parts,
    found,
    path,
    put,
    sign,
    signed,
)
from tests.media.uploads import ask, asked, sha256


def signed_headers(url: str) -> list[str]:
    return parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0].split(";")


def test_each_part_is_signed_with_its_number_and_exact_size(alice: Person) -> None:
    upload = begun(alice)

    answer = sign(alice, upload, [1, COUNT])

    assert answer.status_code == 200
    first, last = answer.json()["parts"]
    assert answer.json()["expiresIn"] == 3600
    assert first == {
        "partNumber": 1,
        "url": Matches(r"http://127\.0\.0\.1:\d+/.+"),
        "headers": {"Content-Length": str(PART)},
    }
    assert (last["partNumber"], last["headers"]) == (COUNT, {"Content-Length": str(LAST)})
    query = parse_qs(urlsplit(last["url"]).query)
    assert query["partNumber"] == [str(COUNT)]
    assert query["uploadId"] == [upload["uploadId"]]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["3600"]
    assert signed_headers(last["url"]) == ["content-length", "host"]


def test_s3_takes_a_part_by_its_url_and_the_last_body_counts(alice: Person) -> None:
    upload = begun(alice)
    part = signed(alice, upload, COUNT)
    first = put(part, b"x" * LAST)
    second = put(part)
    assert (first.status_code, second.status_code) == (200, 200)
    assert found(alice, upload) == [
        {
            "partNumber": COUNT,
            "etag": second.headers["ETag"],
            "size": LAST,
            "checksumSha256": None,
        }
    ]


def test_many_are_signed_at_once_each_once_in_the_order_asked_for(alice: Person) -> None:
    upload = begun(alice, fileSize=200 * PART)
    numbers = [3, 1, 3, *range(100, 197)]
    parts = sign(alice, upload, numbers).json()["parts"]
    assert [part["partNumber"] for part in parts] == [3, 1, *range(100, 197)]
    assert len({part["url"] for part in parts}) == 99


def test_a_checksum_is_bound_to_the_part(alice: Person) -> None:
    upload = begun(alice, checksumAlgorithm="sha256")
    checksum = sha256(BODY[:LAST])

    part = signed(alice, upload, COUNT, checksums={str(COUNT): checksum})

    assert part["headers"] == {
        "Content-Length": str(LAST),
        "x-amz-checksum-sha256": checksum,
    }
    assert signed_headers(part["url"]) == ["content-length", "host", "x-amz-checksum-sha256"]
    assert put(part, b"x" * LAST).status_code == 400  # BadDigest
    assert found(alice, upload) == []
    assert put(part).status_code == 200
    assert found(alice, upload)[0]["checksumSha256"] == checksum


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "partNumbers", "required"),
        ({"partNumbers": []}, "partNumbers", "empty"),
        ({"partNumbers": 1}, "partNumbers", "not_a_list"),
        ({"partNumbers": {"1": 1}}, "partNumbers", "not_a_list"),
        ({"partNumbers": list(range(1, 102))}, "partNumbers", "max_length"),
        ({"partNumbers": ["1"]}, "partNumbers.0", "invalid"),
        ({"partNumbers": [1, True]}, "partNumbers.1", "invalid"),
        ({"partNumbers": [1.0]}, "partNumbers.0", "invalid"),
        ({"partNumbers": [0]}, "partNumbers.0", "min_value"),
        ({"partNumbers": [10_001]}, "partNumbers.0", "max_value"),
        ({"partNumbers": [COUNT, COUNT + 1]}, "partNumbers.1", "no_such_part"),
        ({"partNumbers": [1], "checksums": {"1": sha256(b"")}}, "checksums.1", "unexpected"),
        ({"partNumbers": [1], "checksums": {"1": "abc"}}, "checksums.1", "checksum"),
        ({"partNumbers": [1], "checksums": {"١": sha256(b"")}}, "checksums.١", "invalid"),
        ({"partNumbers": [1], "checksums": {"01": sha256(b"")}}, "checksums.01", "invalid"),
        ({"partNumbers": [1], "checksums": []}, "checksums", "not_a_dict"),
        # each of these once took seconds, and named every item
        ({"partNumbers": ["a"] * 101}, "partNumbers", "max_length"),
        (
            {"partNumbers": [1], "checksums": dict.fromkeys(map(str, range(101)), "")},
            "checksums",
            "max_length",
        ),
    ],
)
def test_wrong_fields_are_named(
    alice: Person, body: dict[str, Any], field: str, code: str
) -> None:
    answer = alice.api.post(path(begun(alice), "/parts"), body)
    assert answer.status_code == 400
    assert answer.json() == problem(
        400, "validation_failed", errors=[{"field": field, "code": code, "detail": Matches(".+")}]
    )


def test_with_checksums_each_part_needs_its_own_and_no_other(alice: Person) -> None:
    upload = begun(alice, checksumAlgorithm="sha256")
    for checksums, field, code in (
        ({}, "checksums.2", "required"),
        ({"2": sha256(b""), "3": sha256(b"")}, "checksums.3", "unexpected"),
    ):
        (error,) = sign(alice, upload, [2], checksums=checksums).json()["errors"]
        assert (error["field"], error["code"]) == (field, code)


def test_an_upload_is_its_owners_alone(
    alice: Person, bob: Person, mallory: Person, team: str
) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    for other in (alice, mallory):
        assert sign(other, upload, [1]).json() == problem(404, "not_found")
    assert sign(bob, {"fileId": "nothing"}, [1]).json() == problem(404, "not_found")
    direct = asked(bob)
    assert sign(bob, direct, [1]).json() == problem(404, "not_found")


def test_who_may_write_no_more_gets_no_more_urls(alice: Person, bob: Person, team: str) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    removed = alice.api.delete(f"/api/teams/{team}/members/{bob.user_id}")
    assert removed.status_code == 204
    assert sign(bob, upload, [1]).json() == problem(404, "not_found")
    own = begun(bob)
    alice.api.patch(f"/api/users/{bob.user_id}", {"role": "viewer"})
    assert sign(bob, own, [1]).status_code == 403


def test_one_given_up_is_not_there_and_its_urls_are_dead(alice: Person) -> None:
    upload = begun(alice)
    part = signed(alice, upload, COUNT)
    assert abort(alice, upload).status_code == 204
    assert sign(alice, upload, [1]).json() == problem(404, "not_found")
    assert put(part).status_code == 404
    assert ask(alice).status_code == 200


def test_the_store_is_read_and_s3_not_asked(
    bob: Person, team: str, store_calls: StoreCalls
) -> None:
    upload = begun(bob, entityType="team", entityId=team)
    store_calls.clear()
    sign(bob, upload, list(range(1, COUNT + 1)))
    assert store_calls.after_sign_in() == ["GetItem", "BatchGetItem"]
    assert store_calls.s3 == []


def test_parts_may_be_signed_again_when_some_are_there(alice: Person) -> None:
    upload = begun(alice)
    copy_parts(upload, [1])
    assert sign(alice, upload, [1, 2]).status_code == 200
