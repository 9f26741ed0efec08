"""The staff site's first page and its health page: what goes on, and what does not go well."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path

from prework import clock, health
from prework.activity import Bucket, activity
from prework.dynamoadmin.plots import plot
from prework.errors import StorageUnavailable
from prework.processes import LiveProcess, live_processes, totals
from prework.scheduling.rows import JobState, list_job_runs
from prework.staffsite import site

HOURS = 24
PER_HOUR = 12  # buckets of five minutes
PLOTTED = (
    ("sign_ins", "Sign-ins", "sign-ins an hour"),
    ("operations", "Operations", "operations an hour"),
    ("uploads", "Uploads", "uploads an hour"),
    ("failures", "Failures", "failures an hour"),
)


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """What is open now, and what happened in the last day."""
    buckets = activity(HOURS)
    processes = live_processes()
    levels = totals(processes)
    minute = sum(bucket.operations for bucket in buckets[-2:]) / 10
    return {
        "now": [
            ("Documents live", levels.documents),
            ("Participants", levels.sockets),
            ("Operations a minute", f"{minute:g}"),
            ("Sign-ins in an hour", _last_hour(buckets, "sign_ins")),
            ("Refused in an hour", _last_hour(buckets, "refused_sign_ins")),
            ("Servers", len(processes)),
        ],
        "plots": [_plot(buckets, *what) for what in PLOTTED],
    }


def health_page(request: HttpRequest) -> HttpResponseBase:
    """Each part that a server needs, and each server that has told of itself."""
    processes = [
        {
            "name": f"{one.host}, process {one.pid}",
            "version": one.release,
            "started_at": clock.to_text(one.started_at),
            "seen_at": clock.to_text(one.seen_at),
            "documents": one.documents,
            "sockets": one.sockets,
        }
        for one in _known_processes()
    ]
    context = {
        **site.each_context(request),
        "title": "Health",
        "checks": health.look(),
        "processes": processes,
    }
    return TemplateResponse(request, "staffsite/health.html", context)


def jobs_page(request: HttpRequest) -> HttpResponseBase:
    """Each job: how its last run went, by whom, and when the next is due."""
    jobs = [_shown(one) for one in list_job_runs()]
    context = {**site.each_context(request), "title": "Jobs", "jobs": jobs}
    return TemplateResponse(request, "staffsite/jobs.html", context)


def _shown(job: JobState) -> dict[str, Any]:
    error = f" ({job.error})" if job.error else ""
    running = f"running on {job.running_on}, since {_text(job.running_since)}"
    return {
        "name": job.name,
        "every": job.every,
        "started_at": _text(job.started_at),
        "process": job.process,
        "seconds": job.duration_seconds,
        "outcome": f"{job.outcome}{error}" if job.outcome else None,
        "failures": job.failures,
        "next": running if job.running_since else _text(job.next_at),
    }


def _text(moment: datetime | None) -> str | None:
    return clock.to_text(moment) if moment else None


def _known_processes() -> list[LiveProcess]:
    """Those that the store tells of; none while it does not answer, which a check says."""
    try:
        return live_processes()
    except StorageUnavailable:
        return []


def _last_hour(buckets: list[Bucket], name: str) -> int:
    return sum(getattr(bucket, name) for bucket in buckets[-PER_HOUR:])


def _plot(buckets: list[Bucket], name: str, title: str, unit: str) -> str:
    hours = [buckets[start : start + PER_HOUR] for start in range(0, len(buckets), PER_HOUR)]
    points = [sum(getattr(bucket, name) for bucket in hour) for hour in hours]
    labels = [f"{hour[0].starts_at:%H:%M}" for hour in hours]
    return plot(points, title=title, unit=unit, labels=labels)


site.dashboard.append(dashboard)
site.pages.append(path("health/", site.admin_view(health_page), name="health"))
site.pages.append(path("jobs/", site.admin_view(jobs_page), name="jobs"))

__all__ = ["site"]  # with these pages
