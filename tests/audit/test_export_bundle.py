"""GET /api/audit/export?format=bundle and /api/audit/public-key: all that an auditor needs."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django import Settings

from audit.engine.keys import key_id, read_public_key, to_pem
from audit.models import SHARDS
from audit.services import sealing
from audit.services.keys import signer
from audit.services.windows import closed_until
from prework import clock
from prework.http import files
from prework.jobs import Turn
from prework.localaws import LocalAws
from prework.tenancy import system_actor
from tests.audit.seal.trail import at, put_raw, raw_entries, seal, write
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person
from tests.collab.servers import CHECKOUT, Server, running
from tests.matching import ANY_TIME, problem

BUNDLE, KEYS = "/api/audit/export?format=bundle", "/api/audit/public-key"
OLD = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()


@pytest.fixture(scope="module")
def server(engine: LocalAws) -> Iterator[Server]:
    with running(engine) as (one,):
        yield one


@pytest.fixture
def short_windows(settings: Settings) -> None:
    settings.AUDIT_WINDOW_SECONDS, settings.AUDIT_GRACE_SECONDS = 1, 0


def seal_after(organization_id: str, entry: dict[str, Any]) -> None:
    """Seal up to after this entry, once its window is over."""
    while (until := closed_until(clock.now())) <= entry["timestamp"]:
        time.sleep(0.02)
    actor = system_actor(organization_id)
    assert sealing.seal_organization(actor=actor, until=until, turn=Turn())


def lines_of(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


def kinds(raw: bytes) -> set[str]:
    return {next(iter(line)) if len(line) == 1 else "entry" for line in lines_of(raw)}


def seal_all(person: Person) -> None:
    (newest, *_) = person.trail()
    seal_after(person.organization_id, newest)


def checked_offline(bundle: bytes, keys: list[dict[str, str]], folder: Path) -> tuple[int, str]:
    """What `python -m audit.offline` says, in a process that knows nothing of this one."""
    (folder / "bundle.jsonl").write_bytes(bundle)
    (folder / "key.pem").write_text("".join(key["pem"] for key in keys))
    files = [str(folder / "bundle.jsonl"), "--public-key", str(folder / "key.pem")]
    done = subprocess.run(  # noqa: S603  our own interpreter and arguments
        [sys.executable, "-m", "audit.offline", *files],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if name in ("PATH", "LANG")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.usefixtures("short_windows")
def test_from_registering_to_proving_over_http_alone(server: Server, tmp_path: Path) -> None:
    person = {"name": "Ada", "email": f"ada-{time.time_ns()}@example.com", "password": PASSWORD}
    with httpx.Client(base_url=server.url, timeout=30) as client:
        made = client.post("/api/auth/register", json={**person, "organizationName": "Acme"})
        client.headers["Authorization"] = f"Bearer {made.json()['token']}"
        for name in ("Crew", "Night shift"):
            assert client.post("/api/teams", json={"name": name}).status_code == 201
        newest, *older = client.get("/api/audit").json()["items"]
        seal_after(newest["organizationId"], newest)
        bundle = client.get(BUNDLE)
        keys = client.get(KEYS).json()["keys"]
    assert bundle.headers["Content-Type"] == "application/jsonl"
    assert 'filename="audit-bundle-2' in bundle.headers["Content-Disposition"]
    code, said = checked_offline(bundle.content, keys, tmp_path)
    assert said.startswith(f"as sealed: {len(older) + 1} entries and "), said
    assert said.endswith(", 0 not sealed, 0 not to be checked, 0 problems\n")
    assert code == 0
    assert bundle.content.count(b'"Crew"') == 1
    altered = bundle.content.replace(b'"Crew"', b'"Crow"')
    code, said = checked_offline(altered, keys, tmp_path)
    named = [line for line in said.splitlines() if line.startswith("altered ")]
    (crew,) = (one for one in [newest, *older] if "Crew" in str(one["newValues"]))
    assert (code, len(named)) == (1, 1)
    assert named[0].startswith(f"altered {crew['auditId']}: ")


@pytest.mark.usefixtures("short_windows")
def test_seals_alone_go_with_json_lines(alice: Person, tmp_path: Path) -> None:
    seal_all(alice)
    (newest, *_) = alice.trail()
    entries = alice.api.get(f"/api/audit/export?to={clock.to_text(clock.now())}").getvalue()
    got = alice.api.get("/api/audit/export?format=seals")
    seals = got.getvalue()
    assert 'filename="audit-seals-2' in got["Content-Disposition"]
    assert kinds(seals) == {"bundle", "digest", "leaf", "end"}
    assert newest["auditId"] in {line["auditId"] for line in lines_of(entries)}
    keys = alice.api.get(KEYS).json()["keys"]
    sealed_ones = b"".join(
        line + b"\n" for line in entries.splitlines() if b"AUDIT_EXPORTED" not in line
    )
    code, said = checked_offline(seals + sealed_ones, keys, tmp_path)
    assert (code, said.partition(":")[0]) == (0, "as sealed")


@pytest.mark.parametrize("form", ["bundle", "seals"])
def test_it_is_in_the_trail_once_before_its_first_byte(alice: Person, form: str) -> None:
    since = clock.to_text(clock.now())
    got = alice.api.get(f"/api/audit/export?format={form}&from={since}")
    (entry,) = alice.trail(action="AUDIT_EXPORTED")
    assert entry["newValues"] == {"format": form, "from": since, "to": ANY_TIME}
    assert (entry["entityType"], entry["entityId"]) == ("audit", alice.organization_id)
    begin, end = lines_of(got.getvalue())
    span = {"from": since, "to": entry["newValues"]["to"]}
    assert begin == {"bundle": {"organizationId": alice.organization_id, **span}}
    assert end == {"end": {"digests": 0, "entries": 0}}
    assert len(alice.trail(action="AUDIT_EXPORTED")) == 1


@pytest.mark.parametrize("form", ["bundle", "seals"])
@pytest.mark.parametrize("name", ["userId", "action", "entityType", "requestId", "outcome"])
def test_a_filter_would_make_it_worth_nothing(alice: Person, form: str, name: str) -> None:
    got = alice.api.get(f"/api/audit/export?format={form}&{name}=success")
    fields = [(one["field"], one["code"]) for one in got.json()["errors"]]
    assert (got.status_code, fields) == (400, [(name, "not_with_seals")])
    assert alice.trail(action="AUDIT_EXPORTED") == []


def test_who_may_not(max_: Person, mallory: Person, alice: Person, anonymous: Api) -> None:
    refused = max_.api.get(BUNDLE)
    assert refused.json() == problem(403, "permission_denied", permission="audit.export")
    assert anonymous.get(BUNDLE).json() == problem(401, "not_authenticated")
    assert alice.organization_id.encode() not in mallory.api.get(BUNDLE).getvalue()
    assert alice.trail(action="AUDIT_EXPORTED") == []


def test_it_has_the_places_of_all_exports(alice: Person) -> None:
    first, second = alice.api.get(BUNDLE), alice.api.get("/api/audit/export")
    third = alice.api.get(BUNDLE)
    assert third.json() == problem(429, "rate_limited", retryAfter=files.BUSY_SECONDS)
    first.close()
    assert second.getvalue()
    assert kinds(alice.api.get(BUNDLE).getvalue()) == {"bundle", "entry", "end"}


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_from_long_ago_costs_no_more_than_from_the_beginning(
    since: str, alice: Person, store_calls: StoreCalls
) -> None:
    costs = []
    for span in ("", f"&from={since}"):
        store_calls.clear()
        lines = lines_of(alice.api.get(BUNDLE + span).getvalue())
        assert lines[-1]["end"]["entries"] == len(alice.trail()) - 1
        costs.append(store_calls.dynamodb.count("Query"))
    assert costs[1] <= costs[0] + SHARDS  # the entry of the first bundle is read, too
    assert costs[0] < 200


def test_what_is_asked_of_the_future_is_empty(alice: Person) -> None:
    begin, end = lines_of(alice.api.get(f"{BUNDLE}&from=9999-12-01T00:00:00Z").getvalue())
    assert (next(iter(begin)), end) == ("bundle", {"end": {"digests": 0, "entries": 0}})


def test_head_leaves_nothing(alice: Person, store_calls: StoreCalls) -> None:
    got = alice.api.call("HEAD", BUNDLE)
    assert (got.status_code, got["Content-Type"]) == (200, files.TYPES["jsonl"])
    assert store_calls.after_sign_in() == []


def test_it_is_read_as_it_is_sent(
    alice: Person, store_calls: StoreCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes in range(0, 30, 6):
        write(alice.actor, minutes)
    seal(alice.actor)
    monkeypatch.setattr(files, "READ_AT_ONCE", 1)
    span = f"&from={clock.to_text(at(-1))}&to={clock.to_text(at(60))}"
    parts: Iterator[bytes] = alice.api.get(BUNDLE + span).streaming_content
    store_calls.clear()
    counts, read = [], []
    for part in parts:
        counts.append(part.count(b"\n"))
        read.append(len(store_calls.s3))
    assert max(counts) == 1
    assert len(set(read)) > 5  # the archive is read on from digest to digest


@pytest.mark.parametrize("text", ['"\\ud800"', "NaN", "1e999"])
def test_what_no_json_has_does_not_end_it(alice: Person, text: str, tmp_path: Path) -> None:
    write(alice.actor, 0)
    (item,) = raw_entries(alice.actor)
    put_raw({**item, "newValues": {"S": f'{{"a": {text}}}'}})
    seal(alice.actor)
    bundle = alice.api.get(f"{BUNDLE}&to={clock.to_text(at(60))}").getvalue()
    assert kinds(bundle) == {"bundle", "digest", "leaf", "stored", "end"}
    code, said = checked_offline(bundle, alice.api.get(KEYS).json()["keys"], tmp_path)
    assert (code, said.partition(":")[0]) == (0, "as sealed"), said


def test_the_keys_are_the_one_that_signs_and_those_of_before(
    alice: Person, carol: Person, anonymous: Api, settings: Settings, store_calls: StoreCalls
) -> None:
    settings.AUDIT_PUBLIC_KEYS = [base64.b64encode(OLD.public_bytes_raw()).decode()]
    now = signer().public_key
    store_calls.clear()
    got = alice.api.get(KEYS)
    assert got.json() == {"keys": [shown(now, current=True), shown(OLD, current=False)]}
    assert store_calls.after_sign_in() == []
    read = [read_public_key(one["pem"]) for one in got.json()["keys"]]
    assert [key_id(key) for key in read] == [one["keyId"] for one in got.json()["keys"]]
    denied = carol.api.get(KEYS)
    assert denied.json() == problem(403, "permission_denied", permission="audit.view")
    assert anonymous.get(KEYS).json() == problem(401, "not_authenticated")


def shown(key: Any, *, current: bool) -> dict[str, Any]:
    name = {"keyId": key_id(key), "algorithm": "Ed25519"}
    return {**name, "current": current, "goodUntil": None, "pem": to_pem(key)}
