"""Teams to test on, made through the API, and what proves that one was left as it was."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson

from prework.events import Audience
from prework.history import list_events
from tests.calls import StoreCalls
from tests.cast import Person

Body = dict[str, Any]
SETTINGS: Body = {
    "visibility": "organization",
    "allowMemberInvites": True,
    "requireApprovalForJoin": False,
    "defaultPermissions": [],
}


def new_team(by: Person, name: str = "Night shift", **body: Any) -> Body:
    """A team, as its creation answers."""
    answer = by.api.post("/api/teams", {"name": name, **body})
    assert answer.status_code == 201, answer.content
    made: Body = answer.json()
    return made


def url(team: Body, *parts: str) -> str:
    """A URL below a team."""
    return "/".join(["/api/teams", team["teamId"], *parts])


def add(by: Person, team: Body, who: Person, **body: Any) -> Body:
    """Make somebody a member."""
    answer = by.api.post(url(team, "members"), {"userId": who.user_id, **body})
    assert answer.status_code == 201, answer.content
    added: Body = answer.json()
    return added


def read(by: Person, team: Body) -> Body:
    """A team as it is now."""
    answer = by.api.get(url(team))
    assert answer.status_code == 200, answer.content
    now: Body = answer.json()
    return now


def items(by: Person, path: str) -> list[Body]:
    """The items of a list's first page."""
    answer = by.api.get(path)
    assert answer.status_code == 200, answer.content
    found: list[Body] = answer.json()["items"]
    return found


def activity(by: Person, team: Body) -> list[Body]:
    """The team's events, newest first."""
    return items(by, url(team, "activity"))


def entries(by: Person, team: Body) -> list[Body]:
    """The audit entries about the team, newest first."""
    return by.trail(entityType="team", entityId=team["teamId"])


def everything(by: Person, team: Body) -> list[Any]:
    """All that is known of a team: to compare before and after."""
    return [
        read(by, team),
        items(by, url(team, "members")),
        items(by, url(team, "join-requests")),
        activity(by, team),
        entries(by, team),
    ]


@contextmanager
def leaving(by: Person, team: Body) -> Iterator[None]:
    """Nothing of the team may change meanwhile: no row, no event, no audit entry."""
    before = everything(by, team)
    yield
    assert everything(by, team) == before


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make all of the calls at the same time; their results in order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def asked(calls: StoreCalls) -> Body:
    """What the last call asked the store for."""
    body: Body = orjson.loads(calls.requests[-1]["body"])
    return body


def new_checklist(by: Person, **body: Any) -> str:
    """A checklist's id."""
    content = {"title": "Rounds", "items": {}}
    answer = by.api.post("/api/documents", {"entityType": "checklist", "content": content, **body})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["entityId"])


def assign(by: Person, *wanted: Body) -> list[Body]:
    """Assignments, as their creation answers."""
    answer = by.api.post("/api/assignments", {"assignments": list(wanted)})
    assert answer.status_code == 201, answer.content
    assert answer.json()["created"] == len(wanted)
    made: list[Body] = answer.json()["items"]
    return made


def told(by: Person, entity_type: str, entity_id: str) -> list[Body]:
    """An audience's events, newest first."""
    audience = Audience(entity_type, entity_id)
    return list(list_events(by.actor, audience, limit=100, start=None).items)
