"""What was left in the outbox is sent by a job: after a kill, and when a mail server is back."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ConnectionClosedError
from django.conf import LazySettings

from accounts.jobs import DELIVER_OUTBOX
from prework import clock, outbox
from prework.jobs import Turn, TurnOver
from prework.outbox import Letter, delivery, rows
from tests import faults
from tests.accounts.conftest import Wait
from tests.figures import Figures
from tests.outbox.looking import eventually, leave, mails_to, waiting
from tests.outbox.smtp import serving

LOST = ConnectionClosedError(endpoint_url="http://store")


def letter(address: str) -> Letter:
    return Letter(to=address, subject="Come in", body="By this link")


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def through(settings: LazySettings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = port


def test_what_a_killed_process_left_is_sent(address: str, wait: Wait) -> None:
    row = leave(letter(address))
    DELIVER_OUTBOX.work(Turn())
    assert mails_to(address) == []  # it may well be alive, and at it
    wait(minutes=1, seconds=1)
    DELIVER_OUTBOX.work(Turn())
    assert len(mails_to(address)) == 1
    assert waiting(row.row_id) is None


def test_one_killed_at_it_keeps_it_for_the_lease_alone(address: str, wait: Wait) -> None:
    row = leave(letter(address))
    assert rows.claim(row) is not None
    wait(minutes=4)
    outbox.deliver_due()
    assert mails_to(address) == []
    wait(minutes=2)
    outbox.deliver_due()
    assert len(mails_to(address)) == 1


def test_one_killed_when_it_was_sent_sends_the_same_mail_again(address: str, wait: Wait) -> None:
    row = leave(letter(address))
    with faults.raising("DeleteItem", LOST):
        assert delivery.attempt(row) is False
    wait(minutes=6)
    outbox.deliver_due()
    first, second = mails_to(address)
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert waiting(row.row_id) is None


def test_of_several_at_once_one_sends_it(address: str, wait: Wait) -> None:
    left = [leave(letter(address)) for _ in range(3)]
    wait(minutes=2)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: outbox.deliver_due(), range(6)))
        list(pool.map(delivery.attempt, left))
    assert len(mails_to(address)) == 3


def test_it_is_sent_when_the_mail_server_is_back(
    address: str, wait: Wait, settings: LazySettings
) -> None:
    port = free_port()
    through(settings, port)
    row = leave(letter(address))
    assert delivery.attempt(row) is False
    moved = waiting(row.row_id)
    assert moved is not None
    assert (moved.tries, moved.leased_until) == (1, 0)
    wait(minutes=2)
    with serving(port) as server:
        outbox.deliver_due()
        found = [mail for mail in server.mails if mail["To"] == address]
    assert len(found) == 1
    assert waiting(row.row_id) is None


def test_it_is_tried_less_and_less_often(address: str, wait: Wait, settings: LazySettings) -> None:
    through(settings, free_port())
    row = leave(letter(address))
    pauses = []
    for _ in range(9):
        delivery.attempt(row)
        row = waiting(row.row_id) or row
        due = clock.from_text(row.sk.partition("#")[0])
        pauses.append(round((due - clock.now()).total_seconds() / 30))
        wait(hours=1)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120]


def test_it_is_given_up_in_the_end(
    address: str,
    wait: Wait,
    settings: LazySettings,
    caplog: pytest.LogCaptureFixture,
    figures: Figures,
) -> None:
    through(settings, free_port())
    row = leave(letter(address))
    wait(days=3, minutes=1)
    assert delivery.attempt(row) is True
    assert waiting(row.row_id) is None
    assert "outbox_given_up" in caplog.text
    assert {"What": "letter"} in figures.dimensions("OutboxGivenUp")
    assert address not in caplog.text


@pytest.mark.parametrize(("is_known", "outcome"), [(True, "success"), (False, "failed")])
def test_what_the_mail_server_says_is_counted(
    is_known: bool, outcome: str, address: str, settings: LazySettings, figures: Figures
) -> None:
    with serving() as server:
        through(settings, server.port)
        server.unknown = set() if is_known else {address}
        delivery.attempt(leave(letter(address)))
    assert {"Outcome": outcome} in figures.dimensions("MailSent")


def test_nobody_of_that_name_is_given_up_at_once(
    address: str, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as server:
        through(settings, server.port)
        server.unknown = {address}
        row = leave(letter(address))
        assert delivery.attempt(row) is True
    assert waiting(row.row_id) is None
    assert address not in caplog.text


def test_what_is_of_no_use_any_more_is_not_sent(address: str, wait: Wait) -> None:
    until = clock.to_text(clock.now())
    row = leave(Letter(to=address, subject="Come in", body="Soon", until=until))
    wait(seconds=1)
    assert delivery.attempt(row) is True
    assert (mails_to(address), waiting(row.row_id)) == ([], None)


def test_a_dead_mail_server_ends_the_run(address: str, wait: Wait, settings: LazySettings) -> None:
    through(settings, free_port())
    left = [leave(letter(address)) for _ in range(7)]
    wait(minutes=2)
    outbox.deliver_due()
    tried = [row for row in left if (now := waiting(row.row_id)) is not None and now.tries]
    assert len(tried) <= delivery.FAILURES_BORNE


def test_a_job_told_to_stop_stops_between_two(address: str, wait: Wait) -> None:
    left = [leave(letter(address)) for _ in range(2)]
    wait(minutes=2)
    with pytest.raises(TurnOver):
        DELIVER_OUTBOX.work(Turn(is_over=lambda: bool(mails_to(address))))
    assert len(mails_to(address)) == 1
    outbox.deliver_due()
    assert eventually(lambda: mails_to(address), lambda it: len(it) == len(left))


def test_a_store_that_is_down_loses_nothing(address: str, wait: Wait) -> None:
    row = leave(letter(address))
    with faults.raising("UpdateItem", LOST):
        assert delivery.attempt(row) is False
    assert delivery.attempt(row) is True
    assert len(mails_to(address)) == 1
