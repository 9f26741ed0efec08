"""Quotas: what is announced is held, what is there counts, and never is it more than the limit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pytest_django import Settings

from media.services import sweep_uploads
from prework import clock, transactions
from prework.dynamo import connection
from prework.jobs import Turn
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import problem
from tests.media.uploads import PNG, ask, asked, confirm, put, s3_down, uploaded

SIZE = len(PNG)
Versions = Callable[[str], list[str]]
Usage = tuple[int, int]


@pytest.fixture
def ten(settings: Settings) -> None:
    """Room for ten pictures in an organisation."""
    settings.ORGANIZATION_QUOTA_BYTES = 10 * SIZE


@pytest.fixture
def one(settings: Settings) -> None:
    """Room for one picture of a user."""
    settings.USER_QUOTA_BYTES = SIZE


def usage(person: Person) -> Usage:
    """What a user and their organisation hold."""
    answer = person.api.get("/api/media/usage").json()
    return answer["user"]["bytes"], answer["organization"]["bytes"]


def rows(person: Person) -> list[dict[str, Any]]:
    """The quotas of their organisation, as they are stored."""
    found: list[dict[str, Any]] = connection().query(
        "pre-work-media", f"ORG#{person.organization_id}#QUOTA"
    )["Items"]
    return found


def exceeded(owner: str, left: int) -> dict[str, Any]:
    return problem(413, "quota_exceeded", quota=owner, leftBytes=left)


def test_what_is_held_and_may_be(alice: Person, bob: Person, carol: Person) -> None:
    uploaded(bob)
    asked(alice, fileSize=1000)
    assert bob.api.get("/api/media/usage").json() == {
        "user": {"bytes": SIZE, "limitBytes": 10 * 1024**4},
        "organization": {"bytes": SIZE + 1000, "limitBytes": 50 * 1024**4},
    }
    assert usage(alice) == (1000, SIZE + 1000)
    assert usage(carol) == (0, SIZE + 1000)


def test_without_a_limit_there_is_none(alice: Person, settings: Settings) -> None:
    settings.USER_QUOTA_BYTES = settings.ORGANIZATION_QUOTA_BYTES = 0
    uploaded(alice)
    asked(alice, fileSize=settings.MAX_UPLOAD_BYTES)
    held = SIZE + settings.MAX_UPLOAD_BYTES
    assert alice.api.get("/api/media/usage").json() == {
        "user": {"bytes": held, "limitBytes": None},
        "organization": {"bytes": held, "limitBytes": None},
    }


def test_only_who_is_signed_in_is_told(anonymous: Api, alice: Person, mallory: Person) -> None:
    uploaded(alice)
    assert anonymous.get("/api/media/usage").status_code == 401
    assert usage(mallory) == (0, 0)


def test_an_announced_size_is_held_from_the_start_and_not_again(alice: Person) -> None:
    upload = asked(alice, fileSize=SIZE)
    assert usage(alice) == (SIZE, SIZE)
    put(upload)
    assert confirm(alice, upload).status_code == 200
    assert confirm(alice, upload).status_code == 200
    assert usage(alice) == (SIZE, SIZE)


def test_another_counts_when_it_is_there(alice: Person) -> None:
    upload = asked(alice)
    put(upload)
    assert usage(alice) == (0, 0)
    confirm(alice, upload)
    assert usage(alice) == (SIZE, SIZE)


def test_of_an_empty_file_nothing_is_held(alice: Person, one: None) -> None:
    uploaded(alice)
    uploaded(alice, b"", fileSize=0)
    assert usage(alice) == (SIZE, SIZE)


def test_what_would_be_too_much_leaves_no_record_and_the_quotas_as_they_were(
    alice: Person, bob: Person, one: None
) -> None:
    uploaded(bob, fileSize=SIZE)
    before = rows(bob)
    for size in (1, SIZE + 1, None):
        assert ask(bob, fileSize=size).json() == exceeded("user", 0)
    assert ask(alice, fileSize=SIZE + 1).json() == exceeded("user", SIZE)
    assert "of which 0 are left" in ask(bob).json()["detail"]
    assert rows(bob) == before
    assert len(bob.api.get("/api/media").json()["items"]) == 1
    assert alice.api.get("/api/media").json()["items"] == []
    assert asked(alice, fileSize=SIZE)


def test_the_organisation_is_full_for_everybody_in_it(
    alice: Person, bob: Person, mallory: Person, ten: None
) -> None:
    asked(alice, fileSize=9 * SIZE)
    assert ask(bob, fileSize=SIZE + 1).json() == exceeded("organization", SIZE)
    asked(bob, fileSize=SIZE)
    assert ask(alice, fileSize=1).json() == exceeded("organization", 0)
    assert "files of your organisation" in ask(alice, fileSize=1).json()["detail"]
    asked(mallory, fileSize=10 * SIZE)
    assert (usage(alice), usage(mallory)) == ((9 * SIZE, 10 * SIZE), (10 * SIZE, 10 * SIZE))


def test_a_confirmation_that_would_be_too_much_leaves_no_object_and_no_record(
    alice: Person, bob: Person, one: None, versions: Versions
) -> None:
    first, second = asked(bob), asked(bob)
    for upload in (first, second):
        put(upload)
    confirm(bob, first)
    before = rows(bob)
    assert confirm(bob, second).json() == exceeded("user", 0)
    assert versions(second["key"]) == []
    assert bob.api.get(f"/api/media/{second['fileId']}").status_code == 404
    assert confirm(bob, second).json() == problem(404, "not_found")
    assert rows(bob) == before
    assert len(alice.trail(action="FILE_UPLOADED")) == 1


@pytest.mark.parametrize("announced", [None, SIZE])
def test_a_refused_confirmation_leaves_the_quotas_as_they_were(
    alice: Person, settings: Settings, versions: Versions, announced: int | None
) -> None:
    upload = asked(alice, fileSize=announced)
    before = rows(alice)
    assert confirm(alice, upload).json() == problem(409, "upload_missing")
    put(upload, Content_Type="text/plain")
    assert confirm(alice, upload).status_code == 409
    put(upload)
    assert confirm(alice, upload, key="another").json() == problem(409, "key_mismatch")
    settings.MAX_UPLOAD_BYTES = SIZE - 1
    assert confirm(alice, upload).json() == problem(413, "file_too_large")
    assert versions(upload["key"]) == []
    assert rows(alice) == before
    settings.MAX_UPLOAD_BYTES = SIZE
    put(upload)
    assert confirm(alice, upload).status_code == 200
    assert usage(alice) == (SIZE, SIZE)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"fileType": "text/html"}, "unsupported_media_type"),
        ({"entityId": "unknown"}, "not_found"),
        ({"fileSize": 6 * 1024**3}, "file_too_large"),
        ({"fileSize": -1}, "validation_failed"),
    ],
)
def test_a_refused_start_holds_nothing(nora: Person, fields: dict[str, Any], code: str) -> None:
    assert ask(nora, **{"fileSize": 5, **fields}).json()["code"] == code
    assert rows(nora) == []


def test_40_at_once_get_what_there_is_room_for(
    org: Organization, alice: Person, bob: Person, ten: None
) -> None:
    people = [alice, bob, hire(org, "dave", role="member")]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: ask(people[n % 3], fileSize=SIZE), range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [413] * 30
    assert sum(usage(person)[0] for person in people) == 10 * SIZE
    assert usage(alice)[1] == 10 * SIZE


def test_of_confirmations_at_once_at_the_edge_as_many_as_fit(
    alice: Person, settings: Settings, versions: Versions
) -> None:
    uploads = [asked(alice) for _ in range(8)]
    for upload in uploads:
        put(upload)
    settings.USER_QUOTA_BYTES = 3 * SIZE + 1
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda upload: confirm(alice, upload), uploads))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [413] * 5
    assert usage(alice) == (3 * SIZE, 3 * SIZE)
    assert sum(len(versions(upload["key"])) for upload in uploads) == 3
    assert len(alice.api.get("/api/media").json()["items"]) == 3


def test_one_confirmed_by_many_at_once_counts_once(alice: Person, one: None) -> None:
    upload = asked(alice)
    put(upload)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: confirm(alice, upload), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert usage(alice) == (SIZE, SIZE)


def test_while_the_room_comes_and_goes_no_confirmed_file_loses_its_bytes(
    alice: Person, settings: Settings, versions: Versions
) -> None:
    """One confirmation is refused; before it has said so there is room, and another is not."""
    upload, kept = asked(alice), uploaded(alice)
    settings.USER_QUOTA_BYTES = SIZE
    put(upload)
    with (
        ThreadPoolExecutor(1) as pool,
        faults.holding("TransactWriteItems", after=1) as (is_held, release),
    ):
        slow = pool.submit(confirm, alice, upload)
        assert is_held.wait(10)  # refused, and about to give the upload up
        assert alice.api.delete(f"/api/media/{kept['fileId']}").status_code == 204
        assert confirm(alice, upload).status_code == 200
        release.set()
        assert slow.result().status_code == 200
    assert len(versions(upload["key"])) == 1
    assert usage(alice) == (SIZE, SIZE)


def test_nobody_is_refused_for_want_of_room_that_there_is_by_then(
    alice: Person, settings: Settings
) -> None:
    kept = uploaded(alice)
    settings.USER_QUOTA_BYTES = SIZE
    with (
        ThreadPoolExecutor(1) as pool,
        faults.holding("BatchGetItem", after=2) as (is_held, release),
    ):
        asking = pool.submit(ask, alice, fileSize=SIZE)
        assert is_held.wait(10)  # after the sign-in and the door: it looks how much is left
        assert alice.api.delete(f"/api/media/{kept['fileId']}").status_code == 204
        release.set()
        assert asking.result().status_code == 200
    assert usage(alice) == (SIZE, SIZE)


def test_deleting_gives_back_once(alice: Person, bob: Person, ten: None) -> None:
    media = uploaded(bob)
    asked(bob, fileSize=7)
    assert usage(bob) == (SIZE + 7, SIZE + 7)
    with ThreadPoolExecutor(6) as pool:
        paths = [f"/api/media/{media['fileId']}"] * 6
        codes = [answer.status_code for answer in pool.map(alice.api.delete, paths)]
    assert sorted(codes) == [204] + [404] * 5
    assert usage(bob) == (7, 7)


def test_giving_up_a_pending_one_gives_back_once(bob: Person) -> None:
    upload = asked(bob, fileSize=SIZE)
    with ThreadPoolExecutor(6) as pool:
        paths = [f"/api/media/{upload['fileId']}"] * 6
        codes = [answer.status_code for answer in pool.map(bob.api.delete, paths)]
    assert sorted(codes) == [204] + [404] * 5
    assert usage(bob) == (0, 0)


def test_deleting_with_s3_down_gives_back_all_the_same(alice: Person) -> None:
    media = uploaded(alice)
    with s3_down():
        alice.api.delete(f"/api/media/{media['fileId']}")
    assert usage(alice) == (0, 0)


def test_what_nobody_confirmed_is_given_back_once_by_several_sweeps(
    alice: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PENDING_UPLOAD_SECONDS = 60
    uploads = [asked(alice, fileSize=SIZE) for _ in range(3)]
    settings.PENDING_UPLOAD_SECONDS = 3600
    kept = asked(alice, fileSize=5)
    real = clock.now

    def later() -> datetime:
        return real() + timedelta(minutes=12)

    monkeypatch.setattr(clock, "now", later)
    with (
        ThreadPoolExecutor(3) as pool,
        faults.losing_answers("TransactWriteItems", times=2),
    ):
        for done in [pool.submit(sweep_uploads, Turn()) for _ in range(3)]:
            done.result()
    sweep_uploads(Turn())
    monkeypatch.setattr(clock, "now", real)
    assert usage(alice) == (5, 5)
    assert {kept["fileId"]} == {
        one["fileId"] for one in alice.api.get("/api/media").json()["items"]
    }
    assert len(uploads) == 3


def test_a_lost_answer_counts_once(alice: Person) -> None:
    with faults.losing_answers("TransactWriteItems", times=1):
        upload = asked(alice, fileSize=SIZE)
    assert usage(alice) == (SIZE, SIZE)
    put(upload)
    other = asked(alice)
    put(other)
    for one in (upload, other):
        with faults.losing_answers("TransactWriteItems", times=1):
            assert confirm(alice, one).status_code == 200
    assert usage(alice) == (2 * SIZE, 2 * SIZE)
    with faults.losing_answers("TransactWriteItems", times=1):
        assert alice.api.delete(f"/api/media/{other['fileId']}").status_code == 204
    pending = asked(alice, fileSize=7)
    with faults.losing_answers("TransactWriteItems", times=1):
        assert alice.api.delete(f"/api/media/{pending['fileId']}").status_code == 204
    assert usage(alice) == (SIZE, SIZE)


def test_whatever_the_store_does_what_is_held_is_what_the_records_say(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    with faults.losing_answers("TransactWriteItems", times=9):
        assert ask(alice, fileSize=SIZE).json()["code"] == "storage_unavailable"
    with faults.raising("TransactWriteItems", OSError()):
        assert ask(alice, fileSize=SIZE).status_code >= 500
    listed = alice.api.get("/api/media").json()["items"]
    assert [one["fileSize"] for one in listed] == [SIZE]
    assert usage(alice) == (SIZE, SIZE)


def test_those_who_meet_at_a_quota_wait_for_each_other(alice: Person, ten: None) -> None:
    with faults.one_at_a_time() as refused, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: ask(alice, fileSize=SIZE), range(24)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [413] * 14
    assert len(refused) > 0
    assert usage(alice) == (10 * SIZE, 10 * SIZE)


def cost(calls: StoreCalls, act: Callable[[], object]) -> tuple[list[str], int, list[str]]:
    """Calls after the sign-in until it is written, write units, calls of S3."""
    calls.clear()
    act()
    return (*calls.until_written(), list(calls.s3))


def test_what_an_upload_costs(bob: Person, store_calls: StoreCalls) -> None:
    """As docs/media-storage.md has it; a picture of oneself changes one's profile, too."""
    door, write = "BatchGetItem", "TransactWriteItems"
    uploads: list[dict[str, Any]] = []

    def begin(announced: int | None) -> None:
        uploads.append(asked(bob, fileSize=announced, fileType="text/plain"))

    for announced, units in ((SIZE, 8), (None, 12)):
        begun = cost(store_calls, partial(begin, announced))
        assert begun == ([door, write], 6, [])
        put(uploads[-1], b"x" * SIZE)
        done = cost(store_calls, lambda: confirm(bob, uploads[-1]))
        assert done == (["GetItem", door, write], units, ["HeadObject", "GetObject"])


