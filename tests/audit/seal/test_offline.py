"""python -m audit.offline: exported files and a public key, and nothing else, say what is true."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit import offline, services
from audit.engine.keys import to_pem
from audit.errors import NotAsSealed, NotSealedYet
from audit.services.keys import signer
from prework.errors import NotFound, PermissionDenied
from prework.ids import new_id
from prework.tenancy import Actor
from tests.audit.seal.trail import at, put_raw, raw_entries, seal, write
from tests.cast import Person
from tests.matching import ANY_TIME
from tests.prework.crates import somebody

ROOT = Path(__file__).parents[3]
Lines = list[dict[str, Any]]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key.pem"
    file.write_text(to_pem(signer().public_key))
    return file


@pytest.fixture
def actor() -> Actor:
    """An organisation with entries in three sealed windows, and one that is not sealed."""
    actor = somebody().holding({"audit.export", "audit.view"})
    for minutes in (0, 1, 5, 6, 20, 21):
        write(actor, minutes, big=2**60, part=0.1, text="ünï\u2028")
    seal(actor)
    write(actor, 40)
    return actor


def exported(actor: Actor, **more: Any) -> Lines:
    return [json.loads(line) for line in services.bundle(actor=actor, until=at(60), **more)]


def check(tmp_path: Path, key: Path, *files: Lines, options: tuple[str, ...] = ()) -> int:
    paths = []
    for number, lines in enumerate(files):
        paths.append(tmp_path / f"{number}.jsonl")
        paths[-1].write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return offline.main([*map(str, paths), "--public-key", str(key), *options])


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The problems that were named, and the last line apart."""
    *problems, _ = capsys.readouterr().out.splitlines()
    return [problem.partition(":")[0] for problem in problems]


def is_entry(line: dict[str, Any]) -> bool:
    return len(line) > 1


