"""What telling costs: a figure to each sink, and a line of the log. `python -m bench.telling`"""

import logging
import os
import sys
import timeit
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial

import django
import structlog
from django.conf import settings

from prework import logs, metrics

FIGURES = 20_000
log = structlog.get_logger("prework.http.middleware")
ID = "01a21d2b-5839-72f0-ab15-3cdb9f1af04a"


def main() -> None:
    """Measure, and say so."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
    django.setup()
    settings.METRICS_SECONDS = 3600
    dimensions = {"OrganizationId": ID, "TeamId": ID, "Priority": "high"}
    with open(os.devnull, "w") as nowhere:
        for sink in ("none", "memory", "emf", "cloudwatch"):
            settings.METRICS_SINK = [sink]
            with redirect_stdout(nowhere):
                took = _micros(
                    lambda: metrics.log_business_metric("TeamAssignmentCreated", 1, dimensions)
                )
                metrics._made.clear()  # it is not sent: there may be nobody to send it to
            sys.stdout.write(f"a figure to {sink:12}{took:6.1f} µs\n")
        handler = logging.StreamHandler(nowhere)
        handler.setFormatter(logs.lines(as_json=True))
        logging.getLogger().handlers = [handler]
        logs.begin(request_id=ID, organization_id=ID, user_id=ID, session_id=ID)
        for route in ("api/teams/<str:team_id>", "api/auth/ws-ticket"):
            logging.getLogger().setLevel(logging.INFO)
            took = _micros(partial(_line, route))
            sys.stdout.write(f"a request's line {took:7.1f} µs  {route}\n")
        logging.getLogger().setLevel(logging.WARNING)
        sys.stdout.write(f"one that is left out {_micros(partial(_line, route)):3.1f} µs\n")


def _line(route: str) -> None:
    log.info("request", method="GET", route=route, status=200, bytes=512, duration_ms=12.3)


def _micros(work: Callable[[], None]) -> float:
    work()
    return min(timeit.repeat(work, number=FIGURES, repeat=5)) / FIGURES * 1e6


if __name__ == "__main__":
    main()
