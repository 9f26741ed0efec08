"""Nothing arrives behind a seal: an entry is written soon after its time, or never."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from prework import clock
from prework.aws import MAX_CLOCK_SKEW_SECONDS
from prework.changes import Change
from prework.errors import StorageUnavailable
from prework.transactions import LAST_ATTEMPT
from tests import faults
from tests.audit.seal.trail import at, clock_at, raw_entries, seal, verify
from tests.prework.crates import CrateMoved, somebody


def test_an_entry_bears_the_time_of_its_commit() -> None:
    actor = somebody()
    with clock_at(at(0)):
        change = Change(actor=actor)
        change.__enter__()
        change.record(CrateMoved(entity_id="c1"))
    assert seal(actor, at(30)) == 0
    with clock_at(at(31)):
        change.__exit__(None, None, None)
    (item,) = raw_entries(actor)
    assert item["timestamp"] == {"S": clock.to_text(at(31))}
    seal(actor)
    assert verify(actor).valid


@pytest.mark.parametrize("is_held", [True, False])
def test_one_that_is_held_too_long_is_given_up(
    is_held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt is refused, and meanwhile the process sleeps, whatever its timers say."""
    actor, began = somebody(), clock.now()
    slept = LAST_ATTEMPT + timedelta(seconds=1 if is_held else -1)

    def sleep(**_: Any) -> None:
        monkeypatch.setattr(clock, "now", lambda: began + slept)

    conflict = faults.answer(400, faults.CONFLICT)
    with (
        faults.answering_first("TransactWriteItems", conflict, times=1) as calls,
        faults.hooked("after-call.dynamodb.TransactWriteItems", sleep),
    ):
        if is_held:
            with pytest.raises(StorageUnavailable), Change(actor=actor) as change:
                change.record(CrateMoved(entity_id="c1"))
        else:
            with Change(actor=actor) as change:
                change.record(CrateMoved(entity_id="c1"))
    assert len(calls) == (1 if is_held else 2)


def test_the_grace_is_longer_than_any_entry_is_under_way() -> None:
    """Its last attempt, the answer to it, and two clocks that are off in opposite directions."""
    answer = 1 + settings.STORE_TIMEOUT_SECONDS
    longest = LAST_ATTEMPT.total_seconds() + answer + 2 * MAX_CLOCK_SKEW_SECONDS
    assert longest < settings.AUDIT_GRACE_SECONDS
    assert LAST_ATTEMPT.total_seconds() + answer < 30
    assert 86_400 % settings.AUDIT_WINDOW_SECONDS == 0
