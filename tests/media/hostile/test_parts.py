"""Parts that are not those of the file, and somebody else's: S3 or we refuse each of them.

The parts of a whole file are copied by S3 from an object of its own: 100 MB a test would be slow.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings

from prework import aws, multipart
from tests.cast import Organization, Person, hire
from tests.matching import problem
from tests.media import parts
from tests.media.hostile.engines import Engine
from tests.media.hostile.world import nothing_comes_of_it, world
from tests.media.uploads import asked, confirm, download, fetch, sha256, uploaded

Upload = dict[str, Any]
REST = parts.BODY[: parts.LAST]


@pytest.fixture
def upload(alice: Person) -> Upload:
    """An upload in ten parts, of which none is put."""
    return parts.begun(alice)


@pytest.fixture
def last(alice: Person, upload: Upload) -> Upload:
    """Where its last part goes, which is the smallest."""
    return parts.signed(alice, upload, parts.COUNT)


def refused_part(part: Upload, body: bytes = REST, without: str = "", **changed: str) -> None:
    """S3 refuses a PUT with what was handed out, changed where it lies."""
    url = part["url"]
    for name, value in changed.items():
        assert f"{name}=" in url or f"{name}%3D" in url
        head, _, tail = url.partition(f"{name}=")
        url = f"{head}{name}={value}&{tail.partition('&')[2]}".rstrip("&")
    headers = {k: v for k, v in part["headers"].items() if k not in ("Content-Length", without)}
    answer = fetch("PUT", url, content=body, headers=headers)
    assert answer.status_code in (400, 403, 404), answer.text


def test_a_part_of_another_number_or_upload(
    org: Organization, alice: Person, upload: Upload, last: Upload
) -> None:
    other = parts.begun(alice)
    with nothing_comes_of_it(org):
        refused_part(last, partNumber="9")
        refused_part(last, partNumber="11")
        refused_part(last, uploadId=other["uploadId"])
        refused_part({**last, "url": last["url"].replace(upload["key"], other["key"])})
        assert parts.found(alice, upload) == parts.found(alice, other) == []


@pytest.mark.parametrize("body", [REST + b"!", REST[:-1], b"", parts.BODY])
def test_a_part_of_another_length(
    org: Organization, alice: Person, upload: Upload, last: Upload, body: bytes
) -> None:
    with nothing_comes_of_it(org):
        refused_part(last, body)
        assert parts.found(alice, upload) == []


def test_a_part_with_other_bytes_than_its_checksum(org: Organization, alice: Person) -> None:
    upload = parts.begun(alice, checksumAlgorithm="sha256")
    number, other = parts.COUNT, REST[:-1] + b"!"
    part = parts.signed(alice, upload, number, checksums={str(number): sha256(REST)})
    with nothing_comes_of_it(org):
        refused_part(part, other)
        headers = {**part["headers"], "x-amz-checksum-sha256": sha256(other)}
        refused_part({**part, "headers": headers}, other)
        refused_part(part, other, without="x-amz-checksum-sha256")
        assert parts.found(alice, upload) == []
    assert parts.put(part, REST).status_code == 200


def test_completed_with_checksums(s3: Engine, org: Organization, alice: Person) -> None:
    """SeaweedFS lists none, so the client has to name them there; both engines compare them."""
    upload = parts.begun(alice, checksumAlgorithm="sha256")
    numbers = range(1, parts.COUNT + 1)
    whole, last = sha256(parts.BODY), sha256(REST)
    checksums = {str(number): last if number == parts.COUNT else whole for number in numbers}
    answer = parts.sign(alice, upload, list(numbers), checksums=checksums)
    for part in answer.json()["parts"]:
        assert parts.put(part).status_code == 200
    named = [
        {**part, "checksumSha256": checksums[str(part["partNumber"])]}
        for part in parts.all_parts()
    ]
    lies = [[{**named[0], "checksumSha256": last}, *named[1:]]]
    if s3 is Engine.SEAWEEDFS:
        lies += [parts.all_parts(), [*named[:-1], parts.all_parts()[-1]]]
    with nothing_comes_of_it(org):
        for lie in lies:
            refused = parts.complete(alice, upload, lie)
            assert (refused.status_code, refused.json()["code"]) == (409, "part_mismatch")
    media = parts.complete(alice, upload, named)
    digests = [hashlib.sha256(parts.part_body(number)).digest() for number in numbers]
    assert media.json()["checksumSha256"] == parts.composite(digests)


def test_a_part_by_another_method(
    org: Organization, alice: Person, upload: Upload, last: Upload
) -> None:
    with nothing_comes_of_it(org):
        for method in ("DELETE", "GET", "POST"):
            assert fetch(method, last["url"]).status_code in (400, 403, 405)
    assert parts.put(last, REST).status_code == 200


def test_a_part_after_the_upload_was_given_up(org: Organization, alice: Person) -> None:
    with nothing_comes_of_it(org):
        upload = parts.begun(alice)
        last = parts.signed(alice, upload, parts.COUNT)
        assert parts.put(last, REST).status_code == 200
        assert parts.abort(alice, upload).status_code == 204
        assert parts.put(last, REST).status_code == 404
        for answer in (
            parts.complete(alice, upload),
            parts.abort(alice, upload),
            parts.sign(alice, upload, [1]),
            alice.api.get(parts.path(upload, "/parts")),
        ):
            assert answer.json() == problem(404, "not_found")


def test_deleted_as_a_file_it_is_given_up_too(org: Organization, alice: Person) -> None:
    with nothing_comes_of_it(org):
        upload = parts.begun(alice)
        last = parts.signed(alice, upload, parts.COUNT)
        parts.put(last, REST)
        assert alice.api.delete(f"/api/media/{upload['fileId']}").status_code == 204
        assert parts.put(last, REST).status_code == 404


def test_somebody_elses(
    org: Organization, alice: Person, mallory: Person, upload: Upload, last: Upload
) -> None:
    parts.put(last, REST)
    bob = hire(org, "bob", role="member")
    with nothing_comes_of_it(org):
        for other in (bob, mallory):
            for answer in (
                parts.complete(other, upload),
                parts.abort(other, upload),
                parts.sign(other, upload, [1]),
                other.api.get(parts.path(upload, "/parts")),
                confirm(other, upload),
                other.api.delete(f"/api/media/{upload['fileId']}"),
            ):
                assert answer.json() == problem(404, "not_found")
    assert [part["partNumber"] for part in parts.found(alice, upload)] == [parts.COUNT]


def test_one_way_of_uploading_with_the_id_of_the_other(
    org: Organization, alice: Person, upload: Upload, last: Upload
) -> None:
    whole, media = asked(alice), uploaded(alice)
    parts.put(last, REST)
    with nothing_comes_of_it(org):
        assert confirm(alice, upload).json() == problem(409, "upload_missing")
        for other in (whole, media):
            for answer in (
                parts.complete(alice, other),
                parts.abort(alice, other),
                parts.sign(alice, other, [1]),
            ):
                assert answer.json() == problem(404, "not_found")


def test_numbers_that_are_no_parts(org: Organization, alice: Person, upload: Upload) -> None:
    none: list[list[Any]] = [[0], [-1], [11], [10_001], [2**63], [1.5], ["1"], [True], [None], []]
    with nothing_comes_of_it(org):
        for numbers in [*none, [1] * 1001]:
            answer = parts.sign(alice, upload, numbers)
            assert answer.status_code == 400, numbers
            assert answer.json()["code"] == "validation_failed"


def test_sizes_that_do_not_come_in_parts(org: Organization, alice: Person) -> None:
    with nothing_comes_of_it(org):
        for size in (0, parts.SIZE - 1, -1, 1.5, "100000000", 2**63):
            assert parts.begin(alice, fileSize=size).status_code in (400, 413), size
        body = {"fileName": "a.mp4", "fileType": "video/mp4", "entityType": "user"}
        for more in ({}, {"entityId": alice.user_id}, {"fileSize": None}):
            answer = alice.api.post("/api/media/multipart", {**body, **more})
            assert answer.status_code == 400


def test_completed_with_what_is_not_its_parts(
    org: Organization, alice: Person, upload: Upload
) -> None:
    other = parts.begun(alice)
    parts.copy_parts(upload)
    parts.put(parts.signed(alice, other, parts.COUNT), b"!" + REST[1:])
    mine, theirs = parts.found(alice, upload), parts.found(alice, other)
    assert mine[-1]["etag"] != theirs[-1]["etag"]
    first, second, *rest = mine
    lies: dict[str, list[Any]] = {
        "missing": mine[:-1],
        "none": [],
        "twice": [*mine, mine[-1]],
        "one instead of another": [first, first, *rest],
        "swapped etags": [
            {**first, "etag": mine[-1]["etag"]},
            second,
            *rest[:-1],
            {**rest[-1], "etag": first["etag"]},
        ],
        "another upload's": [*mine[:-1], theirs[-1]],
        "made up": [{**first, "etag": '"00000000000000000000000000000000"'}, second, *rest],
        "no etag": [{"partNumber": one["partNumber"], "etag": ""} for one in mine],
        "a checksum it has not": [{**first, "checksumSha256": sha256(REST)}, second, *rest],
        "one too many": [*mine, {**mine[-1], "partNumber": 11}],
        "far too many": [{"partNumber": 1, "etag": "x"}] * 10_001,
        "other numbers": [{**one, "partNumber": one["partNumber"] + 1} for one in mine],
        "number 0": [{**first, "partNumber": 0}, second, *rest],
    }
    with nothing_comes_of_it(org):
        for name, given in lies.items():
            answer = parts.complete(alice, upload, given)
            code = answer.json()["code"]
            assert code in ("part_mismatch", "validation_failed"), name
            assert answer.status_code == (409 if code == "part_mismatch" else 400), name
    assert parts.complete(alice, upload, mine[::-1]).status_code == 200  # order is no lie


def test_completed_many_times_at_once_and_nothing_can_be_put_any_more(
    org: Organization, alice: Person, upload: Upload, last: Upload
) -> None:
    parts.copy_parts(upload)
    given = parts.found(alice, upload)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: parts.complete(alice, upload, given), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["completedAt"] for answer in answers}) == 1
    now = world(org)
    assert (len(now.entries), len(now.events), len(now.versions)) == (1, 1, 1)
    assert now.unfinished == set()
    assert now.usage[0]["user"][0] == parts.SIZE
    with nothing_comes_of_it(org):
        assert parts.put(last, REST).status_code == 404
        completed = problem(409, "upload_completed")
        assert parts.abort(alice, upload).json() == completed
        assert parts.sign(alice, upload, [1]).json() == completed
        assert parts.complete(alice, upload, []).status_code == 200
        assert confirm(alice, upload).status_code == 200


def test_sizes_that_do_not_add_up(org: Organization, alice: Person, upload: Upload) -> None:
    """S3 takes no part of another size by our URLs: here it is put by our own keys."""
    parts.copy_parts(upload, [number for number in range(1, parts.COUNT) if number != 5])
    with nothing_comes_of_it(org):
        put_part(upload, 5, parts.BODY + b"!")
        put_part(upload, parts.COUNT, REST[:-1])
        answer = parts.complete(alice, upload, parts.found(alice, upload))
        assert answer.json() == problem(409, "part_mismatch", partNumbers=[5, parts.COUNT])


def test_a_part_put_again(
    s3: Engine, org: Organization, alice: Person, upload: Upload, last: Upload
) -> None:
    """S3 has the last that was put, and so do we. SeaweedFS has both, and takes what is named."""
    parts.copy_parts(upload)
    given, body = parts.found(alice, upload), b"!" + REST[1:]
    again = parts.put(last, body)
    assert again.status_code == 200
    if s3 is Engine.MINISTACK:
        with nothing_comes_of_it(org):
            answer = parts.complete(alice, upload, given)
            assert answer.json() == problem(409, "part_mismatch", partNumbers=[parts.COUNT])
    meant = [*given[:-1], {"partNumber": parts.COUNT, "etag": again.headers["ETag"]}]
    answer = parts.complete(alice, upload, meant)
    assert answer.status_code == 200, answer.content
    assert download(answer.json()).content[-len(REST) :] == body


def test_a_small_part_in_the_middle(s3: Engine, org: Organization, alice: Person) -> None:
    """By our URLs there is none. S3 would refuse it as SeaweedFS does; ministack does not, and
    there it is the size that is put together that is refused."""
    upload = parts.begun(alice)
    tags = [put_part(upload, number, b"small") for number in (1, 2)]
    given = [{"partNumber": number, "etag": tag} for number, tag in enumerate(tags, 1)]
    with nothing_comes_of_it(org):
        refused = parts.complete(alice, upload, given)
        assert refused.json() == problem(409, "part_mismatch", partNumbers=[*range(1, 11)])
        with pytest.raises(multipart.PartsRefused) as reason:
            multipart.complete(
                upload["key"],
                upload["uploadId"],
                multipart.list_parts(upload["key"], upload["uploadId"]),
                size=len("small") * (2 if s3 is Engine.SEAWEEDFS else 3),
            )
    assert str(reason.value) == ("EntityTooSmall" if s3 is Engine.SEAWEEDFS else "InvalidRequest")


def test_parts_that_are_another_type_than_announced(org: Organization, alice: Person) -> None:
    with nothing_comes_of_it(org):
        upload = parts.begun(alice)
        parts.copy_parts(upload, range(2, parts.COUNT + 1))
        page = b"<!doctype html><script>alert(1)</script>"
        first = parts.put(parts.signed(alice, upload, 1), page + parts.BODY[len(page) :])
        assert first.status_code == 200
        answer = parts.complete(alice, upload, parts.found(alice, upload))
        assert answer.json() == problem(409, "upload_mismatch")


def put_part(upload: Upload, number: int, body: bytes) -> str:
    """A part as only we could put it, past what was signed; its ETag."""
    answer = aws.s3().upload_part(
        Bucket=settings.MEDIA_BUCKET,
        Key=upload["key"],
        UploadId=upload["uploadId"],
        PartNumber=number,
        Body=body,
    )
    return answer["ETag"]


def test_a_part_whose_answer_was_lost_and_that_is_put_twice(
    alice: Person, upload: Upload, last: Upload
) -> None:
    for _ in range(2):
        assert parts.put(last, REST).status_code == 200
    parts.copy_parts(upload, range(1, parts.COUNT))
    listed = parts.found(alice, upload)
    assert [part["partNumber"] for part in listed] == [*range(1, 11)]
    assert parts.complete(alice, upload, listed).status_code == 200
