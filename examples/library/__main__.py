"""Run it on an embedded DynamoDB: `python -m examples.library [port]`, port 8010 by default."""

import os
import secrets
import signal
import sys
from datetime import UTC, datetime, timedelta

import django
from django.core.management import call_command

from prework.localaws import LocalAws


def main(port: str = "8010") -> None:
    """Serve until interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with LocalAws(memory=True) as aws:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "examples.library.settings",
            "LIBRARY_DYNAMODB_URL": aws.endpoint_url,
            "LIBRARY_SECRET_KEY": secrets.token_hex(32),
            "AWS_ACCESS_KEY_ID": aws.access_key,
            "AWS_SECRET_ACCESS_KEY": aws.secret_key,
        }
        password = os.environ.setdefault("LIBRARY_PASSWORD", secrets.token_urlsafe(9))
        django.setup()
        fill()
        print(f"Sign in as ada, or ben who only reads: {password}", flush=True)
        call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)


def fill() -> None:
    """Sixty books, sixty readers."""
    from examples.library.models import Book, Reader  # noqa: PLC0415  # after django.setup()

    Book.create_table(wait=True)
    Reader.create_table(wait=True)
    with Book.batch_write() as books:
        for number in range(60):
            added = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
            one = Book(book_id=f"b-{number:03}", title=f"Volume {number}", author="Various")
            one.added_at = added
            books.save(one)
    for number in range(60):
        Reader(reader_id=f"r-{number:03}", name=f"Reader {number}").save()


if __name__ == "__main__":
    main(*sys.argv[1:2])
