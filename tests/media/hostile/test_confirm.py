"""Confirming what is not there, not one's own, or not as it was said."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cast import Organization, Person, hire
from tests.matching import problem
from tests.media.hostile.clients import Upload, break_off, send
from tests.media.hostile.world import nothing_comes_of_it, world
from tests.media.uploads import PNG, asked, confirm, download, sha256, uploaded


def test_twice_at_once_is_one_file_one_entry_one_event(org: Organization, alice: Person) -> None:
    upload = asked(alice)
    send(upload)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: confirm(alice, upload), range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert {answer.json()["completedAt"] for answer in answers} == {
        answers[0].json()["completedAt"]
    }
    now = world(org)
    assert (len(now.entries), len(now.events), len(now.versions)) == (1, 1, 1)
    assert now.records == {upload["fileId"]: "completed"}


def test_at_once_with_another_put_one_of_both_is_the_file(
    org: Organization, alice: Person
) -> None:
    upload, other = asked(alice), PNG + b"other"
    send(upload)
    with ThreadPoolExecutor(8) as pool:
        puts = [pool.submit(send, upload, other) for _ in range(4)]
        confirms = [pool.submit(confirm, alice, upload) for _ in range(4)]
    assert {put.result().status_code for put in puts} == {200}
    medias = [answer.result().json() for answer in confirms]
    assert len({media["fileSize"] for media in medias}) == 1
    for media in medias:
        content = download(media).content
        assert content in (PNG, other)
        assert len(content) == media["fileSize"]
    assert len(world(org).entries) == 1


def test_before_the_upload_and_between(org: Organization, alice: Person) -> None:
    upload = asked(alice, fileSize=len(PNG), checksumSha256=sha256(PNG))
    with nothing_comes_of_it(org):
        assert confirm(alice, upload).json() == problem(409, "upload_missing")
        break_off(upload, PNG[:40], len(PNG))
        assert confirm(alice, upload).json() == problem(409, "upload_missing")
    assert send(upload).status_code == 200
    assert confirm(alice, upload).status_code == 200


def test_an_upload_that_breaks_off_without_a_size_announced(
    org: Organization, alice: Person
) -> None:
    upload = asked(alice)
    with nothing_comes_of_it(org):
        break_off(upload, PNG[:40], len(PNG))
        assert confirm(alice, upload).json() == problem(409, "upload_missing")


def test_somebody_elses(org: Organization, alice: Person, mallory: Person) -> None:
    bob = hire(org, "bob", role="member")
    upload = asked(alice)
    send(upload)
    for other in (bob, mallory):
        with nothing_comes_of_it(org):
            assert confirm(other, upload).json() == problem(404, "not_found")
            fetched = other.api.get(f"/api/media/{upload['fileId']}")
            deleted = other.api.delete(f"/api/media/{upload['fileId']}")
            assert {fetched.status_code, deleted.status_code} == {404}
    assert confirm(alice, upload).status_code == 200


def test_one_organisation_with_the_id_or_key_of_anothers(
    org: Organization, other_org: Organization, alice: Person, mallory: Person
) -> None:
    theirs, mine = uploaded(mallory), asked(alice)
    with nothing_comes_of_it(org), nothing_comes_of_it(other_org):
        taken = confirm(alice, mine, key=theirs["key"])
        assert taken.json() == problem(409, "key_mismatch")
        for key in (theirs["key"], mine["key"]):
            answer = confirm(alice, mine, fileId=theirs["fileId"], key=key)
            assert answer.json() == problem(404, "not_found")


def test_a_key_of_another_of_ones_own(org: Organization, alice: Person) -> None:
    first, second, done = asked(alice), asked(alice), uploaded(alice)
    send(first)
    with nothing_comes_of_it(org):
        for key in (first["key"], done["key"]):
            assert confirm(alice, second, key=key).json() == problem(409, "key_mismatch")
        answer = confirm(alice, done, key=first["key"])
        assert answer.json() == problem(409, "key_mismatch")


@pytest.mark.parametrize(
    "tail", ["", "x", "/../x", "%2e", "\u202e", "\n", " ", "\x00", "x" * 1024]
)
def test_a_key_that_was_never_handed_out(org: Organization, alice: Person, tail: str) -> None:
    upload = asked(alice)
    send(upload)
    key = (upload["key"] + tail) if tail else upload["key"].rpartition("/")[0]
    with nothing_comes_of_it(org):
        answer = confirm(alice, upload, key=key)
        expected = problem(409, "key_mismatch")
        if "\x00" in tail:
            errors = answer.json()["errors"]
            expected = problem(400, "validation_failed", errors=errors)
        assert answer.json() == expected


def test_an_id_that_was_never_handed_out(org: Organization, alice: Person) -> None:
    upload = asked(alice)
    send(upload)
    with nothing_comes_of_it(org):
        for file_id in ("x", "../x", "", 3, None, {"a": 1}, ["x"], "x" * 2000, "\x00"):
            answer = confirm(alice, upload, fileId=file_id)
            assert answer.status_code in (400, 404), file_id
            assert answer.json()["code"] in ("validation_failed", "not_found")


def test_a_second_object_at_an_unconfirmed_url_is_the_one_that_counts(alice: Person) -> None:
    """Until it is confirmed one may put again: the last one is what the client means."""
    upload = asked(alice)
    send(upload)
    send(upload, PNG + b"2")
    assert download(confirm(alice, upload).json()).content == PNG + b"2"


def test_lies_beside_the_id_are_not_read(alice: Person) -> None:
    upload: Upload = asked(alice)
    send(upload)
    lies = {"fileSize": 1, "mimeType": "text/html", "userId": "x", "uploadStatus": "completed"}
    media = confirm(alice, upload, **lies).json()
    assert (media["fileSize"], media["mimeType"]) == (len(PNG), "image/png")
    assert media["userId"] == alice.user_id
