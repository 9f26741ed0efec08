"""A list as a file, as CSV or JSON lines, read and sent a stretch at a time."""

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from prework.dynamoadmin.options import DynamoAdmin
from prework.dynamoadmin.sources import Source, Start, Walked
from prework.dynamoadmin.values import as_text, harmless, plain

AT_ONCE = 200
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
FORMATS = tuple(TYPES)


class _Line:
    """Where the CSV writer writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line


class _Streamed(StreamingHttpResponse):
    """Parts that an asynchronous server sends as they come: Django's own has it hold them all."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts: Iterator[bytes] = iter(self.streaming_content)  # type: ignore[arg-type]  # not async
        next_part = sync_to_async(lambda: next(parts, None), thread_sensitive=False)
        while (part := await next_part()) is not None:
            yield part


def export(admin: DynamoAdmin, source: Source, form: str) -> StreamingHttpResponse:
    """All of a source, in the columns that the options name for it."""
    parts = _csv(admin, source) if form == "csv" else _json_lines(admin, source)
    answer = _Streamed(parts, content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{admin.opts.model_name}.{form}"'
    return answer


def _json_lines(admin: DynamoAdmin, source: Source) -> Iterator[bytes]:
    for rows in _stretches(admin, source):
        lines = [
            orjson.dumps(
                dict(zip(admin.export_columns, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE
            )
            for row in rows
        ]
        yield b"".join(lines)


def _csv(admin: DynamoAdmin, source: Source) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield str(writer.writerow(admin.export_columns))
    for rows in _stretches(admin, source):
        cells = ([harmless(as_text(value)) for value in row] for row in rows)
        yield "".join(str(writer.writerow(row)) for row in cells)


def _stretches(admin: DynamoAdmin, source: Source) -> Iterator[Sequence[Sequence[Any]]]:
    rows = source.walk(size=AT_ONCE) if isinstance(source, Walked) else _read(admin, source)
    for some in rows:
        yield [[plain(admin.value(obj, name)) for name in admin.export_columns] for obj in some]


def _read(admin: DynamoAdmin, source: Source) -> Iterator[list[Any]]:
    start: Start = None
    while True:
        stretch = source.read(start, size=AT_ONCE, budget=admin.read_budget)
        yield stretch.items
        start = stretch.next_start
        if start is None:
            return
