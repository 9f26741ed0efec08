"""Files that are sent while they are read: any number of rows, and never many of them at a time.

Nothing is read ahead of a client that is slow, and nothing more for one that is gone. What fails
half way cuts the connection: the end of the chunked encoding is then missing (RFC 9112 §8), and
every HTTP client says that the file is not whole. (daphne, the development server, leaves the
connection open instead: the file never ends.)
"""

import asyncio
import csv
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson
from django.conf import settings
from django.http import StreamingHttpResponse

from prework.dynamoadmin.values import harmless
from prework.errors import Throttled
from prework.threads import begin_in_thread

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
PART_BYTES = 64 * 1024
READ_AT_ONCE = 500  # rows looked at for a part, whether they are in it or not
PATIENCE_SECONDS = 60.0  # so long may a client take nothing
BUSY_SECONDS = 15
SENDING = "As many files as may be are being sent. Wait until one has arrived."
Row = Mapping[str, Any] | bytes  # which is a line of JSON already
Read = Callable[[], Iterable[Row | None]]


class Seats:
    """How much of what takes long is done at once here: little in all, less for any one name."""

    def __init__(self, each: int, in_all: int, detail: str = SENDING) -> None:
        self._each, self._in_all, self._detail = each, in_all, detail
        self._taken: Counter[str] = Counter()
        self._turn = threading.Lock()

    def take(self, name: str) -> Callable[[], None]:
        """A place, and what gives it back. Raises `Throttled` if there is none."""
        with self._turn:
            if self._taken[name] >= self._each or self._taken.total() >= self._in_all:
                raise Throttled(self._detail, retry_after=BUSY_SECONDS)
            self._taken[name] += 1
        return partial(self._leave, name)

    def _leave(self, name: str) -> None:
        with self._turn:
            self._taken[name] -= 1
            self._taken += Counter()  # without those of whom there is none


# A file takes a thread of the calls' pool while a part is read: half of them at the most.
SEATS = Seats(each=2, in_all=max(2, settings.THREADS // 2))


class Parts:
    """The parts of a file, and its place, which is given back when it is sent or let go.

    An answer that nobody waits for any more is never closed, but let go as any other object is.
    """

    def __init__(self, parts: Iterator[bytes], leave: Callable[[], None]) -> None:
        self._parts = parts
        self._leave: Callable[[], None] | None = leave

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Read no more."""
        leave, self._leave = self._leave, None
        if leave is not None:
            self._parts = iter(())
            leave()

    __del__ = close


class Sent(StreamingHttpResponse):
    """An answer whose parts are made in threads of the pool, each when the one before has gone."""

    def __init__(self, parts: Parts, **options: Any) -> None:
        super().__init__(parts, **options)
        self._made = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        reading: asyncio.Future[bytes | None] | None = None
        try:
            while True:
                reading = begin_in_thread(next, self._made, None)
                part = await asyncio.shield(reading)
                if part is None:
                    return
                if part:
                    with _patience():
                        yield part
        finally:
            self._made.close()
            if reading is not None and not reading.done():
                await asyncio.wait([reading])  # the client is gone, the thread is not yet


@contextmanager
def _patience() -> Iterator[None]:
    """Give up on a client that takes nothing for too long: its task is cancelled."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  a response is sent by some task
    end = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, task.cancel)
    try:
        yield
    finally:
        end.cancel()


def sent_file(
    read: Read,
    *,
    form: str,
    columns: list[str],
    name: str,
    whose: str,
) -> StreamingHttpResponse:
    """The answer that sends these rows as a file. Raises `Throttled`, or what `read` does.

    `read` is called once there is a place for one `whose` it is.
    """
    leave = SEATS.take(whose)
    try:
        parts = as_file(form, columns, read())
    except BaseException:
        leave()
        raise
    answer = Sent(Parts(parts, leave), content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def as_file(form: str, columns: list[str], rows: Iterable[Row | None]) -> Iterator[bytes]:
    """Rows as CSV (RFC 4180), or as JSON, one a line; `None` is a row that was looked at only.

    In CSV, values with an inside are JSON, and no cell is one that a spreadsheet computes.
    """
    writer = csv.writer(_Line())
    if form == "csv":
        yield _line(writer, columns)
    yield from _parts(partial(_cells, writer, columns) if form == "csv" else _json, rows)


def _parts(make: Callable[[Row], bytes], rows: Iterable[Row | None]) -> Iterator[bytes]:
    """Lines together, until they are many or long, or until many rows have none."""
    lines: list[bytes] = []
    size = seen = 0
    for row in rows:
        seen += 1
        if row is not None:
            lines.append(make(row))
            size += len(lines[-1])
        if size >= PART_BYTES or seen >= READ_AT_ONCE:
            yield b"".join(lines)
            lines, size, seen = [], 0, 0
    yield b"".join(lines)


def _json(row: Row) -> bytes:
    return row if isinstance(row, bytes) else orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def _cells(writer: Any, columns: list[str], row: Any) -> bytes:
    return _line(writer, [harmless(_text(row[name])) for name in columns])


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return "" if value is None else str(value)


class _Line:
    """Where the CSV writer writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def _line(writer: Any, cells: list[str]) -> bytes:
    return str(writer.writerow(cells)).encode("utf-8", "replace")
