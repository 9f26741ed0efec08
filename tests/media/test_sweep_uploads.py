"""The sweep: what uploads leave behind goes, and what was confirmed stays as it was confirmed."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from pytest_django import Settings

from media.services import sweep_uploads
from prework import clock, transactions
from prework.dynamo import connection
from prework.errors import NotRemoved, StorageUnavailable
from prework.jobs import Turn, TurnOver
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Person
from tests.media.uploads import (
    PNG,
    asked,
    confirm,
    download,
    put,
    s3_answering,
    s3_down,
    s3_keeping_the_first,
    uploaded,
)

DOWN = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
Versions = Callable[[str], list[str]]
Travel = Callable[[timedelta], None]
A_MINUTE, SWEPT = timedelta(minutes=1), timedelta(minutes=12)


@pytest.fixture(autouse=True)
def short_lived(settings: Settings) -> None:
    """Uploads expire after a minute here; those of other tests are not swept with ours."""
    settings.PENDING_UPLOAD_SECONDS = 60


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Sets the clock to so long after now."""
    real = clock.now

    def to(ahead: timedelta) -> None:
        def moved() -> datetime:
            return real() + ahead

        monkeypatch.setattr(clock, "now", moved)

    return to


@pytest.fixture
def swept(travel: Travel) -> None:
    """Nothing of other tests is left to be swept."""
    travel(SWEPT)
    sweep()
    travel(timedelta())


def record(person: Person, file_id: str) -> dict[str, Any] | None:
    """The record of an upload, if there is one."""
    found: dict[str, Any] | None = (
        connection()
        .get_item(
            "pre-work-media", f"ORG#{person.organization_id}#MEDIA#{file_id}", range_key="METADATA"
        )
        .get("Item")
    )
    return found


def sweep() -> None:
    sweep_uploads(Turn())


def test_an_upload_that_nobody_confirmed_goes_with_its_object(
    swept: None, alice: Person, versions: Versions, travel: Travel, store_calls: StoreCalls
) -> None:
    upload = asked(alice)
    assert put(upload).status_code == 200
    travel(SWEPT)
    store_calls.clear()
    sweep()
    assert [one for one in store_calls.dynamodb if one != "Query"] == [
        "UpdateItem",
        "TransactWriteItems",
    ]
    assert store_calls.dynamodb.count("Query") == 16
    assert store_calls.s3 == ["ListObjectVersions", "DeleteObjects"]
    assert record(alice, upload["fileId"]) is None
    assert versions(upload["key"]) == []
    store_calls.clear()
    sweep()
    assert (set(store_calls.dynamodb), store_calls.s3) == ({"Query"}, [])


def test_one_that_nothing_was_put_for_goes_too(alice: Person, travel: Travel) -> None:
    upload = asked(alice)
    travel(SWEPT)
    sweep()
    assert record(alice, upload["fileId"]) is None


