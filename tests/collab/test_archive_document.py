"""Archiving a document and bringing it back."""

import asyncio
from typing import Any

import pytest

from collab.hub import current_hub, healing
from prework.ids import new_id
from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT, URL, Live, call, operation
from tests.matching import ANY_ID, ANY_TIME, problem


def test_it_is_not_there_any_more(alice: Person, bob: Person, checklist: dict[str, Any]) -> None:
    assert alice.api.delete(URL).status_code == 204

    for answer in (
        bob.api.get(URL),
        bob.api.get(f"{URL}/operations"),
        bob.api.get(f"{URL}/sessions"),
        bob.api.get(f"{URL}/events"),
        bob.api.post(f"{URL}/operations", {"operations": [operation()]}),
        alice.api.delete(URL),
    ):
        assert answer.json() == problem(404, "not_found")


def test_it_leaves_an_audit_entry(alice: Person, checklist: dict[str, Any]) -> None:
    alice.api.delete(URL)

    [entry] = alice.trail(action="DOCUMENT_ARCHIVED")
    assert (entry["entityType"], entry["entityId"]) == ("checklist", CHECKLIST)


def test_its_maker_may(bob: Person) -> None:
    made = {"entityType": "submission", "entityId": "s", "content": {}}
    bob.api.post("/api/documents", made)

    assert bob.api.delete("/api/documents/submission/s").status_code == 204


def test_others_need_the_permission(alice: Person, bob: Person, checklist: dict[str, Any]) -> None:
    refused = bob.api.delete(URL)

    assert refused.json() == problem(403, "permission_denied", permission="checklist.create")
    assert alice.api.get(URL).json() == checklist
    assert alice.trail(action="DOCUMENT_ARCHIVED") == []


def test_only_as_it_was_seen_if_asked_for(alice: Person, checklist: dict[str, Any]) -> None:
    seen = alice.api.get(URL)["ETag"]
    alice.api.post(f"{URL}/operations", {"operations": [operation()]})

    refused = alice.api.delete(URL, If_Match=seen)
    assert refused.json() == problem(412, "precondition_failed")
    assert alice.api.get(URL).status_code == 200
    assert alice.api.delete(URL, If_Match=alice.api.get(URL)["ETag"]).status_code == 204


def test_restored_it_is_as_it_was_under_a_new_epoch(
    alice: Person, checklist: dict[str, Any]
) -> None:
    alice.api.post(f"{URL}/operations", {"operations": [operation()]})
    alice.api.delete(URL)
    restored = alice.api.post(f"{URL}/restore")

    assert restored.status_code == 200
    items = {"item-456": {**CONTENT["items"]["item-456"], "checked": True}}
    assert restored.json() == {
        **checklist,
        "version": 1,
        "epoch": ANY_ID,
        "content": {**CONTENT, "items": items},
        "lastModified": ANY_TIME,
    }
    assert restored.json()["epoch"] != checklist["epoch"]
    assert alice.api.get(URL).json() == restored.json()
    assert len(alice.trail(action="DOCUMENT_RESTORED")) == 1


def test_versions_go_on_after_it(alice: Person, checklist: dict[str, Any]) -> None:
    alice.api.post(f"{URL}/operations", {"operations": [operation()]})
    alice.api.delete(URL)
    alice.api.post(f"{URL}/restore")
    again = {"operations": [operation(value=False, base=1)]}

    [result] = alice.api.post(f"{URL}/operations", again).json()["results"]
    assert result["version"] == 2


def test_what_is_not_archived_stays_as_it_is(alice: Person, checklist: dict[str, Any]) -> None:
    assert alice.api.post(f"{URL}/restore").json() == checklist
    assert alice.trail(action="DOCUMENT_RESTORED") == []


def test_restoring_takes_the_same_rights(
    alice: Person, bob: Person, mallory: Person, checklist: dict[str, Any]
) -> None:
    alice.api.delete(URL)

    refused = bob.api.post(f"{URL}/restore")
    assert refused.json() == problem(403, "permission_denied", permission="checklist.create")
    assert mallory.api.post(f"{URL}/restore").json() == problem(404, "not_found")
    assert alice.api.get(URL).status_code == 404


async def test_its_sockets_close(alice: Person, bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()
    await call(alice.api.delete, URL)

    assert (await live.next())["eventType"] == "document.archived"
    assert await live.closed(within=2) == 4404


async def test_a_client_that_comes_back_after_it_gets_the_content(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    await call(alice.api.post, f"{URL}/operations", {"operations": [operation()]})
    live = await Live(bob).open()
    epoch = live.welcome["epoch"]
    await call(alice.api.delete, URL)
    await call(alice.api.post, f"{URL}/restore")

    assert await live.closed() in (4404, 1012)  # as the store is when the hub asks it
    again = await Live(bob, f"/ws/collab/checklist/{CHECKLIST}?since=1&epoch={epoch}").open()
    assert "resumed" not in again.welcome
    assert again.welcome["content"]["items"]["item-456"]["checked"] is True
    assert again.welcome["epoch"] != epoch
    await again.close()


async def test_who_works_on_it_restored_is_not_sent_away_by_old_news(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    before = new_id()
    await call(alice.api.delete, URL)
    await call(alice.api.post, f"{URL}/restore")
    live = await Live(bob).open()
    await healing.heal_events(current_hub(), before)
    await asyncio.sleep(0.3)  # in which the hub has asked the store

    [done] = await live.apply(operation())
    assert done["version"] == 1
    assert await live.settle() == []
    await live.close()


async def test_an_archive_that_only_the_event_tells_of_closes_at_once(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = new_id()
    live = await Live(bob).open()
    with monkeypatch.context() as deaf:
        deaf.setattr(current_hub(), "receive", lambda message: None)
        await call(alice.api.delete, URL)
    await healing.heal_events(current_hub(), before)

    assert await live.closed(within=1) == 4404
