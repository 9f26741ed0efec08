"""Assignments made many at once, a store that fails somewhere in between, and what is left."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from prework import clock
from prework.dynamo import connection, fetch
from prework.tenancy import system_actor
from teams import services
from teams.models.assignments import Assignment, assignment_key
from teams.models.teams import METADATA
from teams.queries import batches
from tests.cast import Person
from tests.faults import hooked
from tests.teams.making import Body, told

NOWHERE = "http://127.0.0.1:9"
LATER = timedelta(hours=1)


@contextmanager
def failing_from(
    operation: str, position: int, *, is_written: bool = False
) -> Iterator[list[int]]:
    """From this call of an operation on, none is answered; with `is_written` each is done."""
    seen: list[int] = []
    session = connection().client._endpoint.http_session

    def hook(request: Any, **_: Any) -> None:
        seen.append(len(seen))
        if len(seen) <= position:
            return
        if is_written:
            session.send(request)
            raise ConnectionClosedError(endpoint_url=request.url)
        raise EndpointConnectionError(endpoint_url=NOWHERE)

    with hooked(f"before-send.dynamodb.{operation}", hook):
        yield seen


def every(by: Person, path: str) -> list[Body]:
    """A list to its end."""
    found: list[Body] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = by.api.get(f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
        assert answer.status_code == 200, answer.content
        body = answer.json()
        found += body["items"]
        cursor = body["nextCursor"] and f"&cursor={body['nextCursor']}"
    return found


def created(by: Person) -> list[Body]:
    """The audit entries of what was assigned."""
    return every(by, "/api/audit?action=ASSIGNMENT_CREATED")


def summary(by: Person, team: Body | None = None) -> tuple[int, ...]:
    """Assigned, in progress, completed, cancelled, overdue."""
    path = f"/api/teams/{team['teamId']}/assignments/summary" if team else None
    answer = by.api.get(path or "/api/assignments/summary")
    assert answer.status_code == 200, answer.content
    names = ("assigned", "inProgress", "completed", "cancelled", "overdue")
    return tuple(answer.json()[name] for name in names)


def creations_told(by: Person, entity_type: str, entity_id: str) -> list[Body]:
    """The data of the events by which an audience hears of new assignments."""
    events = told(by, entity_type, entity_id)
    return [one["data"] for one in events if one["eventType"] == "assignment.created"]


def finish_batches(organization_id: str) -> None:
    """What the job does with an organisation's batches, an hour later."""
    actor = system_actor(organization_id)
    for batch_id in open_batches(organization_id):
        services.finish_batch(actor=actor, batch_id=batch_id, now=clock.now() + LATER)


def open_batches(organization_id: str) -> list[str]:
    """An organisation's batches that are not finished."""
    return [one for owner, one in batches.each_open_batch() if owner == organization_id]


def stored(by: Person, ids: list[str]) -> int:
    """How many of these assignments the store has, whether or not they are there for readers."""
    keys = [(Assignment, assignment_key(by.actor, one), METADATA) for one in ids]
    return sum(1 for one in fetch(*keys) if one)
