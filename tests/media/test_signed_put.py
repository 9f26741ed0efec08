"""What S3 itself refuses: every PUT here is a real one, against a store that checks signatures."""

import time

import httpx
import pytest
from pytest_django import Settings

from tests.cast import Person
from tests.matching import problem
from tests.media.uploads import PNG, asked, confirm, fetch, put, sha256


def is_refused(person: Person, answer: httpx.Response, upload: dict[str, object]) -> bool:
    """Refused by S3, and nothing is there to confirm."""
    missing = confirm(person, upload).json() == problem(409, "upload_missing")
    return answer.status_code == 403 and missing


def test_content_type_alone_is_enough(alice: Person) -> None:
    upload = asked(alice)
    answer = fetch("PUT", upload["uploadUrl"], content=PNG, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200
    assert confirm(alice, upload).status_code == 200


def test_all_that_was_announced_passes(alice: Person) -> None:
    upload = asked(alice, fileSize=len(PNG), checksumSha256=sha256(PNG))
    answer = fetch("PUT", upload["uploadUrl"], content=PNG, headers=upload["headers"])
    assert answer.status_code == 200
    assert confirm(alice, upload).status_code == 200


def test_an_empty_file_is_a_file(alice: Person) -> None:
    upload = asked(
        alice, fileName="empty.txt", fileType="text/plain", fileSize=0, checksumSha256=sha256(b"")
    )
    assert put(upload, b"").status_code == 200
    assert confirm(alice, upload).json()["fileSize"] == 0


def test_g38_another_type(alice: Person) -> None:
    upload = asked(alice)
    assert is_refused(alice, put(upload, Content_Type="text/html"), upload)


def test_no_type(alice: Person) -> None:
    upload = asked(alice)
    assert is_refused(alice, fetch("PUT", upload["uploadUrl"], content=PNG), upload)


@pytest.mark.parametrize("body", [PNG + b"!", PNG[:-1], b"", PNG * 100])
def test_g40_a_body_of_another_length(wendy: Person, body: bytes) -> None:
    upload = asked(wendy, fileSize=len(PNG))
    assert is_refused(wendy, put(upload, body), upload)


def test_other_bytes_of_the_same_length(alice: Person) -> None:
    upload = asked(alice, fileSize=len(PNG), checksumSha256=sha256(PNG))
    answer = put(upload, PNG[::-1])
    assert answer.status_code == 400  # the signature holds, the body's digest does not
    assert confirm(alice, upload).json() == problem(409, "upload_missing")


def test_another_checksum(alice: Person) -> None:
    upload = asked(alice, checksumSha256=sha256(PNG))
    other = PNG[::-1]
    answer = put(upload, other, x_amz_checksum_sha256=sha256(other))
    assert is_refused(alice, answer, upload)


def test_no_checksum(alice: Person) -> None:
    upload = asked(alice, checksumSha256=sha256(PNG))
    del upload["headers"]["x-amz-checksum-sha256"]
    assert is_refused(alice, put(upload), upload)


def test_another_key(alice: Person) -> None:
    upload, other = asked(alice), asked(alice)
    url = upload["uploadUrl"].replace(upload["key"], other["key"])
    answer = put({**upload, "uploadUrl": url})
    assert is_refused(alice, answer, other)


def test_another_method(alice: Person) -> None:
    upload = asked(alice)
    put(upload)
    assert fetch("DELETE", upload["uploadUrl"]).status_code == 403
    assert fetch("GET", upload["uploadUrl"]).status_code == 403
    assert confirm(alice, upload).status_code == 200


def test_no_signature(alice: Person) -> None:
    upload = asked(alice)
    bare = upload["uploadUrl"].partition("?")[0]
    assert is_refused(alice, put({**upload, "uploadUrl": bare}), upload)


def test_g41_an_expired_url(alice: Person, settings: Settings) -> None:
    settings.UPLOAD_URL_SECONDS = 1
    upload = asked(alice)
    assert upload["expiresIn"] == 1
    time.sleep(2.1)
    assert is_refused(alice, put(upload), upload)
