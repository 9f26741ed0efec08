"""A server that is killed between S3's completion and the record's: another one finishes it."""

import time
from collections.abc import Iterator
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


@pytest.fixture(scope="module")
def survivor(engine: LocalAws) -> Iterator[Server]:
    """The server that goes on."""
    with running(engine) as [server]:
        yield server


@pytest.mark.parametrize(
    ("client", "event"),
    [
        ("aws.s3()", "before-send.s3.HeadObject"),
        ("connection().client", "before-send.dynamodb.TransactWriteItems"),
    ],
)
def test_what_it_left_is_finished_once(
    alice: Person, engine: LocalAws, survivor: Server, tmp_path: Path, client: str, event: str
) -> None:
    upload = begun(alice)
    copy_parts(upload)
    size = held(alice)
    file_id = upload["fileId"]
    marker = tmp_path / "held"
    setup = HOLD.format(marker=str(marker), client=client, event=event)
    with running(engine, setup=setup) as [doomed]:
        caller = Thread(target=complete_in_vain, args=(doomed, alice, file_id))
        caller.start()
        await_file(marker)
        doomed.process.kill()
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
