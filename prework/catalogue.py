"""The catalogues in `docs/`, from the code: errors, events, the audit trail, and metrics."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from prework import event_pages, tallies
from prework.errors import Problem
from prework.wiring import resolve

DOCS = settings.BASE_DIR / "docs"
GENERATED = (
    "<!-- Written by `make docs`; `make check` fails when it is not as the code says. -->\n"
)


def pages() -> dict[Path, str]:
    """Each generated page, and what should be in it."""
    autodiscover_modules("errors", "events", "engine.meters", "hub.meters")
    return {
        DOCS / "errors.md": "\n".join(_errors()),
        DOCS / "events.md": "\n".join(event_pages.told(GENERATED)),
        DOCS / "audit-events.md": "\n".join(event_pages.recorded(GENERATED)),
        DOCS / "metrics.md": "\n".join(_metrics()),
        **{
            DOCS / name: "\n".join(resolve(path)(GENERATED))
            for name, path in settings.CATALOGUE_PAGES.items()
        },
    }


def stale_pages() -> list[str]:
    """The names of the pages that do not say what the code says."""
    return [
        path.name
        for path, text in pages().items()
        if not path.exists() or path.read_text() != text
    ]


def _errors() -> Iterator[str]:
    yield "# Errors\n"
    yield GENERATED
    yield "Every error is `application/problem+json`. A `code` is never changed or used again.\n"
    yield "| code | status | what it means | what to do |"
    yield "|---|---|---|---|"
    for code, problem in sorted(Problem.catalogue.items()):
        if not problem.__module__.startswith("tests."):
            yield f"| `{code}` | {problem.status} | {problem.title} | {problem.default_detail} |"
    yield ""


def _metrics() -> Iterator[str]:
    yield "# Metrics\n"
    yield GENERATED
    yield (
        "In CloudWatch's embedded metric format, in the namespace `PreWork/Enterprise`, on "
        "standard output, in production.\n"
    )
    yield "## What happens\n"
    yield (
        "Every event of [audit-events.md](audit-events.md) is one line with one metric, by the "
        "name of its audit action (`TEAM_CREATED` is `TeamCreated`, a `Count`), with the "
        "dimension `Outcome`. The end of a socket in a document is "
        "`CollaborationSessionDuration`, in `Seconds`.\n"
    )
    yield "## The realtime engine\n"
    yield (
        "Counted in the process and told in one line every `PREWORK_METRICS_SECONDS`, and when it "
        "stops, if anything happened. A process has no dimension, but its number is in the line.\n"
    )
    yield "| metric | unit | what it means |"
    yield "|---|---|---|"
    for name, known in tallies.CATALOGUE.items():
        yield f"| `{name}` | {known.unit} | {known.meaning} |"
    yield ""
