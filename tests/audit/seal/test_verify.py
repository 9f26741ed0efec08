"""GET /api/audit/verify, GET /api/audit/{auditId}/proof, and the commands."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.core.management import CommandError, call_command

from audit import serializers, services, views
from audit.engine.canonical import FIELDS
from audit.engine.keys import to_pem
from audit.errors import RangeTooLong
from audit.models import Entry
from audit.queries import entry_key
from audit.services import chain, sealing, verifying
from audit.services.keys import signer
from audit.services.windows import Stored, closed_until
from prework import aws, clock
from prework.dynamo import connection, find
from prework.ids import new_id
from prework.jobs import Turn
from prework.tables import AUDIT_LOG
from prework.tenancy import Actor
from tests.audit.seal.trail import (
    at,
    delete_raw,
    put_raw,
    raw_entries,
    seal,
    store,
    write,
)
from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.figures import Figures
from tests.matching import ANY_TIME, Matches, problem
from tests.prework.crates import somebody

WORDS = Matches(".+")


def seal_all(person: Person) -> None:
    """Seal what has been written until now, as half an hour from now."""
    later = clock.now() + timedelta(minutes=30)
    sealing.seal_organization(actor=person.actor, until=closed_until(later), turn=Turn())


def test_all_is_as_it_was_sealed(alice: Person, figures: Figures) -> None:
    seal_all(alice)
    until = alice.trail()[0]["timestamp"]
    assert alice.api.get(f"/api/audit/verify?to={until}").json() == {
        "valid": True,
        "entriesChecked": len(alice.trail()),
        "digestsChecked": 1,
        "unsealed": 0,
        "unverified": 0,
        "problemCount": 0,
        "problems": [],
        "from": ANY_TIME,
        "to": until,
    }
    assert [one.value for one in figures.of("AuditVerifyProblems")] == [0]


def test_what_was_altered_is_named(alice: Person, figures: Figures) -> None:
    (entry,) = alice.trail(action="ORGANIZATION_REGISTERED")
    seal_all(alice)
    day, shard = entry["timestamp"][:10], str(int(entry["auditId"][-2:], 16) % 4)
    key = {
        "PK": {"S": f"ORG#{alice.organization_id}#{day}#{shard}"},
        "SK": {"S": f"{entry['timestamp']}#{entry['auditId']}"},
    }
    item = store().get_item(TableName=AUDIT_LOG.name, Key=key)["Item"]
    store().put_item(TableName=AUDIT_LOG.name, Item={**item, "ip": {"S": "198.51.100.1"}})
    body = alice.api.get("/api/audit/verify").json()
    assert (body["valid"], body["problemCount"]) == (False, 1)
    assert [one.value for one in figures.of("AuditVerifyProblems")] == [1]
    assert body["problems"] == [{"kind": "altered", "auditId": entry["auditId"], "detail": WORDS}]


@pytest.mark.parametrize(
    "altered",
    [
        {"newValues": {"S": "{"}},
        {"newValues": {"S": '{"name": "\\ud800"}'}},
        {"newValues": {"NULL": True}},
        {"timestamp": {"N": "1"}},
        {"outcome": {"M": {}}},
    ],
    ids=["no JSON", "no text", "no value", "a number", "a map"],
)
def test_one_that_was_altered_hides_no_other(altered: dict[str, Any], alice: Person) -> None:
    """The trail can be read and taken away, and of what was altered there is no proof."""
    seal_all(alice)
    before = alice.trail()
    victim = raw_entry(alice, before[0])
    put_raw({**victim, **altered})
    assert [one["auditId"] for one in alice.trail()] == [one["auditId"] for one in before]
    exported = alice.api.get("/api/audit/export")
    lines = b"".join(exported.streaming_content).splitlines()
    assert len(lines) == len(before)
    assert len(list(services.bundle(actor=alice.actor))) > len(before)
    answer = alice.api.get(f"/api/audit/{before[0]['auditId']}/proof")
    assert answer.json() == problem(409, "not_as_sealed")


def raw_entry(person: Person, entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the list as the store has it."""
    pk, sk = entry_key(person.actor, entry["timestamp"], entry["auditId"])
    found = store().get_item(TableName=AUDIT_LOG.name, Key={"PK": {"S": pk}, "SK": {"S": sk}})
    item: dict[str, Any] = found["Item"]
    return item


