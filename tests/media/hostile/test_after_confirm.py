"""What was confirmed is what people get, whatever is done with the URL afterwards."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from media.services import sweep_orphans, sweep_uploads
from prework import aws, clock
from prework.jobs import Turn
from tests.cast import Organization, Person
from tests.matching import problem
from tests.media.hostile.clients import Upload, send
from tests.media.hostile.world import nothing_comes_of_it, world
from tests.media.uploads import PNG, asked, confirm, download, uploaded

SWAPPED = PNG + b"swapped"


@pytest.fixture
def upload(alice: Person) -> Upload:
    """An upload whose URL takes any picture."""
    return asked(alice)


@pytest.fixture
def media(alice: Person, upload: Upload) -> dict[str, Any]:
    """The file that it became."""
    assert send(upload).status_code == 200
    confirmed: dict[str, Any] = confirm(alice, upload).json()
    assert confirmed["uploadStatus"] == "completed"
    return confirmed


def sweep_later(
    monkeypatch: pytest.MonkeyPatch, sweep: Callable[[Turn], None] = sweep_uploads
) -> None:
    """A sweep, when every URL handed out today is long over."""
    real = clock.now
    ahead = timedelta(seconds=settings.PENDING_UPLOAD_SECONDS) + timedelta(hours=1)

    def later() -> datetime:
        return real() + ahead

    monkeypatch.setattr(clock, "now", later)
    sweep(Turn())
    monkeypatch.setattr(clock, "now", real)


def still_serves(person: Person, media: dict[str, Any]) -> bool:
    """Whether the link of before and one made now both give what was confirmed."""
    now = person.api.get(f"/api/media/{media['fileId']}").json()
    links = [download(one) for one in (media, now)]
    return all(link.status_code == 200 and link.content == PNG for link in links)


def test_replayed(alice: Person, upload: Upload, media: dict[str, Any]) -> None:
    assert send(upload).status_code == 200
    assert still_serves(alice, media)


def test_swapped_and_swept(
    org: Organization,
    alice: Person,
    upload: Upload,
    media: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = world(org)
    assert send(upload, SWAPPED).status_code == 200
    assert still_serves(alice, media)
    again = confirm(alice, upload)
    assert again.status_code == 200
    assert (again.json()["fileSize"], download(again.json()).content) == (len(PNG), PNG)
    assert len(world(org).versions) == 2

    sweep_later(monkeypatch)

    assert world(org) == before
    assert still_serves(alice, media)


def test_a_delete_with_the_link_or_the_url_is_refused(
    org: Organization, alice: Person, upload: Upload, media: dict[str, Any]
) -> None:
    with nothing_comes_of_it(org):
        assert send(upload, b"", method="DELETE").status_code == 403
        for method in ("DELETE", "PUT"):
            url = media["downloadUrl"]
            assert send(upload, b"", method=method, url=url).status_code == 403
    assert still_serves(alice, media)


def test_deleted_from_under_us_the_pinned_version_still_serves(
    alice: Person, media: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As only somebody with our own keys could: a delete leaves a marker, not a hole."""
    aws.s3().delete_object(Bucket=settings.MEDIA_BUCKET, Key=media["key"])
    assert still_serves(alice, media)
    sweep_later(monkeypatch)
    assert still_serves(alice, media)


def test_a_link_is_of_its_version_alone(alice: Person, upload: Upload, media: Any) -> None:
    swapped = send(upload, SWAPPED)
    other = swapped.headers["x-amz-version-id"]
    pinned = media["downloadUrl"].partition("versionId=")[2].partition("&")[0]
    assert other != pinned
    for version in (f"versionId={other}&", ""):
        url = media["downloadUrl"].replace(f"versionId={pinned}&", version)
        answer = download({"downloadUrl": url})
        assert (answer.status_code, SWAPPED in answer.content) == (403, False)


def test_put_after_deletion_is_found_by_nobody_and_swept(
    org: Organization,
    alice: Person,
    upload: Upload,
    media: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert alice.api.delete(f"/api/media/{media['fileId']}").status_code == 204
    assert world(org).versions == set()
    assert send(upload).status_code == 200  # the URL is good for its hour
    for answer in (confirm(alice, upload), alice.api.get(f"/api/media/{media['fileId']}")):
        assert answer.json() == problem(404, "not_found")
    assert download(media).status_code == 404

    sweep_later(monkeypatch, sweep_orphans)

    assert world(org).versions == set()


def test_deleting_an_upload_that_is_not_confirmed(
    org: Organization, alice: Person, upload: Upload
) -> None:
    with nothing_comes_of_it(org):
        other = asked(alice)
        send(other)
        assert alice.api.delete(f"/api/media/{other['fileId']}").status_code == 204
        assert confirm(alice, other).json() == problem(404, "not_found")


def test_all_that_a_refused_upload_holds_goes_with_the_sweep(
    org: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded(alice)
    with nothing_comes_of_it(org):
        abandoned, refused = asked(alice), asked(alice, fileSize=len(PNG))
        assert send(abandoned).status_code == 200
        assert send(refused, SWAPPED).status_code == 403
        sweep_later(monkeypatch)
