"""The catalogues in `docs/`, from the code: errors, events, the audit trail, and metrics."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from prework import event_pages
from prework.errors import Problem
from prework.metrics.registry import CATALOGUE, NAMESPACE, discover
from prework.wiring import resolve

DOCS = settings.BASE_DIR / "docs"
GENERATED = (
    "<!-- Written by `make docs`; `make check` fails when it is not as the code says. -->\n"
)
METRICS_INTRODUCTION = f"""\
In the namespace `{NAMESPACE}`, by `log_business_metric(name, value, dimensions)` and by the
realtime engine, which counts in the process and tells all of it every `PREWORK_METRICS_SECONDS`,
and when it stops. Where figures go is `PREWORK_METRICS_SINK`; a list, as in `emf,cloudwatch`:

- `emf`, what production has by itself: CloudWatch's embedded metric format, lines on standard
  output, whatever the log level. What happened within a second and has the same dimensions and
  properties is one line.
- `cloudwatch`, what embedded AWS has by itself: PutMetricData every `PREWORK_METRICS_SECONDS`. The
  figures of a minute are one datum, with at most 100 values and with exact sum, count, lowest and
  highest. While CloudWatch does not answer they are kept, 10,000 data of them, and tried again;
  those whose answer was lost may count twice. `aws_bootstrap` makes nothing for it; the one
  permission is `cloudwatch:PutMetricData`.
- `memory`, for tests; `none`.

A dimension has few values, for each is billed: what is not among them counts as `other`. Ids are
properties: they stand in the lines of `emf`, and nowhere else. The realtime engine's lines have
the process number as `ProcessId`. What is unknown raises; in production it is logged once instead.
How often each single action happened is not billed either: it is the property `Action` of `Events`
([decision 17](decisions/0017-few-billed-metrics.md)), and in the audit trail.
"""


def pages() -> dict[Path, str]:
    """Each generated page, and what should be in it."""
    autodiscover_modules("errors", "events")
    discover()
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
    yield METRICS_INTRODUCTION
    yield "| metric | unit | dimensions | properties | what it means |"
    yield "|---|---|---|---|---|"
    for name, known in sorted(CATALOGUE.items()):
        dimensions = "; ".join(
            f"`{one.name}`: {', '.join(sorted(one.values)) or 'none yet'}"
            for one in known.dimensions
        )
        properties = ", ".join(f"`{one}`" for one in known.properties)
        yield f"| `{name}` | {known.unit} | {dimensions} | {properties} | {known.meaning} |"
    yield ""