def test_in_a_bare_process(actor: Actor, tmp_path: Path, key: Path) -> None:
    """Without settings, and with neither Django nor AWS to be had."""
    file = tmp_path / "bundle.jsonl"
    file.write_bytes(b"".join(services.bundle(actor=actor, until=at(60))))
    forbidden = "import sys\nfor name in ('django', 'boto3', 'botocore', 'prework', 'pynamodb'):\n"
    run = "    sys.modules[name] = None\nfrom audit.offline import main\nsys.exit(main())"
    arguments = [str(file), "--public-key", str(key)]
    bare = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG")}
    done = subprocess.run(  # noqa: S603  our own interpreter and arguments
        [sys.executable, "-c", forbidden + run, *arguments],
        cwd=ROOT,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    assert done.stdout == (
        "as sealed: 6 entries and 3 digests checked, 1 not sealed, 0 not to be checked, "
        "0 problems\n"
    )
    assert done.returncode == 0


def alter_entry(lines: Lines) -> None:
    next(filter(is_entry, lines))["outcome"] = "denied"


def alter_big(lines: Lines) -> None:
    next(filter(is_entry, lines))["newValues"]["big"] += 1


def number_as_text(lines: Lines) -> None:
    entry = next(filter(is_entry, lines))
    entry["newValues"]["big"] = str(entry["newValues"]["big"])


def drop_entry(lines: Lines) -> None:
    lines.remove(next(filter(is_entry, lines)))


def add_entry(lines: Lines) -> None:
    entry = next(filter(is_entry, lines))
    lines.insert(-2, {**entry, "auditId": new_id(), "timestamp": "2001-01-01T00:00:00.000Z"})


def double_entry(lines: Lines) -> None:
    position = next(n for n, line in enumerate(lines) if is_entry(line))
    lines.insert(position, lines[position])


def swap_entries(lines: Lines) -> None:
    first, second, *_ = (n for n, line in enumerate(lines) if is_entry(line))
    lines[first], lines[second] = lines[second], lines[first]


def alter_digest(lines: Lines) -> None:
    next(line for line in lines if "digest" in line)["digest"]["entryCount"] = 1


def drop_digest(lines: Lines) -> None:
    first, second, *_ = (n for n, line in enumerate(lines) if "digest" in line)
    del lines[second : second + 5]
    assert first < second


def alter_leaf(lines: Lines) -> None:
    leaf = next(line for line in lines if "leaf" in line)["leaf"]
    leaf[2] = "0" * 64


def cut(lines: Lines) -> None:
    del lines[-1]


def spoil_line(lines: Lines) -> None:
    position = next(n for n, line in enumerate(lines) if is_entry(line))
    lines[position] = {"a": "line", "of": "something else"}


def add_member(lines: Lines) -> None:
    next(filter(is_entry, lines))["approvedBy"] = "the auditor"


def cut_first_window(lines: Lines) -> None:
    first, second, *_ = (n for n, line in enumerate(lines) if "digest" in line)
    del lines[first:second]


def cut_last_window(lines: Lines) -> None:
    *_, last = (n for n, line in enumerate(lines) if "digest" in line)
    del lines[last:-1]


def drop_seals(lines: Lines) -> None:
    lines[:] = [line for line in lines if "digest" not in line and "leaf" not in line]


def drop_all(lines: Lines) -> None:
    lines.clear()


def narrow(lines: Lines) -> None:
    """The file says that what was removed is of no time that it is to have entries of."""
    drop_entry(lines)
    lines[0]["bundle"]["from"] = "2999-01-01T00:00:00.000Z"


def spoil_seals(lines: Lines) -> None:
    """What is of a wrong form is named, and stops nobody."""
    digest = next(line for line in lines if "digest" in line)["digest"]
    lines.insert(-1, {"digest": {**digest, "signature": "é"}})
    lines.insert(-1, {"stored": {"SK": "no key"}})
    lines.insert(-1, {"digest": {**digest, "sequence": 10**100}})


@pytest.mark.parametrize(
    ("tamper", "kinds"),
    [
        (lambda lines: None, []),
        (add_member, ["altered"]),
        (cut_first_window, ["digest_broken"]),
        (cut_last_window, ["digest_broken"]),
        (drop_seals, ["digest_broken"]),
        (drop_all, ["digest_broken"]),
        (narrow, ["digest_broken"]),
        (spoil_seals, ["digest_broken"]),
        (alter_entry, ["altered"]),
        (alter_big, ["altered"]),
        (number_as_text, ["altered"]),
        (drop_entry, ["missing"]),
        (add_entry, ["added", "reordered"]),
        (double_entry, ["added"]),
        (swap_entries, ["reordered"]),
        (alter_digest, ["digest_broken"]),
        (drop_digest, ["digest_broken"]),
        (alter_leaf, ["altered", "digest_broken"]),
        (cut, ["digest_broken"]),
        (spoil_line, ["altered", "missing", "reordered"]),
    ],
)
def test_what_was_done_to_a_file_is_named(
    tamper: Callable[[Lines], None],
    kinds: list[str],
    actor: Actor,
    tmp_path: Path,
    key: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = exported(actor)
    tamper(lines)
    assert check(tmp_path, key, lines) == bool(kinds)
    assert sorted({problem.partition(" ")[0] for problem in told(capsys)}) == kinds


def test_a_name_that_is_there_twice(actor: Actor, tmp_path: Path, key: Path) -> None:
    """Of two readers one would take the first value, and the other the last."""
    lines = [json.dumps(line) for line in exported(actor)]
    doubled = [line.replace('"outcome"', '"outcome": "denied", "outcome"') for line in lines]
    file = tmp_path / "bundle.jsonl"
    for text, code in ((lines, 0), (doubled, 1)):
        file.write_text("\n".join(text))
        assert offline.main([str(file), "--public-key", str(key)]) == code


def test_what_is_no_file_proves_nothing(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe is empty when it is read for the second time."""
    os.mkfifo(tmp_path / "pipe")
    assert offline.main([str(tmp_path / "pipe"), "--public-key", str(key)]) == 2
    assert "no pipe will do" in capsys.readouterr().err


def test_stretches_that_follow_on_each_other(
    actor: Actor, tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = [json.loads(line) for line in services.bundle(actor=actor, until=at(5))]
    second = [json.loads(line) for line in services.bundle(actor=actor, since=at(5), until=at(60))]
    assert check(tmp_path, key, first, second) == 0
    drop_entry(first)
    capsys.readouterr()
    assert check(tmp_path, key, first, second) == 1
    assert [problem.partition(" ")[0] for problem in told(capsys)] == ["missing"]


def test_a_file_steers_no_terminal(
    actor: Actor, tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = exported(actor)
    next(filter(is_entry, lines))["auditId"] = "\x1b[2J\nas sealed: \ud800" + "x" * 10_000
    assert check(tmp_path, key, lines) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert not any(line.startswith("as sealed") for line in out.splitlines())
    assert max(map(len, out.splitlines())) < 1000


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("proof", {"leafIndex": 1e300}),
        ("digest", {"root": "no hash"}),
        ("digest", {"signature": "é"}),
    ],
)
def test_a_proof_of_a_wrong_form(
    name: str, more: dict[str, Any], actor: Actor, tmp_path: Path, key: Path
) -> None:
    wire = next(filter(is_entry, exported(actor)))
    proof = services.prove_entry(actor=actor, audit_id=wire["auditId"])
    value: dict[str, Any] = {"entry": wire, "digest": proof.digest, "proof": proof.proof}
    file = tmp_path / "proof.json"
    file.write_text(json.dumps({**value, name: {**value[name], **more}}))
    assert offline.main([str(file), "--public-key", str(key)]) == 1


def test_another_key_does_not_do(actor: Actor, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text("no key")
    assert offline.main([str(other), "--public-key", str(other)]) == 2
    other.write_text("YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE=")
    assert check(tmp_path, other, exported(actor)) == 1


def test_an_export_and_its_seals_in_two_files(actor: Actor, tmp_path: Path, key: Path) -> None:
    """Entries as `GET /api/audit/export` writes them, newest first or oldest."""
    entries = [line for line in exported(actor) if is_entry(line)]
    seals = exported(actor, has_entries=False)
    assert not any(is_entry(line) for line in seals)
    assert check(tmp_path, key, seals, entries) == 0
    assert check(tmp_path, key, entries[::-1], seals) == 0
    assert check(tmp_path, key, seals, entries[1:]) == 1
    assert check(tmp_path, key, seals, entries[1:], options=("--partial",)) == 0


def test_a_stretch_begins_and_ends_with_whole_windows(
    actor: Actor, tmp_path: Path, key: Path
) -> None:
    lines = [json.loads(line) for line in services.bundle(actor=actor, since=at(6), until=at(20))]
    assert [line["digest"]["sequence"] for line in lines if "digest" in line] == [2]
    assert len([line for line in lines if is_entry(line)]) == 2
    assert check(tmp_path, key, lines) == 0


def test_what_is_no_entry_goes_along_as_it_is(actor: Actor, tmp_path: Path, key: Path) -> None:
    other = somebody().holding({"audit.export"})
    write(other, 0)
    item = raw_entries(other)[0]
    put_raw({**item, "newValues": {"S": "{"}, "odd": {"B": b"\x00"}})
    seal(other)
    lines = exported(other)
    assert "stored" in lines[-2]
    assert check(tmp_path, key, lines) == 0


def test_taking_it_away_is_in_the_trail(alice: Person, carol: Person) -> None:
    list(services.bundle(actor=alice.actor, has_entries=False))
    (entry,) = alice.trail(action="AUDIT_EXPORTED")
    assert entry["newValues"] == {"format": "seals", "to": ANY_TIME}
    with pytest.raises(PermissionDenied):
        services.bundle(actor=carol.actor)


def test_a_proof_is_checked(actor: Actor, tmp_path: Path, key: Path) -> None:
    for item in raw_entries(actor)[:6]:
        audit_id = item["SK"]["S"].partition("#")[2]
        proof = services.prove_entry(actor=actor, audit_id=audit_id)
        wire = next(one for one in exported(actor) if one.get("auditId") == audit_id)
        value = {"entry": wire, "digest": proof.digest, "proof": proof.proof}
        file = tmp_path / "proof.json"
        for indent in (None, 2):
            file.write_text(json.dumps(value, indent=indent))
            assert offline.main([str(file), "--public-key", str(key)]) == 0
        for name in ("entry", "digest", "proof"):
            file.write_text(json.dumps({**value, name: {**value[name], "x": 1}}))
            is_ignored = name == "proof"  # what nobody has sealed is no part of an entry
            assert offline.main([str(file), "--public-key", str(key)]) == (not is_ignored)
        value["entry"]["userId"] = "somebody else"
        file.write_text(json.dumps(value))
        assert offline.main([str(file), "--public-key", str(key)]) == 1


def test_of_what_is_not_sealed_there_is_no_proof(actor: Actor) -> None:
    sealed, *_, unsealed = (item["SK"]["S"].partition("#")[2] for item in raw_entries(actor))
    with pytest.raises(NotSealedYet):
        services.prove_entry(actor=actor, audit_id=unsealed)
    with pytest.raises(NotFound):
        services.prove_entry(actor=actor, audit_id=new_id())
    with pytest.raises(NotFound):
        services.prove_entry(actor=actor, audit_id="no id")
    item = raw_entries(actor)[0]
    put_raw({**item, "outcome": {"S": "denied"}})
    with pytest.raises(NotAsSealed):
        services.prove_entry(actor=actor, audit_id=sealed)


def test_of_an_organisation_that_there_is_not_no_file_is_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no organisation nobody"):
        call_command("audit_bundle", "nobody", str(tmp_path / "bundle.jsonl"))


def test_the_commands_write_a_bundle_and_a_key(
    actor: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, key = tmp_path / "bundle.jsonl", tmp_path / "key.pem"
    call_command("audit_bundle", actor.organization_id, str(file), "--to", at(60).isoformat())
    capsys.readouterr()
    call_command("audit_public_key")
    key.write_text(capsys.readouterr().out)
    assert offline.main([str(file), "--public-key", str(key)]) == 0