def test_what_is_written_while_it_checks_is_of_no_time_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long trail takes longer than clocks may differ."""
    actor = somebody().holding({"audit.view"})
    write(actor, 0)
    write(actor, 10)
    moments = iter([0.0, 600.0])
    monkeypatch.setattr(verifying, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    found = services.verify_trail(actor=actor, now=at(0), since=at(-60))
    assert (found.valid, found.unsealed) == (True, 2)


def test_a_broken_digest_is_named(alice: Person) -> None:
    seal_all(alice)
    place = chain.digest_key(alice.organization_id, 1)
    aws.s3().put_object(Bucket=settings.AUDIT_BUCKET, Key=place, Body=b"{}")
    body = alice.api.get("/api/audit/verify").json()
    digest_id = f"{alice.organization_id}/000000000001"
    assert body["problems"] == [{"kind": "digest_broken", "digestId": digest_id, "detail": WORDS}]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2020-01-01T00:00:00Z&to=2020-05-01T00:00:00Z", "range_too_long"),
        ("from=0001-01-01T00:00:00Z", "range_too_long"),
        ("from=2020-02-01T00:00:00Z&to=2020-01-01T00:00:00Z", "validation_failed"),
        ("from=yesterday", "validation_failed"),
        ("from=2020-01-01T00:00:00&to=2020-02-01T00:00:00Z", "validation_failed"),
    ],
)
def test_a_range_that_cannot_be(query: str, code: str, alice: Person) -> None:
    answer = alice.api.get(f"/api/audit/verify?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    "query",
    [
        "to=0001-01-01T00:00:00Z",
        "from=9999-12-01T00:00:00Z",
        "from=9999-12-01T00:00:00Z&to=9999-12-31T23:59:59Z",
    ],
)
def test_a_range_in_which_nothing_can_be(query: str, alice: Person) -> None:
    answer = alice.api.get(f"/api/audit/verify?{query}")
    assert (answer.status_code, answer.json()["valid"]) == (200, True)
    assert answer.json()["entriesChecked"] == 0


def test_more_entries_than_anybody_waits_for(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.api.post("/api/teams", {"name": "One more"})
    monkeypatch.setattr(verifying, "MAX_ENTRIES", 1)
    answer = alice.api.get("/api/audit/verify")
    assert answer.json() == problem(400, "range_too_long")


def test_two_at_once_and_the_third_is_told_when(alice: Person, mallory: Person) -> None:
    leaves = [views.CHECKS.take(alice.organization_id) for _ in range(2)]
    answer = alice.api.get("/api/audit/verify")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert mallory.api.get("/api/audit/verify").status_code == 200
    for leave in leaves:
        leave()
    assert alice.api.get("/api/audit/verify").status_code == 200


def test_more_digests_than_anybody_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no beginning is given, less is checked; `from` says since when."""
    actor = somebody()
    for minutes in (0, 6, 12):
        write(actor, minutes)
    seal(actor)
    monkeypatch.setattr(verifying, "MAX_DIGESTS", 2)
    monkeypatch.setattr(clock, "now", lambda: at(72))
    with pytest.raises(RangeTooLong):
        services.verify_range(actor=actor, since=at(0))
    with pytest.raises(RangeTooLong):
        services.verify_range(actor=actor, since=at(0), until=at(13))
    found = services.verify_range(actor=actor)
    assert (found.since, found.digests_checked) == (clock.to_text(at(12)), 2)
    assert found.entries_checked == 1


@pytest.mark.parametrize("path", ["verify", "{}/proof"])
def test_it_needs_audit_view(path: str, bob: Person, anonymous: Api) -> None:
    where = f"/api/audit/{path.format(new_id())}"
    answer = bob.api.get(where)
    assert answer.json() == problem(403, "permission_denied", permission="audit.view")
    assert anonymous.get(where).json() == problem(401, "not_authenticated")


def test_a_proof(alice: Person) -> None:
    entries = alice.trail()
    seal_all(alice)
    entry = entries[0]
    body = alice.api.get(f"/api/audit/{entry['auditId']}/proof").json()
    assert body["entry"] == entry
    assert body["digest"]["organizationId"] == alice.organization_id
    assert body["digest"]["entryCount"] == len(entries) == body["proof"]["treeSize"]
    assert set(body["proof"]) == {"leafIndex", "treeSize", "leafHash", "path"}


def test_there_is_none_before_it_is_sealed(alice: Person) -> None:
    entry = alice.trail()[0]
    answer = alice.api.get(f"/api/audit/{entry['auditId']}/proof")
    assert answer.json() == problem(409, "not_sealed_yet")


