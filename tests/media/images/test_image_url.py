"""Asking for a URL of an image in another size: whoever may read the file, as it likes."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.matching import ANY_TIME, Matches, problem
from tests.media.images.pictures import (
    decoded,
    image_url,
    jpeg,
    path_of,
    path_to,
    photo,
    placed,
    plain,
    png,
    size,
)
from tests.media.uploads import asked, confirm, put, uploaded


def test_the_guides_thumbnail(alice: Person) -> None:
    media = photo(alice, jpeg(plain(640, 480)))
    assert "?w=300&h=300&fit=crop&format=webp&v=" in media["thumbnailUrl"]
    answer = Api().get(path_of(media["thumbnailUrl"]))
    assert size(decoded(answer)) == (300, 300)
    assert answer.headers["Content-Type"] == "image/webp"


def test_any_other_size_and_format(alice: Person, store_calls: StoreCalls) -> None:
    media = photo(alice, jpeg(plain(640, 480)))
    store_calls.clear()

    answer = image_url(alice, media, w=64, h=64, fit="contain", format="png", q=50)

    assert answer.json() == {"url": Matches(r"http://.+&sig=.+"), "expiresAt": ANY_TIME}
    assert answer.json()["expiresAt"].endswith("T00:00:00.000Z")
    assert store_calls.s3 == []
    picture = Api().get(path_of(answer.json()["url"]))
    assert size(decoded(picture)) == (64, 48)
    assert picture.headers["Content-Type"] == "image/png"


def test_unasked_it_is_as_large_as_it_is(alice: Person) -> None:
    media = photo(alice, jpeg(plain(640, 480)))
    query = parse_qs(urlsplit(image_url(alice, media).json()["url"]).query)
    assert sorted(query) == ["e", "fit", "format", "sig", "v"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("w", "0"),
        ("w", "4097"),
        ("h", "-1"),
        ("h", "1.5"),
        ("w", " 1"),
        ("w", "1e3"),
        ("w", "٣"),
        ("w", "9" * 5000),
        ("q", "0"),
        ("q", "101"),
        ("fit", "fill"),
        ("format", "svg"),
    ],
)
def test_what_no_image_has(alice: Person, name: str, value: str) -> None:
    media = photo(alice, jpeg(plain(8, 8)))
    answer = image_url(alice, media, **{name: value})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [name]


def test_only_who_may_read_the_file(
    alice: Person, bob: Person, carol: Person, private_team: str
) -> None:
    media = uploaded(
        bob,
        jpeg(plain(8, 8)),
        fileName="a.jpg",
        fileType="image/jpeg",
        entityType="team",
        entityId=private_team,
    )
    assert image_url(alice, media, w=4).status_code == 200
    assert image_url(carol, media, w=4).json() == problem(404, "not_found")
    assert Api().get(f"/api/media/{media['fileId']}/image-url").status_code == 401


def test_not_of_another_organisation(alice: Person, mallory: Person) -> None:
    media = photo(alice, jpeg(plain(8, 8)))
    assert image_url(mallory, media, w=4).json() == problem(404, "not_found")


def test_not_of_what_is_no_image(alice: Person) -> None:
    media = uploaded(alice, b"%PDF-1.7", fileName="a.pdf", fileType="application/pdf")
    assert media["thumbnailUrl"] is None
    assert image_url(alice, media, w=4).json() == problem(415, "not_an_image")


def test_not_of_what_is_not_confirmed(alice: Person) -> None:
    upload = asked(alice)
    put(upload, png(plain(8, 8)))
    assert image_url(alice, upload).json() == problem(404, "not_found")
    assert Api().get(path_to(upload)).json() == problem(404, "not_found")
    assert confirm(alice, upload).json()["thumbnailUrl"]


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/heic", "image/x-icon", "video/mp4"])
@pytest.mark.usefixtures("any_record")
def test_no_thumbnail_of_what_is_not_rendered(alice: Person, kind: str) -> None:
    file_id = placed(alice.actor, b"whatever it is", mime_type=kind).file_id
    assert alice.api.get(f"/api/media/{file_id}").json()["thumbnailUrl"] is None