def test_one_whose_time_is_not_over_or_only_just_stays(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    upload = asked(alice)
    put(upload)
    for ahead in (timedelta(), 10 * A_MINUTE):
        travel(ahead)
        sweep()
        assert record(alice, upload["fileId"]) is not None
        assert len(versions(upload["key"])) == 1


def test_of_a_confirmed_one_goes_what_was_put_besides(
    swept: None, alice: Person, versions: Versions, travel: Travel, store_calls: StoreCalls
) -> None:
    upload = asked(alice)
    put(upload, b"what was there first")
    put(upload)
    media = confirm(alice, upload).json()
    put(upload, b"what came too late")
    assert len(versions(upload["key"])) == 3
    etag = alice.api.get(f"/api/media/{media['fileId']}")["ETag"]
    travel(SWEPT)
    sweep()
    assert len(versions(upload["key"])) == 1
    travel(timedelta())
    assert download(alice.api.get(f"/api/media/{media['fileId']}").json()).content == PNG
    assert alice.api.get(f"/api/media/{media['fileId']}")["ETag"] == etag
    stored = record(alice, media["fileId"])
    assert stored is not None and not {"GSI3PK", "GSI3SK"} & set(stored)
    travel(SWEPT)
    store_calls.clear()
    sweep()
    assert store_calls.s3 == []


def test_one_that_is_confirmed_while_the_sweep_is_about_to_take_it_stays(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    upload = asked(alice)
    put(upload)
    travel(SWEPT)
    sweeper = threading.Thread(target=sweep)
    with faults.holding("UpdateItem") as (is_held, release):
        sweeper.start()
        assert is_held.wait(10)
        travel(timedelta())  # a server whose clock is late
        media = confirm(alice, upload).json()
        release.set()
        sweeper.join(10)
    assert download(media).content == PNG
    assert len(versions(upload["key"])) == 1


def test_a_confirmation_that_comes_after_the_sweep_has_begun_is_refused(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    upload = asked(alice)
    put(upload)
    answers: list[int] = []
    late = threading.Thread(target=lambda: answers.append(confirm(alice, upload).status_code))
    with faults.holding("TransactWriteItems") as (is_held, release):
        late.start()
        assert is_held.wait(10)
        travel(SWEPT)
        sweep()
        release.set()
        late.join(10)
    assert answers == [404]
    assert record(alice, upload["fileId"]) is None
    assert versions(upload["key"]) == []


def test_nor_is_one_that_comes_while_the_sweep_is_at_it(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    """It has read the record before, and its object is about to go: it is not said to be kept."""
    upload = asked(alice)
    put(upload)
    answers: list[int] = []
    late = threading.Thread(target=lambda: answers.append(confirm(alice, upload).status_code))
    with faults.holding("TransactWriteItems") as (is_held, release):
        late.start()
        assert is_held.wait(10)
        travel(SWEPT)
        with s3_down("ListObjectVersions"), pytest.raises(StorageUnavailable):
            sweep()
        release.set()
        late.join(10)
    assert answers == [404]
    sweep()
    assert record(alice, upload["fileId"]) is None
    assert versions(upload["key"]) == []


def test_nor_is_one_by_a_server_whose_clock_is_late(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    upload = asked(alice)
    put(upload)
    travel(SWEPT)
    with s3_down("ListObjectVersions"), pytest.raises(StorageUnavailable):
        sweep()
    travel(timedelta())
    assert confirm(alice, upload).status_code == 404
    travel(SWEPT)
    sweep()
    assert versions(upload["key"]) == []


@pytest.mark.parametrize(
    "fault",
    [
        faults.raising("Query", DOWN),
        faults.raising("UpdateItem", DOWN),
        faults.losing_answers("UpdateItem", times=1),
        s3_down("ListObjectVersions"),
        s3_down("DeleteObjects"),
        faults.raising("TransactWriteItems", DOWN),
    ],
    ids=["query", "claim", "claimed", "versions", "objects", "record"],
)
def test_what_a_sweep_that_ends_anywhere_leaves_the_next_one_takes(
    fault: AbstractContextManager[Any],
    alice: Person,
    versions: Versions,
    travel: Travel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    upload = asked(alice)
    put(upload)
    travel(SWEPT)
    with fault, pytest.raises(StorageUnavailable):
        sweep()
    assert record(alice, upload["fileId"]) is not None or versions(upload["key"]) == []
    sweep()
    assert record(alice, upload["fileId"]) is None
    assert versions(upload["key"]) == []


def test_a_confirmed_one_is_looked_at_again_if_s3_fails(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    upload = asked(alice)
    put(upload)
    media = confirm(alice, upload).json()
    put(upload, b"what came too late")
    travel(SWEPT)
    for operation in ("ListObjectVersions", "DeleteObjects"):
        with s3_down(operation), pytest.raises(StorageUnavailable):
            sweep()
    sweep()
    stored = record(alice, media["fileId"])
    assert stored is not None and "GSI3PK" not in stored
    assert len(versions(upload["key"])) == 1


def test_two_at_once_take_everything_once(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    kept = uploaded(alice)
    left = [asked(alice) for _ in range(5)]
    for upload in left:
        put(upload)
    travel(SWEPT)
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            sweep()
        except BaseException as failure:
            failures.append(failure)

    sweepers = [threading.Thread(target=guarded) for _ in range(3)]
    for one in sweepers:
        one.start()
    for one in sweepers:
        one.join(20)
    assert failures == []
    assert [record(alice, upload["fileId"]) for upload in left] == [None] * 5
    assert [versions(upload["key"]) for upload in left] == [[]] * 5
    assert record(alice, kept["fileId"]) is not None


def test_it_stops_between_two_uploads_when_told_to(alice: Person, travel: Travel) -> None:
    uploads = [asked(alice) for _ in range(2)]
    travel(SWEPT)
    answers = iter([False, True])
    with pytest.raises(TurnOver):
        sweep_uploads(Turn(is_over=lambda: next(answers)))
    left = [upload for upload in uploads if record(alice, upload["fileId"]) is not None]
    assert len(left) == 1
    sweep()


def test_a_file_that_was_deleted_is_not_looked_for(
    swept: None, alice: Person, travel: Travel, store_calls: StoreCalls
) -> None:
    media = uploaded(alice)
    assert alice.api.delete(f"/api/media/{media['fileId']}").status_code == 204
    travel(SWEPT)
    store_calls.clear()
    sweep()
    assert store_calls.s3 == []


def test_an_object_that_s3_refuses_to_remove_keeps_its_record(
    alice: Person, travel: Travel, versions: Versions
) -> None:
    upload = asked(alice)
    put(upload)
    travel(SWEPT)
    body = (
        "<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code>"
        "<Message>no</Message></Error></DeleteResult>"
    )
    with s3_answering("DeleteObjects", body), pytest.raises(StorageUnavailable):
        sweep()
    assert record(alice, upload["fileId"]) is not None
    sweep()
    assert versions(upload["key"]) == []


def test_one_that_s3_keeps_holds_up_no_others(
    swept: None, alice: Person, travel: Travel, versions: Versions
) -> None:
    """One under a legal hold is there for ever, and comes first, for it is the oldest."""
    uploads = [asked(alice) for _ in range(4)]
    for upload in uploads:
        put(upload)
    travel(SWEPT)
    with s3_keeping_the_first(), pytest.raises(NotRemoved):
        sweep()
    kept = [upload for upload in uploads if record(alice, upload["fileId"]) is not None]
    assert len(kept) == 1
    assert [len(versions(upload["key"])) for upload in uploads].count(0) == 3
    sweep()
    assert versions(kept[0]["key"]) == []
