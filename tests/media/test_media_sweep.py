"""`manage.py media_sweep` and its job: what belongs to no file is named, and goes when told to."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from media.services import sweep_orphans
from prework import aws, clock, contents
from prework.dynamo import connection
from prework.errors import NotRemoved
from prework.ids import new_id
from prework.jobs import Turn, TurnOver
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Person
from tests.media.test_quotas import SIZE, usage
from tests.media.uploads import (
    PNG,
    asked,
    confirm,
    download,
    put,
    s3_down,
    s3_keeping_the_first,
    uploaded,
)

Versions = Callable[[str], list[str]]
Travel = Callable[[timedelta], None]
TWO_DAYS = timedelta(days=2)


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Sets the clock to so long after now."""
    real = clock.now

    def to(ahead: timedelta) -> None:
        def moved() -> datetime:
            return real() + ahead

        monkeypatch.setattr(clock, "now", moved)

    return to


@pytest.fixture(autouse=True)
def pending_for_long(settings: Settings) -> None:
    """An upload may be confirmed for a week: it is pending when its object is old."""
    settings.PENDING_UPLOAD_SECONDS = 7 * 24 * 3600


def sweep(about: Person, *options: str) -> list[str]:
    """What the command says that is about an organisation."""
    said = StringIO()
    call_command("media_sweep", *options, stdout=said)
    return [line for line in said.getvalue().splitlines() if about.organization_id in line]


def put_object(key: str, body: bytes = PNG) -> str:
    """Put something past all rules; the key."""
    aws.s3().put_object(Bucket=settings.MEDIA_BUCKET, Key=key, Body=body)
    return key


def begin_parts(key: str) -> str:
    """Begin an upload in parts, with one part of it; its id."""
    begun = aws.s3().create_multipart_upload(Bucket=settings.MEDIA_BUCKET, Key=key)["UploadId"]
    aws.s3().upload_part(
        Bucket=settings.MEDIA_BUCKET, Key=key, UploadId=begun, PartNumber=1, Body=PNG
    )
    return begun


def unfinished() -> set[str]:
    """The keys that uploads in parts are under way to."""
    answer = aws.s3().list_multipart_uploads(Bucket=settings.MEDIA_BUCKET)
    return {one["Key"] for one in answer.get("Uploads", [])}


def upload_key(person: Person) -> str:
    """A key as uploads have it, of a file that there is not."""
    return f"{person.organization_id}/users/{person.user_id}/profile/{new_id()}-x.png"


def set_upload_id(person: Person, upload: dict[str, Any], upload_id: str) -> None:
    """As if it were an upload in parts."""
    pk = f"ORG#{person.organization_id}#MEDIA#{upload['fileId']}"
    connection().dispatch(
        "UpdateItem",
        {
            "TableName": "pre-work-media",
            "Key": {"PK": {"S": pk}, "SK": {"S": "METADATA"}},
            "UpdateExpression": "SET uploadId = :u",
            "ExpressionAttributeValues": {":u": {"S": upload_id}},
        },
    )


class Rubble:
    """One of each kind of what may go, and of what has to stay."""

    def __init__(self, person: Person) -> None:
        org = person.organization_id
        self.media = uploaded(person)
        self.pending = asked(person)
        put(self.pending)
        self.lost = put_object(upload_key(person))
        self.marked = put_object(upload_key(person), b"")
        aws.s3().delete_object(Bucket=settings.MEDIA_BUCKET, Key=self.marked)
        put_object(self.media["key"], b"put too late")
        self.rendition = put_object(f"renditions/{org}/{new_id()}/w=300.webp", b"webp")
        self.kept_rendition = put_object(f"renditions/{org}/{self.media['fileId']}/w=3.webp")
        self.foreign = [put_object(f"exports/{org}/trail.csv"), put_object(f"{org}/notes/x")]
        self.parts = upload_key(person)
        begin_parts(self.parts)
        under_way = asked(person)
        set_upload_id(person, under_way, begin_parts(under_way["key"]))
        self.under_way = under_way["key"]
        self.foreign_parts = f"exports/{org}/large.zip"
        begin_parts(self.foreign_parts)

    @property
    def lines(self) -> set[str]:
        return {
            f"object {self.lost} ({SIZE} bytes)",
            f"object {self.marked} (0 bytes)",
            f"version {self.media['key']} (12 bytes)",
            f"rendition {self.rendition} (4 bytes)",
            f"parts {self.parts} ({SIZE} bytes)",
        }

    @property
    def kept(self) -> list[str]:
        keys = [self.media["key"], self.pending["key"], self.kept_rendition, *self.foreign]
        return [str(key) for key in keys]

    @property
    def gone(self) -> list[str]:
        return [self.lost, self.marked, self.rendition]


