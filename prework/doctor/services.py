"""What stands beside AWS: Redis, the mail server, and the scanner of files."""

import smtplib
import time
from collections.abc import Iterator
from functools import partial
from io import BytesIO

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from redis import Redis, RedisError

from prework import ids
from prework.doctor.findings import Check, Finding, fail, ok, reason
from prework.scanner import EICAR, NotScanned, ScannerDown, scanner

PATIENCE_SECONDS = 5
MAIL = "Look at EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD."
REDIS = "Look at PREWORK_REDIS_URL, whether that Redis runs, and what its user may do."

CLAMD = "Look at PREWORK_CLAMD_URL, whether that clamd runs, and whether we may open its socket."
SIGNATURES = "Run freshclam, and let it run by itself: without signatures nothing is found."


def check_redis() -> Iterator[Finding]:
    """Whether what one process publishes another hears, where there is a Redis."""
    if not settings.REDIS_URL:
        yield ok("redis", "There is none, and one process needs none.")
        return
    try:
        is_heard = _is_heard()
    except (RedisError, ValueError) as error:
        yield fail("redis", reason(error), REDIS)
        return
    if is_heard:
        yield ok("redis", "What is published is heard.")
    else:
        yield fail("redis", "What was published was not heard.", REDIS)


def check_mail() -> Iterator[Finding]:
    """Whether the mail server lets us in; no mail is sent."""
    if "smtp" not in settings.EMAIL_BACKEND:
        yield ok("mail", f"None leaves this machine: {settings.EMAIL_BACKEND.split('.')[-2]}.")
        return
    mail = get_connection(timeout=PATIENCE_SECONDS)
    try:
        mail.open()
    except (OSError, smtplib.SMTPException) as error:
        yield fail("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {reason(error)}", MAIL)
        return
    mail.close()
    yield ok("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} lets us in.")


def check_scanner() -> Iterator[Finding]:
    """Whether the scanner answers, and finds what all scanners find."""
    found = scanner()
    if not found.is_there:
        detail = "There is none: nobody looks for malware in what is uploaded."
        yield ok("scanner", detail)
        return
    try:
        version, name = found.version(), found.find(BytesIO(EICAR))
    except (ScannerDown, NotScanned) as error:
        yield fail("scanner", f"{settings.CLAMD_URL}: {error}", CLAMD)
        return
    if name is None:
        yield fail("scanner", f"{version} takes the EICAR test file for clean.", SIGNATURES)
    else:
        yield ok("scanner", f"{version} finds the EICAR test file.")


def sending_to(address: str) -> Check:
    """A check that does send a mail, to this address."""
    return partial(_send, address)


def _send(address: str) -> Iterator[Finding]:
    words = f"`manage.py doctor` at {settings.PUBLIC_URL} sent this."
    mail = get_connection(timeout=PATIENCE_SECONDS)
    message = EmailMessage("prework: mail works", words, to=[address], connection=mail)
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        yield fail("mail", f"No mail to {address}: {reason(error)}", MAIL)
    else:
        yield ok("mail", f"A mail to {address} was taken; see whether it comes.")


def _is_heard() -> bool:
    options = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    channel, words = f"prework-doctor-{ids.new_id()}", b"hello"
    with (
        Redis.from_url(settings.REDIS_URL, **options) as one,
        Redis.from_url(settings.REDIS_URL, **options) as other,
        one.pubsub(ignore_subscribe_messages=True) as ears,
    ):
        ears.subscribe(channel)
        ears.get_message(timeout=PATIENCE_SECONDS)  # that it is subscribed
        other.publish(channel, words)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            heard = ears.get_message(timeout=0.5)
            if heard is not None:
                return bool(heard["data"] == words)
    return False