def test_what_a_removal_costs(bob: Person, store_calls: StoreCalls) -> None:
    """As docs/media-storage.md has it."""
    media, pending = uploaded(bob, b"x" * SIZE, fileType="text/plain"), asked(bob, fileSize=SIZE)
    path = f"/api/media/{media['fileId']}"
    assert cost(store_calls, lambda: bob.api.delete(path)) == (
        ["GetItem", "BatchGetItem", "TransactWriteItems"],
        12,
        ["ListObjectVersions", "DeleteObjects"],
    )
    path = f"/api/media/{pending['fileId']}"
    assert cost(store_calls, lambda: bob.api.delete(path)) == (
        ["GetItem", "TransactWriteItems"],
        6,
        ["ListObjectVersions"],
    )


def test_what_a_refusal_and_a_look_cost(
    bob: Person, settings: Settings, store_calls: StoreCalls
) -> None:
    """As docs/media-storage.md has it."""
    settings.USER_QUOTA_BYTES = 1
    store_calls.clear()
    assert ask(bob, fileSize=SIZE).status_code == 413
    assert store_calls.after_sign_in() == ["BatchGetItem", "TransactWriteItems", "BatchGetItem"]
    store_calls.clear()
    usage(bob)
    assert (store_calls.after_sign_in(), store_calls.s3) == (["BatchGetItem"], [])
