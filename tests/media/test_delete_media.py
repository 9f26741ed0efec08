"""Deleting a file: by its uploader or who may change the team; record and bytes go."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from prework.events import Audience
from prework.history import list_events
from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import ANY_ID, ANY_TIME, problem
from tests.media.uploads import PNG, asked, confirm, download, put, s3_down, uploaded

Versions = Callable[[str], list[str]]


def deletions(person: Person) -> list[dict[str, Any]]:
    return person.trail(action="FILE_DELETED")


def is_there(person: Person, media: dict[str, Any]) -> bool:
    answer = person.api.get(f"/api/media/{media['fileId']}")
    return answer.status_code == 200 and download(answer.json()).content == PNG


def test_the_uploader_removes_record_and_bytes(
    alice: Person, bob: Person, team: str, versions: Versions
) -> None:
    upload = asked(bob, entityType="team", entityId=team)
    for body in (b"first", b"second", PNG):
        put(upload, body)
    media = confirm(bob, upload).json()
    put(upload, b"after the confirm")

    answer = bob.api.delete(f"/api/media/{media['fileId']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert versions(media["key"]) == []
    assert download(media).status_code == 404
    assert bob.api.get(f"/api/media/{media['fileId']}").json() == problem(404, "not_found")
    assert bob.api.get(f"/api/media?entityType=team&entityId={team}").json()["items"] == []
    assert bob.api.get("/api/media").json()["items"] == []
    entry = deletions(alice)[0]
    assert entry["userId"] == bob.user_id
    assert (entry["entityType"], entry["entityId"]) == ("team", team)
    assert entry["newValues"] == {}
    assert entry["oldValues"] == {
        "fileId": media["fileId"],
        "fileName": "avatar.png",
        "fileSize": len(PNG),
        "mimeType": "image/png",
        "checksumSha256": None,
        "key": media["key"],
        "userId": bob.user_id,
    }


def test_the_team_is_told(bob: Person, team: str) -> None:
    media = uploaded(bob, entityType="team", entityId=team)
    bob.api.delete(f"/api/media/{media['fileId']}")
    newest = list_events(bob.actor, Audience("team", team), limit=1, start=None).items[0]
    assert newest == {
        "eventId": ANY_ID,
        "eventType": "file.deleted",
        "entityType": "team",
        "entityId": team,
        "timestamp": ANY_TIME,
        "userId": bob.user_id,
        "data": {"fileId": media["fileId"], "fileName": "avatar.png"},
    }


def test_a_manager_of_the_organisation_may(max_: Person, bob: Person, team: str) -> None:
    media = uploaded(bob, entityType="team", entityId=team)
    assert max_.api.delete(f"/api/media/{media['fileId']}").status_code == 204


def test_a_lead_of_the_team_may(org: Organization, alice: Person, bob: Person, team: str) -> None:
    lena = hire(org, "lena", role="member")
    alice.api.post(f"/api/teams/{team}/members", {"userId": lena.user_id, "role": "team_lead"})
    of_the_team = uploaded(bob, entityType="team", entityId=team)
    of_bob = uploaded(bob)
    assert lena.api.delete(f"/api/media/{of_the_team['fileId']}").status_code == 204
    denied = problem(403, "permission_denied", permission="team.update")
    assert lena.api.delete(f"/api/media/{of_bob['fileId']}").json() == denied
    assert is_there(bob, of_bob)


def test_another_member_may_not(
    org: Organization, alice: Person, bob: Person, carol: Person, team: str
) -> None:
    media = uploaded(bob, entityType="team", entityId=team)
    dave = hire(org, "dave", role="member")
    for person in (carol, dave):
        answer = person.api.delete(f"/api/media/{media['fileId']}")
        assert answer.json() == problem(403, "permission_denied", permission="team.update")
    assert is_there(bob, media)
    assert deletions(alice) == []


def test_what_one_may_not_see_one_may_not_delete(
    org: Organization, bob: Person, mallory: Person, anonymous: Api, private_team: str
) -> None:
    media = uploaded(bob, entityType="team", entityId=private_team)
    dave = hire(org, "dave", role="member")
    for person in (dave, mallory):
        for file_id in (media["fileId"], "unknown"):
            answer = person.api.delete(f"/api/media/{file_id}")
            assert answer.json() == problem(404, "not_found")
    assert anonymous.delete(f"/api/media/{media['fileId']}").status_code == 401
    assert is_there(bob, media)


def test_a_pending_upload_is_given_up_without_an_entry(
    alice: Person, bob: Person, versions: Versions
) -> None:
    upload = asked(bob)
    put(upload)
    assert alice.api.delete(f"/api/media/{upload['fileId']}").json() == problem(404, "not_found")

    assert bob.api.delete(f"/api/media/{upload['fileId']}").status_code == 204

    assert versions(upload["key"]) == []
    assert confirm(bob, upload).json() == problem(404, "not_found")
    assert deletions(alice) == []


def test_twice(alice: Person) -> None:
    media = uploaded(alice)
    alice.api.delete(f"/api/media/{media['fileId']}")
    again = alice.api.delete(f"/api/media/{media['fileId']}")
    assert again.json() == problem(404, "not_found")
    assert len(deletions(alice)) == 1


def test_many_at_once_delete_one(alice: Person) -> None:
    media = uploaded(alice)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: alice.api.delete(f"/api/media/{media['fileId']}"), range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 7
    assert len(deletions(alice)) == 1


def test_if_match_is_honoured(alice: Person) -> None:
    media = uploaded(alice)
    path = f"/api/media/{media['fileId']}"
    refused = alice.api.delete(path, If_Match='"99"')
    assert refused.json() == problem(412, "precondition_failed")
    assert is_there(alice, media)
    etag = alice.api.get(path).headers["ETag"]
    assert alice.api.delete(path, If_Match=etag).status_code == 204


def test_with_s3_down_the_file_is_deleted_all_the_same(alice: Person, versions: Versions) -> None:
    media = uploaded(alice)

    with s3_down():
        answer = alice.api.delete(f"/api/media/{media['fileId']}")

    assert answer.status_code == 204
    assert alice.api.get(f"/api/media/{media['fileId']}").json() == problem(404, "not_found")
    assert alice.api.get("/api/media").json()["items"] == []
    assert len(deletions(alice)) == 1
    assert len(versions(media["key"])) == 1  # an object without a record, which the sweep takes


def test_at_the_moment_of_the_confirm(alice: Person, versions: Versions) -> None:
    upload = asked(alice)
    put(upload)
    path = f"/api/media/{upload['fileId']}"

    with ThreadPoolExecutor(2) as pool:
        confirming = pool.submit(confirm, alice, upload)
        deleting = pool.submit(alice.api.delete, path)

    assert confirming.result().status_code in {200, 404, 409}  # 409: its bytes went just then
    assert deleting.result().status_code == 204
    assert alice.api.get(path).status_code == 404
    assert versions(upload["key"]) == []
    assert len(deletions(alice)) == len(alice.trail(action="FILE_UPLOADED"))


def test_it_takes_two_reads_and_one_transaction(
    bob: Person, team: str, store_calls: StoreCalls
) -> None:
    media = uploaded(bob, entityType="team", entityId=team)
    store_calls.clear()
    bob.api.delete(f"/api/media/{media['fileId']}")
    assert store_calls.after_sign_in() == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    pictures = ["ListObjectVersions"]  # none was asked for
    assert store_calls.s3 == ["ListObjectVersions", "DeleteObjects", *pictures]
