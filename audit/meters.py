"""What is measured of the audit trail."""

from prework.metrics.registry import metric

SEALED = metric(
    "AuditSealed",
    "entries under a digest; the number of digests is the sample count",
    properties=("OrganizationId",),
)
VERIFY_PROBLEMS = metric(
    "AuditVerifyProblems",
    "what a verification found altered, missing, added or broken: anything but 0 is an alarm",
    properties=("OrganizationId",),
)
