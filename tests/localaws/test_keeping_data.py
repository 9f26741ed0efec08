"""What embedded AWS was given is there the next time, however it ended."""

import resource
import time
from pathlib import Path

import httpx
import pytest

from prework.localaws import LocalAws
from prework.localaws.checkpoint import SECONDS_BETWEEN
from tests.localaws.clients import client, keys_in, make_table, put_items
from tests.localaws.owner import Owner

SOON = SECONDS_BETWEEN + 9  # on a machine that is busy with other tests


def wait_until_saved(folder: Path, key: str) -> None:
    """Wait until a checkpoint holds this key, failing when that takes more than a few seconds."""
    saved = folder / "state" / "dynamodb.json"
    deadline = time.monotonic() + SOON
    while not (saved.exists() and f'"{key}"' in saved.read_text()):
        assert time.monotonic() < deadline, f"{key} was not saved in {SOON} s"
        time.sleep(0.05)


def test_after_a_clean_stop(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws, client("s3", aws) as s3:
        make_table(aws)
        put_items(aws, "first", "last")
        s3.create_bucket(Bucket="files")
        s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
        version = s3.put_object(Bucket="files", Key="a", Body=b"one")["VersionId"]
        s3.put_object(Bucket="files", Key="a", Body=b"two")
    with LocalAws(tmp_path) as aws, client("s3", aws) as s3:
        assert keys_in(aws) == {"first", "last"}
        assert s3.get_object(Bucket="files", Key="a")["Body"].read() == b"two"
        old = s3.get_object(Bucket="files", Key="a", VersionId=version)
        assert old["Body"].read() == b"one"
        assert s3.get_bucket_versioning(Bucket="files")["Status"] == "Enabled"


def test_after_kill_9_of_everything(tmp_path: Path) -> None:
    with Owner(data_dir=tmp_path) as owner:
        make_table(owner)
        put_items(owner, "early")
        wait_until_saved(tmp_path, "early")
        owner.kill_everything()
    with LocalAws(tmp_path) as aws:
        assert keys_in(aws) == {"early"}


def test_after_kill_9_of_the_owner_nothing_is_lost(tmp_path: Path) -> None:
    with Owner(data_dir=tmp_path) as owner:
        make_table(owner)
        put_items(owner, "a moment ago")
        owner.kill()
    with LocalAws(tmp_path) as aws:
        assert keys_in(aws) == {"a moment ago"}


def test_a_crash_in_mid_checkpoint_leaves_the_one_before(tmp_path: Path) -> None:
    with Owner(data_dir=tmp_path) as owner:
        make_table(owner)
        put_items(owner, "before")
        wait_until_saved(tmp_path, "before")
        saved = tmp_path / "state" / "dynamodb.json"
        full = saved.stat().st_size + 1000
        resource.prlimit(owner.engine, resource.RLIMIT_FSIZE, (full, full))  # "disk full" there
        put_items(owner, "after", filler="x" * 5000)
        partial = saved.with_suffix(".writing")
        deadline = time.monotonic() + SOON
        while not (partial.exists() and partial.stat().st_size == full):
            assert time.monotonic() < deadline, "no checkpoint was tried"
            time.sleep(0.02)
        owner.kill_everything()
    with LocalAws(tmp_path) as aws:
        assert keys_in(aws) == {"before"}
        assert not partial.exists()


@pytest.mark.parametrize("seconds", [0.3, 1.6])
def test_killed_while_busy_it_comes_back_whole(tmp_path: Path, seconds: float) -> None:
    with Owner(data_dir=tmp_path) as owner:
        make_table(owner)
        wait_until_saved(tmp_path, "kept")
        until, written = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            put_items(owner, f"{written:05}", filler="x" * 2000)
            written += 1
        owner.kill_everything()
    with LocalAws(tmp_path) as aws:
        survivors = sorted(keys_in(aws))
    assert survivors == [f"{number:05}" for number in range(len(survivors))]


def test_a_signed_url_is_good_after_a_restart(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws, client("s3", aws) as s3:
        s3.create_bucket(Bucket="files")
        s3.put_object(Bucket="files", Key="a", Body=b"kept")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "files", "Key": "a"})
    with LocalAws(tmp_path):
        assert httpx.get(url).content == b"kept"
    assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o600


def test_in_memory_nothing_is_left() -> None:
    with LocalAws(memory=True) as aws:
        make_table(aws)
        folder = aws.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_no_request_erases_kept_data(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws:
        make_table(aws)
        assert httpx.post(f"{aws.endpoint_url}/_ministack/reset").status_code == 404
        assert keys_in(aws) == set()
