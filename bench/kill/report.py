"""What happened, as a table that is read and as JSON that is kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from bench.kill.truth import Verdict

# Heading, and the client's count that stands below it.
COUNTED = {
    "resent": "resent",
    "put off": "put off",
    "duplicates": "duplicates",
    "by ops": "by operations",
    "by content": "by content",
}
WORDS_SHOWN = 10


@dataclass(frozen=True)
class Row:
    """One event and what came of it; times in seconds, counts since the event before."""

    event: str
    back_seconds: float  # until all had their document before them again
    converged_seconds: float  # from then on, until all were where the store is
    acked: int  # so far
    counts: Counter[str]
    verdict: Verdict
    more: dict[str, float | int | str] = field(default_factory=dict)

    def cells(self) -> dict[str, str]:
        """The row under its headings."""
        shown = {heading: str(self.counts[name]) for heading, name in COUNTED.items()}
        return {
            "event": self.event,
            "back s": f"{self.back_seconds:.2f}",
            "converged s": f"{self.converged_seconds:.2f}",
            "acked so far": str(self.acked),
            **shown,
            "lost": str(len(self.verdict.lost)),
            "doubled": str(len(self.verdict.doubled)),
            "wrong": str(len(self.verdict.wrong)),
            "more": ", ".join(f"{name} {value}" for name, value in self.more.items()),
        }

    def record(self) -> dict[str, Any]:
        """The row for programs."""
        return {
            "event": self.event,
            "backSeconds": round(self.back_seconds, 3),
            "convergedSeconds": round(self.converged_seconds, 3),
            "acked": self.acked,
            "counts": dict(self.counts),
            "lost": self.verdict.lost,
            "doubled": self.verdict.doubled,
            "wrong": self.verdict.wrong,
            **self.more,
        }


def table(rows: Sequence[Row]) -> str:
    """All rows in columns, and in words what went wrong."""
    cells = [row.cells() for row in rows]
    headings = list(cells[0]) if cells else []
    widths = {name: max(len(name), *(len(row[name]) for row in cells)) for name in headings}
    lines = [_line({name: name for name in headings}, widths)]
    lines.append("|".join(["", *("-" * (width + 2) for width in widths.values()), ""]))
    lines += [_line(row, widths) for row in cells]
    return "\n".join([*lines, "", *_words(rows), _sum(rows)]) + "\n"


def as_json(rows: Sequence[Row], **about: Any) -> bytes:
    """All rows and what they are about."""
    events = [row.record() for row in rows]
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    return orjson.dumps({**about, "isWhole": is_whole(rows), "events": events}, option=options)


def is_whole(rows: Sequence[Row]) -> bool:
    """Whether nothing went wrong, and something happened at all."""
    return bool(rows) and not any(row.verdict for row in rows)


def _line(cells: dict[str, str], widths: dict[str, int]) -> str:
    padded = [
        text.ljust(widths[name]) if name in ("event", "more") else text.rjust(widths[name])
        for name, text in cells.items()
    ]
    return f"| {' | '.join(padded)} |"


def _words(rows: Sequence[Row]) -> list[str]:
    said: list[str] = []
    for row in rows:
        verdict = row.verdict
        words = [*verdict.wrong, *(f"lost {name}" for name in verdict.lost)]
        words += [f"doubled {name}" for name in verdict.doubled]
        said += [f"{row.event}: {word}" for word in words[:WORDS_SHOWN]]
    return said


def _sum(rows: Sequence[Row]) -> str:
    if is_whole(rows):
        return f"{len(rows)} events: all converged, nothing lost, nothing doubled."
    failed = sum(bool(row.verdict) for row in rows)
    return f"{failed} of {len(rows)} events broke a promise."
