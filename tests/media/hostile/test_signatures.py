"""A signed URL is for one PUT to one key as announced, and for nothing else."""

from datetime import datetime, timedelta
from typing import Any

import botocore.auth
import pytest
from django.conf import settings
from pytest_django import Settings

from prework import clock
from tests.cast import Organization, Person
from tests.matching import problem
from tests.media.hostile.clients import Upload, in_url, refused_by_s3, send
from tests.media.hostile.world import nothing_comes_of_it
from tests.media.uploads import PNG, asked, confirm, download, sha256, uploaded

SECRET = PNG + b"somebody else's"


def announced(person: Person) -> Upload:
    """An upload whose size and checksum are in its signature."""
    return asked(person, fileSize=len(PNG), checksumSha256=sha256(PNG))


IN_THE_URL = [
    (r"-avatar\.png", "-avatar.jpg"),
    ("/users/", "//users/"),
    (r"/[^/]+/users/", "/another/users/"),
    (f"/{settings.MEDIA_BUCKET}/", f"/{settings.AUDIT_BUCKET}/"),
    (f"/{settings.MEDIA_BUCKET}/", "/pre-work-no-such-bucket/"),
    ("X-Amz-Expires=3600", "X-Amz-Expires=604800"),
    (r"X-Amz-Date=\d{8}", "X-Amz-Date=20301231"),
    ("X-Amz-SignedHeaders=[^&]+", "X-Amz-SignedHeaders=host"),
    ("X-Amz-Signature=.{8}", "X-Amz-Signature=00000000"),
    ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=none"),
    (r"\?.*", ""),
    ("$", "&acl"),
    ("$", "&tagging"),
    ("$", "&versionId=null"),
    ("$", "&partNumber=1&uploadId=x"),
    ("$", "&x-amz-meta-owner=me"),
    ("$", "&response-content-type=text/html"),
]


def test_another_url(org: Organization, alice: Person) -> None:
    upload = asked(alice)
    lies = [{"url": in_url(upload, part, other)} for part, other in IN_THE_URL]
    refused_by_s3(org, alice, upload, *lies)


def test_the_key_of_another_upload_of_ones_own(org: Organization, alice: Person) -> None:
    mine, other = asked(alice), asked(alice)
    url = mine["uploadUrl"].replace(mine["key"], other["key"])
    refused_by_s3(org, alice, mine, {"url": url})
    refused_by_s3(org, alice, other, {"url": url})


def test_the_key_of_a_file_that_is_there(org: Organization, alice: Person) -> None:
    media, upload = uploaded(alice), asked(alice)
    url = upload["uploadUrl"].replace(upload["key"], media["key"])
    refused_by_s3(org, alice, upload, {"url": url})
    assert download(media).content == PNG


def test_another_method(org: Organization, alice: Person) -> None:
    empty = [{"method": method, "body": b""} for method in ("GET", "HEAD", "DELETE")]
    refused_by_s3(org, alice, asked(alice), *empty, {"method": "POST"}, {"method": "PATCH"})


def test_an_expired_url(
    org: Organization, alice: Person, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Signed longer ago than it is good for: what is signed has the time that botocore has."""
    settings.UPLOAD_URL_SECONDS = 60

    def earlier(**_: Any) -> datetime:
        return (clock.now() - timedelta(seconds=62)).replace(tzinfo=None)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", earlier)
    upload = asked(alice)
    monkeypatch.undo()
    refused_by_s3(org, alice, upload)


def test_another_type_or_none(org: Organization, alice: Person) -> None:
    others = ("text/html", "image/jpeg", "image/png; a=b", "")
    lies = [{"headers": {"Content-Type": other}} for other in others]
    refused_by_s3(org, alice, asked(alice), *lies, {"without": "Content-Type"})


def test_another_length_than_announced(org: Organization, alice: Person) -> None:
    lies = [{"body": body} for body in (PNG + b"!", PNG[:-1], b"", PNG * 100)]
    refused_by_s3(org, alice, asked(alice, fileSize=len(PNG)), *lies)
    refused_by_s3(org, alice, announced(alice), *lies)


def test_no_length(org: Organization, alice: Person) -> None:
    refused_by_s3(org, alice, asked(alice, fileSize=len(PNG)), {"body": iter([PNG])})


def test_other_bytes_of_the_same_length(org: Organization, alice: Person) -> None:
    other = PNG[:-1] + b"!"
    refused_by_s3(
        org,
        alice,
        announced(alice),
        {"body": other},
        {"body": other, "headers": {"x-amz-checksum-sha256": sha256(other)}},
        {"without": "x-amz-checksum-sha256"},
    )


def test_more_headers_than_were_signed(org: Organization, alice: Person) -> None:
    more = {
        "x-amz-meta-owner": "mallory",
        "x-amz-tagging": "scan=clean",
        "x-amz-website-redirect-location": "https://elsewhere.example/",
        "x-amz-storage-class": "GLACIER",
        "x-amz-write-offset-bytes": "3",
        "x-amz-acl": "public-read",
        "x-amz-grant-read": "uri=http://acs.amazonaws.com/groups/global/AllUsers",
        "x-amz-object-lock-mode": "COMPLIANCE",
        "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA==",
        "x-amz-checksum-crc32": "AAAAAA==",
        "If-Match": '"x"',
    }
    lies = [{"headers": {name: value}} for name, value in more.items()]
    refused_by_s3(org, alice, asked(alice), *lies)


def test_a_copy_of_a_file_that_one_may_not_read(
    org: Organization, alice: Person, mallory: Person
) -> None:
    theirs = uploaded(mallory, SECRET)
    lie = {
        "headers": {"x-amz-copy-source": f"{settings.MEDIA_BUCKET}/{theirs['key']}"},
        "body": b"",
    }
    refused_by_s3(org, alice, asked(alice), lie)
    refused_by_s3(org, alice, announced(alice), lie)


@pytest.mark.parametrize("name", ["Content-Disposition", "Cache-Control", "Content-Language"])
def test_headers_that_s3_keeps_though_they_are_not_signed(alice: Person, name: str) -> None:
    """None of them says how the file is shown to others: the link does."""
    upload = asked(alice, fileName="page.csv", fileType="text/csv")
    lie = {name: 'inline; filename="x.html"'}
    assert send(upload, b"a,b\n1,2\n", headers=lie).status_code == 200
    given = download(confirm(alice, upload).json())
    assert given.headers["Content-Disposition"] == 'attachment; filename="page.csv"'
    assert given.headers["Cache-Control"] == "private"


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_bytes_that_would_become_others_on_the_way(
    org: Organization, alice: Person, encoding: str
) -> None:
    """A browser would unpack them: what is kept is not what people get, nor what was scanned."""
    upload = asked(alice)
    with nothing_comes_of_it(org):
        assert send(upload, headers={"Content-Encoding": encoding}).status_code == 200
        assert confirm(alice, upload).json() == problem(409, "upload_mismatch")


def test_another_spelling_of_the_same_url_is_the_same_upload(alice: Person) -> None:
    upload = asked(alice)
    assert send(upload, url=in_url(upload, "/users/", "/%75sers/")).status_code == 200
    assert download(confirm(alice, upload).json()).content == PNG
