"""What the settings say, before anything is asked."""

from collections.abc import Iterator

from django.conf import settings

from prework.checks import unsafe_settings
from prework.doctor.findings import Finding, fail, ok, warn

CHECK = "settings"


def check_settings() -> Iterator[Finding]:
    """Whether production may run with these; what is only unwise is a warning."""
    unsafe = unsafe_settings()
    if not settings.IS_PRODUCTION:
        rest = f"; production would refuse {len(unsafe)} of them" if unsafe else ""
        yield ok(CHECK, f"They are for development{rest}.")
        return
    findings = [*_refused(unsafe), *_unwise()]
    yield from findings or [ok(CHECK, "They are fit for production.")]


def _refused(unsafe: list[str]) -> Iterator[Finding]:
    for words in unsafe:
        what, _, advice = words.partition(": ")
        yield fail(CHECK, f"{what}.", advice.capitalize())
    if not settings.PUBLIC_URL.startswith("https://"):
        yield fail(
            CHECK,
            f"PREWORK_PUBLIC_URL is {settings.PUBLIC_URL}, without TLS.",
            "Give the https:// address that people use.",
        )


def _unwise() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        yield warn(
            CHECK,
            "There is no Redis.",
            "With more than one server process set PREWORK_REDIS_URL: they hear of each other's "
            "changes seconds later without it, and each counts rate limits by itself.",
        )
    if settings.TOTP_KEY == settings.SECRET_KEY:
        yield warn(
            CHECK,
            "One-time passwords are encrypted with DJANGO_SECRET_KEY.",
            "Set PREWORK_TOTP_KEY, or changing the one makes the others unreadable.",
        )
