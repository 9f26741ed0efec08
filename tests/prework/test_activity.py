"""Activity: what happened on the platform, added up across processes and read in few Queries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import ceil

import pytest
from botocore.exceptions import EndpointConnectionError

from collab.engine import meters
from prework import activity, clock
from prework.activity import BUCKETS_HELD, COUNTERS, KEPT, ActivityBucket, Bucket, Counts
from prework.dynamo import find
from prework.errors import StorageUnavailable
from prework.tallies import Tally
from tests import faults
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person
from tests.media.uploads import uploaded
from tests.prework.conftest import SetClock

DOWN = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")


def shown(hours: int = 1) -> dict[str, dict[str, int]]:
    """The buckets in which something happened, by their time, and what it was."""
    return {
        f"{bucket.starts_at:%H:%M}": sums
        for bucket in activity.activity(hours)
        if (sums := {name: n for name in COUNTERS if (n := getattr(bucket, name))})
    }


def test_what_processes_count_adds_up_in_buckets_of_five_minutes(set_clock: SetClock) -> None:
    one, other = Counts(), Counts()
    for moment, process, counter, by in [
        ("10:05:00", one, "requests", 3),
        ("10:09:59", other, "requests", 4),
        ("10:09:59", other, "uploads", 1),
        ("10:10:00", one, "requests", 5),
    ]:
        set_clock.at(moment)
        process.add(counter, by)
        process.add_up()

    assert shown() == {"10:05": {"requests": 7, "uploads": 1}, "10:10": {"requests": 5}}


def test_adding_up_is_one_update_and_none_when_nothing_happened(
    set_clock: SetClock, store_calls: StoreCalls
) -> None:
    counts = Counts()
    counts.add_up()
    assert store_calls.dynamodb == []
    for counter in COUNTERS:
        counts.add(counter, 2)
    counts.add_up()
    counts.add_up()
    assert store_calls.dynamodb == ["UpdateItem"]
    assert shown() == {"00:00": dict.fromkeys(COUNTERS, 2)}


def test_buckets_in_which_nothing_happened_are_told_too(set_clock: SetClock) -> None:
    set_clock.at("00:07:30")
    present = set_clock.moment.replace(minute=5, second=0)
    told = activity.activity(2)
    five_minutes = timedelta(minutes=5)
    assert told == [Bucket(present - n * five_minutes) for n in reversed(range(24))]


@pytest.mark.parametrize("hours", [1, 23, 24, 25, 48, 192])
@pytest.mark.parametrize("moment", ["00:00:00", "00:02:00", "12:34:56", "23:59:59"])
def test_reading_takes_a_query_a_day(
    set_clock: SetClock, store_calls: StoreCalls, hours: int, moment: str
) -> None:
    set_clock.at(moment)
    assert len(activity.activity(hours)) == 12 * hours
    assert set(store_calls.dynamodb) == {"Query"}
    assert len(store_calls.dynamodb) <= ceil(hours / 24) + 1


@pytest.mark.parametrize("hours", [-1, 0, 193])
def test_more_hours_than_are_kept_are_refused(hours: int) -> None:
    with pytest.raises(ValueError, match="8 days"):
        activity.activity(hours)


def test_a_bucket_is_kept_for_eight_days(set_clock: SetClock) -> None:
    set_clock.at("10:07:00")
    counts = Counts()
    counts.add("requests")
    counts.add_up()
    begun = set_clock.moment.replace(minute=5)
    stored = find(ActivityBucket, f"PLATFORM#ACTIVITY#{begun:%Y-%m-%d}", "10:05")
    assert stored is not None
    assert (stored.kind, stored.requests) == ("ActivityBucket", 1)
    assert stored.expires_at == clock.to_epoch(begun + KEPT)


def test_what_the_store_does_not_take_is_added_later_where_it_belongs(
    set_clock: SetClock,
) -> None:
    counts = Counts()
    set_clock.at("10:00:00")
    counts.add("failures")
    with faults.raising("UpdateItem", DOWN), pytest.raises(StorageUnavailable):
        counts.add_up()
    counts.add("failures", 2)
    counts.add("requests")
    set_clock.at("10:06:00")
    counts.add_up()

    assert shown() == {"10:00": {"failures": 1}, "10:05": {"failures": 2, "requests": 1}}
    counts.add_up()
    assert shown()["10:00"] == {"failures": 1}


def test_of_a_store_that_is_down_for_long_the_last_two_hours_are_remembered(
    set_clock: SetClock, store_calls: StoreCalls
) -> None:
    counts = Counts()
    with faults.raising("UpdateItem", DOWN):
        for _ in range(BUCKETS_HELD + 6):
            counts.add("failures")
            with pytest.raises(StorageUnavailable):
                counts.add_up()
            set_clock.moment += timedelta(minutes=5)
    store_calls.clear()
    counts.add_up()

    assert store_calls.dynamodb == ["UpdateItem"] * BUCKETS_HELD
    times = list(shown(4))
    assert (times[0], times[-1], len(times)) == ("00:30", "02:25", BUCKETS_HELD)


def test_a_lost_answer_doubles_one_interval_and_no_more(set_clock: SetClock) -> None:
    counts = Counts()
    counts.add("requests")
    with faults.losing_answers("UpdateItem", 1), pytest.raises(StorageUnavailable):
        counts.add_up()
    counts.add_up()
    counts.add_up()
    assert shown() == {"00:00": {"requests": 2}}


def test_threads_that_count_at_once_all_count(set_clock: SetClock) -> None:
    counts = Counts()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: counts.add("requests"), range(20_000)))
    counts.add_up()
    assert shown() == {"00:00": {"requests": 20_000}}


def test_sign_ins_and_refusals_are_counted(
    alice: Person, anonymous: Api, set_clock: SetClock, counts: Counts
) -> None:
    for password in (PASSWORD, "a-wrong-password", PASSWORD):
        anonymous.post("/api/auth/login", {"email": alice.email, "password": password})
    counts.add_up()
    assert shown() == {"00:00": {"sign_ins": 2, "refused_sign_ins": 1, "requests": 3}}


def test_confirmed_uploads_are_counted(alice: Person, counts: Counts) -> None:
    before = sum(bucket.uploads for bucket in activity.activity(1))
    uploaded(alice)
    counts.add_up()
    assert sum(bucket.uploads for bucket in activity.activity(1)) == before + 1


def test_answers_of_5xx_are_failures_and_others_are_not(
    alice: Person, set_clock: SetClock, counts: Counts
) -> None:
    alice.api.get("/api/no-such-thing")
    with faults.raising("BatchGetItem", DOWN):
        assert alice.api.get("/api/teams").status_code == 503
    counts.add_up()
    assert shown() == {"00:00": {"requests": 2, "failures": 1}}


async def test_what_the_engine_tells_is_counted(set_clock: SetClock, counts: Counts) -> None:
    tally = Tally()
    tally.count(meters.OPERATIONS, 5)
    tally.count(meters.COMMITS)
    tally.measure(meters.COMMIT_LATENCY, 3.0)
    meters.count_rejected(tally, "storage_unavailable", 2)
    meters.count_rejected(tally, "conflict")
    tally.tell()
    tally.tell()
    counts.add_up()
    assert shown() == {"00:00": {"operations": 5, "failures": 2}}
