"""One engine a folder, on loopback only, gone with its owner; each failure is one clear line."""

import importlib.util
import os
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from prework.localaws import DataDirInUse, LocalAws, LocalAwsFailed
from tests.localaws.clients import make_table
from tests.localaws.owner import Owner


def wait_until_gone(process_id: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{process_id}").exists():
        assert time.monotonic() < deadline, "the engine outlived its owner"
        time.sleep(0.05)


def test_a_second_start_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws:
        with pytest.raises(DataDirInUse) as refusal:
            LocalAws(tmp_path).start()
        assert str(refusal.value) == (
            f"{tmp_path} is in use by another prework (process {os.getpid()})"
        )
        make_table(aws)  # the first one was not disturbed


def test_the_folder_is_free_after_a_stop(tmp_path: Path) -> None:
    for _ in range(2):
        with LocalAws(tmp_path):
            pass


def test_the_engine_ends_with_its_owner(tmp_path: Path) -> None:
    with Owner(data_dir=tmp_path) as owner:
        owner.kill()
        wait_until_gone(owner.engine)


def test_in_memory_it_ends_with_its_owner_and_tidies_up() -> None:
    with Owner() as owner:
        assert owner.folder.is_dir()
        owner.kill()
        wait_until_gone(owner.engine)
        assert not owner.folder.exists()


def test_it_listens_on_loopback_only() -> None:
    with LocalAws(memory=True) as aws:
        sockets = open_files(aws.process_id)
        rows = [
            row.split()
            for table in ("/proc/net/tcp", "/proc/net/tcp6")
            for row in Path(table).read_text().splitlines()[1:]
        ]
        listening = {r[1] for r in rows if r[3] == "0A" and f"socket:[{r[9]}]" in sockets}
    port = int(aws.endpoint_url.rpartition(":")[2])
    assert listening == {f"0100007F:{port:04X}"}


def open_files(process_id: int | None) -> set[str]:
    """What a process has open, but for what it closes while we look."""
    found = set()
    for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(os.readlink(descriptor))
    return found


def test_an_unreadable_state_is_named_and_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state" / "dynamodb.json"
    state.parent.mkdir()
    state.write_text('{"half')
    with pytest.raises(LocalAwsFailed) as failure:
        LocalAws(tmp_path).start()
    assert f"{state} is not readable" in str(failure.value)
    assert "\n" not in str(failure.value)
    assert state.read_text() == '{"half'


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalAwsFailed) as failure:
        LocalAws(tmp_path / "file" / "data").start()
    assert str(failure.value).startswith(f"embedded AWS cannot use {tmp_path}/file/data: ")


def test_without_ministack_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LocalAwsFailed) as failure:
        LocalAws(memory=True).start()
    assert str(failure.value) == (
        "embedded AWS needs ministack: pip install -r requirements-dev.txt"
    )


def test_a_taken_port_is_replaced_by_a_free_one(tmp_path: Path) -> None:
    with LocalAws(memory=True) as other, LocalAws(tmp_path) as aws:
        (tmp_path / "port").write_text(other.endpoint_url.rpartition(":")[2])
        aws.stop()
        aws.start()
        assert aws.endpoint_url != other.endpoint_url
        assert httpx.get(f"{aws.endpoint_url}/_ministack/health").status_code == 200


def test_waiting_tells_a_death_from_a_stop(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws:
        assert aws.process_id is not None
        os.kill(aws.process_id, 9)
        assert aws.wait() == (
            f"embedded AWS ended with exit code -9: it said nothing (see {tmp_path}/engine.log)"
        )
    assert aws.wait() is None
