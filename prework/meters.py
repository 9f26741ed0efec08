"""What is measured of every domain alike: what happened, jobs, mail and push messages."""

from typing import get_args

from django.conf import settings

from prework.events import Outcome, Recorded
from prework.metrics import log_business_metric
from prework.metrics.registry import Dimension, metric
from prework.wiring import resolve

ENDINGS = Dimension("Outcome", ("success", "failed"))


def _job_names() -> set[str]:
    """The jobs that the setting `JOBS` lists."""
    return {resolve(path).name for path in settings.JOBS}  # type: ignore[attr-defined]


EVENTS = metric(
    "Events",
    "entries of the audit trail; which action it was is a property, not billed for each",
    dimensions=(Dimension("Outcome", get_args(Outcome)),),
    properties=("Action", "OrganizationId", "EntityId"),
)
JOB_RUN = metric(
    "JobRun",
    "how long a run of a job took; their number is the sample count",
    unit="Seconds",
    smallest=0.01,
    dimensions=(
        Dimension("Job", _job_names, is_open=True),
        Dimension("Outcome", ("done", "failed", "stopped", "lapsed")),
    ),
    properties=("RunId",),
)
OUTBOX_GIVEN_UP = metric(
    "OutboxGivenUp",
    "what was to leave the house, and never will",
    dimensions=(Dimension("What", lambda: getattr(settings, "OUTBOX", {}), is_open=True),),
)
MAIL_SENT = metric(
    "MailSent",
    "mails that the mail server took, or did not",
    dimensions=(ENDINGS,),
    properties=("OrganizationId", "UserId"),
)
PUSH_SENT = metric(
    "PushSent",
    "push messages that a browser's push service took, or did not, or knows no more",
    dimensions=(Dimension("Outcome", ("success", "failed", "gone")),),
    properties=("OrganizationId", "UserId"),
)


def measure_event(recorded: Recorded) -> None:
    """Count what happened, and take the figures that it gives: a `CHANGE_FOLLOWERS` entry."""
    if not recorded.is_audited:  # it tells of what was counted before
        return
    event, organization_id = recorded.event, recorded.actor.organization_id
    beside = {"Outcome": event.outcome, "Action": event.action, "EntityId": event.entity_id}
    log_business_metric(EVENTS.name, 1, {**beside, "OrganizationId": organization_id})
    for figure in event.measured():
        beside = {"OrganizationId": organization_id, **figure.beside}
        log_business_metric(figure.metric, figure.value, beside)
