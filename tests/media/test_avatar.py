"""A picture of one's own is what one looks like, as long as it is there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from media.services import scan_uploads, scanning
from prework import cdn, clock
from prework.jobs import Turn
from tests.calls import StoreCalls
from tests.cast import Person
from tests.clamd import Clamd
from tests.media.bodies import HEIC, SVG
from tests.media.uploads import PNG, asked, confirm, put, uploaded

ME = "/api/auth/me"


def avatar(person: Person) -> str | None:
    found: str | None = person.api.get(ME).json()["profile"]["avatarUrl"]
    return found


def shows(person: Person, media: dict[str, Any]) -> bool:
    """Whether the profile's picture is this file, as `/cdn/` makes it small and square."""
    url = avatar(person)
    if url is None:
        return False
    parts = urlsplit(url)
    opened = cdn.open_url(media["key"], parts.query)
    return opened is not None and parts.path == f"/cdn/{media['key']}"


def test_a_picture_of_ones_own_is_the_avatar(alice: Person, bob: Person) -> None:
    media = uploaded(bob)

    assert shows(bob, media)
    query = parse_qs(urlsplit(avatar(bob) or "").query)
    asked_for = {name: query[name] for name in ("w", "h", "fit", "format")}
    assert asked_for == {"w": ["300"], "h": ["300"], "fit": ["crop"], "format": ["webp"]}
    listed = alice.api.get("/api/users").json()["items"]
    (found,) = [one for one in listed if one["userId"] == bob.user_id]
    assert found["profile"]["avatarUrl"] == avatar(bob)


def test_the_trail_says_which_file(bob: Person, alice: Person) -> None:
    bob.api.patch(ME, {"profile": {"avatarUrl": "https://example.com/bob.png"}})
    media = uploaded(bob)
    entry = alice.trail(action="USER_UPDATED")[0]
    assert (entry["userId"], entry["entityId"]) == (bob.user_id, bob.user_id)
    assert entry["oldValues"] == {
        "profile": {"avatarUrl": "https://example.com/bob.png", "avatarFileId": None}
    }
    assert entry["newValues"] == {"profile": {"avatarUrl": None, "avatarFileId": media["fileId"]}}


def test_a_second_one_takes_its_place(bob: Person) -> None:
    first, second = uploaded(bob), uploaded(bob, PNG + b"another")
    assert shows(bob, second)
    bob.api.delete(f"/api/media/{first['fileId']}")
    assert shows(bob, second)


def test_the_one_that_is_confirmed_last_counts(bob: Person) -> None:
    older, newer = asked(bob), asked(bob)
    for upload in (newer, older):
        put(upload)
        confirm(bob, upload)
    assert shows(bob, older)


def test_it_goes_with_its_file(bob: Person, alice: Person) -> None:
    media = uploaded(bob)
    assert alice.api.delete(f"/api/media/{media['fileId']}").status_code == 204
    assert avatar(bob) is None
    entry = alice.trail(action="USER_UPDATED")[0]
    assert (entry["userId"], entry["entityId"]) == (alice.user_id, bob.user_id)
    assert entry["newValues"]["profile"]["avatarFileId"] is None


def test_an_address_takes_its_place(bob: Person, alice: Person) -> None:
    media = uploaded(bob)
    url = "https://example.com/bob.png"
    assert bob.api.patch(ME, {"profile": {"avatarUrl": url}}).json()["profile"]["avatarUrl"] == url
    assert avatar(bob) == url
    entry = alice.trail(action="USER_UPDATED")[0]
    assert entry["oldValues"]["profile"]["avatarFileId"] == media["fileId"]
    bob.api.delete(f"/api/media/{media['fileId']}")
    assert avatar(bob) == url


def test_it_can_be_taken_away(bob: Person) -> None:
    uploaded(bob)
    assert bob.api.patch(ME, {"profile": {"avatarUrl": None}}).status_code == 200
    assert avatar(bob) is None


def test_sent_back_as_it_was_given_it_stays(bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form sends the whole profile: a URL of yesterday is no address of a picture elsewhere."""
    media = uploaded(bob)
    profile = bob.api.get(ME).json()["profile"]
    real = clock.now

    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: real() - timedelta(hours=25))
        yesterday = cdn.image_url(media["key"], "v", width=300, height=300)
    for url in (profile["avatarUrl"], yesterday):
        answer = bob.api.patch(ME, {"profile": {**profile, "avatarUrl": url, "title": "Lead"}})
        assert answer.status_code == 200
        assert shows(bob, media)


@pytest.mark.parametrize(
    ("file_type", "body"),
    [("image/svg+xml", SVG), ("image/heic", HEIC), ("image/png", b"")],
    ids=["svg", "heic", "empty"],
)
def test_what_cannot_be_rendered_is_none(bob: Person, file_type: str, body: bytes) -> None:
    before = uploaded(bob)
    media = uploaded(bob, body, fileType=file_type)
    assert shows(bob, before)
    assert bob.api.delete(f"/api/media/{media['fileId']}").status_code == 204
    assert shows(bob, before)


def test_a_picture_of_something_else_is_none(bob: Person, team: str) -> None:
    uploaded(bob, entityType="team", entityId=team)
    assert avatar(bob) is None


def test_it_takes_one_more_read_and_no_other_transaction(
    bob: Person, store_calls: StoreCalls
) -> None:
    upload = asked(bob, fileSize=len(PNG))
    put(upload)
    store_calls.clear()
    confirm(bob, upload)
    assert store_calls.after_sign_in() == [
        "GetItem",
        "BatchGetItem",
        "BatchGetItem",
        "TransactWriteItems",
    ]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Run the job that scans when the leases are over."""
    real = clock.now

    def run() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda: real() + scanning.LEASE + timedelta(seconds=2))
            scan_uploads(Turn())

    return run


@pytest.mark.usefixtures("by_job_only")
def test_with_a_scanner_it_is_none_until_it_is_clean(
    bob: Person, clamd: Clamd, later: Callable[[], None]
) -> None:
    upload = asked(bob)
    put(upload)
    confirm(bob, upload)
    assert avatar(bob) is None
    later()
    assert shows(bob, upload)


@pytest.mark.usefixtures("by_job_only")
def test_what_was_chosen_meanwhile_stays(
    bob: Person, clamd: Clamd, later: Callable[[], None]
) -> None:
    upload = asked(bob)
    put(upload)
    confirm(bob, upload)
    bob.api.patch(ME, {"profile": {"avatarUrl": "https://example.com/later.png"}})
    later()
    assert avatar(bob) == "https://example.com/later.png"
    assert bob.api.get(f"/api/media/{upload['fileId']}").json()["uploadStatus"] == "completed"
