"""What a check found: one line each, that never holds a secret."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote

import structlog
from botocore.exceptions import BotoCoreError
from django.conf import settings

from prework import aws
from prework.wiring import wired

Check = Callable[[], Iterable["Finding"]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Finding:
    """One thing that is well, might be better, or is not well; then with what to do."""

    check: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    advice: str = ""


def ok(check: str, detail: str) -> Finding:
    """It is well."""
    return Finding(check, "ok", detail)


def warn(check: str, detail: str, advice: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(check, "warn", detail, advice)


def fail(check: str, detail: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(check, "fail", detail, advice)


def examine(*more: Check) -> Iterator[Finding]:
    """Every finding of the checks in `DOCTOR`, and of these, as they come.

    A check that raises is a finding as well.
    """
    hidden = _secrets()
    for check in [*wired("DOCTOR"), *more]:
        for finding in _guarded(check):
            yield _without(hidden, finding)


def reason(error: BaseException) -> str:
    """Why something failed, in one line: the first cause that says so."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def _guarded(check: Check) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # whatever it was, the other checks are made
        log.debug("check_failed", exc_info=True)
        name = getattr(check, "__name__", "check").removeprefix("check_")
        yield fail(name, reason(error), "Mend that, and what is named above, and look again.")


def _secrets() -> list[str]:
    found = [
        settings.SECRET_KEY,
        settings.TOTP_KEY,
        settings.EMAIL_HOST_PASSWORD,
        settings.AUDIT_SIGNING_KEY,
        settings.VAPID_PRIVATE_KEY,
        *_password_in(settings.REDIS_URL),
    ]
    with suppress(BotoCoreError):  # a check tells what is wrong with them
        found += aws.secret_credentials()
    return [secret for secret in found if secret]


def _password_in(url: str) -> list[str]:
    """The password of a URL, and its pieces: who parses an ill-made one tells one of them."""
    password = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    pieces = re.split(r"[/?#@:\[\]]", password)
    return [password, unquote(password), *(piece for piece in pieces if len(piece) > 2)]


def _without(hidden: list[str], finding: Finding) -> Finding:
    detail = finding.detail
    for secret in hidden:
        detail = detail.replace(secret, "…")
    return replace(finding, detail=detail)
