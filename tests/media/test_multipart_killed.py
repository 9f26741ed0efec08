"""A server that is killed between S3's completion and the record's: another one finishes it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx
import pytest

from prework.localaws import LocalAws
from tests.cast import Person
from tests.collab.servers import Server, running
from tests.media.parts import all_parts, begun, copy_parts, held, path, uploaded_events, versions

# What a server does that is to be killed: it says that it got there, and stands still.
HOLD = """
import pathlib, time
from prework import aws
from prework.dynamo import connection
def hold(**_):
    pathlib.Path({marker!r}).touch()
    time.sleep(60)
{client}.meta.events.register({event!r}, hold)
"""
# Between S3's completion and the record's: where, and whose event it is.
PLACES = {
    "before-send.s3.HeadObject": "aws.s3()",
    "before-send.dynamodb.TransactWriteItems": "connection().client",
}
PATIENCE_SECONDS = 20


def complete_at(server: Server, person: Person, file_id: str) -> httpx.Response:
    """Ask this server to complete the upload."""
    return httpx.post(
        server.url + path({"fileId": file_id}, "/complete"),
        json={"parts": all_parts()},
        headers={"Authorization": f"Bearer {person.token}"},
        timeout=PATIENCE_SECONDS,
        verify=False,  # noqa: S501  nothing is encrypted here
    )


def complete_in_vain(server: Server, person: Person, file_id: str) -> None:
    """The same, of one that dies at it."""
    with pytest.raises(httpx.TransportError):
        complete_at(server, person, file_id)


def await_file(marker: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not marker.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@dataclass
class Doomed:
    """A server that stands still when it gets there, and the sign that it has."""

    server: Server
    marker: Path


@pytest.fixture(scope="module")
def servers(
    engine: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Doomed], Server]]:
    """One that is to be killed at each place, and the one that goes on; begun at once."""
    folder = tmp_path_factory.mktemp("marks")
    with ExitStack() as stack:
        doomed = {}
        for event, client in PLACES.items():
            marker = folder / event
            setup = HOLD.format(marker=str(marker), client=client, event=event)
            doomed[event] = Doomed(Server(engine, setup=setup), marker)
            stack.callback(doomed[event].server.process.wait, 10)
            stack.callback(doomed[event].server.process.kill)
        survivor = stack.enter_context(running(engine))[0]
        for one in doomed.values():
            one.server.await_ready()
        yield doomed, survivor


@pytest.mark.parametrize("event", PLACES)
def test_what_it_left_is_finished_once(
    alice: Person, servers: tuple[dict[str, Doomed], Server], event: str
) -> None:
    doomed, survivor = servers[0][event], servers[1]
    upload = begun(alice)
    copy_parts(upload)
    size = held(alice)
    file_id = upload["fileId"]

    caller = Thread(target=complete_in_vain, args=(doomed.server, alice, file_id))
    caller.start()
    await_file(doomed.marker)
    doomed.server.process.kill()
    caller.join(PATIENCE_SECONDS)
    assert len(versions(upload)) == 1
    assert alice.api.get(f"/api/media/{file_id}").json()["uploadStatus"] == "pending"

    answers = [complete_at(survivor, alice, file_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["uploadStatus"] == "completed"
    assert len(versions(upload)) == 1
    assert len(alice.trail(action="FILE_UPLOADED")) == 1
    assert len(uploaded_events(alice)) == 1
    listed = alice.api.get("/api/media").json()["items"]
    assert [one["fileId"] for one in listed] == [file_id]
    assert held(alice) == size
