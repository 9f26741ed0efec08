"""A notice to many goes to each of them once, whatever dies while it is told."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from notices.services import delivery as telling
from prework import ledger, outbox
from prework.ids import new_id
from prework.outbox import OutboxRow, delivery, rows
from tests import faults
from tests.accounts.conftest import Wait
from tests.cast import Organization, Person, hire
from tests.outbox.looking import drain, mails_to, waiting
from tests.teams.making import add, new_team


@pytest.fixture
def crew(org: Organization) -> list[Person]:
    """Four in one team, in the order in which they are told."""
    people = [hire(org, f"crew-{n}", role="member") for n in range(4)]
    return sorted(people, key=lambda person: person.user_id)


def left(alice: Person, crew: list[Person]) -> OutboxRow:
    """What a process leaves that is killed before it has told anybody."""
    team = new_team(alice)
    for person in crew:
        add(alice, team, person)
    notice: dict[str, Any] = {
        "topic": "assignments",
        "title": "To all",
        "body": "Come.",
        "link": "/",
        "moments": [],
        "event_id": new_id(),
        "to": [["team", team["teamId"]], ["user", crew[0].user_id]],
    }
    content = {
        "organization_id": alice.organization_id,
        "by": alice.user_id,
        "by_name": "Alice",
        "notices": [notice],
    }
    row = rows.new_row("notice", content)
    ledger.put(row)
    drain()
    return row


def told(crew: list[Person]) -> list[int]:
    """How often each was."""
    drain()
    mails = [mails_to(person.email) for person in crew]
    return [len([one for one in found if one.subject == "To all"]) for found in mails]


def test_each_once(alice: Person, crew: list[Person]) -> None:
    row = left(alice, crew)
    assert delivery.attempt(row)
    assert told([*crew, alice]) == [1, 1, 1, 1, 0]
    assert waiting(row.row_id) is None


def test_of_several_deliverers_one_tells(alice: Person, crew: list[Person]) -> None:
    row = left(alice, crew)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(delivery.attempt, [row] * 4))
    assert told(crew) == [1, 1, 1, 1]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_killed_on_the_way_it_goes_on_from_there(
    alice: Person, crew: list[Person], wait: Wait, count: int
) -> None:
    row = left(alice, crew)
    written = 0

    def kill(model: Any, **_: Any) -> None:
        nonlocal written
        if threading.current_thread() is threading.main_thread():
            written += model.name == "TransactWriteItems"
            if written > count:
                raise SystemExit

    with faults.hooked("before-call.dynamodb", kill), pytest.raises(SystemExit):
        delivery.attempt(row)
    kept = waiting(row.row_id)
    assert kept is not None
    assert kept.done_until == f"0000#{crew[count - 1].user_id}"
    drain()
    wait(minutes=6)
    outbox.deliver_due()
    assert told(crew) == [1, 1, 1, 1]
    assert waiting(row.row_id) is None


def test_a_very_large_team_is_told_up_to_a_number(
    alice: Person, crew: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_TOLD", 3)
    delivery.attempt(left(alice, crew))
    assert sum(told([*crew, alice])) <= 3


def test_who_is_gone_from_the_store_is_left_out(alice: Person, crew: list[Person]) -> None:
    row = left(alice, crew)
    content = row.content
    content["notices"][0]["to"] = [["user", new_id()], ["user", crew[0].user_id]]
    assert delivery.attempt(_again(content))
    assert told(crew)[0] == 1


def test_another_organisation_is_out_of_reach(
    alice: Person, mallory: Person, crew: list[Person]
) -> None:
    content = left(alice, crew).content
    content["notices"][0]["to"] = [["user", mallory.user_id]]
    assert delivery.attempt(_again(content))
    assert told([mallory]) == [0]


def _again(content: dict[str, Any]) -> OutboxRow:
    row = rows.new_row("notice", content)
    ledger.put(row)
    return row