def test_another_organisations_entry_is_not_there(alice: Person, mallory: Person) -> None:
    entry = alice.trail()[0]
    seal_all(alice)
    for audit_id in (entry["auditId"], new_id(), "no-id"):
        answer = mallory.api.get(f"/api/audit/{audit_id}/proof")
        assert answer.json() == problem(404, "not_found")


def test_what_is_sealed_of_an_entry_is_what_is_exported_of_it(alice: Person) -> None:
    """A member more on the wire is a version more of the digest."""
    assert set(serializers.EntryOutput().fields) == set(FIELDS)
    (wire,) = alice.trail(action="ORGANIZATION_REGISTERED")
    day, shard = wire["timestamp"][:10], int(wire["auditId"][-2:], 16) % 4
    pk, sk = alice.actor.key(day, str(shard)), f"{wire['timestamp']}#{wire['auditId']}"
    entry = find(Entry, pk, sk)
    assert entry is not None
    stored = Stored(sk, shard, day, entry.serialize())
    assert stored.to_wire() == wire == serializers.EntryOutput.show(entry)


def test_a_day_costs_four_queries(store_calls: StoreCalls) -> None:
    actor = somebody()
    write(actor, 0)
    seal(actor)
    store_calls.clear()
    verifying.verify_trail(actor=actor, since=at(-60), until=at(60), now=at(60))
    assert store_calls.dynamodb == ["GetItem", *["Query"] * 4, "GetItem"]
    found_by_halving, to_begin_with, listed = "GetObject", "GetObject", "ListObjectVersions"
    digest_and_leaves = ["GetObject", "GetObject"]
    assert store_calls.s3 == [found_by_halving, to_begin_with, listed, *digest_and_leaves]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_that_all_is_well(tmp_path: Path) -> None:
    actor = tampered_with(is_tampered=False)
    key = tmp_path / "key.pem"
    key.write_text(to_pem(signer().public_key))
    said = run("audit_verify", "--organization", actor.organization_id, "--public-key", str(key))
    assert said == (
        f"{actor.organization_id}: as sealed, 2 entries and 1 digests checked, "
        "0 not sealed yet, 0 not to be checked\n"
    )


def test_the_command_names_each_problem() -> None:
    actor = tampered_with(is_tampered=True)
    out = StringIO()
    span = ("--from", at(-60).date().isoformat(), "--to", at(60).isoformat())
    with pytest.raises(CommandError, match="not as sealed: 1 problems"):
        call_command("audit_verify", "--organization", actor.organization_id, *span, stdout=out)
    assert out.getvalue().startswith("missing ")


def test_the_command_with_another_key(tmp_path: Path) -> None:
    actor = tampered_with(is_tampered=False)
    key = tmp_path / "key.pem"
    key.write_text("YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE=\n")
    with pytest.raises(CommandError, match="not as sealed"):
        run("audit_verify", "--organization", actor.organization_id, "--public-key", str(key))
    key.write_text("")
    with pytest.raises(CommandError, match="no public key"):
        run("audit_verify", "--organization", actor.organization_id, "--public-key", str(key))


def test_of_an_organisation_that_there_is_not_nothing_is_well() -> None:
    with pytest.raises(CommandError, match="there is no organisation nobody"):
        run("audit_verify", "--organization", "nobody")


def test_a_range_that_ends_before_it_begins_is_none() -> None:
    with pytest.raises(CommandError, match="--to is before --from"):
        run("audit_verify", "--from", "2026-12-01", "--to", "2026-01-01")


def test_a_time_that_utc_does_not_have_is_none() -> None:
    with pytest.raises(CommandError, match="is no time"):
        run("audit_verify", "--from", "0001-01-01T00:00:00+14:00")


def test_a_store_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    for client in (connection().client, aws.s3()):
        monkeypatch.setattr(client, "_make_api_call", fail)
    for command in ("audit_verify", "audit_digest"):
        with pytest.raises(CommandError, match="the store does not answer"):
            run(command)


def tampered_with(*, is_tampered: bool) -> Actor:
    """A trail that was sealed, and one entry of it removed if so wished."""
    actor = somebody()
    write(actor, 0)
    write(actor, 1)
    said = run("audit_digest", "--organization", actor.organization_id)
    assert said == f"{actor.organization_id}: 1 digests made\n"
    if is_tampered:
        delete_raw(raw_entries(actor)[0])
    return actor


def test_whoever_was_ever_sealed_is_checked(alice: Person) -> None:
    """Also one that is in no list of organisations any more."""
    actor = somebody()
    write(actor, 0)
    seal(actor)
    found = set(chain.organization_ids())
    assert {alice.organization_id, actor.organization_id, "PLATFORM"} <= found
