"""What is watched through the whole suite: every call to the store, every event recorded.

A test that makes the product scan a table, name a key outside its tenant, decide a write by an
index, or record an event that it cannot tell fails, whatever it was about.
"""

import re
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from prework.dynamo import connection
from prework.events import Recorded

# Keys that belong to no tenant: uniqueness of e-mails, the platform's own trail and indexes.
GLOBAL_KEYS = re.compile(
    r"(EMAIL#|ATTEMPTS#|PLATFORM#|PENDING#\d|SCANNING#\d|DUE#|BATCHES#OPEN$|READY$|ORGS$|STAFF$)"
)
is_writing: ContextVar[bool] = ContextVar("is_writing", default=False)
violations: list[str] = []


def start() -> None:
    """Look at every call that this process makes from now on."""
    connection().client.meta.events.register("before-call.dynamodb", _on_call)


def _on_call(model: Any, params: dict[str, Any], **_: Any) -> None:
    operation = model.name
    body = params.get("body", b"")
    text = body.decode() if isinstance(body, bytes) else str(body)
    if operation == "Scan":
        violations.append("a table was scanned")
    if operation == "Query" and "IndexName" in text and is_writing.get():
        violations.append(f"an index was read in a request that writes: {text[:300]}")
    for name, value in _keys(text):
        if not value.startswith("ORG#") and not GLOBAL_KEYS.match(value):
            violations.append(f"{operation} names {name} {value!r}, which is no tenant's")


def _keys(text: str) -> Iterator[tuple[str, str]]:
    """Partition keys of the table and its indexes, where they stand as attributes."""
    yield from re.findall(r'"((?:GSI\d)?PK)": ?\{"S": ?"([^"]*)"', text)


def check_event(recorded: Recorded) -> None:
    """A `CHANGE_FOLLOWERS` entry: the sentence formats, and the class names what is recorded."""
    event = recorded.event
    try:
        event.describe()
    except (KeyError, IndexError, AttributeError) as error:
        violations.append(f"the sentence of {event.code} does not format: {error!r}")
    if not type(event).__module__.startswith("tests."):
        for fields, values in (("old", event.old_values), ("new", event.new_values)):
            named = getattr(event, f"{fields}_fields")
            unknown = [name for name in values if name not in named]
            if unknown:
                violations.append(f"{event.code} records {unknown}, not in its {fields}_fields")
