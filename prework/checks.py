"""What must hold before production serves: every unsafe setting named at once."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from prework.wiring import wired


def unsafe_settings() -> list[str]:
    """What is unsafe in production, one sentence each."""
    problems = {
        "PREWORK_AWS is embedded: set PREWORK_AWS=aws.": settings.PREWORK_AWS == "embedded",
        "DJANGO_DEBUG is on: unset it.": settings.DEBUG,
        "DJANGO_SECRET_KEY is not set: make one of 50 random characters or more.": (
            settings.SECRET_KEY == settings.DEVELOPMENT_KEY or len(settings.SECRET_KEY) < 32
        ),
        "PREWORK_ALLOWED_HOSTS is empty or *: name your hosts.": (
            not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS
        ),
        "EMAIL_BACKEND prints mails, and with them reset links: use a real one.": any(
            kind in settings.EMAIL_BACKEND for kind in ("console", "dummy", "locmem", "filebased")
        ),
        "PREWORK_ALLOWED_ORIGINS has *: name your origins.": "*" in settings.ALLOWED_ORIGINS,
    }
    named = [words for words, is_unsafe in problems.items() if is_unsafe]
    return [*named, *(words for check in wired("SAFETY_CHECKS") for words in check())]


def refuse_unsafe_production() -> None:
    """Raise `ImproperlyConfigured`, naming all that is unsafe, when this is production."""
    unsafe = unsafe_settings() if settings.IS_PRODUCTION else []
    if unsafe:
        raise ImproperlyConfigured("Production does not start. " + " ".join(unsafe))
