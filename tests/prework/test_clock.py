"""Times sort as texts do, whatever their year."""

from datetime import UTC, datetime

import pytest

from prework import clock
from prework.errors import ValidationFailed
from prework.wire import Input, Moment


class WhenInput(Input):
    at = Moment()


def test_years_are_four_digits() -> None:
    assert clock.to_text(datetime(300, 1, 1, tzinfo=UTC)) == "0300-01-01T00:00:00.000Z"


def test_now_is_what_its_text_says() -> None:
    now = clock.now()
    assert clock.from_text(clock.to_text(now)) == now


@pytest.mark.parametrize(
    "odd",
    [
        "2026-01-01X00:00:00Z",
        "2026-W01-1T00:00:00Z",
        "20260101T000000Z",
        "0001-01-01T00:00:00+01:00",
    ],
)
def test_only_rfc_3339_is_read(odd: str) -> None:
    with pytest.raises(ValidationFailed):
        WhenInput.read({"at": odd})
