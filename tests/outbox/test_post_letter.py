"""A letter is a part of what it tells of: written with it, and sent when that is stored."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings

from prework import outbox
from prework.changes import Change
from prework.ids import new_id
from prework.outbox import Letter
from prework.threads import Hands
from tests import faults
from tests.calls import StoreCalls
from tests.outbox.looking import all_waiting, eventually, leave, mails_to, waiting, write
from tests.outbox.smtp import serving
from tests.prework.crates import CrateMoved, crate, somebody


def letter(address: str, subject: str = "Come in") -> Letter:
    return Letter(to=address, subject=subject, body="By this: pwi_secret-token")


def test_it_is_sent_and_the_row_is_gone(address: str) -> None:
    write(letter(address))
    [mail] = eventually(lambda: mails_to(address))
    assert (mail.subject, mail.body) == ("Come in", "By this: pwi_secret-token")
    row_id = mail.extra_headers["Message-ID"].strip("<>").partition("@")[0]
    assert eventually(lambda: waiting(row_id), lambda row: row is None) is None


def test_it_is_one_more_item_of_the_same_transaction(
    address: str, store_calls: StoreCalls
) -> None:
    actor = somebody()
    for _ in range(2):  # the first entry of a day is listed by a call of its own
        store_calls.clear()
        with Change(actor=actor) as change:
            outbox.post(change, letter(address))
            change.record(CrateMoved(entity_id="c1"))
    assert store_calls.dynamodb == ["TransactWriteItems"]


def test_what_fails_sends_nothing(address: str) -> None:
    actor = somebody()
    with pytest.raises(KeyError), Change(actor=actor) as change:
        outbox.post(change, letter(address))
        raise KeyError
    item = crate(actor)
    for is_first in (True, False):
        try:
            with Change(actor=actor) as change:
                change.put(item, otherwise=LookupError)
                if not is_first:
                    outbox.post(change, letter(address))
                change.record(CrateMoved(entity_id="c1"))
        except LookupError:
            assert not is_first
    write(letter(address, subject="Last"))
    sent = eventually(lambda: mails_to(address))
    assert [one.subject for one in sent] == ["Last"]


def test_nothing_of_it_can_be_read_in_the_store(address: str) -> None:
    row = leave(letter(address))
    kept = waiting(row.row_id)
    assert kept is not None
    raw = str(kept.serialize())
    assert "pwi_" not in raw
    assert address not in raw
    assert kept.content["body"] == "By this: pwi_secret-token"


def test_a_row_in_the_place_of_another_opens_nothing(address: str) -> None:
    row = leave(letter(address))
    row.row_id = new_id()
    with pytest.raises(outbox.Undeliverable):
        _ = row.content


def test_what_posts_it_does_not_wait_for_it(address: str) -> None:
    with faults.holding("UpdateItem", in_outbox=True) as (is_held, release):
        write(letter(address))
        assert is_held.wait(faults.PATIENCE_SECONDS)
        assert mails_to(address) == []
        release.set()
    assert len(eventually(lambda: mails_to(address))) == 1


def test_a_real_mail_server_gets_all_of_it(address: str, settings: LazySettings) -> None:
    with serving() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_PORT = server.port
        write(letter(address, subject="Grüezi\r\nBcc: mallory@example.com"))
        [mail] = eventually(lambda: server.mails)
    assert mail["To"] == address
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@prework.test>")
    assert "pwi_secret-token" in str(mail.get_payload())


@pytest.mark.parametrize(
    "values", [{"to": ""}, {"to": "x" * 400}, {"body": "x" * (64 * 1024 + 1)}]
)
def test_what_is_too_much_is_no_letter(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one address"):
        replace(letter("bob@example.com"), **values)


def test_a_long_subject_is_cut(address: str) -> None:
    assert len(letter(address, subject="x" * 900).subject) == 200


def test_a_crowded_queue_leaves_rows_in_the_store(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Hands("nobody", count=0, most_waiting=1)
    monkeypatch.setattr(outbox.delivery, "HANDS", nobody)
    for _ in range(3):
        write(letter(address))
    assert mails_to(address) == []
    assert len([row for row in all_waiting() if row.content.get("to") == address]) == 3
