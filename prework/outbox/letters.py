"""Letters: plain mail to one person, by Django's mail."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from email.utils import parseaddr
from functools import partial
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage

from prework import clock
from prework.changes import Change
from prework.metrics import log_business_metric
from prework.outbox.delivery import deliver_soon
from prework.outbox.rows import Content, OutboxRow, Undeliverable, new_row

MAX_SUBJECT, MAX_BODY, MAX_ADDRESS = 200, 64 * 1024, 320
PERMANENT = 500  # from here on a mail server means: not now and not later (RFC 5321, 4.2.1)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail. The subject is one line and not too long, whatever is put into it."""

    to: str
    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    until: str = ""  # the moment, as the wire has it, after which it is of no use

    def __post_init__(self) -> None:
        subject = " ".join(self.subject.split())
        short = subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…"
        object.__setattr__(self, "subject", short)
        if not 3 <= len(self.to) <= MAX_ADDRESS or len(self.body) > MAX_BODY:
            raise ValueError("A letter has one address, and at most 64 KiB.")


def post(change: Change, letter: Letter) -> None:
    """Send a letter when this change is written, and not otherwise: it is a part of it.

    The request does not wait for a mail server. Whatever dies, the letter is sent: twice at the
    worst, with the same Message-ID.
    """
    row = new_row("letter", asdict(letter))
    change.put(row)
    change.afterwards(partial(deliver_soon, row))


def send(row: OutboxRow, content: Content) -> None:
    """Send a letter: who sends a `letter` in the setting `OUTBOX`."""
    letter = Letter(**content)
    if letter.until and letter.until < clock.to_text(clock.now()):
        raise Undeliverable("of no use any more")
    headers = {
        "Message-ID": f"<{row.row_id}@{_own_domain()}>",
        "Auto-Submitted": "auto-generated",  # no holiday notices, please (RFC 3834)
        **letter.headers,
    }
    outcome = "failed"
    try:
        EmailMessage(letter.subject, letter.body, None, [letter.to], headers=headers).send()
        outcome = "success"
    except SMTPRecipientsRefused as error:
        if all(code >= PERMANENT for code, _ in error.recipients.values()):
            raise Undeliverable("refused") from None
        raise
    except SMTPDataError as error:
        if error.smtp_code >= PERMANENT:
            raise Undeliverable("refused") from None
        raise
    except (BadHeaderError, UnicodeError):
        raise Undeliverable("no address that mail takes") from None
    finally:
        log_business_metric("MailSent", 1, {"Outcome": outcome})


def _own_domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
