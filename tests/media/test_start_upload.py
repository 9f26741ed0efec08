"""Asking for an upload URL: who gets one, for what, and that nothing is kept when refused."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import ANY_ID, ANY_TIME, Matches, problem
from tests.media.uploads import PNG, ask, asked, sha256


def nothing_pending(person: Person) -> bool:
    listed = person.api.get("/api/media")
    assert listed.status_code == 200, listed.content
    return bool(listed.json() == {"items": [], "nextCursor": None})


def test_the_answer_says_where_and_how_to_put_the_file(alice: Person) -> None:
    answer = ask(alice)

    assert answer.status_code == 200
    assert answer.json() == {
        "uploadUrl": Matches(r"http://127\.0\.0\.1:\d+/.+"),
        "key": Matches(
            rf"{alice.organization_id}/users/{alice.user_id}/profile/[0-9a-f-]{{36}}-avatar\.png"
        ),
        "fileId": ANY_ID,
        "method": "PUT",
        "headers": {"Content-Type": "image/png"},
        "expiresIn": 3600,
    }


def test_the_pending_record_is_its_owners_alone(alice: Person, bob: Person) -> None:
    upload = asked(alice, fileSize=len(PNG), checksumSha256=sha256(PNG))

    assert alice.api.get(f"/api/media/{upload['fileId']}").json() == {
        "fileId": upload["fileId"],
        "userId": alice.user_id,
        "organizationId": alice.organization_id,
        "entityType": "user",
        "entityId": alice.user_id,
        "fileName": "avatar.png",
        "key": upload["key"],
        "fileSize": len(PNG),
        "mimeType": "image/png",
        "checksumSha256": sha256(PNG),
        "uploadStatus": "pending",
        "createdAt": ANY_TIME,
        "completedAt": None,
        "downloadUrl": None,
        "thumbnailUrl": None,
    }
    assert bob.api.get(f"/api/media/{upload['fileId']}").status_code == 404


def test_it_is_no_action_yet_and_leaves_no_audit_entry(alice: Person) -> None:
    before = alice.trail()
    asked(alice)
    assert alice.trail() == before


def test_g38_only_content_type_is_signed_for_a_client_that_announces_no_more(
    alice: Person,
) -> None:
    query = parse_qs(urlsplit(asked(alice)["uploadUrl"]).query)
    assert query["X-Amz-SignedHeaders"] == ["content-type;host"]
    assert set(query) == {
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    }


def test_g38_the_headers_are_exactly_those_in_the_signature(alice: Person) -> None:
    upload = asked(alice, fileSize=len(PNG), checksumSha256=sha256(PNG))
    query = parse_qs(urlsplit(upload["uploadUrl"]).query)

    assert upload["headers"] == {
        "Content-Type": "image/png",
        "Content-Length": str(len(PNG)),
        "x-amz-checksum-sha256": sha256(PNG),
    }
    signed = set(query["X-Amz-SignedHeaders"][0].split(";")) - {"host"}
    assert signed == {name.lower() for name in upload["headers"]}


def test_g39_the_url_is_signed_with_version_4_for_an_hour(alice: Person) -> None:
    query = parse_qs(urlsplit(asked(alice)["uploadUrl"]).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["3600"]


@pytest.mark.parametrize(
    "name",
    [
        "../../../other-org/secret.png",
        "..\\..\\boot.ini",
        "cod\u202egpj.exe",
        "tab\tnew\nline\r\x00null.png".replace("\x00", ""),
        "日本語の写真.png",
        "e\u0301te\u0301 \U0001f469\u200d\U0001f692.png",
        "%2e%2e%2f#?&=+ ;\"'<script>.png",
        ".png",
        "..",
        " ",
        "x" * 255,
        "é" * 255,
    ],
)
def test_g37_any_name_is_shown_as_given_and_none_shapes_the_key(wendy: Person, name: str) -> None:
    upload = asked(wendy, fileName=name)

    folder, _, last = upload["key"].rpartition("/")
    assert folder == f"{wendy.organization_id}/users/{wendy.user_id}/profile"
    assert last == Matches(rf"{upload['fileId']}-[A-Za-z0-9_-]+(\.[a-z0-9]+)?")
    assert len(upload["key"]) < 300
    shown = wendy.api.get(f"/api/media/{upload['fileId']}").json()
    assert shown["fileName"] == name


def test_g37_two_files_of_one_name_have_two_keys(alice: Person) -> None:
    assert asked(alice)["key"] != asked(alice)["key"]


def test_a_team_file_goes_under_the_team(bob: Person, team: str) -> None:
    upload = asked(bob, entityType="team", entityId=team, fileName="Team guidelines.pdf",
                   fileType="application/pdf")  # fmt: skip
    assert upload["key"] == (
        f"{bob.organization_id}/teams/{team}/shared/{upload['fileId']}-Team-guidelines.pdf"
    )


@pytest.mark.parametrize(
    "file_type",
    [
        "image/png",
        "IMAGE/PNG",
        "image/svg+xml",
        "video/webm;codecs=vp8,opus",
        'video/mp4; codecs="avc1.42E01E, mp4a.40.2"',
        "text/plain; charset=utf-8",
        "text/csv",
        "application/zip",
        "application/x-zip-compressed",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ],
)
def test_allowed_types(wendy: Person, file_type: str) -> None:
    assert asked(wendy, fileType=file_type)["headers"] == {"Content-Type": file_type}


@pytest.mark.parametrize(
    "file_type",
    [
        "text/html",
        "application/x-msdownload",
        "application/javascript",
        "",
        "image",
        "image/",
        "image/*",
        "*/*",
        "image/png,text/html",
        "text/html;image/png",
        "text/html; a=image/png",
        "image/png\r\nX-Evil: 1",
        " image/png",
        "image/png ",
        "imаge/png",
        "image/p\u202eng",
        "video/webm;codecs=vp8;",
    ],
)
def test_g40_other_types_are_refused(nora: Person, file_type: str) -> None:
    answer = ask(nora, fileType=file_type)
    assert answer.status_code == 415
    assert answer.json() == problem(415, "unsupported_media_type")
    assert nothing_pending(nora)


def test_g40_the_limit_holds_to_the_byte(alice: Person, settings: Settings) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    assert ask(alice, fileSize=1000).status_code == 200

    refused = ask(alice, fileSize=1001)

    assert refused.status_code == 413
    assert refused.json() == problem(413, "file_too_large")
    assert ask(alice, fileSize=2**63 - 1).status_code == 413
    assert len(alice.api.get("/api/media").json()["items"]) == 1


def test_g43_one_has_to_be_signed_in(alice: Person, anonymous: Api) -> None:
    stranger = Person(alice.user, "pws_nobody.nothing", alice.email)
    assert ask(stranger).status_code == 401
    assert anonymous.post("/api/media/upload-url", {}).json() == problem(401, "not_authenticated")


def test_it_needs_the_permission(carol: Person) -> None:
    answer = ask(carol)
    assert answer.status_code == 403
    assert answer.json() == problem(403, "permission_denied", permission="media.upload")
    assert nothing_pending(carol)


def test_the_permission_may_be_granted_by_name(org: Organization) -> None:
    dora = hire(org, "dora", role="viewer", grants=("media.upload",))
    assert ask(dora).status_code == 200


@pytest.mark.parametrize(
    ("entity_type", "entity_id"),
    [
        ("user", "nobody"),
        ("user", "x" * 129),
        ("user", "a#b"),
        ("team", "no-such-team"),
        ("team", "../../x"),
        ("checklist", "no-such-list"),
        ("submission", "no-such-submission"),
    ],
)
def test_g43_the_entity_has_to_exist(nora: Person, entity_type: str, entity_id: str) -> None:
    answer = ask(nora, entityType=entity_type, entityId=entity_id)
    assert answer.status_code in {400, 404}
    assert answer.json()["code"] == ("validation_failed" if len(entity_id) > 128 else "not_found")
    assert nothing_pending(nora)


def test_a_profile_is_its_users_own(alice: Person, bob: Person) -> None:
    answer = ask(alice, entityId=bob.user_id)
    assert answer.status_code == 404
    assert answer.json() == problem(404, "not_found")
    assert nothing_pending(alice)


def test_a_private_team_is_not_there_for_others(org: Organization, private_team: str) -> None:
    dave = hire(org, "dave", role="member")
    assert ask(dave, entityType="team", entityId=private_team).json() == problem(404, "not_found")
    assert nothing_pending(dave)


def test_another_organisations_things_are_not_there(
    mallory: Person, alice: Person, team: str
) -> None:
    for entity_type, entity_id in (("user", alice.user_id), ("team", team)):
        answer = ask(mallory, entityType=entity_type, entityId=entity_id)
        assert answer.json() == problem(404, "not_found")
    assert nothing_pending(mallory)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"fileName": None}, "fileName", "required"),
        ({"fileName": 7}, "fileName", "invalid"),
        ({"fileName": ""}, "fileName", "blank"),
        ({"fileName": "x" * 256}, "fileName", "max_length"),
        ({"fileName": "a\x00b.png"}, "fileName", "null_characters_not_allowed"),
        ({"fileType": None}, "fileType", "required"),
        ({"fileType": ["image/png"]}, "fileType", "invalid"),
        ({"entityType": None}, "entityType", "required"),
        ({"entityType": "organization"}, "entityType", "invalid_choice"),
        ({"entityType": {"$ne": 1}}, "entityType", "invalid_choice"),
        ({"entityId": None}, "entityId", "required"),
        ({"entityId": 12}, "entityId", "invalid"),
        ({"fileSize": "12"}, "fileSize", "invalid"),
        ({"fileSize": 1.5}, "fileSize", "invalid"),
        ({"fileSize": True}, "fileSize", "invalid"),
        ({"fileSize": -1}, "fileSize", "min_value"),
        ({"checksumSha256": "abc"}, "checksumSha256", "checksum"),
        ({"checksumSha256": sha256(b"")[:-1] + "\n"}, "checksumSha256", "checksum"),
        ({"checksumSha256": "0" * 64}, "checksumSha256", "checksum"),
        ({"checksumSha256": "A" * 42 + "B="}, "checksumSha256", "checksum"),
        ({"checksumSha256": 5}, "checksumSha256", "invalid"),
    ],
)
def test_wrong_fields_are_named(
    nora: Person, fields: dict[str, Any], field: str, code: str
) -> None:
    answer = ask(nora, **fields)
    assert answer.status_code == 400
    detail = Matches(r".+")
    assert answer.json() == problem(
        400, "validation_failed", errors=[{"field": field, "code": code, "detail": detail}]
    )
    assert nothing_pending(nora)


def test_a_submission_may_be_named_as_in_the_guide(alice: Person) -> None:
    asked_for = {"entityType": "submission", "entityId": None, "submissionId": "submission-404"}
    assert ask(alice, **asked_for).json() == problem(404, "not_found")
    two = {"entityType": "submission", "entityId": "a", "submissionId": "b"}
    assert ask(alice, **two).status_code == 400
    other = {"entityType": "user", "entityId": None, "submissionId": alice.user_id}
    assert ask(alice, **other).status_code == 400


def test_it_asks_the_store_for_one_read_and_one_write_and_s3_for_nothing(
    bob: Person, team: str, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    asked(bob, entityType="team", entityId=team)
    assert store_calls.after_sign_in() == ["BatchGetItem", "TransactWriteItems"]
    assert store_calls.s3 == []