def test_a_dry_run_names_all_and_removes_nothing(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    rubble = Rubble(alice)
    before = {key: versions(key) for key in rubble.kept + rubble.gone}
    travel(TWO_DAYS)
    lines = sweep(alice)
    assert set(lines) == {f"would remove {line}" for line in rubble.lines}
    assert len(lines) == 6  # one has a version and a mark
    assert {key: versions(key) for key in rubble.kept + rubble.gone} == before
    assert unfinished() >= {rubble.parts, rubble.under_way, rubble.foreign_parts}
    assert sweep(alice) == lines


def test_what_is_of_no_file_goes_and_the_rest_stays(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    rubble = Rubble(alice)
    travel(TWO_DAYS)
    assert set(sweep(alice, "--apply")) == {f"removed {line}" for line in rubble.lines}
    assert [versions(key) for key in rubble.gone] == [[]] * 3
    assert [len(versions(key)) for key in rubble.kept] == [1] * 5
    assert rubble.parts not in unfinished()
    assert unfinished() >= {rubble.under_way, rubble.foreign_parts}
    assert sweep(alice, "--apply") == []
    travel(timedelta())
    media = alice.api.get(f"/api/media/{rubble.media['fileId']}").json()
    assert download(media).content == PNG
    assert confirm(alice, rubble.pending).status_code == 200


def test_what_is_younger_than_the_grace_stays(alice: Person, travel: Travel) -> None:
    rubble = Rubble(alice)
    travel(timedelta(hours=23))
    assert sweep(alice, "--apply") == []
    assert len(sweep(alice, "--grace", "22")) == 6
    assert rubble.parts in unfinished()


@pytest.mark.parametrize("hours", ["-1", "0", "many", "nan"])
def test_a_grace_that_is_none_is_refused(hours: str) -> None:
    with pytest.raises(CommandError, match="grace"):
        call_command("media_sweep", f"--grace={hours}")


def test_what_nobody_confirmed_goes_with_what_the_quotas_held(
    alice: Person, settings: Settings, versions: Versions, travel: Travel
) -> None:
    settings.PENDING_UPLOAD_SECONDS = 3600
    upload, in_parts = asked(alice, fileSize=SIZE), asked(alice, fileSize=100)
    put(upload)
    set_upload_id(alice, in_parts, begin_parts(in_parts["key"]))
    travel(timedelta(hours=2))
    lines = {f"upload {upload['key']} ({SIZE} bytes)", f"upload {in_parts['key']} (100 bytes)"}
    assert set(sweep(alice)) == {f"would remove {line}" for line in lines}
    travel(timedelta())
    assert usage(alice) == (SIZE + 100, SIZE + 100)
    travel(timedelta(hours=2))
    assert set(sweep(alice, "--apply")) == {f"removed {line}" for line in lines}
    assert sweep(alice, "--apply") == []
    travel(timedelta())
    assert usage(alice) == (0, 0)
    assert versions(upload["key"]) == []
    assert in_parts["key"] not in unfinished()


def test_a_deleted_file_whose_bytes_s3_kept(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    media = uploaded(alice)
    with s3_down():
        alice.api.delete(f"/api/media/{media['fileId']}")
    travel(TWO_DAYS)
    assert sweep(alice, "--apply") == [f"removed object {media['key']} ({SIZE} bytes)"]
    assert versions(media["key"]) == []


def test_what_is_of_an_organisation_of_other_tables_stays(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    """Whoever sweeps a bucket with the tables of another installation loses nothing."""
    org = new_id()
    key = put_object(f"{org}/users/{new_id()}/profile/{new_id()}-x.png")
    rendition = put_object(f"renditions/{org}/{new_id()}/w=300.webp")
    in_parts = f"{org}/users/{new_id()}/profile/{new_id()}-large.mp4"
    begin_parts(in_parts)
    travel(TWO_DAYS)
    said = StringIO()
    call_command("media_sweep", "--apply", stdout=said)
    assert org not in said.getvalue()
    assert [len(versions(kept)) for kept in (key, rendition)] == [1, 1]
    assert in_parts in unfinished()


def test_page_by_page_with_few_calls(
    alice: Person,
    versions: Versions,
    travel: Travel,
    monkeypatch: pytest.MonkeyPatch,
    store_calls: StoreCalls,
) -> None:
    keys = [put_object(upload_key(alice)) for _ in range(7)]
    for _ in range(2):
        put_object(keys[3])
    monkeypatch.setattr(contents, "PAGE_SIZE", 2)
    travel(TWO_DAYS)
    store_calls.clear()
    sweep_orphans(Turn())
    assert [versions(key) for key in keys] == [[]] * 7
    assert set(store_calls.dynamodb) == {"BatchGetItem", "GetItem"}
    assert store_calls.dynamodb.count("GetItem") <= store_calls.dynamodb.count("BatchGetItem")
    assert store_calls.s3.count("DeleteObjects") <= store_calls.dynamodb.count("BatchGetItem")


def test_one_that_s3_keeps_holds_up_no_others(
    alice: Person, versions: Versions, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [put_object(upload_key(alice)) for _ in range(3)]
    monkeypatch.setattr(contents, "PAGE_SIZE", 1)
    travel(TWO_DAYS)
    with s3_keeping_the_first(), pytest.raises(NotRemoved):
        sweep_orphans(Turn())
    assert sum(len(versions(key)) for key in keys) <= 1
    with s3_keeping_the_first(), pytest.raises(CommandError, match="let go"):
        sweep(alice, "--apply")
    sweep_orphans(Turn())
    assert [versions(key) for key in keys] == [[]] * 3


def test_one_that_is_confirmed_while_it_is_looked_at_stays(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    upload = asked(alice)
    put(upload, b"what was there first")
    put(upload)
    travel(TWO_DAYS)
    sweeper = threading.Thread(target=sweep_orphans, args=[Turn()])
    with faults.holding("BatchGetItem") as (is_held, release):
        sweeper.start()
        assert is_held.wait(10)  # it has listed the object, and is about to read the record
        travel(timedelta())
        media = confirm(alice, upload).json()
        release.set()
        sweeper.join(10)
    assert download(media).content == PNG
    assert len(versions(upload["key"])) == 1


def test_two_at_once_and_one_that_ends_anywhere(
    alice: Person, versions: Versions, travel: Travel
) -> None:
    rubble = Rubble(alice)
    travel(TWO_DAYS)
    for operation in ("ListObjectVersions", "DeleteObjects", "ListMultipartUploads"):
        with s3_down(operation), pytest.raises(CommandError, match="does not answer"):
            sweep(alice, "--apply")
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            sweep_orphans(Turn())
        except BaseException as failure:
            failures.append(failure)

    sweepers = [threading.Thread(target=guarded) for _ in range(3)]
    for one in sweepers:
        one.start()
    for one in sweepers:
        one.join(20)
    assert failures == []
    assert [versions(key) for key in rubble.gone] == [[]] * 3
    assert [len(versions(key)) for key in rubble.kept] == [1] * 5
    assert rubble.parts not in unfinished()


def test_the_job_stops_between_two_pages(alice: Person, travel: Travel) -> None:
    put_object(upload_key(alice))
    with pytest.raises(TurnOver):
        sweep_orphans(Turn(is_over=lambda: True))


def test_the_summary_says_how_much(alice: Person, travel: Travel) -> None:
    Rubble(alice)
    travel(TWO_DAYS)
    said = StringIO()
    call_command("media_sweep", stdout=said)
    *_, foreign, total = said.getvalue().splitlines()
    assert foreign.endswith("objects are not of uploads, and left alone")
    assert total.endswith("bytes to be removed; --apply does it")
    said = StringIO()
    call_command("media_sweep", "--apply", stdout=said)
    call_command("media_sweep", "--apply", stdout=said)
    assert said.getvalue().endswith("\n0 things, 0 bytes removed\n")
