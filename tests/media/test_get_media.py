"""Getting one file: whoever may read the thing may read its files; how the bytes come."""

from urllib.parse import unquote

import pytest
from pytest_django import Settings

from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import problem
from tests.media.bodies import MP4, OOXML, body_of
from tests.media.uploads import PNG, asked, confirm, download, fetch, put, uploaded


def test_a_viewer_of_the_team_may_have_its_files(carol: Person, bob: Person, team: str) -> None:
    media = uploaded(bob, entityType="team", entityId=team)
    answer = carol.api.get(f"/api/media/{media['fileId']}")
    assert answer.status_code == 200
    assert {**answer.json(), "downloadUrl": media["downloadUrl"]} == media
    assert download(answer.json()).content == PNG


def test_a_colleague_may_see_a_profile_picture(alice: Person, bob: Person) -> None:
    media = uploaded(bob)
    assert alice.api.get(f"/api/media/{media['fileId']}").status_code == 200


def test_a_file_of_a_private_team_is_its_members(
    org: Organization, bob: Person, private_team: str
) -> None:
    media = uploaded(bob, entityType="team", entityId=private_team)
    dave = hire(org, "dave", role="member")
    answer = dave.api.get(f"/api/media/{media['fileId']}")
    assert answer.status_code == 404
    assert answer.json() == problem(404, "not_found")


def test_whoever_left_the_team_has_its_files_no_more(
    alice: Person, bob: Person, private_team: str
) -> None:
    media = uploaded(bob, entityType="team", entityId=private_team)
    alice.api.delete(f"/api/teams/{private_team}/members/{bob.user_id}")
    assert bob.api.get(f"/api/media/{media['fileId']}").json() == problem(404, "not_found")
    assert bob.api.get("/api/media").json()["items"] == []


def test_another_organisations_file_is_like_an_unknown_one(
    alice: Person, mallory: Person, anonymous: Api
) -> None:
    media = uploaded(alice)
    for file_id in (media["fileId"], "unknown"):
        answer = mallory.api.get(f"/api/media/{file_id}")
        assert answer.json() == problem(404, "not_found")
    assert anonymous.get(f"/api/media/{media['fileId']}").status_code == 401


def test_a_pending_one_is_its_owners(alice: Person, bob: Person, team: str) -> None:
    upload = asked(bob, entityType="team", entityId=team)
    assert bob.api.get(f"/api/media/{upload['fileId']}").json()["uploadStatus"] == "pending"
    assert alice.api.get(f"/api/media/{upload['fileId']}").json() == problem(404, "not_found")


@pytest.mark.parametrize(
    ("file_type", "kind"),
    [
        ("image/png", "inline"),
        ("application/pdf", "inline"),
        ("video/mp4", "inline"),
        ("image/svg+xml", "attachment"),
        ("IMAGE/SVG+XML", "attachment"),
        ("text/csv", "attachment"),
        ("application/zip", "attachment"),
        (OOXML, "attachment"),
    ],
)
def test_g40_only_what_cannot_run_a_script_is_shown_in_the_browser(
    wendy: Person, file_type: str, kind: str
) -> None:
    media = uploaded(wendy, body_of(file_type), fileName="file.bin", fileType=file_type)
    assert download(media).headers["Content-Disposition"] == f'{kind}; filename="file.bin"'
    shown = "application/octet-stream" if "svg" in file_type.lower() else file_type
    assert download(media).headers["Content-Type"] == shown


def test_no_cache_between_keeps_it_whatever_was_said_when_it_was_put(wendy: Person) -> None:
    upload = asked(wendy)
    assert put(upload, Cache_Control="public, max-age=99999").status_code == 200
    media = confirm(wendy, upload).json()
    assert download(media).headers["Cache-Control"] == "private"


def test_html_is_saved_though_a_setting_allows_it(alice: Person, settings: Settings) -> None:
    settings.ALLOWED_MEDIA_TYPES = ["text/*"]
    media = uploaded(alice, b"<script>1</script>", fileName="a.html", fileType="text/html")
    headers = download(media).headers
    assert headers["Content-Disposition"] == 'attachment; filename="a.html"'
    assert headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("Größe 1.png", "Größe 1.png"),
        ("日本語.png", "日本語.png"),
        ("\U0001f469\u200d\U0001f692.png", "\U0001f469\u200d\U0001f692.png"),
        ("cod\u202egpj.exe", "codgpj.exe"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("é" * 250 + ".png", "é" * 98 + ".png"),
        ("\u202e\u202e", "file"),
    ],
)
def test_the_name_offered_on_saving(wendy: Person, name: str, offered: str) -> None:
    disposition = download(uploaded(wendy, fileName=name)).headers["Content-Disposition"]
    plain = disposition.removeprefix("inline; filename").removeprefix("*=utf-8''")
    assert unquote(plain).removeprefix('="').removesuffix('"') == offered


@pytest.mark.parametrize("name", ['a";b=\\c.png', "a\r\nSet-Cookie: x=1\r\n.png"])
def test_a_name_cannot_leave_its_header(wendy: Person, name: str) -> None:
    answer = download(uploaded(wendy, fileName=name))
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Disposition"].startswith('inline; filename="a')


def test_a_link_cannot_be_bent(alice: Person) -> None:
    url = uploaded(alice)["downloadUrl"]
    for bent in (
        url.replace("inline", "attachment"),
        url.replace("avatar.png", "other.png"),
        url.partition("?")[0],
    ):
        assert bent != url
        assert fetch("GET", bent).status_code == 403


def test_a_player_may_ask_for_a_stretch(alice: Person) -> None:
    media = uploaded(alice, MP4, fileType="video/mp4")
    answer = fetch("GET", media["downloadUrl"], headers={"Range": "bytes=2-5"})
    assert (answer.status_code, answer.content) == (206, MP4[2:6])
    assert answer.headers["Content-Range"] == f"bytes 2-5/{len(MP4)}"


def test_it_takes_two_reads(bob: Person, team: str, store_calls: StoreCalls) -> None:
    media = uploaded(bob, entityType="team", entityId=team)
    store_calls.clear()
    bob.api.get(f"/api/media/{media['fileId']}")
    assert store_calls.after_sign_in() == ["GetItem", "BatchGetItem"]
    assert store_calls.s3 == []
