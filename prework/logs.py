"""Logs: one JSON object a line in production, readable lines in development.

What a line belongs to (`request_id`, `organization_id`, `user_id`, `session_id`; `command` or
`job`, and `run_id`) is bound to the context, which threads and tasks take along. No secret gets
out: `prework.redaction` looks at every finished line.
"""

import logging.config
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import structlog

from prework import ids
from prework.redaction import hide_named, redacted

if TYPE_CHECKING:
    from prework.tenancy import Actor, StaffActor

T = TypeVar("T")
MOST_LINE = 32_000  # characters; CloudWatch Logs takes 256 KB of a line


def _without_nothing(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in event.items()
        if value is not None and (not isinstance(value, str) or value)
    }


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    _without_nothing,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_named,
]


class Lines(structlog.stdlib.ProcessorFormatter):
    """The last that every line passes, also those of libraries."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        if len(line) > MOST_LINE:
            cut = {"event": "long_line", "logger": record.name, "beginning": line[:MOST_LINE]}
            line = _to_json(cut)
        return redacted(line)


def lines(*, as_json: bool) -> Lines:
    """What makes a line of a record."""
    rendering: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_to_json)]
        if as_json
        # no local variables in a traceback: they hold passwords and tokens
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return Lines(foreign_pre_chain=SHARED, processors=[without_meta, *rendering])


def logging_config(*, as_json: bool, level: str) -> dict[str, Any]:
    """Set up structlog and the standard library alike, and return the `dictConfig` applied."""
    config: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": lines, "as_json": as_json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "botocore": {"level": "WARNING"},
            "pynamodb": {"level": "WARNING"},
            "uvicorn.access": {"level": "WARNING"},
            "django.request": {"level": "CRITICAL"},  # prework.http logs its own failures
        },
    }
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return config


def bind(**names: str) -> None:
    """Say in every line from here on, in this context, what it belongs to; "" is nothing."""
    structlog.contextvars.bind_contextvars(**names)


def begin(**names: str) -> None:
    """Say these in every line from here on, and nothing of what was said before."""
    structlog.contextvars.clear_contextvars()
    bind(**names)


def bind_actor(actor: "Actor | StaffActor") -> None:
    """Say in every line from here on who acts."""
    bind(
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        session_id=actor.session_id,
        impersonator_id=getattr(actor, "impersonator_id", ""),
    )


def names() -> dict[str, Any]:
    """What every line says here."""
    return structlog.contextvars.get_contextvars()


@contextmanager
def running(**names: str) -> Iterator[None]:
    """Inside, every line says what runs (`command="demo"`, `job="seal"`), and which run it is."""
    with structlog.contextvars.bound_contextvars(run_id=ids.new_id(), **names):
        yield


def context_of(**names: str) -> Context:
    """A context whose lines say these and nothing else.

    For what a request or a socket sets going and others then share: it is not theirs alone.
    """
    context = copy_context()
    context.run(partial(begin, **names))
    return context


def apart(work: Callable[..., T], *args: Any, **names: str) -> T:
    """Do something in such a context, and forget afterwards what was bound there."""
    return context_of(**names).run(work, *args)


def _to_json(event: dict[str, Any], **_: Any) -> str:
    """Whatever it is that somebody logs, a line comes of it."""
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a lone surrogate, an integer of more than 64 bits
        return orjson.dumps({name: ascii(value) for name, value in event.items()}).decode()
