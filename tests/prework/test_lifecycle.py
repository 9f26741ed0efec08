"""The one lifecycle rule of the media bucket, and those that would take confirmed files away."""

from typing import Any

import pytest
from pytest_django import Settings

from prework import aws, lifecycle
from prework.bootstrap import create_bucket
from prework.doctor.buckets import check_bucket
from prework.ids import new_id
from tests.media.uploads import s3_answering

SOME = "01a21dd1-0000-7000-8000-000000000000"  # an organisation's id
OURS = {
    "ID": "prework-abort-unfinished-uploads",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 8},
}
OLD_FORM = (
    "<LifecycleConfiguration><Rule><ID>legacy</ID><Prefix>logs/</Prefix><Status>Enabled</Status>"
    "<Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>"
)
VERSIONS = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}


@pytest.fixture(autouse=True)
def bucket(settings: Settings) -> None:
    settings.MEDIA_BUCKET = f"lifecycle-{new_id()}"
    create_bucket()


def put(*rules: dict[str, Any], bucket: str) -> None:
    aws.s3().put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": rules},  # type: ignore[typeddict-item]
    )


def rule(prefix: str, **more: Any) -> dict[str, Any]:
    return {"ID": f"for {prefix}", "Status": "Enabled", "Filter": {"Prefix": prefix}, **more}


def findings() -> list[tuple[str, str]]:
    return [(one.status, one.detail) for one in check_bucket() if one.status != "ok"]


def test_a_new_bucket_has_it_and_one_that_has_it_is_left_as_it_is() -> None:
    assert lifecycle.load_rules() == [OURS]
    assert lifecycle.set_rule() is False
    assert findings() == []


def test_other_rules_stay(settings: Settings) -> None:
    theirs = rule("exports/", Expiration={"Days": 90}, **VERSIONS)
    old = {**OURS, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}}
    put(theirs, old, bucket=settings.MEDIA_BUCKET)
    create_bucket()
    assert lifecycle.load_rules() == [theirs, OURS]
    assert findings() == []


def test_one_of_the_old_form_stays_in_the_new_one(settings: Settings) -> None:
    """S3 takes no rules of both forms, and embedded AWS gives none of the old."""
    aws.s3().delete_bucket_lifecycle(Bucket=settings.MEDIA_BUCKET)
    with s3_answering("GetBucketLifecycleConfiguration", OLD_FORM):
        assert lifecycle.set_rule() is True
    first, ours = lifecycle.load_rules()
    assert first == {
        "ID": "legacy",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 9},
    }
    assert ours == OURS


def test_one_of_theirs_that_does_the_same_is_enough(settings: Settings) -> None:
    theirs = {**OURS, "ID": "theirs", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 9}}
    put(theirs, bucket=settings.MEDIA_BUCKET)
    create_bucket()
    assert lifecycle.load_rules() == [theirs]


@pytest.mark.parametrize("prefix", ["", "0", "01a21dd1-", f"{SOME}/", f"{SOME}/teams/"])
def test_a_rule_that_takes_confirmed_files_away_is_a_failure(
    settings: Settings, prefix: str
) -> None:
    put(OURS, rule(prefix, **VERSIONS), bucket=settings.MEDIA_BUCKET)
    [(status, detail)] = findings()
    assert status == "fail"
    assert f"the lifecycle rule for {prefix} expires noncurrent versions" in detail


@pytest.mark.parametrize("prefix", ["renditions/", "exports/", "renditions", "abc/"])
def test_one_about_what_the_server_writes_is_none(settings: Settings, prefix: str) -> None:
    put(OURS, rule(prefix, **VERSIONS), bucket=settings.MEDIA_BUCKET)
    assert findings() == []


def test_nor_is_one_that_is_off(settings: Settings) -> None:
    put(OURS, {**rule("", **VERSIONS), "Status": "Disabled"}, bucket=settings.MEDIA_BUCKET)
    assert findings() == []


def test_a_rule_that_ends_uploads_too_early_is_a_failure_and_none_a_warning(
    settings: Settings,
) -> None:
    early = rule("", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7})
    put(OURS, early, bucket=settings.MEDIA_BUCKET)
    [(status, detail)] = findings()
    assert (status, "aborts uploads in parts that still run" in detail) == ("fail", True)
    aws.s3().delete_bucket_lifecycle(Bucket=settings.MEDIA_BUCKET)
    [(status, detail)] = findings()
    assert (status, "for ever" in detail) == ("warn", True)
