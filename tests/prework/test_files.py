"""Files that are sent while they are read: places, clients that are slow, and those that go."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from prework.errors import Throttled
from prework.http import files
from prework.http.files import Seats, as_file, sent_file

ROWS: list[Any] = [{"name": "a", "values": {"x": 1}}, {"name": None, "values": []}, None]


@pytest.fixture(autouse=True)
def seats(monkeypatch: pytest.MonkeyPatch) -> Seats:
    monkeypatch.setattr(files, "SEATS", Seats(each=1, in_all=2))
    monkeypatch.setattr(files, "READ_AT_ONCE", 1)
    return files.SEATS


def sent(rows: Iterator[Any]) -> Any:
    return sent_file(lambda: rows, form="jsonl", columns=["n"], name="numbers", whose="acme")


def is_free() -> bool:
    try:
        files.SEATS.take("acme")()
    except Throttled:
        return False
    return True


def test_both_forms() -> None:
    columns = ["name", "values"]
    made = {form: b"".join(as_file(form, columns, ROWS)) for form in files.TYPES}
    assert made["jsonl"] == b'{"name":"a","values":{"x":1}}\n{"name":null,"values":[]}\n'
    assert made["csv"] == b'name,values\r\na,"{""x"":1}"\r\n,[]\r\n'


def test_no_part_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "READ_AT_ONCE", 1_000)
    rows = [{"text": "x" * 1_000}] * 300
    sizes = [len(part) for part in as_file("jsonl", ["text"], rows)]
    assert max(sizes) < files.PART_BYTES + 2_000
    assert len(sizes) == 5


def test_places_are_few_for_one_and_in_all() -> None:
    leave = files.SEATS.take("acme")
    with pytest.raises(Throttled):
        files.SEATS.take("acme")
    files.SEATS.take("rival")
    with pytest.raises(Throttled):
        files.SEATS.take("third")
    leave()
    files.SEATS.take("third")


def test_what_is_refused_takes_no_place() -> None:
    def refuse() -> Iterator[Any]:
        raise Throttled

    with pytest.raises(Throttled):
        sent_file(refuse, form="csv", columns=[], name="x", whose="acme")
    assert is_free()


def test_an_answer_that_nobody_takes_gives_its_place_back() -> None:
    answer = sent(iter([{"n": 1}]))
    assert not is_free()
    del answer
    assert is_free()


async def test_parts_are_made_when_they_are_wanted_and_the_place_is_kept_till_the_end() -> None:
    made: list[int] = []

    def rows() -> Iterator[Any]:
        for number in range(3):
            made.append(number)
            yield {"n": number} if number != 1 else None

    parts = aiter(sent(rows()))
    assert (await anext(parts), made) == (b'{"n":0}\n', [0])
    assert not is_free()
    assert (await anext(parts), made) == (b'{"n":2}\n', [0, 1, 2])
    assert [part async for part in parts] == []
    assert is_free()


async def test_a_client_that_goes_while_a_part_is_made_waits_for_no_more_than_it() -> None:
    begun, go_on, made = threading.Event(), threading.Event(), []

    def rows() -> Iterator[Any]:
        for number in range(1_000):
            begun.set()
            go_on.wait(10)
            made.append(number)
            yield {"n": number}

    async def take() -> None:
        async for _ in sent(rows()):
            pass

    client = asyncio.create_task(take())
    await asyncio.to_thread(begun.wait, 10)
    client.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await client
    assert made == [0]
    assert is_free()


async def test_a_client_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0.01)

    async def stall() -> None:
        async for _ in sent(iter([{"n": 1}, {"n": 2}])):
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(stall())
    await asyncio.sleep(0)  # the loop closes what was left open
    assert is_free()


async def test_what_fails_goes_on_to_the_server_which_cuts_the_connection() -> None:
    def rows() -> Iterator[Any]:
        yield {"n": 1}
        raise OSError("the store is gone")

    got = []
    with pytest.raises(OSError, match="gone"):
        async for part in sent(rows()):
            got.append(part)
    assert got == [b'{"n":1}\n']
    assert is_free()
