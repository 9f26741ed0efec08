"""The kill tests' own judgement: a lost, a doubled and a changed operation are seen."""

from random import Random

import pytest

from bench.kill.clients import Client, Seat
from bench.kill.replica import Gap, Replica
from bench.kill.report import Row, as_json, is_whole, table
from bench.kill.truth import History, Verdict, compare_acks

LOG = [{"version": 1, "operationId": "a"}, {"version": 2, "operationId": "b"}]


@pytest.fixture
def client() -> Client:
    seat = Seat("client-1", "token", "checklist-1", lambda: None)
    return Client(seat, Random(1))


def history_of(*ids: str) -> History:
    history = History()
    rows = [{"version": version, "operationId": name} for version, name in enumerate(ids, 1)]
    assert history.take(rows, 0) == []
    return history


def judged(client: Client, history: History) -> Verdict:
    verdict = Verdict()
    compare_acks([client], history, verdict)
    return verdict


def acknowledged(client: Client, name: str, version: int, *, again: bool = False) -> None:
    if not again:
        client.tally.sent({"operationId": name})
    client.tally.ack(name, version, is_duplicate=again)


def test_what_is_as_it_was_told_is_fine(client: Client) -> None:
    acknowledged(client, "a", 1)
    acknowledged(client, "b", 2)
    acknowledged(client, "b", 2, again=True)
    assert judged(client, history_of("a", "b")) == Verdict()


def test_a_lost_operation_is_seen(client: Client) -> None:
    acknowledged(client, "a", 1)
    acknowledged(client, "b", 2)
    assert judged(client, history_of("a")).lost == ["b"]


def test_an_operation_at_another_version_is_lost(client: Client) -> None:
    acknowledged(client, "a", 2)
    assert judged(client, history_of("a", "b")).lost == ["a"]


def test_a_doubled_operation_is_seen(client: Client) -> None:
    acknowledged(client, "a", 1)
    assert judged(client, history_of("a", "a")).doubled == ["a"]


def test_a_refused_operation_in_the_log_is_seen(client: Client) -> None:
    client.tally.sent({"operationId": "a"})
    client.tally.refuse("a", "conflict")
    assert judged(client, history_of("a")).wrong == ["a is in the log, and was refused"]


def test_an_ack_of_what_was_never_sent_is_seen(client: Client) -> None:
    client.tally.ack("a", 1, is_duplicate=False)
    assert "never sent" in judged(client, history_of("a")).wrong[0]


def test_two_acks_at_two_versions_are_seen(client: Client) -> None:
    acknowledged(client, "a", 1)
    acknowledged(client, "a", 2, again=True)
    assert judged(client, history_of("a")).wrong == ["a was acknowledged at 1 and at 2"]


def test_a_gap_in_the_log_is_seen() -> None:
    assert History().take([LOG[1]], 0) == ["the log has 2 where 1 belongs"]


def test_a_changed_log_is_seen() -> None:
    history = history_of("a", "c")
    assert history.take(LOG, 0) == ["version 2 has changed in the log"]


def test_a_gap_on_a_socket_is_seen() -> None:
    replica = Replica()
    replica.replace({}, 3, "epoch")
    with pytest.raises(Gap, match="version 5 came after 3"):
        replica.follow({"type": "update", "path": "checklist-1.title", "newValue": ""}, 5)


def test_a_report_with_anything_wrong_is_not_whole(client: Client) -> None:
    fine = Row("fine", 0.0, 0.0, 1, client.tally.counts, Verdict())
    broken = Row("broken", 0.0, 0.0, 1, client.tally.counts, Verdict(lost=["a"]))
    assert is_whole([fine])
    assert not is_whole([])
    assert not is_whole([fine, broken])
    assert "broken: lost a\n1 of 2 events broke a promise." in table([fine, broken])
    assert b'"isWhole": false' in as_json([fine, broken], seed=1)
