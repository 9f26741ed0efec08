"""What is measured of accounts."""

from prework.metrics.registry import Dimension, metric

SIGN_INS = metric(
    "SignIns",
    "attempts to sign in: `otp` was asked for a one-time password, `failed` was refused",
    dimensions=(
        Dimension("Outcome", ("success", "failed", "otp")),
        Dimension("Site", ("api", "admin")),
    ),
    properties=("OrganizationId",),
)
