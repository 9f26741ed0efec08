"""The servers that live: what they tell of themselves, until they stop or are not heard of."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError
from pytest_django import Settings

from prework import activity, clock, processes
from prework.activity import Counts
from prework.localaws import LocalAws
from prework.processes import Levels, LiveProcess, Teller
from tests import faults
from tests.calls import StoreCalls
from tests.cast import Person
from tests.collab.live import CHECKLIST, CONTENT, Live, operation
from tests.collab.servers import CHECKOUT, environment_on, running
from tests.prework.conftest import SetClock

DOWN = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def own(counts: Counts) -> None:
    """What other tests have counted is not told here."""


def until(what: Callable[[], Any]) -> Any:
    """Wait until there is something."""
    deadline = time.monotonic() + 20
    while not (seen := what()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return seen


def live(pid: int) -> list[LiveProcess]:
    return [one for one in processes.live_processes() if one.pid == pid]


def told_levels() -> Levels:
    """What this process tells is open."""
    teller = Teller()
    teller.tell()
    [told] = [one for one in processes.live_processes() if one.process_id == teller.process_id]
    return processes.totals([told])


def make_document(person: Person) -> None:
    body = {"entityType": "checklist", "entityId": CHECKLIST, "content": CONTENT}
    assert person.api.post("/api/documents", body).status_code == 201


def counted(counter: str) -> int:
    return sum(getattr(bucket, counter) for bucket in activity.activity(1))


def test_a_server_that_has_told_is_live(set_clock: SetClock, store_calls: StoreCalls) -> None:
    started_at = set_clock.moment
    teller = Teller()
    set_clock.moment += timedelta(seconds=90)
    teller.tell()
    assert store_calls.dynamodb == ["PutItem"]
    store_calls.clear()
    assert processes.live_processes() == [
        LiveProcess(
            process_id=teller.process_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            release="0.1.0",
            started_at=started_at,
            seen_at=set_clock.moment,
            documents=0,
            sockets=0,
        )
    ]
    assert store_calls.dynamodb == ["Query"]


def test_one_that_was_not_heard_of_for_two_and_a_half_rhythms_is_not(
    set_clock: SetClock, settings: Settings
) -> None:
    settings.METRICS_SECONDS = 60
    silent, talking = Teller(), Teller()
    silent.tell()
    set_clock.moment += timedelta(seconds=149)
    talking.tell()
    assert len(processes.live_processes()) == 2
    set_clock.moment += timedelta(seconds=1)
    [left] = processes.live_processes()
    assert left.process_id == talking.process_id


def test_one_that_leaves_is_not_and_what_it_counted_is_stored(
    set_clock: SetClock, counts: Counts, store_calls: StoreCalls
) -> None:
    teller = Teller()
    teller.tell()
    counts.add("requests", 3)
    store_calls.clear()
    teller.leave()
    assert store_calls.dynamodb == ["UpdateItem", "DeleteItem"]
    assert processes.live_processes() == []
    assert counted("requests") == 3


def test_a_store_that_fails_is_told_the_next_time(set_clock: SetClock, counts: Counts) -> None:
    teller = Teller()
    counts.add("requests")
    with faults.raising("UpdateItem", DOWN), faults.raising("PutItem", DOWN):
        teller.tell()
    assert processes.live_processes() == []
    teller.tell()
    assert (counted("requests"), len(processes.live_processes())) == (1, 1)


def test_a_bug_in_telling_stops_nothing(
    set_clock: SetClock, counts: Counts, settings: Settings
) -> None:
    teller = Teller()
    counts.add("requests")
    settings.PROCESS_LEVELS = "tests.prework.test_processes.until"  # it wants an argument
    teller.tell()
    assert counted("requests") == 1


def test_totals_are_over_all_servers() -> None:
    now = clock.now()
    one = LiveProcess("1", "a", 1, "0.1.0", now, now, documents=2, sockets=5)
    other = LiveProcess("2", "b", 2, "0.1.0", now, now, documents=1, sockets=1)
    assert processes.totals([one, other]) == Levels(documents=3, sockets=6)
    assert processes.totals([]) == Levels(0, 0)


async def test_what_is_open_here_is_told(alice: Person) -> None:
    await asyncio.to_thread(make_document, alice)
    sockets = [await Live(alice).open(), await Live(alice).open()]
    assert await asyncio.to_thread(told_levels) == (1, 2)
    for one in sockets:
        await one.close()
    assert await asyncio.to_thread(told_levels) == (0, 0)


def test_it_is_told_at_once_in_a_rhythm_and_at_the_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_SECONDS = 0.01
    told: list[str] = []
    is_told_again = threading.Event()

    def tell(_: Teller) -> None:
        told.append("tell")
        if len(told) > 2:
            is_told_again.set()

    monkeypatch.setattr(Teller, "tell", tell)
    monkeypatch.setattr(Teller, "leave", lambda _: told.append("leave"))
    with processes.telling():
        assert is_told_again.wait(10)
    assert (set(told[:-1]), told[-1]) == ({"tell"}, "leave")


async def test_a_real_server_tells_of_itself_until_it_stops(
    alice: Person, engine: LocalAws
) -> None:
    await asyncio.to_thread(make_document, alice)
    before = await asyncio.to_thread(counted, "operations")
    with running(engine, PREWORK_METRICS_SECONDS="1", PREWORK_RELEASE="v7") as [server]:
        socket_of_alice = await server.open(alice)
        pid = server.process.pid
        [told] = await asyncio.to_thread(until, lambda: [one for one in live(pid) if one.sockets])
        assert (told.documents, told.sockets, told.release) == (1, 1, "v7")
        await socket_of_alice.apply(operation(), operation())
        assert await asyncio.to_thread(server.stop) == 0
    assert await asyncio.to_thread(live, pid) == []
    assert await asyncio.to_thread(counted, "operations") == before + 2


def test_a_real_server_that_idles_till_its_end_tells_what_it_was_asked_last(
    engine: LocalAws,
) -> None:
    before = counted("requests")
    with running(engine, PREWORK_METRICS_SECONDS="3600") as [server]:
        httpx.get(f"{server.url}/readyz").raise_for_status()
        assert server.stop() == 0
    assert counted("requests") == before + 1


def test_the_development_server_tells_of_itself_too(engine: LocalAws) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", "--noreload", "127.0.0.1:0"],
        cwd=CHECKOUT,
        env={**environment_on(engine), "PREWORK_METRICS_SECONDS": "1"},
        stdout=subprocess.DEVNULL,
    )
    try:
        [told] = until(lambda: live(process.pid))
        assert (told.pid, told.sockets) == (process.pid, 0)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
