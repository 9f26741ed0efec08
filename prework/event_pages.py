"""Two pages of `docs/` from the classes of events: what clients are told, what the trail has."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from prework import events, secrecy
from prework.dynamo import Item
from prework.events import Event
from prework.wording import camel


def told(generated: str) -> Iterator[str]:
    """`events.md`: the events that somebody is told of."""
    yield "# Events\n"
    yield generated
    yield (
        "What clients are told: in `/events` and `/activity`, and on `/ws/notifications`. What "
        "the audit trail has of them, and of those that nobody is told of, is in "
        "[audit-events.md](audit-events.md).\n"
    )
    yield "| event | on | told to | kept | what happened | `data` |"
    yield "|---|---|---|---|---|---|"
    for event in _ours():
        example, audiences = _example(event), _audiences(event)
        if audiences:
            data = ", ".join(f"`{camel(name)}`" for name in example.data())
            cells = [f"`{event.code}`", event.entity_type, ", ".join(audiences)]
            cells += [f"{event.keep_days} days", event.sentence, data]
            yield f"| {' | '.join(cells)} |"
    yield ""


def recorded(generated: str) -> Iterator[str]:
    """`audit-events.md`: every event, as the audit trail has it, and what it has nothing of."""
    yield "# The audit trail\n"
    yield generated
    yield (
        "Each action is one entry, written in the same transaction as what it tells, read by "
        "holders of `audit.view` in its organisation and by staff, and removed by nothing here. "
        "Beside the values below, each entry says who (`userId`, `actorKind`, `impersonatorId`, "
        "`sessionId`), from where (`ip`, `userAgent`, `requestId`), when, on what, with which "
        "outcome and, where one was asked for, the `reason`. A sign-in with an address of nobody "
        "is the platform's, which staff alone read.\n"
    )
    for app, known in groupby(sorted(_ours(), key=_app), key=_app):
        yield f"## {app}\n"
        for event in known:
            yield from _entry(event)
    yield from _unaudited()
    yield from _secrets()


def _entry(event: type[Event]) -> Iterator[str]:
    yield f"### `{event.code.replace('.', '_').upper()}`\n"
    meaning = " ".join((event.__doc__ or "").split())
    on = event.entity_type
    if _example(event).target_type != on:
        on = f"the thing itself, of whichever type ({on})"
    yield f"{meaning} On: {on}. Outcome: {event.outcome}.\n"
    names = dict.fromkeys([*event.old_fields, *event.new_fields])
    if not names:
        return
    yield "| value | before | after | what it means |"
    yield "|---|---|---|---|"
    for name in names:
        where = ["x" if name in known else "" for known in (event.old_fields, event.new_fields)]
        means = event.new_fields.get(name) or event.old_fields[name]
        yield f"| `{camel(name)}` | {' | '.join(where)} | {means} |"
    yield ""


def _unaudited() -> Iterator[str]:
    yield "## What leaves no entry\n"
    yield "Nobody's action, or a document's own history:\n"
    for path in settings.UNAUDITED:
        model = import_string(path)
        yield f"- `{model.__qualname__}` ({path.partition('.')[0]}): {model.__doc__}"
    yield ""


def _secrets() -> Iterator[str]:
    yield "## What is in no entry\n"
    yield (
        "Secrets. An event that says one of these, or something else whose name says that it is a "
        "secret (`prework/secrecy.py`), is not recorded, however deep it is in there; what was to "
        "be done is not done either.\n"
    )
    for model in sorted(_items(Item), key=lambda model: model.__qualname__):
        marked = [name for name in model.get_attributes() if secrecy.is_marked(name)]
        if marked and not model.__module__.startswith("tests."):
            names = ", ".join(f"`{camel(name)}`" for name in sorted(marked))
            yield f"- `{model.__qualname__}` ({_app(model)}): {names}"
    yield ""


def _ours() -> list[type[Event]]:
    """Every event of the product, by its code."""
    known = sorted(events.CATALOGUE.items())
    return [event for _, event in known if not event.__module__.startswith("tests.")]


def _app(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _example(event: type[Event]) -> Event:
    """One whose ids are their own names, and which says whatever it can, to see what it does."""
    given = {one.name for one in fields(event) if one.name.endswith("_id") or _is_needed(one)}
    values: dict[str, Any] = {name: f"{{{name}}}" for name in given}
    return event(**{**values, "old_values": event.old_fields, "new_values": event.new_fields})


def _is_needed(declared: object) -> bool:
    defaults = (getattr(declared, name) for name in ("default", "default_factory"))
    return all(default is MISSING for default in defaults)


def _audiences(event: type[Event]) -> list[str]:
    """Who is told; an event may be about a team, or else about somebody."""
    whole = _example(event)
    ids = [one.name for one in fields(event) if one.name.endswith("_id")]
    changes: list[dict[str, Any]] = [{name: None} for name in ids if name != "entity_id"]
    some = [replace(whole, **change) for change in changes]
    types = dict.fromkeys(one.entity_type for each in (whole, *some) for one in each.audiences())
    return ["those at it" if name.startswith("{") else name for name in types]


def _items(base: type[Item]) -> Iterator[type[Item]]:
    for model in base.__subclasses__():
        yield model
        yield from _items(model)
